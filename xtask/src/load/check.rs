//! Checks that a document is OpenAPI 3.0, including errors that serde would ignore or describe without a place.

use openapiv3::{OpenAPI, ReferenceOr};
use serde::{Deserialize as _, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    problem::Problems,
    walk::{Kind, Node, walk},
};

/// The keywords of a schema in OpenAPI 3.0; serde would silently drop any other.
const SCHEMA_KEYWORDS: &str = "$ref additionalProperties allOf anyOf default deprecated description discriminator enum example \
    exclusiveMaximum exclusiveMinimum externalDocs format items maxItems maxLength maxProperties maximum \
    minItems minLength minProperties minimum multipleOf not nullable oneOf pattern properties readOnly \
    required title type uniqueItems writeOnly xml";

const TYPES: &[&str] = &["array", "boolean", "integer", "number", "object", "string"];

/// The typed document.
pub(super) fn check(document: &Value, place: impl Fn(&str) -> String) -> Result<OpenAPI, Problems> {
    let mut problems = Problems::default();
    match document.pointer("/openapi").and_then(Value::as_str) {
        Some(version) if version.starts_with("3.0.") => {}
        Some(version) => problems.push(
            place("/openapi"),
            format!("OpenAPI {version} is not supported"),
            "write the contract as OpenAPI 3.0.3",
        ),
        None => problems.push(place(""), "the field `openapi` is missing", "add `openapi: 3.0.3` as a string"),
    }
    walk(document, &mut |pointer, node| {
        reference(document, pointer, node, &place, &mut problems);
        schema(pointer, node, &place, &mut problems);
    });
    problems.or(())?;

    // The common case; objects are read one by one only to locate an error.
    if let Ok(api) = OpenAPI::deserialize(document) {
        return Ok(api);
    }
    let mut problems = Problems::default();
    // The innermost unreadable object is reported: an object only if none of the objects in it is.
    let mut reported: Vec<String> = Vec::new();
    let mut objects = Vec::new();
    walk(document, &mut |pointer, node| objects.push((pointer.to_owned(), node)));
    for (pointer, node) in objects.iter().rev() {
        let holds = |inner: &String| inner.strip_prefix(pointer.as_str()).is_some_and(|rest| rest.starts_with('/'));
        if let Some(why) = unreadable(*node)
            && !reported.iter().any(holds)
        {
            problems.push(place(pointer), why, "write it as OpenAPI 3.0.3 requires");
            reported.push(pointer.clone());
        }
    }
    problems.or(())?;
    serde_json::from_value(document.clone()).map_err(|error| {
        let mut problems = Problems::default();
        problems.push(place(""), error.to_string(), "write it as OpenAPI 3.0.3 requires");
        problems
    })
}

/// Checks that a `$ref` refers to an object of this document.
fn reference(document: &Value, pointer: &str, node: Node<'_>, place: &impl Fn(&str) -> String, to: &mut Problems) {
    let Some(target) = node.value.get("$ref") else { return };
    let found = target.as_str().and_then(|target| target.strip_prefix('#')).and_then(|to| document.pointer(to));
    if found.is_none() {
        to.push(
            place(&format!("{pointer}/$ref")),
            format!("{target} is not in this document"),
            "refer to an existing component, as in '#/components/schemas/Name'",
        );
    }
}

/// Checks that a schema uses the keywords of OpenAPI 3.0 and requires only properties that it has.
fn schema(pointer: &str, node: Node<'_>, place: &impl Fn(&str) -> String, to: &mut Problems) {
    if node.kind != Kind::Schema {
        return;
    }
    let Some(members) = node.value.as_object() else {
        return to.push(place(pointer), "a schema must be a mapping", "write a mapping, such as `type: string`");
    };
    for key in
        members.keys().filter(|key| !key.starts_with("x-") && !SCHEMA_KEYWORDS.split(' ').any(|known| known == *key))
    {
        to.push(
            place(&format!("{pointer}/{key}")),
            format!("`{key}` is not a keyword of a schema"),
            "correct its spelling, or begin it with `x-`",
        );
    }
    if let Some(kind) = members.get("type")
        && !kind.as_str().is_some_and(|kind| TYPES.contains(&kind))
    {
        to.push(
            place(&format!("{pointer}/type")),
            format!("{kind} is not a type"),
            format!("use one of {}", TYPES.join(", ")),
        );
    }
    if let (Some(required), Some(properties)) =
        (members.get("required").and_then(Value::as_array), members.get("properties").and_then(Value::as_object))
    {
        for name in required.iter().filter_map(Value::as_str).filter(|name| !properties.contains_key(*name)) {
            to.push(
                place(&format!("{pointer}/required")),
                format!("`{name}` is required but not among the properties"),
                "add the property, or remove the name from `required`",
            );
        }
    }
}

/// The reason why an object cannot be read as an object of its kind, if it cannot.
fn unreadable(node: Node<'_>) -> Option<String> {
    fn read<T: DeserializeOwned>(value: &Value) -> Option<String> {
        serde_json::from_value::<T>(value.clone()).err().map(|error| error.to_string())
    }
    if node.value.get("$ref").is_some() {
        return read::<ReferenceOr<()>>(node.value);
    }
    match node.kind {
        Kind::Document => read::<OpenAPI>(node.value),
        Kind::Components => read::<openapiv3::Components>(node.value),
        Kind::PathItem => read::<openapiv3::PathItem>(node.value),
        Kind::Operation => read::<openapiv3::Operation>(node.value),
        Kind::Parameter => read::<openapiv3::Parameter>(node.value),
        Kind::RequestBody => read::<openapiv3::RequestBody>(node.value),
        Kind::Response => read::<openapiv3::Response>(node.value),
        Kind::Header => read::<openapiv3::Header>(node.value),
        Kind::MediaType => read::<openapiv3::MediaType>(node.value),
        Kind::Schema => read::<openapiv3::Schema>(node.value),
    }
}
