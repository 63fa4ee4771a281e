//! References: percent-encoded, with stray spaces, to what is no component, to nothing, or with words beside them.

mod meaning;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{each_schema, errors::component_schemas};
use crate::{
    notes::Notes,
    walk::{Kind, Scope, walk_mut, walk_mut_from},
};
use meaning::{Hoisted, Meant, meaning, referred_to_outside_schemas};

/// Where component schemas are.
pub(super) const SCHEMAS: &str = "#/components/schemas/";

/// Puts what lies in reach by reference where the reference stands, but for schemas: operations, parameters, bodies and
/// answers have no name in a client, and each lowering after this sees them in one place.
pub(crate) fn inline_all_but_schemas(document: &mut Value, notes: &mut Notes) {
    let copies = referred_to_outside_schemas(document);
    let change = &mut |pointer: &str, _: Kind, value: &mut Value| {
        let mut seen = BTreeSet::new();
        while let Some(target) = value.get("$ref").and_then(Value::as_str).map(str::to_owned) {
            match copies.get(&target).filter(|_| seen.insert(target.clone())) {
                Some(copy) => *value = copy.clone(),
                None => {
                    notes.problem(
                        &format!("{pointer}/$ref"),
                        format!("\"{target}\" is nowhere in this document"),
                        "put what it names into the document, or take the reference out",
                    );
                    *value = json!({});
                }
            }
        }
    };
    walk_mut_from(Kind::Document, document, &mut String::new(), Scope::AllButSchemas, change);
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|key, _| key == "schemas");
    }
}

/// Makes each reference of a schema name a component schema: what it names elsewhere becomes one, and what it names
/// nowhere becomes any JSON value, which claims nothing.
pub(crate) fn refer_to_components(document: &mut Value, notes: &mut Notes) {
    let (meant, hoisted) = meaning(document);
    if meant.is_empty() {
        return;
    }
    let refer = |pointer: &str, value: &mut Value, notes: &mut Notes| {
        let Some(target) = value.get("$ref") else { return };
        let target = target.as_str().unwrap_or_default().to_owned();
        match meant.get(&target) {
            Some(Meant::Component(name)) => siblings(value, name, pointer, notes),
            Some(Meant::Hoisted(name)) => {
                notes.add(pointer, NAME, format!("`{target}` is no component, and becomes one: {name}"));
                siblings(value, name, pointer, notes);
            }
            Some(Meant::Nothing) => {
                notes.add(pointer, NAME, format!("`{target}` is nowhere in this document: any JSON value"));
                *value = without_reference(value);
            }
            // What this wrote itself.
            None => {}
        }
    };
    each_schema(document, notes, |schema, pointer, notes| refer(pointer, schema, notes));
    for Hoisted { from, name, mut schema } in hoisted {
        let mut pointer = format!("/components/schemas/{name}");
        notes.moved(&from, pointer.clone());
        let change = &mut |pointer: &str, _: Kind, value: &mut Value| refer(pointer, value, notes);
        walk_mut_from(Kind::Schema, &mut schema, &mut pointer, Scope::All, change);
        // It was nowhere that schemas are looked for.
        super::forms::schema_forms_from(&mut schema, &mut pointer, notes);
        component_schemas(document).map(|schemas| schemas.insert(name, schema));
    }
}

const NAME: &str = "refer_to_components";

/// Words beside a reference count in 3.1 and not in 3.0; what says null is kept, and what is for people.
fn siblings(value: &mut Value, name: &str, pointer: &str, notes: &mut Notes) {
    let reference = reference_to(name);
    if *value == reference {
        return;
    }
    let mut kept = Map::new();
    let mut dropped = Vec::new();
    for (key, member) in value.as_object().into_iter().flatten() {
        match key.as_str() {
            "$ref" | "title" | "description" | "summary" | "example" | "examples" | "deprecated" | "readOnly"
            | "writeOnly" => {}
            "nullable" if member == &Value::Bool(true) => drop(kept.insert(key.clone(), member.clone())),
            "nullable" => {}
            key if key.starts_with("x-") => {}
            key => dropped.push(key.to_owned()),
        }
    }
    if !dropped.is_empty() {
        notes.add(pointer, NAME, format!("beside the reference, dropped: {}", dropped.join(", ")));
    }
    *value = if kept.is_empty() {
        reference
    } else {
        kept.insert("allOf".to_owned(), json!([reference]));
        Value::Object(kept)
    };
}

/// The reference to the component called `name`.
fn reference_to(name: &str) -> Value {
    json!({"$ref": format!("{SCHEMAS}{}", name.replace('~', "~0").replace('/', "~1"))})
}

fn without_reference(value: &Value) -> Value {
    let text = value.get("description").and_then(Value::as_str);
    text.map_or_else(|| json!({}), |text| json!({"description": text}))
}

/// Puts a component that is a bare scalar where it is referred to: as a type of its own it would only hide what it is.
pub(crate) fn inline_scalars(document: &mut Value, notes: &mut Notes) {
    let scalars: BTreeMap<String, Value> = document
        .pointer("/components/schemas")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(_, schema)| is_scalar(schema))
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect();
    if scalars.is_empty() {
        return;
    }
    walk_mut(document, &mut |pointer, kind, value| {
        let (Kind::Schema, Some(name)) = (kind, reference_name(value)) else { return };
        if let Some(scalar) = scalars.get(&name) {
            notes.add(pointer, "inline_scalars", format!("`{name}` is a bare scalar, and stands here itself"));
            *value = scalar.clone();
        }
    });
    if let Some(schemas) = component_schemas(document) {
        schemas.retain(|name, _| !scalars.contains_key(name));
    }
}

fn is_scalar(schema: &Value) -> bool {
    let scalar =
        matches!(schema.get("type").and_then(Value::as_str), Some("string" | "integer" | "number" | "boolean"));
    scalar && ["enum", "oneOf", "anyOf", "allOf"].iter().all(|key| schema.get(key).is_none())
}

/// The name of the component schema that a schema is a reference to.
pub(crate) fn reference_name(schema: &Value) -> Option<String> {
    let target = schema.get("$ref")?.as_str()?.strip_prefix(SCHEMAS)?;
    Some(if target.contains('~') { target.replace("~1", "/").replace("~0", "~") } else { target.to_owned() })
}

/// Gives up components that are nothing but a reference to another: a chain of them says nothing, and may end in itself.
pub(crate) fn follow_aliases(document: &mut Value, notes: &mut Notes) {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    let next: BTreeMap<String, String> =
        schemas.filter_map(|(name, schema)| Some((name.clone(), reference_name(schema)?))).collect();
    if next.is_empty() {
        return;
    }
    let mut aliases: BTreeMap<&String, Option<&String>> = BTreeMap::new();
    for (name, mut target) in &next {
        let mut seen = BTreeSet::from([name]);
        let last = loop {
            if !seen.insert(target) {
                break None;
            }
            match next.get(target) {
                Some(after) => target = after,
                None => break Some(target),
            }
        };
        aliases.insert(name, last);
    }
    for (name, target) in &aliases {
        let mut pointer = "/components/schemas".to_owned();
        crate::walk::push_step(&mut pointer, name);
        match target {
            Some(target) => {
                notes.add(&pointer, "follow_aliases", format!("it is another name of `{target}`, which is used"))
            }
            None => notes.add(&pointer, "follow_aliases", "it refers to itself and nothing else: any JSON value"),
        }
    }
    walk_mut(document, &mut |_, kind, value| {
        let (Kind::Schema, Some(name)) = (kind, reference_name(value)) else { return };
        match aliases.get(&name) {
            Some(Some(target)) => {
                *value = reference_to(target);
            }
            Some(None) => *value = json!({}),
            None => {}
        }
    });
    if let Some(schemas) = component_schemas(document) {
        schemas.retain(|name, _| !aliases.contains_key(name));
    }
}

/// Drops the components that no operation reaches: they belong to what was not selected.
pub(crate) fn keep_reached(document: &mut Value, notes: &mut Notes) {
    let mut next = Vec::new();
    if let Some(paths) = document.get("paths") {
        names_in(paths, &mut next);
    }
    let mut reached = BTreeSet::new();
    while let Some(name) = next.pop() {
        if reached.insert(name.clone())
            && let Some(schema) = document.pointer("/components/schemas").and_then(|schemas| schemas.get(&name))
        {
            names_in(schema, &mut next);
        }
    }
    for (name, _) in component_schemas(document).into_iter().flatten().filter(|(name, _)| !reached.contains(*name)) {
        notes.add(&format!("/components/schemas/{name}"), "keep_reached", "no operation reaches it: dropped");
    }
    if let Some(schemas) = component_schemas(document) {
        schemas.retain(|name, _| reached.contains(name));
    }
}

fn names_in(value: &Value, to: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            to.extend(reference_name(value));
            members.values().for_each(|member| names_in(member, to));
        }
        Value::Array(items) => items.iter().for_each(|item| names_in(item, to)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(schemas: Value) -> Value {
        json!({"paths": {}, "components": {"schemas": schemas}})
    }

    #[test]
    fn references_are_found_however_they_are_written_and_others_claim_nothing() {
        let mut document = document(json!({
            "订单": {"type": "object", "properties": {"b": {"type": "object"}}},
            "Spaced ": {"type": "object"},
            "A": {"properties": {
                "encoded": {"$ref": "#/components/schemas/%E8%AE%A2%E5%8D%95"},
                "spaced": {"$ref": "#/components/schemas/Spaced"},
                "deep": {"$ref": "#/components/schemas/订单/properties/b", "description": "d"},
                "dangling": {"$ref": "#/components/schemas/Nowhere"},
                "outside": {"$ref": "other.yaml#/A"},
                "null": {"$ref": "#/components/schemas/Spaced ", "nullable": true},
                "deep_null": {"$ref": "#/components/schemas/订单/properties/b", "nullable": true},
            }},
        }));
        let mut notes = Notes::default();
        refer_to_components(&mut document, &mut notes);
        let properties = &document["components"]["schemas"]["A"]["properties"];
        assert_eq!(properties["encoded"], json!({"$ref": "#/components/schemas/订单"}));
        assert_eq!(properties["spaced"], json!({"$ref": "#/components/schemas/Spaced "}));
        assert_eq!(properties["deep"], json!({"$ref": "#/components/schemas/B"}));
        assert_eq!(document["components"]["schemas"]["B"], json!({"type": "object"}));
        assert_eq!(properties["dangling"], json!({}));
        assert_eq!(properties["outside"], json!({}));
        assert_eq!(properties["null"], json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/Spaced "}]}));
        let hoisted = json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/B"}]});
        assert_eq!(properties["deep_null"], hoisted);
        assert_eq!(notes.as_slice().len(), 4, "{notes:?}");
    }

    #[test]
    fn aliases_are_followed_and_one_that_ends_in_itself_is_any_value() {
        let reference = |name: &str| json!({"$ref": format!("{SCHEMAS}{name}")});
        let mut document = document(json!({
            "A": reference("B"), "B": reference("C"), "C": {"properties": {"a": reference("A"), "x": reference("X")}},
            "X": reference("Y"), "Y": reference("X"),
        }));
        follow_aliases(&mut document, &mut Notes::default());
        assert_eq!(document["components"]["schemas"], json!({"C": {"properties": {"a": reference("C"), "x": {}}}}));
    }

    #[test]
    fn components_that_no_operation_reaches_go() {
        let mut document = document(json!({"A": {"items": {"$ref": "#/components/schemas/B"}}, "B": {}, "C": {}}));
        document["paths"] = json!({"/a": {"get": {"schema": {"$ref": "#/components/schemas/A"}}}});
        keep_reached(&mut document, &mut Notes::default());
        assert_eq!(document["components"]["schemas"].as_object().unwrap().keys().collect::<Vec<_>>(), ["A", "B"]);
    }

    #[test]
    fn a_scalar_component_stands_where_it_is_used() {
        let mut document = document(
            json!({"Id": {"type": "string"}, "A": {"properties": {"id": {"$ref": "#/components/schemas/Id"}}}}),
        );
        inline_scalars(&mut document, &mut Notes::default());
        assert_eq!(document["components"]["schemas"], json!({"A": {"properties": {"id": {"type": "string"}}}}));
    }

    #[test]
    fn what_is_no_schema_is_put_in_place_and_a_missing_one_is_a_problem() {
        let mut document = json!({
            "paths": {"/a": {"get": {"responses": {"200": {"$ref": "#/components/responses/Ok"}, "404": {"$ref": "#/nowhere"}}}}},
            "components": {"responses": {"Ok": {"description": "ok"}}},
        });
        let mut notes = Notes::default();
        inline_all_but_schemas(&mut document, &mut notes);
        assert_eq!(document["paths"]["/a"]["get"]["responses"]["200"], json!({"description": "ok"}));
        let error = notes.check(&crate::load::Places::unknown("s")).unwrap_err().to_string();
        assert!(error.contains("/404/$ref"), "{error}");
    }
}
