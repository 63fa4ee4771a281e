//! The structure of an OpenAPI document: the kinds of its objects and their places.

use serde_json::Value;

/// A kind of object in an OpenAPI document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The document itself.
    Document,
    /// The reusable components.
    Components,
    /// The operations of one path.
    PathItem,
    /// One method at a path.
    Operation,
    /// A parameter.
    Parameter,
    /// The body of a request.
    RequestBody,
    /// The response for one status.
    Response,
    /// A header of a response.
    Header,
    /// A body in one media type.
    MediaType,
    /// A schema.
    Schema,
}

/// The methods that a path item may have operations for.
pub const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// How many objects of a kind a key contains.
enum Holds {
    One,
    Map,
    List,
}

/// The kind of objects that `key` of an object of `kind` contains, if a walk visits them.
fn child(kind: Kind, key: &str) -> Option<(Kind, Holds)> {
    use Holds::{List, Map, One};
    Some(match (kind, key) {
        (Kind::Document, "paths") => (Kind::PathItem, Map),
        (Kind::Document, "components") => (Kind::Components, One),
        (Kind::Components, "schemas") => (Kind::Schema, Map),
        (Kind::Components, "responses") | (Kind::Operation, "responses") => (Kind::Response, Map),
        (Kind::Components, "parameters") => (Kind::Parameter, Map),
        (Kind::Components, "requestBodies") => (Kind::RequestBody, Map),
        (Kind::Components | Kind::Response, "headers") => (Kind::Header, Map),
        (Kind::PathItem | Kind::Operation, "parameters") => (Kind::Parameter, List),
        (Kind::PathItem, "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace") => {
            (Kind::Operation, One)
        }
        (Kind::Operation, "requestBody") => (Kind::RequestBody, One),
        (Kind::Parameter | Kind::Header | Kind::MediaType, "schema") => (Kind::Schema, One),
        (Kind::Parameter | Kind::Header | Kind::RequestBody | Kind::Response, "content") => (Kind::MediaType, Map),
        (Kind::Schema, "properties") => (Kind::Schema, Map),
        (Kind::Schema, "items" | "additionalProperties" | "not") => (Kind::Schema, One),
        (Kind::Schema, "allOf" | "oneOf" | "anyOf") => (Kind::Schema, List),
        _ => return None,
    })
}

/// Whether an entry of a map of `kind`s is a vendor extension. OpenAPI allows them among paths and responses; among
/// properties and headers, `x-something` is an ordinary name.
fn is_extension(kind: Kind, key: &str) -> bool {
    matches!(kind, Kind::PathItem | Kind::Response) && key.starts_with("x-")
}

/// One object of a document.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    /// Its kind.
    pub kind: Kind,
    /// Its value.
    pub value: &'a Value,
}

/// Calls `visit` with each object of the document and its JSON pointer; an object comes before the objects in it.
pub fn walk<'a>(document: &'a Value, visit: &mut impl FnMut(&str, Node<'a>)) {
    walk_from(Node { kind: Kind::Document, value: document }, &mut String::new(), visit);
}

fn walk_from<'a>(node: Node<'a>, pointer: &mut String, visit: &mut impl FnMut(&str, Node<'a>)) {
    visit(pointer, node);
    let Some(members) = node.value.as_object() else { return };
    for (key, value) in members {
        let Some((kind, holds)) = child(node.kind, key) else { continue };
        within(pointer, key, |pointer| match holds {
            // `additionalProperties: false` is not a schema.
            Holds::One if value.is_boolean() => {}
            Holds::One => walk_from(Node { kind, value }, pointer, visit),
            Holds::Map => {
                let entries = value.as_object().into_iter().flatten();
                for (key, value) in entries.filter(|(key, _)| !is_extension(kind, key)) {
                    within(pointer, key, |pointer| walk_from(Node { kind, value }, pointer, visit));
                }
            }
            Holds::List => {
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    within(pointer, &index.to_string(), |pointer| walk_from(Node { kind, value }, pointer, visit));
                }
            }
        });
    }
}

/// Runs `then` with the pointer one step deeper.
fn within(pointer: &mut String, step: &str, then: impl FnOnce(&mut String)) {
    let length = pointer.len();
    push_step(pointer, step);
    then(pointer);
    pointer.truncate(length);
}

/// Adds a step to a JSON pointer, escaped as RFC 6901 requires.
pub fn push_step(pointer: &mut String, step: &str) {
    pointer.push('/');
    // The common case, taken for nearly every object of a walk.
    if !step.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
        return pointer.push_str(step);
    }
    for char in step.chars() {
        match char {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            char => pointer.push(char),
        }
    }
}

/// The last step of a JSON pointer, unescaped.
#[must_use]
pub fn last_step(pointer: &str) -> String {
    pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_object_is_visited_with_its_kind_and_pointer() {
        let document = json!({
            "paths": {"x-c": {}, "/a/{b}": {"post": {"responses": {"200": {"description": "", "content": {"application/json": {
                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/A"}}}}}}}}},
            "components": {"schemas": {"A": {"properties": {"x-b": {}}, "additionalProperties": false}}},
        });
        let mut seen = Vec::new();
        walk(&document, &mut |pointer, node| seen.push(format!("{pointer} {:?}", node.kind)));
        assert_eq!(
            seen,
            [
                " Document",
                "/components Components",
                "/components/schemas/A Schema",
                "/components/schemas/A/properties/x-b Schema",
                "/paths/~1a~1{b} PathItem",
                "/paths/~1a~1{b}/post Operation",
                "/paths/~1a~1{b}/post/responses/200 Response",
                "/paths/~1a~1{b}/post/responses/200/content/application~1json MediaType",
                "/paths/~1a~1{b}/post/responses/200/content/application~1json/schema Schema",
                "/paths/~1a~1{b}/post/responses/200/content/application~1json/schema/items Schema",
            ]
        );
    }
}
