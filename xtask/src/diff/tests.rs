//! What changes of a contract are called, and whom they break.

mod judged;

use serde_json::{Value, json};

use super::{Change, Effect, Version, diff};

/// A contract with a schema on each side, one on both, one that refers to itself, and one that nothing uses.
fn contract() -> Value {
    let body = |name: &str| json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}});
    json!({
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {"/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
            "put": {
                "operationId": "putThing", "summary": "Put it", "x-hb-source": "documented",
                "security": [{"bearer": []}],
                "parameters": [{"name": "dry", "in": "query", "schema": {"type": "boolean"}}],
                "requestBody": {"required": true, "content": body("Sent")},
                "responses": {
                    "200": {"description": "ok", "content": body("Read"),
                        "headers": {"x-left": {"schema": {"type": "integer"}}}},
                    "404": {"description": "none", "content": {"application/json": {"schema": {"type": "object",
                        "properties": {"message": {"type": "string"}}}}}},
                },
            },
        }},
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Sent": {"type": "object", "required": ["name"], "properties": {
                    "name": {"type": "string", "description": "Its name.", "maxLength": 9},
                    "kind": {"type": "string", "enum": ["a", "b"]}, "count": {"type": "integer", "default": 1},
                    "both": {"$ref": "#/components/schemas/Both"}}},
                "Read": {"type": "object", "required": ["id"], "properties": {
                    "id": {"type": "integer", "format": "int64", "x-hb-source": "documented"},
                    "kind": {"type": "string", "enum": ["a", "b"]}, "level": {"type": "integer", "enum": [1, 2]},
                    "at": {"type": "string", "format": "date-time", "nullable": true},
                    "secret": {"type": "string", "x-hb-secret": true},
                    "list": {"type": "array", "items": {"$ref": "#/components/schemas/Both"}},
                    "any": {"oneOf": [{"$ref": "#/components/schemas/Both"}, {"type": "string"}]},
                    "map": {"type": "object", "additionalProperties": {"type": "string"}}}},
                "Both": {"type": "object", "required": ["size"], "properties": {
                    "size": {"type": "integer"}, "label": {"type": "string"}, "note": {"type": "boolean"},
                    "within": {"$ref": "#/components/schemas/Both"}}},
                "Unused": {"type": "object", "properties": {"a": {"type": "string"}}},
            },
        },
    })
}

/// Who it breaks, what it is about, and what happened.
fn line(change: &Change) -> String {
    let word = |effect: Option<Effect>| match effect {
        Some(Effect::Breaking) => "BREAKS",
        Some(Effect::Compatible) => "fine",
        Some(Effect::Docs) => "docs",
        None => "-",
    };
    format!("{} {} | {} | {}", word(change.sends), word(change.reads), change.subject, change.what)
}

fn lines(base: &Value, now: &Value) -> Vec<String> {
    diff(base, now).iter().map(line).collect()
}

/// The contract with what a pointer stands for replaced; by `null`, removed.
fn with(edits: &[(&str, Value)]) -> Value {
    let mut contract = contract();
    for (pointer, value) in edits {
        let pointer = pointer.replace("S:", "/components/schemas/").replace("O:", "/paths/~1things~1{id}/put");
        let (holder, key) = pointer.rsplit_once('/').unwrap();
        let holder = contract.pointer_mut(holder).unwrap_or_else(|| panic!("{pointer}"));
        let key = key.replace("~1", "/");
        match holder {
            Value::Array(items) if key == "-" => items.push(value.clone()),
            Value::Array(items) if value.is_null() => drop(items.remove(key.parse().unwrap())),
            Value::Array(items) => items[key.parse::<usize>().unwrap()] = value.clone(),
            _ if value.is_null() => drop(holder.as_object_mut().unwrap().remove(&key)),
            _ => drop(holder.as_object_mut().unwrap().insert(key, value.clone())),
        }
    }
    contract
}

#[test]
fn a_property_added_as_required_breaks_those_who_send_alone() {
    let now = with(&[("S:Both/properties/new", json!({"type": "string"})), ("S:Both/required/-", json!("new"))]);
    assert_eq!(lines(&contract(), &now), ["BREAKS fine | Both.new | property added, required"]);
}

#[test]
fn one_shape_under_another_name_is_renamed_and_another_shape_is_not() {
    let note = json!({"type": "boolean", "description": "other words"});
    let now = with(&[("S:Both/properties/note", Value::Null), ("S:Both/properties/remark", note)]);
    assert_eq!(
        lines(&contract(), &now),
        ["BREAKS BREAKS | Both.remark | renamed: note → remark", "docs docs | Both.remark | description changed"]
    );
    let now = with(&[("S:Both/properties/note", Value::Null), ("S:Both/properties/remark", json!({"type": "number"}))]);
    assert_eq!(
        lines(&contract(), &now),
        ["BREAKS BREAKS | Both.note | property removed", "fine fine | Both.remark | property added, optional"]
    );
}

#[test]
fn a_type_under_another_name_is_renamed_once_however_often_it_is_referred_to_and_by_itself() {
    let renamed = contract().to_string().replace("schemas/Both", "schemas/Pair").replace("\"Both\":", "\"Pair\":");
    let now: Value = serde_json::from_str(&renamed).unwrap();
    assert_eq!(lines(&contract(), &now), ["BREAKS BREAKS | Pair | renamed: Both → Pair"]);
    // And so is one that refers to it.
    let now = now.to_string().replace("schemas/Read", "schemas/Seen").replace("\"Read\":", "\"Seen\":");
    assert_eq!(
        lines(&contract(), &serde_json::from_str(&now).unwrap()),
        ["BREAKS BREAKS | Pair | renamed: Both → Pair", "- BREAKS | Seen | renamed: Read → Seen"]
    );
}

#[test]
fn an_operation_at_another_path_is_moved_if_it_has_its_name() {
    let text = contract().to_string().replace("/things/{id}", "/stuff/{id}");
    let now: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(lines(&contract(), &now), ["BREAKS fine | PUT /stuff/{id} | moved: PUT /things/{id} → PUT /stuff/{id}"]);
}

#[test]
fn who_could_not_rely_on_a_schema_is_not_broken_by_its_change() {
    // `Unused` comes into requests and gets a required property at once: nobody sent one before.
    let now = with(&[
        ("S:Sent/properties/both/$ref", json!("#/components/schemas/Unused")),
        ("S:Unused/required", json!(["a"])),
    ]);
    assert_eq!(
        lines(&contract(), &now),
        [
            "BREAKS - | Sent.both | type: Both → Unused",
            "fine fine | Both | stands in no requests any more",
            "fine - | Unused | stands in requests now",
            "- - | Unused.a | required now",
        ]
    );
}

#[test]
fn a_change_is_placed_where_it_can_be_seen_and_names_the_snapshots_that_show_it() {
    let now = with(&[("S:Read/properties/secret", Value::Null)]);
    let [change] = diff(&contract(), &now).try_into().unwrap();
    assert_eq!(
        (change.version, change.pointer.as_str()),
        (Version::Base, "/components/schemas/Read/properties/secret")
    );
    assert_eq!(change.snapshots, ["secret-types", "type.Read"]);
    let [change] = diff(&contract(), &with(&[("O:/summary", json!("Put"))])).try_into().unwrap();
    assert_eq!((change.version, change.pointer.as_str()), (Version::Now, "/paths/~1things~1{id}/put"));
    assert_eq!(change.snapshots, ["operation.put_thing"]);
}

/// Nothing that differs goes unsaid, and what is the same says nothing.
#[test]
fn whatever_leaf_of_a_contract_changes_something_is_said() {
    fn leaves(value: &Value, pointer: String, to: &mut Vec<String>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(key, member)| {
                let mut pointer = pointer.clone();
                crate::walk::push_step(&mut pointer, key);
                leaves(member, pointer, to);
            }),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, item)| leaves(item, format!("{pointer}/{index}"), to));
            }
            _ => to.push(pointer),
        }
    }
    let real = include_str!("../../../spec/openapi.yaml");
    let real = crate::load::parse("s", real).unwrap().value;
    for document in [contract(), real] {
        assert_eq!(diff(&document, &document), []);
        let mut pointers = Vec::new();
        leaves(&document, String::new(), &mut pointers);
        assert!(pointers.len() > 60, "{}", pointers.len());
        for pointer in pointers {
            let mut changed = document.clone();
            let leaf = changed.pointer_mut(&pointer).unwrap();
            *leaf = match leaf.take() {
                Value::Bool(is) => Value::from(!is),
                Value::Number(number) => Value::from(number.as_i64().unwrap() + 1),
                Value::String(text) if text.starts_with("#/") => Value::from("#/components/schemas/Elsewhere"),
                other => Value::from(format!("{}x", other.as_str().unwrap_or_default())),
            };
            assert!(!diff(&document, &changed).is_empty(), "{pointer}");
            assert!(!diff(&changed, &document).is_empty(), "{pointer}, back");
        }
    }
}
