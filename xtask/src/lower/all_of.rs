//! Schemas made of others: all of them at once become one object, and alternatives become a list without siblings.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::references::{SCHEMAS, reference_name};
use crate::{
    notes::Notes,
    walk::{Kind, walk, walk_mut_up},
};

/// Lets null be said where a component is used, not in the component: as a type of its own it would be an option inside
/// a wrapper. Whether there was such a component.
pub(crate) fn null_where_used(document: &mut Value, notes: &mut Notes) -> bool {
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut).into_iter().flatten();
    let mut nullable = BTreeSet::new();
    for (name, schema) in schemas {
        let plain = schema
            .as_object()
            .is_some_and(|members| members.keys().any(|key| key != "nullable" && key != "description"));
        if plain && schema.as_object_mut().and_then(|members| members.remove("nullable")) == Some(Value::Bool(true)) {
            let mut pointer = "/components/schemas".to_owned();
            crate::walk::push_step(&mut pointer, name);
            notes.add(&pointer, "null_where_used", "null is said where the component is used");
            nullable.insert(name.clone());
        }
    }
    if nullable.is_empty() {
        return false;
    }
    // From within, so that a wrapper is not wrapped again.
    walk_mut_up(document, &mut |pointer, kind, value| {
        if kind == Kind::Schema
            && !pointer.contains("/allOf/")
            && reference_name(value).is_some_and(|name| nullable.contains(&name))
        {
            *value = json!({"nullable": true, "allOf": [value.take()]});
        }
    });
    true
}

/// Whether a schema is made of others.
pub(super) fn is_composed(schema: &Value) -> bool {
    schema.as_object().is_some_and(|members| ["allOf", "anyOf", "oneOf"].iter().any(|key| members.contains_key(*key)))
}

/// Merges `allOf` into the object that it describes: progenitor gives up on many, and makes types that nothing fits of
/// others. What is no object, or refers to itself this way, becomes any JSON value.
pub(crate) fn merge_all_of(document: &mut Value, notes: &mut Notes) {
    let Some(schemas) = made_of(document) else { return };
    walk_mut_up(document, &mut |pointer, kind, value| {
        let (Kind::Schema, Some(members)) = (kind, value.as_object()) else { return };
        let Some(all) = members.get("allOf").and_then(Value::as_array) else { return };
        let nullable = members.get("nullable") == Some(&Value::Bool(true));
        if let Some(only) = only_one(members, all) {
            *value = if !nullable {
                only.clone()
            } else if reference_name(only).is_some() {
                json!({"nullable": true, "allOf": [only]})
            } else {
                let mut only = only.clone();
                if let Some(members) = only.as_object_mut() {
                    members.insert("nullable".to_owned(), Value::Bool(true));
                }
                only
            };
            return;
        }
        let description = members.get("description").cloned();
        let mut seen = Vec::new();
        let mut clashes = Vec::new();
        let merged = merged(value, &schemas, &mut seen, &mut clashes);
        let mut merged = match merged {
            Some(merged) => {
                notes.add(pointer, "merge_all_of", format!("{} schemas become one object", all.len()));
                merged
            }
            None => {
                notes.add(pointer, "merge_all_of", "what these have in common is no plain object: any JSON value");
                Map::new()
            }
        };
        for name in clashes {
            notes.add(pointer, "merge_all_of", format!("they disagree about `{name}`: any JSON value"));
        }
        if let Some(description) = description {
            merged.insert("description".to_owned(), description);
        }
        if nullable && !merged.is_empty() {
            merged.insert("nullable".to_owned(), Value::Bool(true));
        }
        *value = Value::Object(merged);
    });
}

/// The components that objects are merged of, as they are before any is; `None` if nothing is `allOf` anything.
fn made_of(document: &Value) -> Option<Map<String, Value>> {
    let (mut any, mut next) = (false, Vec::new());
    walk(document, &mut |_, node| {
        if let (Kind::Schema, Some(all)) = (node.kind, node.value.get("allOf")) {
            any = true;
            parts(node.value, all, &mut next);
        }
    });
    let mut found = Map::new();
    while let Some(name) = next.pop() {
        let schema = document.pointer("/components/schemas").and_then(|schemas| schemas.get(&name));
        if let (Some(schema), false) = (schema, found.contains_key(&name)) {
            next.extend(reference_name(schema));
            if let Some(all) = schema.get("allOf") {
                parts(schema, all, &mut next);
            }
            found.insert(name, schema.clone());
        }
    }
    any.then_some(found)
}

/// The names of the components that a schema is `all` of.
fn parts(schema: &Value, all: &Value, to: &mut Vec<String>) {
    let list = all.as_array().map(Vec::as_slice).unwrap_or_default();
    for part in list {
        match part.get("allOf") {
            Some(all) => parts(part, all, to),
            // What is only that one is not merged.
            None if schema.as_object().is_some_and(|members| only_one(members, list).is_some()) => {}
            None => to.extend(reference_name(part)),
        }
    }
}

/// The one schema that `all` of a schema comes to, where nothing stands beside it.
fn only_one<'a>(members: &Map<String, Value>, all: &'a [Value]) -> Option<&'a Value> {
    let mut meaning = all.iter().filter(|schema| !is_empty(schema));
    let only = meaning.next().filter(|_| meaning.next().is_none())?;
    let alone = |key: &String| matches!(key.as_str(), "allOf" | "nullable" | "description" | "title" | "type");
    members.keys().all(alone).then_some(only)
}

fn is_empty(schema: &Value) -> bool {
    schema.as_object().is_some_and(|members| {
        members.iter().all(|(key, member)| match key.as_str() {
            "description" | "title" | "default" => true,
            "type" => member == "object",
            _ => false,
        })
    })
}

/// The object that a schema describes, with all that it is made of.
fn merged(
    schema: &Value,
    schemas: &Map<String, Value>,
    seen: &mut Vec<String>,
    clashes: &mut Vec<String>,
) -> Option<Map<String, Value>> {
    if let Some(name) = reference_name(schema) {
        if seen.contains(&name) {
            return None;
        }
        seen.push(name.clone());
        let merged = merged(schemas.get(&name)?, schemas, seen, clashes);
        seen.pop();
        return merged;
    }
    let members = schema.as_object()?;
    let object = members.get("type").is_none_or(|kind| kind == "object");
    if !object || ["oneOf", "anyOf", "items", "enum"].iter().any(|key| members.contains_key(*key)) {
        return None;
    }
    let mut properties = Map::new();
    let mut required: Vec<Value> = Vec::new();
    let mut whole = Map::new();
    let mut own = members.clone();
    own.remove("allOf");
    let parts = members
        .get("allOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|part| merged(part, schemas, seen, clashes));
    let parts: Option<Vec<Map<String, Value>>> = parts.collect();
    for part in parts?.into_iter().chain([own]) {
        for (name, property) in part.get("properties").and_then(Value::as_object).into_iter().flatten() {
            match properties.get(name) {
                Some(known) if !super::errors::same_shape(known, property) && !is_empty(property) => {
                    if is_empty(known) {
                        properties.insert(name.clone(), property.clone());
                    } else {
                        clashes.push(name.clone());
                        properties.insert(name.clone(), json!({}));
                    }
                }
                Some(_) => {}
                None => drop(properties.insert(name.clone(), property.clone())),
            }
        }
        required.extend(part.get("required").and_then(Value::as_array).into_iter().flatten().cloned());
        for key in ["additionalProperties", "description"] {
            if let (Some(member), false) = (part.get(key), whole.contains_key(key)) {
                whole.insert(key.to_owned(), member.clone());
            }
        }
    }
    let mut names: Vec<&str> = required.iter().filter_map(Value::as_str).collect();
    names.sort_unstable();
    names.dedup();
    for name in &names {
        properties.entry(*name).or_insert_with(|| json!({}));
    }
    if !names.is_empty() {
        whole.insert("required".to_owned(), json!(names));
    }
    whole.insert("type".to_owned(), Value::from("object"));
    if !properties.is_empty() {
        whole.insert("properties".to_owned(), Value::Object(properties));
    }
    Some(whole)
}

/// Makes a list of alternatives all that a schema is. `anyOf` is `oneOf`: a type has one of its values at a time. Of an
/// object whose alternatives only say what is required, the object stays; beside anything else they are any JSON value.
pub(crate) fn plain_alternatives(schema: &mut Value, pointer: &str, notes: &mut Notes) {
    let Some(members) = schema.as_object_mut() else { return };
    let mut lists: Vec<Value> = ["oneOf", "anyOf"].iter().filter_map(|key| members.remove(*key)).collect();
    let Some(Value::Array(mut alternatives)) = lists.pop() else { return };
    let object = members.contains_key("properties");
    let only_requires = alternatives.iter().all(|alternative| {
        alternative.as_object().is_some_and(|members| {
            members.iter().all(|(key, member)| match key.as_str() {
                "required" | "description" => true,
                "type" => member == "object",
                "properties" => member.as_object().is_some_and(|properties| properties.values().all(is_empty)),
                _ => false,
            })
        })
    });
    if object && only_requires {
        return notes.add(pointer, NAME, "which of its properties go together is left to the service");
    }
    let strangers =
        members.keys().any(|key| !matches!(key.as_str(), "description" | "nullable" | "type" | "title" | "default"));
    let mut listed = Vec::new();
    alternatives.retain(|alternative| {
        let new = !listed.contains(alternative);
        listed.push(alternative.clone());
        new
    });
    let description = members.get("description").cloned();
    let nullable = members.get("nullable").cloned();
    members.clear();
    if let Some(description) = description {
        members.insert("description".to_owned(), description);
    }
    if strangers || !lists.is_empty() || alternatives.iter().any(is_empty) {
        return notes.add(pointer, NAME, "alternatives, one of them anything: any JSON value");
    }
    if let Some(nullable) = nullable {
        members.insert("nullable".to_owned(), nullable);
    }
    match alternatives.as_mut_slice() {
        [only] if members.is_empty() => *schema = only.take(),
        [only] => drop(members.insert("allOf".to_owned(), json!([only]))),
        _ => {
            notes.add(pointer, NAME, format!("the first of {} alternatives that fits is taken", alternatives.len()));
            members.insert("oneOf".to_owned(), Value::Array(alternatives));
        }
    }
}

const NAME: &str = "plain_alternatives";

/// Takes an alternative that ends in the list that it is an alternative of, and nothing else, out of it: no value of it
/// is smaller than itself.
pub(crate) fn no_bare_recursion(document: &mut Value, notes: &mut Notes) {
    let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else { return };
    for (name, schema) in schemas.iter_mut() {
        let Some(alternatives) = schema.get_mut("oneOf").and_then(Value::as_array_mut) else { continue };
        let before = alternatives.len();
        let own = json!({"$ref": format!("{SCHEMAS}{name}")});
        alternatives.retain(|alternative| alternative != &own);
        if alternatives.len() < before {
            notes.add(&format!("/components/schemas/{name}"), "no_bare_recursion", "it is no alternative to itself");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::each_schema;

    fn lowered(schemas: Value, lowering: fn(&mut Value, &mut Notes)) -> (Value, Notes) {
        let mut document = json!({"components": {"schemas": schemas}});
        let mut notes = Notes::default();
        lowering(&mut document, &mut notes);
        (document["components"]["schemas"].clone(), notes)
    }

    fn reference(name: &str) -> Value {
        json!({"$ref": format!("{SCHEMAS}{name}")})
    }

    #[test]
    fn all_of_objects_are_merged_with_what_they_require() {
        let (schemas, _) = lowered(
            json!({
                "Base": {"type": "object", "properties": {"id": {"type": "integer"}}},
                "A": {"allOf": [reference("Base"), {"properties": {"b": {"type": "string"}}, "required": ["id"]}]},
                "Deep": {"allOf": [reference("A"), {"required": ["b", "c"]}]},
            }),
            merge_all_of,
        );
        assert_eq!(
            schemas["A"],
            json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "b": {"type": "string"}}})
        );
        assert_eq!(schemas["Deep"]["required"], json!(["b", "c", "id"]));
        assert_eq!(schemas["Deep"]["properties"]["c"], json!({}));
    }

    #[test]
    fn all_of_one_is_that_one() {
        let (schemas, notes) = lowered(
            json!({
                "A": {"properties": {"a": {"description": "d", "allOf": [reference("B")]}, "n": {"nullable": true, "allOf": [reference("B")]}}},
                "B": {"type": "object", "properties": {"c": {}}},
            }),
            merge_all_of,
        );
        assert_eq!(schemas["A"]["properties"]["a"], reference("B"));
        assert_eq!(schemas["A"]["properties"]["n"], json!({"nullable": true, "allOf": [reference("B")]}));
        assert!(notes.as_slice().is_empty());
    }

    #[test]
    fn all_of_that_cannot_be_merged_is_any_value_and_told_of() {
        let (schemas, notes) = lowered(
            json!({
                "Loop": {"allOf": [reference("Loop"), {"properties": {"a": {}}}]},
                "Mixed": {"allOf": [{"type": "string"}, {"properties": {"a": {}}}]},
                "Clash": {"allOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"a": {"type": "integer"}}}]},
            }),
            merge_all_of,
        );
        assert_eq!(schemas["Loop"], json!({}));
        assert_eq!(schemas["Mixed"], json!({}));
        assert_eq!(schemas["Clash"], json!({"type": "object", "properties": {"a": {}}}));
        assert_eq!(notes.as_slice().len(), 4, "{notes:?}");
    }

    #[test]
    fn alternatives_stand_alone() {
        for (before, after) in [
            (json!({"anyOf": [reference("A"), reference("B")]}), json!({"oneOf": [reference("A"), reference("B")]})),
            (json!({"oneOf": [reference("A"), reference("A")]}), reference("A")),
            (json!({"oneOf": [reference("A"), {}]}), json!({})),
            (json!({"properties": {"a": {}}, "oneOf": [reference("A")]}), json!({})),
            (json!({"properties": {"a": {}}, "anyOf": [{"required": ["a"]}]}), json!({"properties": {"a": {}}})),
        ] {
            let (schemas, _) =
                lowered(json!({"S": before}), |document, notes| each_schema(document, notes, plain_alternatives));
            assert_eq!(schemas["S"], after, "{before}");
        }
    }

    #[test]
    fn null_moves_to_where_a_component_is_used() {
        let (schemas, _) = lowered(
            json!({"N": {"type": "object", "nullable": true}, "A": {"properties": {"n": reference("N")}}}),
            |document, notes| assert!(null_where_used(document, notes)),
        );
        assert_eq!(schemas["N"], json!({"type": "object"}));
        assert_eq!(schemas["A"]["properties"]["n"], json!({"nullable": true, "allOf": [reference("N")]}));
    }

    #[test]
    fn an_alternative_to_itself_goes() {
        let (schemas, _) = lowered(json!({"A": {"oneOf": [reference("A"), {"type": "string"}]}}), no_bare_recursion);
        assert_eq!(schemas["A"], json!({"oneOf": [{"type": "string"}]}));
    }
}
