//! Writes YAML in the style of the contract: blocks, an indent of two spaces, and a fixed order of keys.

use serde_json::Value;

/// The keywords in the contract's order; other keys follow in alphabetical order.
const ORDER: &[&str] = &[
    "$ref",
    "operationId",
    "name",
    "in",
    "type",
    "format",
    "nullable",
    "tags",
    "summary",
    "description",
    "x-hb-source",
    "x-hb-origin",
    "x-hb-secret",
    "security",
    "parameters",
    "requestBody",
    "responses",
    "required",
    "enum",
    "items",
    "properties",
    "additionalProperties",
];

/// The position of a keyword in the contract's order.
pub(super) fn rank(key: &str) -> Option<usize> {
    ORDER.iter().position(|known| *known == key)
}

/// The lines of `name: value`, `depth` levels deep.
pub(super) fn entry(name: &str, value: &Value, depth: usize) -> Vec<String> {
    let indent = "  ".repeat(depth);
    let name = key(name);
    match inline(value) {
        Some(text) => vec![format!("{indent}{name}: {text}")],
        None => std::iter::once(format!("{indent}{name}:")).chain(block(value, depth + 1)).collect(),
    }
}

fn block(value: &Value, depth: usize) -> Vec<String> {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            let mut keys: Vec<&String> = members.keys().collect();
            keys.sort_by_key(|key| (rank(key).unwrap_or(ORDER.len()), *key));
            keys.into_iter().filter_map(|key| Some(entry(key, members.get(key)?, depth))).flatten().collect()
        }
        Value::Array(items) => items
            .iter()
            .flat_map(|item| match inline(item) {
                Some(text) => vec![format!("{indent}- {text}")],
                None => {
                    let mut lines = block(item, depth + 1);
                    if let Some(first) = lines.first_mut() {
                        *first = format!("{indent}- {}", first.trim_start());
                    }
                    lines
                }
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The text of a value that fits on the line of its key.
fn inline(value: &Value) -> Option<String> {
    match value {
        Value::Object(members) if members.is_empty() => Some("{}".to_owned()),
        Value::Object(_) => None,
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            let items: Option<Vec<String>> = items.iter().map(inline).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Value::Array(_) => None,
        Value::String(text) => Some(scalar(text)),
        other => Some(other.to_string()),
    }
}

/// A key, quoted if it would not be read as a string otherwise.
pub(super) fn key(name: &str) -> String {
    let path = name.starts_with('/') && !name.contains([':', '#', '\'', '"', '\n']);
    if path || name == "$ref" { name.to_owned() } else { scalar(name) }
}

fn scalar(text: &str) -> String {
    let mut chars = text.chars();
    let plain = chars.next().is_some_and(char::is_alphabetic)
        && chars.all(|char| char.is_alphanumeric() || " _-./()".contains(char))
        && !text.ends_with(' ')
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n" | "nan" | "inf"
        );
    if plain {
        text.to_owned()
    } else if text.chars().any(char::is_control) {
        // A JSON string is also a YAML string.
        Value::from(text).to_string()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn written_yaml_reads_back_as_the_same_value() {
        let value = json!({
            "description": "It's: a \"thing\" # not a comment", "lines": "one\ntwo\t", "200": {"empty": {}, "none": []},
            "required": ["a", "b-c", "no", "1"], "parameters": [{"name": "页", "in": "query", "schema": {"type": "integer"}}],
            "number": 1.5, "null": null, "yes": true, "$ref": "#/components/schemas/A", "spaced ": " x ", "": "",
        });
        let text = entry("paths", &json!({"/a/{b}": value}), 0).join("\n");
        let read = crate::load::parse("t", &text).unwrap().value;
        assert_eq!(read["paths"]["/a/{b}"], value, "{text}");
    }

    #[test]
    fn keys_are_in_the_order_of_the_contract() {
        let lines = entry(
            "A",
            &json!({"properties": {"b": {"x-hb-source": "inferred", "type": "string"}}, "type": "object", "required": ["b"]}),
            2,
        );
        assert_eq!(
            lines,
            [
                "    A:",
                "      type: object",
                "      required: [b]",
                "      properties:",
                "        b:",
                "          type: string",
                "          x-hb-source: inferred"
            ]
        );
    }
}
