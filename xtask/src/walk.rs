//! The structure of an OpenAPI document: the kinds of its objects, their keys, and a walk through them.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::Value;

/// Declares the kinds of objects, each with its name in errors and its keys.
macro_rules! kinds {
    ($($kind:ident = $name:literal: $keys:literal;)+) => {
        /// A kind of object in an OpenAPI document.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind {
            $(#[doc = $name] $kind,)+
        }

        const KINDS: &[(Kind, &str, &str)] = &[$((Kind::$kind, $name, $keys)),+];
    };
}

// The keys are those of OpenAPI 3.0, and of 3.1 but for schemas. `key!` is required. After a colon is what it holds: a JSON
// type, an object of a kind, or a `{map}` or `[list]` of them; without one, any JSON.
kinds! {
    Document = "a document": "openapi info!:Info jsonSchemaDialect servers:array paths!:{PathItem} webhooks
        components:Components security:array tags:array externalDocs:object";
    Info = "`info`": "title!:string version!:string description:string summary termsOfService:string contact:object
        license:object";
    Components = "components": "schemas:{Schema} responses:{Response} parameters:{Parameter}
        requestBodies:{RequestBody} headers:{Header} examples:object securitySchemes:object links:object
        callbacks:object pathItems";
    PathItem = "a path": "$ref:string summary:string description:string servers:array parameters:[Parameter]
        get:Operation put:Operation post:Operation delete:Operation options:Operation head:Operation patch:Operation
        trace:Operation";
    Operation = "an operation": "tags:array summary:string description:string externalDocs:object operationId:string
        parameters:[Parameter] requestBody:RequestBody responses!:{Response} callbacks:object deprecated:boolean
        security:array servers:array";
    Parameter = "a parameter": "$ref:string summary name!:string in!:string description:string required:boolean
        deprecated:boolean allowEmptyValue:boolean style:string explode:boolean allowReserved:boolean schema:Schema
        example examples:object content:{MediaType}";
    Header = "a header": "$ref:string summary name in description:string required:boolean deprecated:boolean
        allowEmptyValue style:string explode:boolean allowReserved:boolean schema:Schema example examples:object
        content:{MediaType}";
    RequestBody = "a request body": "$ref:string summary description:string content!:{MediaType} required:boolean";
    Response = "a response": "$ref:string summary description!:string headers:{Header} content:{MediaType}
        links:object";
    MediaType = "a media type": "schema:Schema example examples:object encoding:object";
    Schema = "a schema": "$ref:string additionalProperties:Schema allOf:[Schema] anyOf:[Schema] default
        deprecated:boolean description:string discriminator:Discriminator enum:array example exclusiveMaximum:boolean
        exclusiveMinimum:boolean externalDocs:object format:string items:Schema maxItems:number maxLength:number
        maxProperties:number maximum:number minItems:number minLength:number minProperties:number minimum:number
        multipleOf:number not:Schema nullable:boolean oneOf:[Schema] pattern:string properties:{Schema}
        readOnly:boolean required:array title:string type:string uniqueItems:boolean writeOnly:boolean xml:object";
    Discriminator = "a discriminator": "propertyName!:string mapping:object";
}

/// The methods that a path item may have operations for.
pub const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// What an object has under a key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Whether every such object has it.
    pub required: bool,
    /// The JSON type of its value; empty for any.
    pub json: &'static str,
    /// The kind of the objects that it holds.
    kind: Option<Kind>,
    /// Whether it holds several of them, by name or in a list.
    pub several: bool,
}

/// The name of a value's type in JSON.
#[must_use]
pub fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The keys of each kind of object.
static STRUCTURE: LazyLock<BTreeMap<Kind, BTreeMap<&str, Key>>> = LazyLock::new(|| {
    let named = |name: &str| KINDS.iter().map(|(kind, ..)| *kind).find(|kind| format!("{kind:?}") == name);
    let key = |written: &'static str| {
        let (key, value) = written.split_once(':').unwrap_or((written, ""));
        let kind = named(value.trim_matches(['{', '}', '[', ']']));
        let json = match kind {
            None => value,
            Some(_) if value.starts_with('[') => "array",
            Some(_) => "object",
        };
        let (required, several) = (key.ends_with('!'), value.ends_with(['}', ']']));
        (key.trim_end_matches('!'), Key { required, json, kind, several })
    };
    KINDS.iter().map(|(kind, _, keys)| (*kind, keys.split_whitespace().map(key).collect())).collect()
});

impl Kind {
    /// Its name in errors.
    #[must_use]
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, _)| name)
    }

    /// What its objects have under `key`, if OpenAPI defines it.
    #[must_use]
    pub fn key(self, key: &str) -> Option<Key> {
        STRUCTURE.get(&self)?.get(key).copied()
    }

    /// The keys that every one of its objects has.
    pub fn required(self) -> impl Iterator<Item = &'static str> {
        STRUCTURE.get(&self).into_iter().flatten().filter(|(_, key)| key.required).map(|(key, _)| *key)
    }
}

/// Calls `visit` with each object of the document, its JSON pointer and its kind; an object comes before the objects in it.
pub fn walk<'a>(document: &'a Value, visit: &mut impl FnMut(&str, Kind, &'a Value)) {
    walk_from(Kind::Document, document, &mut String::new(), visit);
}

fn walk_from<'a>(kind: Kind, value: &'a Value, pointer: &mut String, visit: &mut impl FnMut(&str, Kind, &'a Value)) {
    visit(pointer, kind, value);
    for (name, value) in value.as_object().into_iter().flatten() {
        let Some(Key { json, kind: Some(kind), several, .. }) = kind.key(name) else { continue };
        within(pointer, name, |pointer| match value {
            Value::Object(entries) if several && json == "object" => {
                // Vendor extensions. Among properties and headers, `x-something` is an ordinary name.
                let may_extend = matches!(kind, Kind::PathItem | Kind::Response);
                for (name, value) in entries.iter().filter(|(name, _)| !(may_extend && name.starts_with("x-"))) {
                    within(pointer, name, |pointer| walk_from(kind, value, pointer, visit));
                }
            }
            Value::Array(items) if several && json == "array" => {
                for (index, value) in items.iter().enumerate() {
                    within(pointer, &index.to_string(), |pointer| walk_from(kind, value, pointer, visit));
                }
            }
            // `additionalProperties: false` is not a schema.
            value if !several && !value.is_boolean() => walk_from(kind, value, pointer, visit),
            _ => {}
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
    pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
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
    fn every_kind_has_a_name_and_what_its_keys_hold_is_known() {
        for (kind, keys) in STRUCTURE.iter() {
            assert!(!kind.name().is_empty() && !keys.is_empty(), "{kind:?}");
            for (key, Key { json, .. }) in keys {
                assert!(
                    ["", "array", "boolean", "number", "object", "string"].contains(json),
                    "{kind:?} {key}: {json}"
                );
            }
        }
        let response = Kind::Response.key("description").unwrap();
        assert!(response.required && response.json == "string" && response.kind.is_none());
        assert_eq!(Kind::Parameter.required().collect::<Vec<_>>(), ["in", "name"]);
    }

    #[test]
    fn every_object_is_visited_with_its_kind_and_pointer() {
        let document = json!({
            "paths": {"x-c": {}, "/a/{b}": {"post": {"responses": {"200": {"description": "", "content": {"application/json": {
                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/A"}}}}}}}}},
            "components": {"schemas": {"A": {"properties": {"x-b": {}}, "additionalProperties": false}}},
        });
        let mut seen = Vec::new();
        walk(&document, &mut |pointer, kind, _| seen.push(format!("{pointer} {kind:?}")));
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
