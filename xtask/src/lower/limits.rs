//! What schemas promise beyond their shape: limits, defaults and formats, of which a client's types take what holds.

use serde_json::Value;

use crate::notes::Notes;

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
pub(crate) fn drop_limits(schema: &mut Value, pointer: &str, notes: &mut Notes) {
    let Some(members) = schema.as_object_mut() else { return };
    let found: Vec<&str> = LIMITS.iter().copied().filter(|key| members.contains_key(*key)).collect();
    if !found.is_empty() {
        notes.add(pointer, "drop_limits", format!("the service keeps it, not the type: {}", found.join(", ")));
        members.retain(|key, _| !LIMITS.contains(&key.as_str()));
    }
    match members.get("additionalProperties") {
        Some(Value::Bool(false)) => {
            members.remove("additionalProperties");
            notes.add(pointer, "drop_limits", "an answer with more properties is read all the same");
        }
        Some(Value::Bool(true)) if members.contains_key("properties") => {
            members.remove("additionalProperties");
        }
        _ => {}
    }
}

/// Drops defaults, which are what the service takes for said: a type that filled them in would say it in its stead, and
/// many do not even conform to their schema.
pub(crate) fn drop_defaults(schema: &mut Value, pointer: &str, notes: &mut Notes) {
    if let Some(default) = schema.as_object_mut().and_then(|members| members.remove("default"))
        && !default.is_null()
    {
        notes.add(pointer, "drop_defaults", format!("left to the service: {default}"));
    }
}

/// Drops formats that do not belong to the type, or that no type has.
pub(crate) fn drop_foreign_formats(schema: &mut Value, pointer: &str, notes: &mut Notes) {
    let Some(members) = schema.as_object_mut() else { return };
    let Some(format) = members.get("format").and_then(Value::as_str) else { return };
    let known: &[&str] = match members.get("type").and_then(Value::as_str) {
        Some("string") => &["date", "date-time", "password", "binary", "byte"],
        Some("integer") => &["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"],
        Some("number") => &["float", "double"],
        _ => &[],
    };
    if !known.contains(&format) {
        notes.add(pointer, "drop_foreign_formats", format!("`{format}` makes no other type of it"));
        members.remove("format");
    }
}

/// Reads a date in an answer as text: one that is written another way would cost the whole answer.
pub(crate) fn text_date(schema: &mut Value, pointer: &str, notes: &mut Notes) {
    let Some(members) = schema.as_object_mut() else { return };
    if matches!(members.get("format").and_then(Value::as_str), Some("date" | "date-time")) {
        members.remove("format");
        notes.add(pointer, "text_dates_in_answers", "a date in an answer is text, however it is written");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lowered(mut schema: Value, lowering: fn(&mut Value, &str, &mut Notes)) -> (Value, usize) {
        let mut notes = Notes::default();
        lowering(&mut schema, "/components/schemas/S", &mut notes);
        (schema, notes.as_slice().len())
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
}
