//! What a document says that no client is made of: it may be written however it likes, and goes first.

use serde_json::{Map, Value, json};

use crate::{
    notes::Notes,
    walk::{METHODS, push_step},
};

/// Members of each object that are read from here on.
const DOCUMENT: &[&str] = &["openapi", "info", "paths", "components"];
const OPERATION: &[&str] = &["operationId", "summary", "description", "parameters", "requestBody", "responses"];
const PARAMETER: &[&str] = &["$ref", "name", "in", "description", "required", "style", "explode", "schema", "content"];
const BODY: &[&str] = &["$ref", "description", "required", "content"];
const RESPONSE: &[&str] = &["$ref", "description", "content"];

/// Keeps what a client is made of. Tags, servers, security, callbacks, links, answer headers and examples are not, and
/// are where exports stray most from OpenAPI; a call that the service makes is no operation of its client.
pub(crate) fn keep_what_is_read(document: &mut Value, notes: &mut Notes) {
    security(document, notes);
    let Some(members) = document.as_object_mut() else { return };
    for (key, what) in [("webhooks", "calls that the service makes"), ("x-webhooks", "calls that the service makes")] {
        if members.get(key).and_then(Value::as_object).is_some_and(|webhooks| !webhooks.is_empty()) {
            notes.add(&format!("/{key}"), NAME, format!("{what} are no operations of a client"));
        }
    }
    retain(members, DOCUMENT);
    members.insert("openapi".to_owned(), Value::from("3.0.3"));
    let info = members.remove("info").unwrap_or_default();
    let text = |key: &str, missing: &str| match info.get(key) {
        Some(Value::String(text)) if !text.trim().is_empty() => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => missing.to_owned(),
    };
    let mut kept = json!({"title": text("title", "the API"), "version": text("version", "0")});
    if let (Some(Value::String(description)), Some(kept)) = (info.get("description"), kept.as_object_mut()) {
        kept.insert("description".to_owned(), Value::from(description.trim()));
    }
    members.insert("info".to_owned(), kept);
    if !members.get("paths").is_some_and(Value::is_object) {
        members.insert("paths".to_owned(), json!({}));
    }
    if let Some(components) = members.get_mut("components") {
        match components.as_object_mut() {
            Some(components) => {
                retain(components, &["schemas", "responses", "parameters", "requestBodies", "pathItems"]);
                components.retain(|_, map| map.is_object());
                each(components.get_mut("responses"), RESPONSE);
                each(components.get_mut("parameters"), PARAMETER);
                each(components.get_mut("requestBodies"), BODY);
            }
            None => *components = json!({}),
        }
    }
    let items = members.get_mut("paths").and_then(Value::as_object_mut).into_iter().flat_map(|paths| {
        paths.retain(|path, _| !path.starts_with("x-"));
        paths.iter_mut()
    });
    for (path, item) in items {
        let mut pointer = "/paths".to_owned();
        push_step(&mut pointer, path);
        path_item(item, &pointer, notes);
    }
    for item in document.pointer_mut("/components/pathItems").and_then(Value::as_object_mut).into_iter().flatten() {
        path_item(item.1, "/components/pathItems", notes);
    }
}

const NAME: &str = "keep_what_is_read";

fn path_item(item: &mut Value, pointer: &str, notes: &mut Notes) {
    let Some(members) = item.as_object_mut() else {
        *item = json!({});
        return notes.add(pointer, NAME, "what is no mapping has no operations");
    };
    members.retain(|key, _| METHODS.contains(&key.as_str()) || key == "parameters" || key == "$ref");
    list(members, "parameters", PARAMETER);
    for method in METHODS {
        let Some(operation) = members.get_mut(*method) else { continue };
        let Some(operation) = operation.as_object_mut() else {
            members.remove(*method);
            notes.add(&format!("{pointer}/{method}"), NAME, "what is no mapping is no operation");
            continue;
        };
        if operation.get("callbacks").and_then(Value::as_object).is_some_and(|callbacks| !callbacks.is_empty()) {
            notes.add(
                &format!("{pointer}/{method}/callbacks"),
                NAME,
                "calls that the service makes are not the client's",
            );
        }
        retain(operation, OPERATION);
        for key in ["summary", "description", "operationId"] {
            if operation.get(key).is_some_and(|text| text.as_str().is_none_or(|text| text.trim().is_empty())) {
                operation.remove(key);
            }
        }
        list(operation, "parameters", PARAMETER);
        match operation.get_mut("requestBody") {
            Some(Value::Object(body)) => {
                retain(body, BODY);
                contents(body);
            }
            Some(_) => drop(operation.remove("requestBody")),
            None => {}
        }
        if !operation.get("responses").is_some_and(Value::is_object) {
            operation.insert("responses".to_owned(), json!({}));
        }
        each(operation.get_mut("responses"), RESPONSE);
    }
}

/// Security that OpenAPI does not know is told of: how a client authenticates is up to the HTTP client it is given.
fn security(document: &Value, notes: &mut Notes) {
    const TYPES: &[&str] = &["apiKey", "http", "oauth2", "openIdConnect", "mutualTLS"];
    let schemes = document.pointer("/components/securitySchemes").and_then(Value::as_object).into_iter().flatten();
    for (name, scheme) in schemes {
        let kind = scheme.get("type").and_then(Value::as_str).unwrap_or_default();
        if !TYPES.contains(&kind) && scheme.get("$ref").is_none() {
            let mut pointer = "/components/securitySchemes".to_owned();
            push_step(&mut pointer, name);
            notes.add(&pointer, NAME, format!("`type: {kind}` is no security scheme of OpenAPI"));
        }
    }
    let mut requirements = |pointer: String, security: Option<&Value>| {
        let odd = |security: &Value| {
            security.as_array().is_none_or(|list| {
                list.iter().any(|requirement| {
                    requirement.as_object().is_none_or(|schemes| {
                        schemes.iter().any(|(name, scopes)| name.starts_with("x-") || !scopes.is_array())
                    })
                })
            })
        };
        if security.is_some_and(odd) {
            notes.add(&pointer, NAME, "this security is not OpenAPI");
        }
    };
    requirements("/security".to_owned(), document.get("security"));
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for method in METHODS {
            let mut pointer = "/paths".to_owned();
            push_step(&mut pointer, path);
            requirements(
                format!("{pointer}/{method}/security"),
                item.get(*method).and_then(|operation| operation.get("security")),
            );
        }
    }
}

fn retain(members: &mut Map<String, Value>, keys: &[&str]) {
    members.retain(|key, _| keys.contains(&key.as_str()));
    if members.get("description").is_some_and(|text| !text.is_string()) {
        members.remove("description");
    }
}

fn each(map: Option<&mut Value>, keys: &[&str]) {
    for (_, entry) in map.and_then(Value::as_object_mut).into_iter().flatten() {
        if entry.is_null() {
            *entry = json!({});
        }
        if let Some(members) = entry.as_object_mut() {
            retain(members, keys);
            contents(members);
        }
    }
}

fn list(members: &mut Map<String, Value>, key: &str, keys: &[&str]) {
    if members.get(key).is_some_and(|list| !list.is_array()) {
        members.remove(key);
    }
    for entry in members.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(members) = entry.as_object_mut() {
            retain(members, keys);
            contents(members);
        }
    }
}

/// Of a body in a media type, the schema.
fn contents(holder: &mut Map<String, Value>) {
    match holder.get_mut("content") {
        Some(Value::Object(content)) => {
            for media_type in content.values_mut() {
                match media_type.as_object_mut() {
                    Some(members) => retain(members, &["schema"]),
                    None => *media_type = json!({}),
                }
            }
        }
        Some(_) => drop(holder.remove("content")),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_read_goes_whatever_it_looks_like_and_odd_security_is_told_of() {
        let mut document = json!({
            "openapi": "3.1.0",
            "info": {"title": "", "version": 1.0, "license": 7},
            "servers": "nowhere",
            "paths": {"x-a": 1, "/a": {"get": {
                "tags": 1, "security": [{"x-apidog": {"schemeGroups": []}}], "summary": "",
                "responses": {"200": {"description": "d", "headers": 1, "content": {"text/plain": {"examples": []}}}},
            }}},
            "components": {"securitySchemes": {"b": {"type": "bearer"}}, "schemas": {"A": {}}},
        });
        let mut notes = Notes::default();
        keep_what_is_read(&mut document, &mut notes);
        assert_eq!(
            document,
            json!({
                "openapi": "3.0.3",
                "info": {"title": "the API", "version": "1.0"},
                "paths": {"/a": {"get": {
                    "responses": {"200": {"description": "d", "content": {"text/plain": {}}}},
                }}},
                "components": {"schemas": {"A": {}}},
            })
        );
        let places: Vec<&str> = notes.as_slice().iter().map(|note| note.pointer.as_str()).collect();
        assert_eq!(places, ["/components/securitySchemes/b", "/paths/~1a/get/security"]);
    }
}
