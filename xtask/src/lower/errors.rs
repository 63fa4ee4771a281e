//! The failures of an operation: progenitor allows one error type for each, and panics at a second.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    JSON,
    names::{pascal_case, unique},
};
use crate::{
    notes::Notes,
    walk::{Kind, walk},
};

/// Several error schemas on one operation become one, a component named after the operation; those that are components
/// stay as types of their own.
///
/// Objects that agree where they overlap are merged, and what only some of them require is optional. Others become any
/// JSON value: it holds each of them, and claims none.
pub(super) fn unify_error_schemas(document: &mut Value, notes: &mut Notes) {
    unify(document, notes, "unify_error_schemas", "Error", &|status| !status.starts_with(['1', '2', '3']));
}

/// The same for several success schemas, at the second of which progenitor panics too.
pub(super) fn unify_success_schemas(document: &mut Value, notes: &mut Notes) {
    unify(document, notes, "unify_success_schemas", "Answer", &|status| status.starts_with('2'));
}

fn unify(
    document: &mut Value,
    notes: &mut Notes,
    lowering: &'static str,
    suffix: &str,
    belongs: &dyn Fn(&str) -> bool,
) {
    let mut taken = component_names(document);
    let mut unified = Vec::new();
    walk(document, &mut |pointer, node| {
        if node.kind != Kind::Operation {
            return;
        }
        let failures = answers(node.value, belongs);
        let schemas: Vec<&Value> = failures.iter().map(|(_, schema)| *schema).collect();
        if schemas.windows(2).all(|pair| matches!(pair, [left, right] if left == right)) {
            return;
        }
        let operation_id = node.value.get("operationId").and_then(Value::as_str).unwrap_or_default();
        let name = unique(format!("{}{suffix}", pascal_case(operation_id)), &taken);
        taken.insert(name.clone());
        let statuses = failures.into_iter().map(|(status, _)| status.to_owned()).collect::<Vec<_>>();
        let description = match suffix {
            "Error" => format!("What the portal says when it refuses `{operation_id}`, whichever way."),
            _ => format!("What the portal answers to `{operation_id}`, whichever way."),
        };
        unified.push((pointer.to_owned(), statuses, name, merge(document, &description, &schemas)));
    });
    for (pointer, statuses, name, schema) in unified {
        let what = format!("{name} is what these have in common: {}", statuses.join(", "));
        notes.add(&format!("{pointer}/responses"), lowering, what);
        let content = json!({JSON: {"schema": {"$ref": format!("#/components/schemas/{name}")}}});
        for status in statuses {
            if let Some(response) = document.pointer_mut(&format!("{pointer}/responses/{status}")) {
                response.as_object_mut().map(|response| response.insert("content".to_owned(), content.clone()));
            }
        }
        if let Some(schemas) = component_schemas(document) {
            schemas.insert(name, schema);
        }
    }
}

/// The names of the components with schemas.
pub(super) fn component_names(document: &Value) -> BTreeSet<String> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    schemas.map(|(name, _)| name.clone()).collect()
}

/// Where components with schemas are, made if need be; `None` in a document that is not a mapping.
pub(super) fn component_schemas(document: &mut Value) -> Option<&mut Map<String, Value>> {
    let components = document.as_object_mut()?.entry("components").or_insert_with(|| json!({}));
    components.as_object_mut()?.entry("schemas").or_insert_with(|| json!({})).as_object_mut()
}

/// The answers of a kind that an operation has, with their JSON schemas; those without have nothing to unify.
fn answers<'a>(operation: &'a Value, belongs: &dyn Fn(&str) -> bool) -> Vec<(&'a str, &'a Value)> {
    let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
    responses
        .filter(|(status, _)| belongs(status))
        .filter_map(|(status, response)| Some((status.as_str(), response.get("content")?.get(JSON)?.get("schema")?)))
        .collect()
}

/// One schema that what any of `schemas` describes is valid against.
fn merge(document: &Value, description: &str, schemas: &[&Value]) -> Value {
    let anything = json!({"description": description});
    let resolved: Vec<&Value> = schemas.iter().map(|schema| resolve(document, schema)).collect();
    let mut properties = Map::new();
    let mut required: Option<BTreeSet<&str>> = None;
    for schema in resolved {
        let plain =
            ["allOf", "oneOf", "anyOf", "not", "additionalProperties"].iter().all(|key| schema.get(key).is_none());
        let ("object", true, Some(own)) = (
            schema.get("type").and_then(Value::as_str).unwrap_or_default(),
            plain,
            schema.get("properties").and_then(Value::as_object),
        ) else {
            return anything;
        };
        for (name, property) in own {
            let known = properties.entry(name).or_insert_with(|| property.clone());
            if !same_shape(known, property) {
                return anything;
            }
        }
        let own: BTreeSet<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        required = Some(match required {
            Some(required) => required.intersection(&own).copied().collect(),
            None => own,
        });
    }
    json!({
        "type": "object",
        "description": description,
        "properties": properties,
        "required": required.unwrap_or_default(),
    })
}

/// The component that a reference names, or the schema itself.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
    target.and_then(|target| document.pointer(target)).unwrap_or(schema)
}

/// Whether two schemas differ at most in what they say to people.
pub(super) fn same_shape(left: &Value, right: &Value) -> bool {
    let bare = |schema: &Value| {
        let mut schema = schema.clone();
        if let Some(members) = schema.as_object_mut() {
            members.retain(|key, _| !matches!(key.as_str(), "description" | "example" | "title"));
        }
        schema
    };
    bare(left) == bare(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(responses: Value, schemas: Value) -> Value {
        json!({
            "paths": {"/a": {"post": {"operationId": "doIt", "responses": responses}}},
            "components": {"schemas": schemas},
        })
    }

    fn failure(schema: &str) -> Value {
        json!({"content": {JSON: {"schema": {"$ref": format!("#/components/schemas/{schema}")}}}})
    }

    #[test]
    fn error_schemas_that_agree_are_merged_and_stay_as_types() {
        let schemas = json!({
            "A": {"type": "object", "required": ["m"], "properties": {"m": {"type": "string"}}},
            "B": {"type": "object", "required": ["m", "e"], "properties": {"m": {"type": "string", "description": "x"}, "e": {"type": "integer"}}},
        });
        let mut document = operation(json!({"201": {}, "401": failure("A"), "422": failure("B"), "500": {}}), schemas);
        unify_error_schemas(&mut document, &mut Notes::default());
        let responses = &document["paths"]["/a"]["post"]["responses"];
        assert_eq!((&responses["201"], &responses["500"]), (&json!({}), &json!({})), "they have no body");
        for status in ["401", "422"] {
            assert_eq!(responses[status]["content"][JSON]["schema"]["$ref"], "#/components/schemas/DoItError");
        }
        let merged = &document["components"]["schemas"]["DoItError"];
        assert_eq!(merged["properties"], json!({"m": {"type": "string"}, "e": {"type": "integer"}}));
        assert_eq!(merged["required"], json!(["m"]));
        assert!(document["components"]["schemas"]["A"].is_object());
    }

    #[test]
    fn error_schemas_that_disagree_become_any_value() {
        let schemas = json!({
            "A": {"type": "object", "properties": {"m": {"type": "string"}}},
            "B": {"type": "object", "properties": {"m": {"type": "integer"}}},
            "DoItError": {"type": "object"},
        });
        let mut document = operation(json!({"401": failure("A"), "422": failure("B")}), schemas);
        unify_error_schemas(&mut document, &mut Notes::default());
        let any = &document["components"]["schemas"]["DoItError2"];
        assert!(any.as_object().unwrap().keys().eq(["description"]), "{any}");
    }

    #[test]
    fn success_schemas_are_unified_beside_one_that_has_no_body() {
        let schemas = json!({
            "A": {"type": "object", "properties": {"a": {"type": "string"}}},
            "B": {"type": "object", "properties": {"b": {"type": "string"}}},
        });
        let mut document = operation(json!({"200": failure("A"), "201": failure("B"), "204": {}}), schemas);
        unify_success_schemas(&mut document, &mut Notes::default());
        let merged = document["components"]["schemas"]["DoItAnswer"]["properties"].as_object().unwrap();
        assert_eq!(merged.len(), 2);
        assert_eq!(document["paths"]["/a"]["post"]["responses"]["204"], json!({}));
    }

    #[test]
    fn one_error_schema_is_left_alone() {
        let document = operation(json!({"401": failure("A"), "422": failure("A")}), json!({"A": {"type": "object"}}));
        let mut lowered = document.clone();
        unify_error_schemas(&mut lowered, &mut Notes::default());
        assert_eq!(lowered, document);
    }
}
