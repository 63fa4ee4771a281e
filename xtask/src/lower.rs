//! lower: what progenitor cannot express becomes what it can, one named function for each trouble.

mod errors;
mod names;
mod open;

use anyhow::{Context, Result};
use openapiv3::OpenAPI;
use serde_json::Value;

use crate::{
    load::Document,
    secrets::Secrets,
    walk::{Kind, walk_mut},
};

/// The format that stands for every secret from here on, however the contract marks it.
pub const SECRET_FORMAT: &str = "password";

/// The document that progenitor is given.
///
/// # Errors
///
/// What is left is not OpenAPI, which is a defect of a lowering.
pub fn lower(document: &Document, secrets: &Secrets) -> Result<OpenAPI> {
    let mut value = document.value.clone();
    secrets_by_format(&mut value, secrets);
    drop_extensions(&mut value);
    json_media_types(&mut value);
    names::derive_operation_ids(&mut value);
    errors::split_default_responses(&mut value);
    errors::unify_error_schemas(&mut value);
    open::open_response_enums(&mut value);
    serde_json::from_value(value).context("lowering left a document that is not OpenAPI 3.0")
}

/// Gives every secret the one format that generate turns into the secret type.
fn secrets_by_format(document: &mut Value, secrets: &Secrets) {
    walk_mut(document, &mut |pointer, _, value| {
        if let (true, Some(schema)) = (secrets.0.contains(pointer), value.as_object_mut()) {
            schema.insert("format".to_owned(), Value::from(SECRET_FORMAT));
        }
    });
}

/// Drops vendor extensions: progenitor would take two schemas that differ in them for two types.
fn drop_extensions(document: &mut Value) {
    walk_mut(document, &mut |_, kind, value| {
        let Some(members) = value.as_object_mut() else { return };
        members.retain(|key, _| !key.starts_with("x-"));
        let with_extensions = match kind {
            Kind::Document => members.get_mut("paths"),
            Kind::Operation => members.get_mut("responses"),
            _ => None,
        };
        if let Some(map) = with_extensions.and_then(Value::as_object_mut) {
            map.retain(|key, _| !key.starts_with("x-"));
        }
    });
}

/// Calls JSON what is JSON (`application/problem+json`, `application/json; charset=utf-8`): progenitor types only
/// `application/json`, and makes a stream of bytes of the rest.
fn json_media_types(document: &mut Value) {
    walk_mut(document, &mut |_, kind, value| {
        if !matches!(kind, Kind::RequestBody | Kind::Response) {
            return;
        }
        let Some(content) = value.get_mut("content").and_then(Value::as_object_mut) else { return };
        let is_json = |media_type: &str| {
            let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            essence == JSON || (essence.starts_with("application/") && essence.ends_with("+json"))
        };
        let Some(name) = content.keys().find(|name| is_json(name)).cloned() else { return };
        // Where plain JSON stands beside it, that is what the client asks for.
        if !content.contains_key(JSON)
            && let Some(body) = content.remove(&name)
        {
            content.insert(JSON.to_owned(), body);
        }
    });
}

const JSON: &str = "application/json";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_secret_gets_the_one_format() {
        let mut document = json!({"components": {"schemas": {"A": {"properties": {"b": {"type": "string"}}}}}});
        let secrets = Secrets(["/components/schemas/A/properties/b".to_owned()].into());
        secrets_by_format(&mut document, &secrets);
        assert_eq!(
            document["components"]["schemas"]["A"]["properties"]["b"],
            json!({"type": "string", "format": "password"})
        );
    }

    #[test]
    fn extensions_go_and_a_property_that_is_named_like_one_stays() {
        let mut document = json!({
            "x-a": 1,
            "paths": {"x-b": 1, "/c": {"x-d": 1, "get": {"x-e": 1, "responses": {"x-f": 1, "200": {"x-g": 1}}}}},
            "components": {"schemas": {"H": {"x-i": 1, "properties": {"x-j": {"x-k": 1, "type": "string"}}}}},
        });
        drop_extensions(&mut document);
        assert_eq!(
            document,
            json!({
                "paths": {"/c": {"get": {"responses": {"200": {}}}}},
                "components": {"schemas": {"H": {"properties": {"x-j": {"type": "string"}}}}},
            })
        );
    }

    #[test]
    fn what_is_json_is_called_json() {
        for (before, after) in [
            (json!({"application/problem+json": 1}), json!({"application/json": 1})),
            (json!({"application/json; charset=utf-8": 1}), json!({"application/json": 1})),
            (
                json!({"application/json": 1, "application/vnd.a+json": 2}),
                json!({"application/json": 1, "application/vnd.a+json": 2}),
            ),
            (json!({"text/html": 1}), json!({"text/html": 1})),
        ] {
            let mut document = json!({"paths": {"/a": {"get": {"responses": {"400": {"content": before}}}}}});
            json_media_types(&mut document);
            assert_eq!(document["paths"]["/a"]["get"]["responses"]["400"]["content"], after);
        }
    }
}
