//! Types that have no name: each becomes a component, so that two of them never share one.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    answers::status_name,
    case::type_name,
    errors::component_schemas,
    idents::{operation_type, operations},
    names::unique,
    references::SCHEMAS,
};
use crate::{notes::Notes, walk::push_step};

/// Gives each object, enum and list of alternatives that stands inside another schema, or in an operation, a component
/// of its own, named after where it stands. Progenitor names them itself, and the first of a name wins: in ten of the
/// documents that this was measured on, the success type stood in for the error type.
pub(crate) fn name_inline_types(document: &mut Value, notes: &mut Notes) {
    let mut components = component_schemas(document).map(std::mem::take).unwrap_or_default();
    let mut hoist = Hoist { taken: components.keys().cloned().collect(), made: Map::new(), notes };
    operations(document, &mut |pointer, operation| {
        let name = operation_type(operation);
        for (index, parameter) in
            operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten().enumerate()
        {
            let own = parameter
                .get("name")
                .and_then(Value::as_str)
                .and_then(type_name)
                .unwrap_or_else(|| "Parameter".to_owned());
            if let Some(schema) = parameter.get_mut("schema") {
                hoist.place(schema, &format!("{name}{own}"), &format!("{pointer}/parameters/{index}/schema"));
            }
        }
        for (media_type, body) in operation
            .get_mut("requestBody")
            .and_then(|body| body.get_mut("content")?.as_object_mut())
            .into_iter()
            .flatten()
        {
            if let Some(schema) = body.get_mut("schema") {
                let mut place = format!("{pointer}/requestBody/content");
                push_step(&mut place, media_type);
                hoist.place(schema, &format!("{name}Body"), &format!("{place}/schema"));
            }
        }
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten();
        let mut schemas: Vec<(&String, &String, &mut Value)> = Vec::new();
        for (status, response) in responses {
            let content = response.get_mut("content").and_then(Value::as_object_mut).into_iter().flatten();
            schemas
                .extend(content.filter_map(|(media_type, body)| Some((status, media_type, body.get_mut("schema")?))));
        }
        // What several statuses share has one name.
        let same: Vec<Option<usize>> = (0..schemas.len()).map(|index| first_like_it(&schemas, index)).collect();
        for (index, same) in same.into_iter().enumerate() {
            let (before, after) = schemas.split_at_mut(index);
            let Some((status, media_type, schema)) = after.first_mut() else { continue };
            if let Some((.., named)) = same.and_then(|same| before.get(same)) {
                **schema = (*named).clone();
                continue;
            }
            let mut place = format!("{pointer}/responses/{status}/content");
            push_step(&mut place, media_type);
            let own = if status.starts_with('2') { "Response".to_owned() } else { status_name(status) };
            hoist.place(schema, &format!("{name}{own}"), &format!("{place}/schema"));
        }
    });
    for (name, schema) in &mut components {
        let mut pointer = "/components/schemas".to_owned();
        push_step(&mut pointer, name);
        let own = type_name(name).unwrap_or_else(|| name.clone());
        hoist.inside(schema, &own, &pointer);
    }
    components.append(&mut hoist.made);
    if let (Some(schemas), false) = (component_schemas(document), components.is_empty()) {
        *schemas = components;
    }
}

/// Where the first of `schemas` is that is the same as the one at `index`, if that is another.
fn first_like_it(schemas: &[(&String, &String, &mut Value)], index: usize) -> Option<usize> {
    let (.., schema) = schemas.get(index)?;
    schemas.iter().take(index).position(|(.., other)| other == schema)
}

struct Hoist<'a> {
    taken: BTreeSet<String>,
    made: Map<String, Value>,
    notes: &'a mut Notes,
}

impl Hoist<'_> {
    /// Makes a component of a schema if it needs a name, and of what is inside of it.
    fn place(&mut self, schema: &mut Value, name: &str, pointer: &str) {
        if !needs_name(schema) {
            return self.inside(schema, name, pointer);
        }
        let name = unique(name.to_owned(), &self.taken);
        self.taken.insert(name.clone());
        self.notes.moved(pointer, format!("/components/schemas/{name}"));
        self.notes.add(pointer, "name_inline_types", format!("it is called {name}"));
        let mut own = schema.take();
        let nullable = own.as_object_mut().and_then(|members| members.remove("nullable")) == Some(Value::Bool(true));
        self.inside(&mut own, &name, pointer);
        self.made.insert(name.clone(), own);
        let reference = json!({"$ref": format!("{SCHEMAS}{name}")});
        *schema = if nullable { json!({"nullable": true, "allOf": [reference]}) } else { reference };
    }

    fn inside(&mut self, schema: &mut Value, name: &str, pointer: &str) {
        let Some(members) = schema.as_object_mut() else { return };
        for (key, property) in members.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
            let mut pointer = format!("{pointer}/properties");
            push_step(&mut pointer, key);
            let own = type_name(key).unwrap_or_else(|| "Property".to_owned());
            self.place(property, &format!("{name}{own}"), &pointer);
        }
        for (key, suffix) in [("items", "Item"), ("additionalProperties", "Value")] {
            if let Some(held) = members.get_mut(key).filter(|held| held.is_object()) {
                self.place(held, &format!("{name}{suffix}"), &format!("{pointer}/{key}"));
            }
        }
        for key in ["oneOf", "allOf"] {
            for (index, held) in members.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten().enumerate() {
                let own = if key == "oneOf" { format!("{name}Variant{}", index + 1) } else { name.to_owned() };
                self.place(held, &own, &format!("{pointer}/{key}/{index}"));
            }
        }
    }
}

fn needs_name(schema: &Value) -> bool {
    ["properties", "enum", "oneOf"].iter().any(|key| schema.get(*key).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_without_a_name_gets_one_of_its_own() {
        let object = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}});
        let content = |schema: Value| json!({"content": {"application/json": {"schema": schema}}});
        let mut document = json!({
            "paths": {"/a": {"post": {
                "operationId": "makeA",
                "parameters": [{"name": "sort by", "schema": {"type": "string", "enum": ["a"]}}],
                "requestBody": content(object("sent")),
                "responses": {"200": content(object("got")), "404": content(object("failed")), "422": content(object("failed"))},
            }}},
            "components": {"schemas": {
                "MakeABody": {"type": "array", "items": {"type": "object", "nullable": true, "properties": {"deep": object("deeper")}}},
            }},
        });
        let mut notes = Notes::default();
        name_inline_types(&mut document, &mut notes);
        let names: Vec<&String> = document["components"]["schemas"].as_object().unwrap().keys().collect();
        assert_eq!(
            names,
            [
                "MakeABody",
                "MakeABody2",
                "MakeABodyItem",
                "MakeABodyItemDeep",
                "MakeAResponse",
                "MakeASortBy",
                "MakeAStatus404"
            ]
        );
        let operation = &document["paths"]["/a"]["post"];
        assert_eq!(operation["responses"]["404"], operation["responses"]["422"], "they are the same");
        let items = &document["components"]["schemas"]["MakeABody"]["items"];
        assert_eq!(items, &json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/MakeABodyItem"}]}));
        assert_eq!(
            notes.origin("/components/schemas/MakeABody2/properties/sent"),
            "/paths/~1a/post/requestBody/content/application~1json/schema/properties/sent"
        );
    }
}
