//! What schemas promise beyond their shape: limits, defaults and formats, of which a client's types take what holds.

use serde_json::{Map, Value};

use super::open::reached_by_responses;
use crate::{
    notes::Notes,
    walk::{Kind, walk_mut},
};

const LIMITS: &[&str] = &[
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "uniqueItems",
];

/// Drops limits on values: the service keeps them, and a type that did would refuse an answer that breaks one.
pub(crate) fn drop_limits(document: &mut Value, notes: &mut Notes) {
    schemas(document, |pointer, members| {
        let found: Vec<&str> = LIMITS.iter().copied().filter(|key| members.remove(*key).is_some()).collect();
        if !found.is_empty() {
            notes.add(pointer, "drop_limits", format!("the service keeps it, not the type: {}", found.join(", ")));
        }
        if members.get("additionalProperties") == Some(&Value::Bool(false)) {
            members.remove("additionalProperties");
            notes.add(pointer, "drop_limits", "an answer with more properties is read all the same");
        }
        if members.get("additionalProperties") == Some(&Value::Bool(true)) && members.contains_key("properties") {
            members.remove("additionalProperties");
        }
    });
}

/// Drops defaults, which are what the service takes for said: a type that filled them in would say it in its stead, and
/// many do not even conform to their schema.
pub(crate) fn drop_defaults(document: &mut Value, notes: &mut Notes) {
    schemas(document, |pointer, members| {
        if let Some(default) = members.remove("default")
            && !default.is_null()
        {
            notes.add(pointer, "drop_defaults", format!("left to the service: {default}"));
        }
    });
}

/// Drops formats that do not belong to the type, or that no type has.
pub(crate) fn drop_foreign_formats(document: &mut Value, notes: &mut Notes) {
    schemas(document, |pointer, members| {
        let Some(format) = members.get("format").and_then(Value::as_str).map(str::to_owned) else { return };
        let known: &[&str] = match members.get("type").and_then(Value::as_str) {
            Some("string") => &["date", "date-time", "password", "binary", "byte"],
            Some("integer") => &["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"],
            Some("number") => &["float", "double"],
            _ => &[],
        };
        if !known.contains(&format.as_str()) {
            members.remove("format");
            notes.add(pointer, "drop_foreign_formats", format!("`{format}` makes no other type of it"));
        }
    });
}

/// Reads dates in answers as text: one that is written another way would cost the whole answer.
pub(crate) fn text_dates_in_answers(document: &mut Value, notes: &mut Notes) {
    let reached = reached_by_responses(document);
    schemas(document, |pointer, members| {
        let date = matches!(members.get("format").and_then(Value::as_str), Some("date" | "date-time"));
        if date && reached.holds(pointer) {
            members.remove("format");
            notes.add(pointer, "text_dates_in_answers", "a date in an answer is text, however it is written");
        }
    });
}

fn schemas(document: &mut Value, mut change: impl FnMut(&str, &mut Map<String, Value>)) {
    walk_mut(document, &mut |pointer, kind, value| {
        if let (Kind::Schema, Some(members)) = (kind, value.as_object_mut()) {
            change(pointer, members);
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lowered(schema: Value, lowering: fn(&mut Value, &mut Notes)) -> (Value, usize) {
        let mut document = json!({"components": {"schemas": {"S": schema}}});
        let mut notes = Notes::default();
        lowering(&mut document, &mut notes);
        (document["components"]["schemas"]["S"].clone(), notes.as_slice().len())
    }

    #[test]
    fn limits_go() {
        let schema = json!({"type": "object", "minProperties": 1, "properties": {}, "additionalProperties": false});
        assert_eq!(lowered(schema, drop_limits), (json!({"type": "object", "properties": {}}), 2));
    }

    #[test]
    fn defaults_go_whether_they_conform_or_not() {
        assert_eq!(lowered(json!({"type": "integer", "default": "x"}), drop_defaults), (json!({"type": "integer"}), 1));
        assert_eq!(
            lowered(json!({"type": "integer", "default": null}), drop_defaults),
            (json!({"type": "integer"}), 0)
        );
    }

    #[test]
    fn formats_stay_where_they_belong() {
        for (schema, stays) in [
            (json!({"type": "string", "format": "date-time"}), true),
            (json!({"type": "string", "format": "int64"}), false),
            (json!({"type": "integer", "format": "int32"}), true),
            (json!({"type": "integer", "format": "timestamp"}), false),
            (json!({"format": "date"}), false),
        ] {
            let (after, notes) = lowered(schema.clone(), drop_foreign_formats);
            assert_eq!(after.get("format").is_some(), stays, "{schema}");
            assert_eq!(notes == 0, stays, "{schema}");
        }
    }

    #[test]
    fn dates_in_answers_are_text_and_those_in_requests_are_dates() {
        let date = json!({"type": "string", "format": "date-time"});
        let content = |name: &str| json!({"content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}}});
        let mut document = json!({
            "paths": {"/a": {"post": {"requestBody": content("Sent"), "responses": {"200": content("Got")}}}},
            "components": {"schemas": {"Sent": {"properties": {"a": date}}, "Got": {"properties": {"a": date}}}},
        });
        text_dates_in_answers(&mut document, &mut Notes::default());
        assert_eq!(document["components"]["schemas"]["Sent"]["properties"]["a"], date);
        assert_eq!(document["components"]["schemas"]["Got"]["properties"]["a"], json!({"type": "string"}));
    }
}
