//! Text put into the contract where it belongs, so that the rest of the file, comments included, stays as it is.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::yaml;

/// The contract with `value` as `key` below `parents`, in the place of what is there, or after it; parents that are
/// missing are made.
pub(super) fn put(text: &str, parents: &[&str], key: &str, value: &Value) -> Result<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (mut first, mut last) = (0, lines.len());
    for (depth, parent) in parents.iter().enumerate() {
        match block(&lines, first, last, depth, parent) {
            Some((at, end)) => {
                if lines.get(at).is_some_and(|line| !line.trim_end().ends_with(':')) {
                    bail!(
                        "`{parent}` in the contract is not written as a block: write each of its entries on lines of its own"
                    );
                }
                (first, last) = (at + 1, end);
            }
            None => {
                // The rest of the way is new, with what it leads to.
                let rest = parents.get(depth + 1..).unwrap_or_default();
                let nested = rest.iter().rev().fold(json!({key: value}), |inner, parent| json!({*parent: inner}));
                let new = yaml::entry(parent, &nested, depth);
                lines.splice(last..last, new);
                return Ok(joined(&lines));
            }
        }
    }
    let depth = parents.len();
    let new = yaml::entry(key, value, depth);
    match block(&lines, first, last, depth, key) {
        Some((at, end)) => drop(lines.splice(at..end, new)),
        None => drop(lines.splice(last..last, new)),
    }
    Ok(joined(&lines))
}

fn joined(lines: &[String]) -> String {
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// The lines of the entry `key` at `depth`, among those from `first` to `last`; comments before what follows are its.
fn block(lines: &[String], first: usize, last: usize, depth: usize, key: &str) -> Option<(usize, usize)> {
    let indent = " ".repeat(depth * 2);
    let names = [format!("{indent}{}:", yaml::key(key)), format!("{indent}{key}:"), format!("{indent}\"{key}\":")];
    let within = || lines.iter().enumerate().take(last).skip(first);
    let (at, _) = within().find(|(_, line)| {
        names
            .iter()
            .any(|name| line.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
    })?;
    let deeper = |line: &str| line.trim().is_empty() || line.starts_with(&format!("{indent} "));
    let end = within()
        .skip_while(|(number, _)| *number <= at)
        .find(|(_, line)| !deeper(line))
        .map_or(last, |(number, _)| number);
    Some((at, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "a: 1\npaths:\n  /b:\n    get:\n      x: 1\n    # about post\n    post:\n      y: 2\n# end\nz: 3\n";

    #[test]
    fn only_the_lines_of_the_entry_change() {
        let replaced = put(TEXT, &["paths", "/b"], "get", &json!({"x": 2})).unwrap();
        assert_eq!(replaced, TEXT.replace("x: 1", "x: 2"));
        let added = put(TEXT, &["paths", "/b"], "put", &json!({"w": true})).unwrap();
        assert_eq!(added, TEXT.replace("y: 2\n", "y: 2\n    put:\n      w: true\n"));
    }

    #[test]
    fn parents_that_are_missing_are_made() {
        let added = put(TEXT, &["paths", "/c"], "get", &json!({"x": 1})).unwrap();
        assert_eq!(added, TEXT.replace("y: 2\n", "y: 2\n  /c:\n    get:\n      x: 1\n"));
        let added = put("a: 1\n", &["components", "schemas"], "A", &json!({"type": "object"})).unwrap();
        assert_eq!(added, "a: 1\ncomponents:\n  schemas:\n    A:\n      type: object\n");
    }

    #[test]
    fn a_flow_mapping_cannot_take_an_entry() {
        let error = put("paths: {}\n", &["paths", "/c"], "get", &json!({})).unwrap_err().to_string();
        assert!(error.contains("not written as a block"), "{error}");
    }
}
