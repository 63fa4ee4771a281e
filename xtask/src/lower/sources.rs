//! What the docs of generated code say of each fact: how well it is known.

use serde_json::Value;

use crate::walk::Kind;

/// The extension that says how well a fact is known.
pub(crate) const SOURCE: &str = "x-hb-source";

/// Adds the tier of a fact to its description, which is what the generator makes docs of; and to an operation, which
/// answers are known, and how well. An operation has to be told before its answers lose their extensions.
pub(super) fn tell_source(pointer: &str, kind: Kind, value: &mut Value) {
    if !matches!(kind, Kind::Operation | Kind::Schema) {
        return;
    }
    let Some(tier) = text(value, SOURCE) else { return };
    let wording = text(value, "description").unwrap_or_default();
    let said = match kind {
        Kind::Operation => format!("{wording}\n\nSource: {tier}.{}", answers(value)),
        // What a field is for may be no more than what its name says.
        _ if pointer.rsplit('/').nth(1) == Some("properties") => format!("{wording} (The field is {tier}.)"),
        _ => format!("{wording} (Source: {tier}.)"),
    };
    if let Some(members) = value.as_object_mut() {
        members.insert("description".to_owned(), Value::from(said.trim_start()));
    }
}

/// The answers of an operation, a line for each.
fn answers(operation: &Value) -> String {
    let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
    let line = |(status, response): (&String, &Value)| {
        let tier = text(response, SOURCE)?;
        let wording = text(response, "description").map(|wording| format!(": {wording}")).unwrap_or_default();
        Some(format!("\n- `{status}`, {tier}{wording}"))
    };
    let lines: String = responses.filter_map(line).collect();
    if lines.is_empty() { lines } else { format!("\n\nAnswers:\n{lines}") }
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::walk::walk_mut;

    #[test]
    fn docs_say_how_well_a_fact_is_known_and_what_has_no_tier_says_nothing() {
        let mut document = json!({
            "paths": {"/a": {"get": {
                SOURCE: "documented", "description": "Reads it.",
                "responses": {"200": {SOURCE: "documented", "description": "Read"}, "401": {SOURCE: "inferred"}, "500": {}},
            }}},
            "components": {"schemas": {"A": {SOURCE: "inferred", "properties": {"b": {SOURCE: "corroborated", "description": "In seconds."}, "c": {}}}}},
        });
        walk_mut(&mut document, &mut tell_source);
        assert_eq!(
            document["paths"]["/a"]["get"]["description"],
            "Reads it.\n\nSource: documented.\n\nAnswers:\n\n- `200`, documented: Read\n- `401`, inferred"
        );
        let schema = &document["components"]["schemas"]["A"];
        assert_eq!(schema["description"], "(Source: inferred.)");
        assert_eq!(schema["properties"]["b"]["description"], "In seconds. (The field is corroborated.)");
        assert_eq!(schema["properties"]["c"], json!({}));
    }
}
