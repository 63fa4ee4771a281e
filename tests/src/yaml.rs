//! Formats JSON as YAML, which is half as long and is how people read the contract.

use serde_json::Value;

/// Returns `value` in YAML's block style, with its keys in their order.
#[must_use]
pub fn of(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

fn block(value: &Value, depth: usize, to: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, member) in members {
                to.push_str(&format!("{indent}{}:", plain(key)));
                below(member, depth, to);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                to.push_str(&format!("{indent}-"));
                below(item, depth, to);
            }
        }
        scalar => to.push_str(&format!("{indent}{scalar}\n")),
    }
}

fn below(value: &Value, depth: usize, to: &mut String) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            to.push('\n');
            block(value, depth + 1, to);
        }
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            to.push_str(&format!(" {value}\n"));
        }
        Value::Array(_) => {
            to.push('\n');
            block(value, depth + 1, to);
        }
        Value::String(text) => to.push_str(&format!(" {}\n", plain(text))),
        scalar => to.push_str(&format!(" {scalar}\n")),
    }
}

/// Returns the text unquoted if it can only be read as that text, and otherwise quoted as in JSON.
fn plain(text: &str) -> String {
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && !["true", "false", "null", "yes", "no", "on", "off"].contains(&text.to_ascii_lowercase().as_str())
        && !text.ends_with([' ', ':'])
        && !text.contains(['\n', '\t', '#', '"'])
        && !text.contains(": ");
    if is_plain { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatted_text_parses_to_the_same_value() {
        let value = serde_json::json!({"openapi": "3.0.3", "paths": {}, "info": {"title": "a: b", "version": "1", "on": "off"},
            "x-list": [{"a": {"b": null}}, [1, [2]], [], "c # d", true], "200": "\"", "x-text": "l1\nl2"});
        let mut value = value;
        value["x-list"][1] = serde_json::json!([[1]]);
        let read = xtask::load::parse("y", &of(&value)).map(|document| document.value);
        assert_eq!(read.unwrap_or_else(|error| panic!("{error:#}\n{}", of(&value))), value);
    }
}
