//! Names that must be identifiers, and different ones, whatever case they are written in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    case::{numbered, snake, type_name},
    errors::component_schemas,
    names::{pascal_case, unique},
    plan::Plan,
    references::{SCHEMAS, reference_name},
};
use crate::{
    notes::Notes,
    walk::{METHODS, last_step, push_step, walk_mut},
};

/// Names that generated code uses for something else.
const TAKEN_TYPES: &[&str] =
    &["Box", "Default", "Err", "From", "None", "Ok", "Option", "Result", "Self", "Some", "String", "Vec"];
const TAKEN_FUNCTIONS: &[&str] =
    &["api_version", "baseurl", "client", "clone", "exec", "fmt", "inner", "new", "new_with_client", "post", "pre"];

/// Gives each component a name that is an identifier, and different from the others when both are in the same case.
pub(crate) fn name_components(document: &mut Value, notes: &mut Notes) {
    let Some(schemas) = component_schemas(document) else { return };
    let mut taken: BTreeSet<String> = TAKEN_TYPES.iter().map(|name| (*name).to_owned()).collect();
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    // Names that are right as they are keep it, whatever the order.
    for name in schemas.keys().filter(|name| type_name(name).as_deref() == Some(name.as_str())) {
        if taken.insert(name.clone()) {
            renamed.insert(name.clone(), name.clone());
        }
    }
    for name in schemas.keys() {
        if renamed.contains_key(name) {
            continue;
        }
        let new = unique(type_name(name).unwrap_or_else(|| numbered("Schema", name)), &taken);
        taken.insert(new.clone());
        let mut pointer = "/components/schemas".to_owned();
        push_step(&mut pointer, name);
        if name.trim() != new {
            notes.add(&pointer, "name_components", format!("`{}` is called {new}", name.trim()));
        }
        notes.moved(&pointer, format!("/components/schemas/{new}"));
        renamed.insert(name.clone(), new);
    }
    if renamed.iter().all(|(name, new)| name == new) {
        return;
    }
    let old = std::mem::take(schemas);
    for (name, mut schema) in old {
        let new = renamed.get(&name).cloned().unwrap_or_else(|| name.clone());
        if new != name
            && type_name(&name).is_none()
            && let Some(members) = schema.as_object_mut()
        {
            members.entry("description").or_insert_with(|| Value::from(name.trim()));
        }
        schemas.insert(new, schema);
    }
    walk_mut(document, &mut |_, _, value| {
        if let Some(new) = reference_name(value).and_then(|name| renamed.get(&name)) {
            *value = json!({"$ref": format!("{SCHEMAS}{new}")});
        }
    });
}

/// Gives each operation an id of which the generator makes a function of its own: where it is missing, is made of the
/// method and the path; where it repeats, is numbered.
pub(crate) fn name_operations(document: &mut Value, notes: &mut Notes) {
    let mut taken: BTreeSet<String> = TAKEN_FUNCTIONS.iter().map(|name| (*name).to_owned()).collect();
    let mut settled = BTreeSet::new();
    operations(document, &mut |pointer, operation| {
        let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
        if usable(id) && taken.insert(snake(id)) {
            settled.insert(pointer.to_owned());
        }
    });
    operations(document, &mut |pointer, operation| {
        if settled.contains(pointer) {
            return;
        }
        let id = operation.get("operationId").and_then(Value::as_str).map(str::to_owned);
        let base = match &id {
            Some(id) if usable(id) => snake(id),
            _ => {
                let path = pointer.rsplit_once('/').map(|(path, _)| last_step(path)).unwrap_or_default();
                let derived = super::names::operation_id(&last_step(pointer), &path);
                let ascii: String = derived.chars().filter(char::is_ascii).collect();
                // What is lost of the path is kept as a number, so that two paths do not become one.
                if ascii == derived {
                    snake(&ascii)
                } else {
                    snake(&numbered(&ascii, &derived.replace(|char: char| char.is_ascii(), "")))
                }
            }
        };
        let new = unique(base, &taken);
        taken.insert(new.clone());
        notes.add(
            pointer,
            "name_operations",
            match id {
                Some(id) => format!("`{id}` is taken, or no identifier: {new}"),
                None => format!("it has no id: {new}"),
            },
        );
        operation.insert("operationId".to_owned(), Value::from(new));
    });
}

fn usable(id: &str) -> bool {
    id.is_ascii() && snake(id).starts_with(|first: char| first.is_ascii_lowercase())
}

/// Calls `change` with each operation, in the order of paths and methods.
pub(crate) fn operations(document: &mut Value, change: &mut impl FnMut(&str, &mut Map<String, Value>)) {
    for (path, item) in document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten() {
        for method in METHODS {
            if let Some(operation) = item.get_mut(*method).and_then(Value::as_object_mut) {
                let mut pointer = "/paths".to_owned();
                push_step(&mut pointer, path);
                push_step(&mut pointer, method);
                change(&pointer, operation);
            }
        }
    }
}

/// Gives properties of one object that would become one field names apart; harden writes back what the wire calls them.
pub(crate) fn part_properties(document: &mut Value, plan: &mut Plan, notes: &mut Notes) {
    for (name, schema) in component_schemas(document).into_iter().flatten() {
        // The generator's own name for what is not listed.
        let mut taken = BTreeSet::from(["extra".to_owned()]);
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { continue };
        let mut aliases = BTreeMap::new();
        let names: Vec<String> = properties.keys().cloned().collect();
        for wire in names {
            let field = snake(&wire);
            let field = if field.is_empty() { "value".to_owned() } else { field };
            if field != "value" && taken.insert(field.clone()) || wire == "value" && taken.insert(field.clone()) {
                continue;
            }
            let alias = unique_field(&field, &taken, properties);
            taken.insert(alias.clone());
            if let Some(property) = properties.remove(&wire) {
                properties.insert(alias.clone(), property);
            }
            notes.add(
                &format!("/components/schemas/{name}/properties/{wire}"),
                "part_properties",
                format!("another property would have the same name: the field is {alias}"),
            );
            aliases.insert(alias, wire);
        }
        if aliases.is_empty() {
            continue;
        }
        for required in schema.get_mut("required").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some((alias, _)) = aliases.iter().find(|(_, wire)| required.as_str() == Some(wire.as_str())) {
                *required = Value::from(alias.as_str());
            }
        }
        plan.fields.insert(name.clone(), aliases);
    }
}

fn unique_field(field: &str, taken: &BTreeSet<String>, properties: &Map<String, Value>) -> String {
    let free = |name: &String| !taken.contains(name) && !properties.keys().any(|known| snake(known) == *name);
    (2..).map(|number: usize| format!("{field}_{number}")).find(free).unwrap_or_default()
}

/// Keeps of enums what a type can have: strings, each a variant of its own. Others are their plain type, and the values
/// that a request may have are written with names that differ; harden writes back what the wire calls them.
pub(crate) fn part_values(document: &mut Value, plan: &mut Plan, notes: &mut Notes) {
    for (name, schema) in component_schemas(document).into_iter().flatten() {
        let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) else { continue };
        let mut taken = BTreeSet::from(["Self".to_owned()]);
        let mut aliases = BTreeMap::new();
        let mut listed: Vec<Value> = Vec::new();
        for value in values.iter() {
            let Some(wire) = value.as_str() else { continue };
            if listed.contains(value) {
                continue;
            }
            listed.push(value.clone());
            let variant = type_name(wire);
            let plain = wire.is_ascii()
                && variant.as_ref().is_some_and(|variant| {
                    !taken.contains(variant) && !wire.starts_with(|first: char| first.is_ascii_digit() || first == '-')
                });
            let base =
                variant.unwrap_or_else(|| if wire.is_empty() { "Empty".to_owned() } else { numbered("Value", wire) });
            let alias = unique(base, &taken);
            taken.insert(alias.clone());
            if !plain {
                aliases.insert(alias, wire.to_owned());
            }
        }
        *values = listed
            .into_iter()
            .map(|value| {
                let alias = aliases.iter().find(|(_, wire)| value.as_str() == Some(wire.as_str()));
                alias.map_or(value, |(alias, _)| Value::from(alias.as_str()))
            })
            .collect();
        if !aliases.is_empty() {
            notes.add(
                &format!("/components/schemas/{name}"),
                "part_values",
                format!(
                    "values that would have one name, or none, are called: {}",
                    aliases.iter().map(|(alias, wire)| format!("`{wire}` {alias}")).collect::<Vec<_>>().join(", ")
                ),
            );
            plan.values.insert(name.clone(), aliases);
        }
    }
}

/// Makes of an enum whose values are not all strings the type that they have.
pub(crate) fn enums_of_strings(schema: &mut Value, pointer: &str, notes: &mut Notes) {
    let Some(members) = schema.as_object_mut() else { return };
    let Some(values) = members.get("enum").and_then(Value::as_array).cloned() else { return };
    let kind = members.get("type").and_then(Value::as_str).map(str::to_owned);
    let strings = values.iter().all(Value::is_string);
    if strings && matches!(kind.as_deref(), Some("string") | None) {
        members.insert("type".to_owned(), Value::from("string"));
        members.remove("format");
        return;
    }
    members.remove("enum");
    let shown = values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
    let described = match members.get("description").and_then(Value::as_str) {
        Some(text) => format!("{text}\n\nOne of {shown}."),
        None => format!("One of {shown}."),
    };
    members.insert("description".to_owned(), Value::from(described));
    notes.add(
        pointer,
        "enums_of_strings",
        format!("only strings are an enum: any {}", kind.as_deref().unwrap_or("JSON value")),
    );
}

/// The name of an operation's types.
pub(crate) fn operation_type(operation: &Map<String, Value>) -> String {
    let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
    type_name(id).unwrap_or_else(|| pascal_case(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_have_names_that_differ_as_types() {
        let mut document = json!({"components": {"schemas": {
            "user_info": {"type": "object"}, "UserInfo": {"type": "object"}, "userInfo ": {"properties": {"a": {"$ref": "#/components/schemas/user_info"}}},
            "订单": {"type": "object"}, "订单Item": {"type": "object"}, "Ok": {}, "1st": {}, "type": {},
        }}});
        let mut notes = Notes::default();
        name_components(&mut document, &mut notes);
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let names: Vec<&str> = schemas.keys().map(String::as_str).collect();
        assert_eq!(names, ["Item", "N1st", "Ok2", "Schema8ba25355", "Type", "UserInfo", "UserInfo2", "UserInfo3"]);
        assert_eq!(schemas["Schema8ba25355"]["description"], "订单");
        assert_eq!(schemas["UserInfo2"]["properties"]["a"]["$ref"], "#/components/schemas/UserInfo3");
    }

    #[test]
    fn operations_have_ids_that_differ_as_functions() {
        let mut document = json!({"paths": {
            "/a": {"get": {"operationId": "getA"}, "post": {"operationId": "get_a"}, "put": {"operationId": "查询"}, "delete": {"operationId": "post"}},
            "/b/{id}": {"get": {}},
            "/订单": {"get": {}},
            "/用户": {"get": {}},
        }});
        name_operations(&mut document, &mut Notes::default());
        let mut ids = Vec::new();
        operations(&mut document, &mut |_, operation| ids.push(operation["operationId"].as_str().unwrap().to_owned()));
        assert_eq!(ids, ["getA", "put_a", "get_a2", "post2", "get_b_by_id", "get75286237", "get8ba25355"]);
    }

    #[test]
    fn properties_that_would_be_one_field_are_parted_and_known_by_their_wire_name() {
        let mut document = json!({"components": {"schemas": {"A": {
            "properties": {"userName": {"type": "string"}, "user_name": {"type": "integer"}, "extra": {}, "+": {}, "名称": {}},
            "required": ["user_name"],
        }}}});
        let mut plan = Plan::default();
        part_properties(&mut document, &mut plan, &mut Notes::default());
        let schema = &document["components"]["schemas"]["A"];
        assert_eq!(schema["required"], json!(["user_name_2"]));
        assert_eq!(schema["properties"]["userName"], json!({"type": "string"}));
        assert_eq!(schema["properties"]["user_name_2"], json!({"type": "integer"}));
        assert_eq!(plan.fields["A"]["user_name_2"], "user_name");
        assert_eq!(plan.fields["A"]["extra_2"], "extra");
        assert_eq!(plan.fields["A"]["value_2"], "+");
        assert!(schema["properties"]["名称"].is_object(), "it is an identifier");
    }

    #[test]
    fn values_that_would_be_one_variant_are_parted() {
        let mut document = json!({"components": {"schemas": {"A": {"type": "string", "enum": ["asc", "ASC", "", "升序", "a", "asc"]}}}});
        let mut plan = Plan::default();
        part_values(&mut document, &mut plan, &mut Notes::default());
        assert_eq!(
            document["components"]["schemas"]["A"]["enum"],
            json!(["asc", "Asc2", "Empty", "Value53475e8f", "a"])
        );
        assert_eq!(plan.values["A"]["Asc2"], "ASC");
    }

    #[test]
    fn only_strings_are_an_enum() {
        let mut document = json!({"components": {"schemas": {
            "A": {"type": "integer", "enum": [1, 2]}, "B": {"type": "string", "enum": ["a"]}, "C": {"enum": ["a", 1]},
        }}});
        crate::lower::each_schema(&mut document, &mut Notes::default(), enums_of_strings);
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["A"], json!({"type": "integer", "description": "One of 1, 2."}));
        assert_eq!(schemas["B"]["enum"], json!(["a"]));
        assert_eq!(schemas["C"], json!({"description": "One of \"a\", 1."}));
    }
}
