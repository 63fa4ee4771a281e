//! How schemas are written: 3.1 inside what says 3.0, types that are not JSON's, and what has no place in 3.0 at all.

use serde_json::{Map, Value, json};

use crate::{
    notes::Notes,
    secrets::MARK,
    walk::{Kind, walk_mut_up, walk_mut_up_from},
};

const NAME: &str = "schema_forms";

/// What is for people or for other programs: it goes without a word.
const SAYS_NOTHING: &[&str] = &[
    "$anchor",
    "$comment",
    "$defs",
    "$id",
    "$schema",
    "contentEncoding",
    "contentMediaType",
    "definitions",
    "deprecated",
    "discriminator",
    "example",
    "examples",
    "externalDocs",
    "id",
    "mock",
    "readOnly",
    "writeOnly",
    "xml",
];

/// What a schema keeps. Limits go elsewhere.
const KEPT: &[&str] = &[
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "default",
    "description",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "nullable",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "title",
    "type",
    "uniqueItems",
];

/// Writes each schema in the words of OpenAPI 3.0, and drops what it has no words for: progenitor reads 3.0 alone, and
/// stops at the first type that is a list, or takes `const` and its like for nothing.
pub(crate) fn schema_forms(document: &mut Value, notes: &mut Notes) {
    walk_mut_up(document, &mut |pointer, kind, value| {
        if kind == Kind::Schema {
            one(value, pointer, notes);
        }
    });
}

/// As [`schema_forms`], of one schema that is not in the document yet.
pub(super) fn schema_forms_from(schema: &mut Value, pointer: &mut String, notes: &mut Notes) {
    walk_mut_up_from(Kind::Schema, schema, pointer, &mut |pointer, _, value| one(value, pointer, notes));
}

fn one(value: &mut Value, pointer: &str, notes: &mut Notes) {
    let Some(members) = value.as_object_mut() else {
        // `true` is any value, and so is what nobody can read.
        if value != &Value::Bool(true) {
            notes.add(pointer, NAME, "no mapping, so any JSON value");
        }
        *value = json!({});
        return;
    };
    if members.contains_key("$ref") {
        return;
    }
    kinds(members, pointer, notes);
    constant(members, pointer, notes);
    null_alternative(members, pointer, notes);
    children(members, pointer, notes);
    let dropped: Vec<String> = members
        .keys()
        .filter(|key| !KEPT.contains(&key.as_str()) && !SAYS_NOTHING.contains(&key.as_str()) && !key.starts_with("x-"))
        .cloned()
        .collect();
    if !dropped.is_empty() {
        notes.add(pointer, NAME, format!("OpenAPI 3.0 has no word for it, or no type: dropped {}", dropped.join(", ")));
    }
    members.retain(|key, value| KEPT.contains(&key.as_str()) || (key == MARK && value.is_boolean()));
    for key in ["exclusiveMinimum", "exclusiveMaximum"] {
        if members.get(key).is_some_and(|bound| !bound.is_boolean()) {
            let plain = if key == "exclusiveMinimum" { "minimum" } else { "maximum" };
            if let Some(bound) = members.remove(key).filter(Value::is_number) {
                members.insert(plain.to_owned(), bound);
                members.insert(key.to_owned(), Value::Bool(true));
            }
        }
    }
    for key in ["description", "title", "format", "pattern"] {
        if members.get(key).is_some_and(|text| text.as_str().is_none_or(|text| text.trim().is_empty())) {
            members.remove(key);
        }
    }
    if members.get("nullable").is_some_and(|nullable| nullable != &Value::Bool(true)) {
        members.remove("nullable");
    }
    infer(members);
}

/// `type` as a list, as `null`, or as a word that JSON does not have.
fn kinds(members: &mut Map<String, Value>, pointer: &str, notes: &mut Notes) {
    let Some(kind) = members.get("type").cloned() else { return };
    let names: Vec<String> = match &kind {
        Value::String(name) => vec![name.clone()],
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let mut known: Vec<&str> = Vec::new();
    for name in &names {
        match json_type(name) {
            Some(json) if !known.contains(&json) => known.push(json),
            Some(_) => {}
            None => notes.add(pointer, NAME, format!("`{name}` is no type: any JSON value")),
        }
        if json_type(name).is_some_and(|json| json != name) {
            notes.add(pointer, NAME, format!("`{name}` is written as `{}`", json_type(name).unwrap_or_default()));
        }
    }
    let null = known.contains(&"null");
    known.retain(|name| *name != "null");
    members.remove("type");
    if null {
        notes.add(pointer, NAME, "`null` among its types is `nullable: true`");
        members.insert("nullable".to_owned(), Value::Bool(true));
    }
    match known.as_slice() {
        [] => {}
        [one] => drop(members.insert("type".to_owned(), Value::from(*one))),
        many if names.iter().all(|name| json_type(name).is_some()) => {
            notes.add(pointer, NAME, format!("several types are alternatives: {}", many.join(", ")));
            let alternatives: Vec<Value> = many
                .iter()
                .map(|name| {
                    let mut alternative = json!({"type": name});
                    for key in match *name {
                        "array" => &["items"][..],
                        "object" => &["properties", "required", "additionalProperties"][..],
                        "string" => &["format"][..],
                        _ => &[][..],
                    } {
                        if let (Some(member), Some(to)) = (members.get(*key), alternative.as_object_mut()) {
                            to.insert((*key).to_owned(), member.clone());
                        }
                    }
                    one(&mut alternative, pointer, notes);
                    alternative
                })
                .collect();
            for key in ["items", "properties", "required", "additionalProperties", "format", "enum"] {
                members.remove(key);
            }
            members.insert("oneOf".to_owned(), Value::from(alternatives));
        }
        _ => {}
    }
}

/// The JSON type that a word means, as tools and people write it.
fn json_type(name: &str) -> Option<&'static str> {
    Some(match name.trim().to_ascii_lowercase().as_str() {
        "string" | "str" | "text" | "date" | "datetime" | "date-time" | "uuid" | "file" | "binary" | "password" => {
            "string"
        }
        "integer" | "int" | "int32" | "int64" | "long" | "short" | "timestamp" => "integer",
        "number" | "float" | "double" | "decimal" => "number",
        "boolean" | "bool" => "boolean",
        "array" | "list" => "array",
        "object" | "map" | "dict" => "object",
        "null" | "nil" => "null",
        _ => return None,
    })
}

/// `const` is an enum of one, and null among an enum's values is `nullable`.
fn constant(members: &mut Map<String, Value>, pointer: &str, notes: &mut Notes) {
    if let Some(constant) = members.remove("const") {
        notes.add(pointer, NAME, "`const` is an enum of one value");
        members.insert("enum".to_owned(), json!([constant]));
    }
    let Some(values) = members.get_mut("enum") else { return };
    let Some(values) = values.as_array_mut().filter(|values| !values.is_empty()) else {
        members.remove("enum");
        return;
    };
    let before = values.len();
    values.retain(|value| !value.is_null());
    let only_null = values.is_empty();
    if values.len() < before {
        notes.add(pointer, NAME, "null among the values is `nullable: true`");
        members.insert("nullable".to_owned(), Value::Bool(true));
        if only_null {
            members.remove("enum");
        }
    }
}

/// An alternative that is only null is `nullable`; a single one that is left is the schema itself.
fn null_alternative(members: &mut Map<String, Value>, pointer: &str, notes: &mut Notes) {
    for key in ["oneOf", "anyOf", "allOf"] {
        let Some(list) = members.get_mut(key) else { continue };
        let Some(alternatives) = list.as_array_mut() else {
            members.remove(key);
            continue;
        };
        if key != "allOf" {
            let before = alternatives.len();
            alternatives.retain(|alternative| !is_null(alternative));
            if alternatives.len() < before {
                notes.add(pointer, NAME, format!("null among `{key}` is `nullable: true`"));
                members.insert("nullable".to_owned(), Value::Bool(true));
            }
        }
        let Some(alternatives) = members.get_mut(key).and_then(Value::as_array_mut) else { continue };
        match alternatives.as_mut_slice() {
            [] => drop(members.remove(key)),
            [only] if key != "allOf" => {
                let only = only.take();
                members.remove(key);
                members.insert("allOf".to_owned(), json!([only]));
            }
            _ => {}
        }
    }
}

/// What is left of `type: 'null'` once it is lowered: nullable, and nothing else.
fn is_null(schema: &Value) -> bool {
    let keys = schema.as_object().map(|members| members.keys().filter(|key| *key != "description").collect::<Vec<_>>());
    keys.is_some_and(|keys| keys == ["nullable"]) && schema.get("nullable") == Some(&Value::Bool(true))
}

/// What a schema holds, in the shapes that 3.0 has.
fn children(members: &mut Map<String, Value>, pointer: &str, notes: &mut Notes) {
    if members.contains_key("prefixItems") {
        members.remove("prefixItems");
        members.insert("items".to_owned(), json!({}));
        notes.add(pointer, NAME, "types by position are any JSON values");
    }
    if members.remove("patternProperties").is_some() && !members.contains_key("additionalProperties") {
        members.insert("additionalProperties".to_owned(), json!({}));
        notes.add(pointer, NAME, "properties by pattern are any JSON values");
    }
    if members.get("items").is_some_and(Value::is_boolean) {
        members.insert("items".to_owned(), json!({}));
    }
    if members.get("type").and_then(Value::as_str) == Some("array") && !members.contains_key("items") {
        notes.add(pointer, NAME, "a list of anything: it does not say what of");
        members.insert("items".to_owned(), json!({}));
    }
    if members.get("properties").is_some_and(|properties| !properties.is_object()) {
        members.remove("properties");
    }
    if let Some(required) = members.remove("required") {
        // As a boolean it is about the property, in drafts that OpenAPI never used.
        let mut names: Vec<&str> = required.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        names.sort_unstable();
        names.dedup();
        if !names.is_empty() {
            members.insert("required".to_owned(), json!(names));
        }
        let listed = members.get("required").cloned().unwrap_or_default();
        let missing: Vec<String> = listed
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter(|name| members.get("properties").is_some_and(|properties| properties.get(*name).is_none()))
            .map(str::to_owned)
            .collect();
        if let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) {
            for name in missing {
                notes.add(pointer, NAME, format!("`{name}` is required and not described: any JSON value"));
                properties.insert(name, json!({}));
            }
        }
    }
}

/// The type that a schema has without saying so.
fn infer(members: &mut Map<String, Value>) {
    if members.contains_key("type") || ["oneOf", "anyOf", "allOf"].iter().any(|key| members.contains_key(*key)) {
        return;
    }
    let strings = |values: &Value| values.as_array().is_some_and(|values| values.iter().all(Value::is_string));
    let kind = if members.contains_key("properties") || members.contains_key("additionalProperties") {
        "object"
    } else if members.contains_key("items") {
        "array"
    } else if members.get("enum").is_some_and(strings) {
        "string"
    } else {
        return;
    };
    members.insert("type".to_owned(), Value::from(kind));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_written_as_3_0_has_it() {
        for (before, after) in [
            (json!({"type": ["string", "null"]}), json!({"type": "string", "nullable": true})),
            (json!({"type": "null"}), json!({"nullable": true})),
            (json!({"type": ["string", "integer"]}), json!({"oneOf": [{"type": "string"}, {"type": "integer"}]})),
            (json!({"const": "a"}), json!({"type": "string", "enum": ["a"]})),
            (
                json!({"type": "string", "enum": ["a", null]}),
                json!({"type": "string", "enum": ["a"], "nullable": true}),
            ),
            (
                json!({"type": "number", "exclusiveMinimum": 1}),
                json!({"type": "number", "minimum": 1, "exclusiveMinimum": true}),
            ),
            (
                json!({"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]}),
                json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/A"}]}),
            ),
            (json!({"type": "array"}), json!({"type": "array", "items": {}})),
            (json!({"type": "array", "items": [{"type": "string"}]}), json!({"type": "array", "items": {}})),
            (json!({"type": "array", "prefixItems": [{"type": "string"}]}), json!({"type": "array", "items": {}})),
            (json!({"properties": {"a": true}}), json!({"type": "object", "properties": {"a": {}}})),
            (
                json!({"type": "object", "properties": {}, "required": ["a"]}),
                json!({"type": "object", "properties": {"a": {}}, "required": ["a"]}),
            ),
            (json!({"type": "string", "required": true, "examples": [], "title": ""}), json!({"type": "string"})),
            (json!({"type": "int"}), json!({"type": "integer"})),
            (json!({"type": "any"}), json!({})),
            (json!({"type": "string", "not": {"const": "a"}, "if": {}}), json!({"type": "string"})),
        ] {
            let mut document = json!({"components": {"schemas": {"S": before}}});
            schema_forms(&mut document, &mut Notes::default());
            assert_eq!(document["components"]["schemas"]["S"], after, "{before}");
        }
    }

    #[test]
    fn what_is_dropped_is_noted_and_what_is_for_people_is_not() {
        let mut document =
            json!({"components": {"schemas": {"S": {"type": "string", "not": {}, "example": 1, "x-a": 1}}}});
        let mut notes = Notes::default();
        schema_forms(&mut document, &mut notes);
        let [note] = notes.as_slice() else { panic!("{notes:?}") };
        assert!(note.what.ends_with("dropped not") && note.pointer == "/components/schemas/S", "{note:?}");
    }
}
