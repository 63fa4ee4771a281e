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
        let Some((name, known)) = known(node.kind) else { return };
        for key in node.value.as_object().into_iter().flatten().map(|(key, _)| key) {
            if !known.split(' ').any(|known| known == key) && !key.starts_with("x-") {
                notes.add(&below(pointer, key), "key", format!("`{key}` is not a key of {name}: ignored"));
            }
        }
    });
}

/// The name of a kind of object, and its keys.
fn known(kind: Kind) -> Option<(&'static str, &'static str)> {
    let parameter = "$ref summary name in description required deprecated allowEmptyValue style explode allowReserved schema \
                     example examples content";
    Some(match kind {
        Kind::Document => (
            "a document",
            "openapi info jsonSchemaDialect servers paths webhooks components security tags externalDocs",
        ),
        Kind::Components => (
            "components",
            "schemas responses parameters examples requestBodies headers securitySchemes links callbacks pathItems",
        ),
        Kind::PathItem => {
            ("a path", "$ref summary description servers parameters get put post delete options head patch trace")
        }
        Kind::Operation => (
            "an operation",
            "tags summary description externalDocs operationId parameters requestBody responses callbacks deprecated \
             security servers",
        ),
        Kind::Parameter => ("a parameter", parameter),
        Kind::Header => ("a header", parameter),
        Kind::RequestBody => ("a request body", "$ref summary description content required"),
        Kind::Response => ("a response", "$ref summary description headers content links"),
        Kind::MediaType => ("a media type", "schema example examples encoding"),
        Kind::Schema => return None,
    })
}
