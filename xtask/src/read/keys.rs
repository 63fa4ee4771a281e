//! Keys that OpenAPI does not define: everything below one is ignored.

use serde_json::Value;

use super::site::below;
use crate::{
    notes::Notes,
    walk::{Kind, walk},
};

/// Notes each key that objects of its kind do not have; [`forms`](super::forms) checks schemas.
pub(super) fn unknown(document: &Value, notes: &mut Notes) {
    walk(document, &mut |pointer, node| {
        if node.kind == Kind::Schema {
            return;
        }
        let known = known(node.kind);
        for key in node.value.as_object().into_iter().flatten().map(|(key, _)| key) {
            if !known.split(' ').any(|known| known == key) && !key.starts_with("x-") {
                let what = format!("`{key}` is not a key of {}: ignored", name(node.kind));
                notes.add(&below(pointer, key), "key", what);
            }
        }
    });
}

fn known(kind: Kind) -> &'static str {
    match kind {
        Kind::Document => "openapi info jsonSchemaDialect servers paths webhooks components security tags externalDocs",
        Kind::Components => {
            "schemas responses parameters examples requestBodies headers securitySchemes links callbacks \
             pathItems"
        }
        Kind::PathItem => "$ref summary description servers parameters get put post delete options head patch trace",
        Kind::Operation => {
            "tags summary description externalDocs operationId parameters requestBody responses callbacks \
             deprecated security servers"
        }
        Kind::Parameter | Kind::Header => {
            "$ref summary name in description required deprecated allowEmptyValue style explode \
             allowReserved schema example examples content"
        }
        Kind::RequestBody => "$ref summary description content required",
        Kind::Response => "$ref summary description headers content links",
        Kind::MediaType => "schema example examples encoding",
        Kind::Schema => "",
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Document => "a document",
        Kind::Components => "components",
        Kind::PathItem => "a path",
        Kind::Operation => "an operation",
        Kind::Parameter => "a parameter",
        Kind::RequestBody => "a request body",
        Kind::Response => "a response",
        Kind::Header => "a header",
        Kind::MediaType => "a media type",
        Kind::Schema => "a schema",
    }
}
