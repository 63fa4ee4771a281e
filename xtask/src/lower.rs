//! lower: what progenitor cannot express becomes what it can, one named function for each trouble.

mod all_of;
mod answers;
mod bare;
mod bodies;
mod case;
mod errors;
mod forms;
mod hoist;
mod idents;
mod limits;
mod names;
mod open;
mod parameters;
pub mod plan;
mod reads;
mod references;
mod sources;
mod template;

use anyhow::{Context, Result};
use openapiv3::OpenAPI;
use serde_json::{Value, json};

use crate::{
    load::Document,
    notes::Notes,
    secrets::{self, Secrets},
    walk::{Kind, walk_mut},
};
use plan::Plan;
pub(crate) use {
    answers::status_name,
    names::{pascal_case, unique},
    references::reference_name,
    sources::SOURCE,
};

/// The format that stands for every secret from here on, however the contract marks it.
pub const SECRET_FORMAT: &str = "password";

/// The document that progenitor is given, and what it cannot be told. What cannot be done is among the notes, as problems.
///
/// # Errors
///
/// What is left is not OpenAPI, which is a defect of a lowering.
pub fn lower(document: &Document, secrets: &Secrets, notes: &mut Notes) -> Result<(OpenAPI, Plan)> {
    let mut plan = Plan::default();
    let mut value = document.value.clone();
    secrets_by_format(&mut value, secrets, notes);
    references::inline_all_but_schemas(&mut value, notes);
    walk_mut(&mut value, &mut |pointer, kind, value| {
        bare_secret_is_text(pointer, kind, value, notes);
        sources::tell_source(pointer, kind, value);
        drop_extensions(kind, value);
    });
    each_schema(&mut value, notes, |schema, pointer, notes| {
        limits::drop_limits(schema, pointer, notes);
        limits::drop_defaults(schema, pointer, notes);
        // Of a string, the generator passes over what it does not know.
        if schema.get("type").and_then(Value::as_str) != Some("string") {
            limits::drop_foreign_formats(schema, pointer, notes);
        }
    });
    json_media_types(&mut value, notes);
    names::derive_operation_ids(&mut value, notes);
    parameters::share_parameters(&mut value, notes);
    parameters::plain_parameters(&mut value, notes);
    template::part_parameters(&mut value, &mut plan, notes);
    bodies::optional_bodies(&mut value, &mut plan, notes);
    answers::split_by_kind(&mut value, notes);
    bare::bare_answers(&mut value, notes);
    errors::unify_success_schemas(&mut value, notes);
    errors::unify_error_schemas(&mut value, notes);
    bare::optional_answers(&mut value, &mut plan, notes);
    open::each_in_answers(&mut value, notes, open::open_enum);
    idents::part_properties(&mut value, &mut plan, notes);
    idents::part_values(&mut value, &mut plan, notes);
    Ok((serde_json::from_value(value).context(NOT_OPENAPI)?, plan))
}

const NOT_OPENAPI: &str = "lowering left a document that is not OpenAPI 3.0";

/// Writes a document that follows no rule but its own as one that progenitor makes a truthful client of. What it cannot
/// be told goes into the plan; what cannot be done is among the notes, as problems.
#[must_use]
pub fn lower_any(mut value: Value, notes: &mut Notes) -> (Value, Plan) {
    let mut plan = Plan::default();
    // First what the words mean.
    reads::keep_what_is_read(&mut value, notes);
    answers::status_keys(&mut value, notes);
    references::inline_all_but_schemas(&mut value, notes);
    forms::schema_forms(&mut value, notes);
    references::refer_to_components(&mut value, notes);
    idents::name_operations(&mut value, notes);
    parameters::share_parameters(&mut value, notes);
    // Then what the generator makes types of.
    let mut composed = false;
    each_schema(&mut value, notes, |schema, pointer, notes| {
        limits::drop_limits(schema, pointer, notes);
        limits::drop_defaults(schema, pointer, notes);
        composed |= all_of::is_composed(schema);
    });
    composed |= all_of::null_where_used(&mut value, notes);
    if composed {
        all_of::merge_all_of(&mut value, notes);
        each_schema(&mut value, notes, all_of::plain_alternatives);
        all_of::merge_all_of(&mut value, notes);
    }
    references::follow_aliases(&mut value, notes);
    all_of::no_bare_recursion(&mut value, notes);
    each_schema(&mut value, notes, |schema, pointer, notes| {
        all_of::plain_alternatives(schema, pointer, notes);
        idents::enums_of_strings(schema, pointer, notes);
        limits::drop_foreign_formats(schema, pointer, notes);
    });
    references::inline_scalars(&mut value, notes);
    // Then what it makes functions of.
    template::template_styles(&mut value, notes);
    template::match_template(&mut value, notes);
    parameters::plain_parameters(&mut value, notes);
    template::part_parameters(&mut value, &mut plan, notes);
    bodies::one_request_body(&mut value, &mut plan, notes);
    answers::json_answers(&mut value, &mut plan, notes);
    answers::split_by_kind(&mut value, notes);
    open::each_in_answers(&mut value, notes, |schema, pointer, notes| {
        open::open_enum(schema, pointer, notes);
        limits::text_date(schema, pointer, notes);
    });
    // Then the names, once nothing changes any more.
    hoist::name_inline_types(&mut value, notes);
    idents::name_components(&mut value, notes);
    idents::part_properties(&mut value, &mut plan, notes);
    idents::part_values(&mut value, &mut plan, notes);
    answers::types_by_status(&mut value, &mut plan, notes);
    (value, plan)
}

/// Writes a document that follows no rule but its own in the form of the contract: what the words mean is the same, and
/// everything has a name. `name` names operations before types are named after them.
pub(crate) fn to_contract(value: &mut Value, notes: &mut Notes, name: impl FnOnce(&mut Value)) {
    reads::keep_what_is_read(value, notes);
    answers::status_keys(value, notes);
    references::inline_all_but_schemas(value, notes);
    name(value);
    forms::schema_forms(value, notes);
    references::refer_to_components(value, notes);
    idents::name_operations(value, notes);
    parameters::share_parameters(value, notes);
    all_of::null_where_used(value, notes);
    all_of::merge_all_of(value, notes);
    each_schema(value, notes, all_of::plain_alternatives);
    all_of::merge_all_of(value, notes);
    references::follow_aliases(value, notes);
    all_of::no_bare_recursion(value, notes);
    each_schema(value, notes, idents::enums_of_strings);
    references::inline_scalars(value, notes);
    template::template_styles(value, notes);
    template::match_template(value, notes);
    parameters::plain_parameters(value, notes);
    hoist::name_inline_types(value, notes);
    idents::name_components(value, notes);
    references::keep_reached(value, notes);
}

/// Gives the secrets of a document that is not ours the one format, and takes out what marked them.
pub(crate) fn secrets_of_any(document: &mut Value, notes: &mut Notes) {
    walk_mut(document, &mut |pointer, kind, value| {
        if kind == Kind::Schema && secrets::suspected(pointer, value, notes) {
            secret_by_format(pointer, value, notes);
        }
        bare_secret_is_text(pointer, kind, value, notes);
        drop_extensions(kind, value);
    });
}

/// Runs `lowering` over each schema, one before those that it holds then. Lowerings that look at one schema alone share
/// a walk: a large document is not in any cache, and each walk fetches it again.
fn each_schema(document: &mut Value, notes: &mut Notes, mut lowering: impl FnMut(&mut Value, &str, &mut Notes)) {
    walk_mut(document, &mut |pointer, kind, value| {
        if kind == Kind::Schema {
            lowering(value, pointer, notes);
        }
    });
}

/// A body that is a secret, or a list of them, and no field of anything is text: there is no place that could write the
/// secret out, which the secret type itself never does.
fn bare_secret_is_text(pointer: &str, kind: Kind, value: &mut Value, notes: &mut Notes) {
    let bare = kind == Kind::Schema && pointer.starts_with("/paths/") && pointer.contains("/requestBody/");
    if let (true, Some(schema)) = (bare, value.as_object_mut())
        && schema.get("format").and_then(Value::as_str) == Some(SECRET_FORMAT)
    {
        schema.remove("format");
        notes.add(pointer, "bare_secrets_are_text", "a secret that is the body itself is text");
    }
}

/// Gives every secret the one format that generate turns into the secret type.
fn secrets_by_format(document: &mut Value, secrets: &Secrets, notes: &mut Notes) {
    for pointer in &secrets.0 {
        if let Some(schema) = document.pointer_mut(pointer) {
            secret_by_format(pointer, schema, notes);
        }
    }
}

fn secret_by_format(pointer: &str, schema: &mut Value, notes: &mut Notes) {
    if let Some(members) = schema.as_object_mut() {
        members.insert("format".to_owned(), Value::from(SECRET_FORMAT));
        notes.add(pointer, "secrets_by_format", "a secret: of the type that does not print it");
    }
}

/// Drops vendor extensions: progenitor would take two schemas that differ in them for two types.
fn drop_extensions(kind: Kind, value: &mut Value) {
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
}

/// Calls JSON what is JSON (`application/problem+json`, `application/json; charset=utf-8`): progenitor types only
/// `application/json`, and makes a stream of bytes of the rest.
fn json_media_types(document: &mut Value, notes: &mut Notes) {
    walk_mut(document, &mut |pointer, kind, value| {
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
            notes.add(pointer, "json_media_types", format!("{name} is JSON"));
            content.insert(JSON.to_owned(), body);
        }
        // Progenitor has nothing for JSON that is not described.
        if let Some(body) = content.get_mut(JSON).and_then(Value::as_object_mut) {
            body.entry("schema").or_insert_with(|| json!({}));
        }
    });
}

const JSON: &str = "application/json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_gets_the_one_format() {
        let mut document = json!({"components": {"schemas": {"A": {"properties": {"b": {"type": "string"}}}}}});
        let secrets = Secrets(["/components/schemas/A/properties/b".to_owned()].into());
        secrets_by_format(&mut document, &secrets, &mut Notes::default());
        assert_eq!(
            document["components"]["schemas"]["A"]["properties"]["b"],
            json!({"type": "string", "format": "password"})
        );
    }

    #[test]
    fn a_secret_that_is_the_body_itself_is_text() {
        let secret = json!({"type": "string", "format": "password"});
        let content = json!({"content": {JSON: {"schema": {"type": "array", "items": secret}}}});
        let mut document = json!({"paths": {"/a": {"post": {"requestBody": content, "responses": {"200": content}}}}});
        walk_mut(&mut document, &mut |pointer, kind, value| {
            bare_secret_is_text(pointer, kind, value, &mut Notes::default());
        });
        let operation = &document["paths"]["/a"]["post"];
        assert_eq!(operation["requestBody"]["content"][JSON]["schema"]["items"], json!({"type": "string"}));
        assert_eq!(operation["responses"]["200"], content);
    }

    #[test]
    fn extensions_go_and_a_property_that_is_named_like_one_stays() {
        let mut document = json!({
            "x-a": 1,
            "paths": {"x-b": 1, "/c": {"x-d": 1, "get": {"x-e": 1, "responses": {"x-f": 1, "200": {"x-g": 1}}}}},
            "components": {"schemas": {"H": {"x-i": 1, "properties": {"x-j": {"x-k": 1, "type": "string"}}}}},
        });
        walk_mut(&mut document, &mut |_, kind, value| drop_extensions(kind, value));
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
            (json!({"application/json": {}}), json!({"application/json": {"schema": {}}})),
        ] {
            let mut document = json!({"paths": {"/a": {"get": {"responses": {"400": {"content": before}}}}}});
            json_media_types(&mut document, &mut Notes::default());
            assert_eq!(document["paths"]["/a"]["get"]["responses"]["400"]["content"], after);
        }
    }
}
