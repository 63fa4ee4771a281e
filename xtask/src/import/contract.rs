//! Writes a model in the form of the contract: each fact with its tier and origin, each secret with its mark.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    api::{Api, Body, Definition, Form, Operation, Parameter, Payload, Place, Response, Schema, Shape, Type},
    read::{MARK, SOURCE, followed},
    walk::push_step,
};

use super::merge::ORIGIN;

/// Keywords about values that the contract has, although types do not express them.
const KEPT: &[&str] = &[
    "description",
    "title",
    "default",
    "pattern",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "multipleOf",
    "uniqueItems",
    "minimum",
    "maximum",
    "readOnly",
    "writeOnly",
];

/// The types that the text of a header may represent.
const SCALARS: &[&str] = &["boolean", "integer", "number", "string"];

/// Writes a model as a part of the contract.
pub(super) struct Writer<'a> {
    pub(super) api: &'a Api,
    pub(super) document: &'a Value,
    pub(super) tier: &'a str,
    /// The name of the document.
    pub(super) origin: &'a str,
    /// The `security` of each operation that has one, by the operation's place.
    pub(super) security: BTreeMap<String, Value>,
}

impl Writer<'_> {
    pub(super) fn contract(&self) -> Value {
        let mut paths = Map::new();
        for operation in &self.api.operations {
            let item = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
            if let Some(item) = item.as_object_mut() {
                item.insert(operation.method.clone(), self.operation(operation));
            }
        }
        let schemas: Map<String, Value> =
            self.api.types.iter().map(|(name, of)| (name.clone(), self.component(of))).collect();
        json!({"paths": paths, "components": {"schemas": schemas}})
    }

    fn operation(&self, operation: &Operation) -> Value {
        let mut written = Map::new();
        written.insert("operationId".to_owned(), operation.id.as_str().into());
        let source = self.at(&operation.at);
        for key in ["summary", "description"] {
            let text = source.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
            written.extend(text.map(|text| (key.to_owned(), text.into())));
        }
        written.extend(source.get("tags").filter(|tags| tags.is_array()).map(|tags| ("tags".to_owned(), tags.clone())));
        written.extend(self.security.get(&operation.at).map(|security| ("security".to_owned(), security.clone())));
        self.fact(&mut written, &operation.at);
        if !operation.parameters.is_empty() {
            let parameters: Vec<Value> =
                operation.parameters.iter().map(|parameter| self.parameter(parameter)).collect();
            written.insert("parameters".to_owned(), parameters.into());
        }
        written.extend(operation.body.as_ref().map(|body| ("requestBody".to_owned(), self.body(body))));
        let responses: Map<String, Value> =
            operation.responses.iter().map(|response| (response.status.clone(), self.response(response))).collect();
        written.insert("responses".to_owned(), responses.into());
        written.into()
    }

    fn parameter(&self, parameter: &Parameter) -> Value {
        let place = match parameter.place {
            Place::Path => "path",
            Place::Query => "query",
            Place::Header => "header",
        };
        let source = self.at(&parameter.at);
        let mut written = json!({"name": parameter.wire, "in": place});
        if let Some(members) = written.as_object_mut() {
            if parameter.required {
                members.insert("required".to_owned(), true.into());
            }
            members.extend(described(source));
            let at = if source.get("schema").is_some() { format!("{}/schema", parameter.at) } else { String::new() };
            members.insert("schema".to_owned(), self.schema(&parameter.schema, &at));
        }
        written
    }

    fn body(&self, body: &Body) -> Value {
        let schema = match &body.form {
            Form::Json(schema) | Form::Urlencoded(schema) | Form::Text(schema) => {
                self.schema(schema, &format!("{}/schema", body.at))
            }
            Form::Multipart => json!({"type": "object"}),
            Form::Bytes => json!({"type": "string", "format": "binary"}),
        };
        let mut written = json!({"content": {&body.media_type: {"schema": schema}}});
        if let (true, Some(members)) = (body.required, written.as_object_mut()) {
            members.insert("required".to_owned(), true.into());
        }
        written
    }

    fn response(&self, response: &Response) -> Value {
        let source = self.at(&response.at);
        let mut written = Map::new();
        written.insert(
            "description".to_owned(),
            source.get("description").and_then(Value::as_str).unwrap_or_default().into(),
        );
        self.fact(&mut written, &response.at);
        let content: Map<String, Value> = response
            .media_types
            .iter()
            .map(|name| {
                let mut at = format!("{}/content", response.at);
                push_step(&mut at, name);
                let schema = match &response.payload {
                    Payload::Json(schema) => self.schema(schema, &format!("{at}/schema")),
                    Payload::Bytes | Payload::Nothing => json!({"type": "string", "format": "binary"}),
                };
                (name.clone(), json!({"schema": schema}))
            })
            .collect();
        if !content.is_empty() {
            written.insert("content".to_owned(), content.into());
        }
        let headers = source.get("headers").and_then(Value::as_object).into_iter().flatten();
        let headers: Map<String, Value> = headers
            .map(|(name, header)| {
                let mut at = format!("{}/headers", response.at);
                push_step(&mut at, name);
                (name.clone(), self.header(header, &at))
            })
            .collect();
        if !headers.is_empty() {
            written.insert("headers".to_owned(), headers.into());
        }
        written.into()
    }

    /// A header of a response.
    fn header(&self, header: &Value, at: &str) -> Value {
        let header = followed(self.document, header, at).map_or(header, |(header, _)| header);
        let schema = header.get("schema").and_then(|schema| followed(self.document, schema, "").ok());
        let mut kept: Map<String, Value> = described(header).into_iter().collect();
        kept.extend(header.get("required").filter(|is| is.is_boolean()).map(|is| ("required".to_owned(), is.clone())));
        let kind = schema.and_then(|(schema, _)| schema.get("type")?.as_str()).filter(|kind| SCALARS.contains(kind));
        kept.insert("schema".to_owned(), json!({"type": kind.unwrap_or("string")}));
        self.fact(&mut kept, at);
        kept.into()
    }

    fn component(&self, of: &Type) -> Value {
        let mut written = match &of.definition {
            Definition::Object(fields, rest) => {
                let mut properties = Map::new();
                for field in fields {
                    let mut property = self.schema(&field.schema, &field.at);
                    if let Some(members) = property.as_object_mut().filter(|members| !members.contains_key("$ref")) {
                        self.fact(members, &field.at);
                    }
                    properties.insert(field.wire.clone(), property);
                }
                let mut object = json!({"type": "object"});
                if let Some(members) = object.as_object_mut() {
                    let mut required: Vec<&str> =
                        fields.iter().filter(|field| field.required).map(|field| field.wire.as_str()).collect();
                    required.sort_unstable();
                    if !required.is_empty() {
                        members.insert("required".to_owned(), json!(required));
                    }
                    members.insert("properties".to_owned(), properties.into());
                    let at = format!("{}/additionalProperties", of.at);
                    members
                        .extend(rest.as_ref().map(|rest| ("additionalProperties".to_owned(), self.schema(rest, &at))));
                }
                object
            }
            Definition::Values(values) => {
                json!({"type": "string", "enum": values.iter().map(|(wire, _)| wire).collect::<Vec<_>>()})
            }
            Definition::Union(variants, tag) => {
                let all: Vec<Value> = variants.iter().map(|variant| self.schema(&variant.schema, "")).collect();
                let mut union = json!({"oneOf": all});
                let tag = tag.as_ref().filter(|_| variants.iter().all(|variant| !variant.tags.is_empty()));
                if let (Some(tag), Some(members)) = (tag, union.as_object_mut()) {
                    let mapping: Map<String, Value> = variants
                        .iter()
                        .flat_map(|variant| variant.tags.iter().map(|tag| (tag, self.schema(&variant.schema, ""))))
                        .filter_map(|(tag, schema)| Some((tag.clone(), schema.get("$ref")?.clone())))
                        .collect();
                    members.insert("discriminator".to_owned(), json!({"propertyName": tag, "mapping": mapping}));
                }
                union
            }
            Definition::Is(schema) => self.schema(schema, &of.at),
        };
        if let Some(members) = written.as_object_mut().filter(|members| !members.contains_key("$ref")) {
            members.extend(described(self.at(&of.at)));
            self.fact(members, &of.at);
        }
        written
    }

    /// A schema. If the document has it, it is at `at`, which is empty otherwise.
    fn schema(&self, schema: &Schema, at: &str) -> Value {
        if let Shape::Named(name) = &schema.shape {
            let reference = json!({"$ref": format!("#{}", super::names::at(name))});
            return if schema.nullable { json!({"nullable": true, "allOf": [reference]}) } else { reference };
        }
        let (source, at) = match followed(self.document, self.at(at), at) {
            Ok((source, found)) if !at.is_empty() => (source, found),
            _ => (&Value::Null, String::new()),
        };
        let mut written: Map<String, Value> = source
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, value)| KEPT.contains(&key.as_str()) && !value.is_null() && *value != "")
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        for (exclusive, plain) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
            match source.get(exclusive) {
                Some(bound) if bound.is_number() => {
                    written.insert(plain.to_owned(), bound.clone());
                    written.insert(exclusive.to_owned(), true.into());
                }
                Some(bound) if bound.is_boolean() => drop(written.insert(exclusive.to_owned(), bound.clone())),
                _ => {}
            }
        }
        let (kind, format) = match &schema.shape {
            Shape::Any | Shape::Named(_) => (None, None),
            Shape::Text => (Some("string"), source.get("format").and_then(Value::as_str)),
            Shape::Secret => (Some("string"), None),
            Shape::DateTime => (Some("string"), Some("date-time")),
            Shape::Date => (Some("string"), Some("date")),
            Shape::Integer(_) => {
                (Some("integer"), source.get("format").and_then(Value::as_str).filter(|format| is_integer(format)))
            }
            Shape::Number(_) => {
                let known = source.get("format").and_then(Value::as_str);
                (Some("number"), known.filter(|format| matches!(*format, "float" | "double")))
            }
            Shape::Boolean => (Some("boolean"), None),
            Shape::List(_) => (Some("array"), None),
            Shape::Map(_) => (Some("object"), None),
        };
        written.extend(kind.map(|kind| ("type".to_owned(), kind.into())));
        written.extend(format.filter(|format| !format.is_empty()).map(|format| ("format".to_owned(), format.into())));
        match &schema.shape {
            Shape::List(inner) => drop(written.insert("items".to_owned(), self.schema(inner, &format!("{at}/items")))),
            Shape::Map(inner) if inner.shape != Shape::Any => {
                let inner = self.schema(inner, &format!("{at}/additionalProperties"));
                written.insert("additionalProperties".to_owned(), inner);
            }
            Shape::Secret => drop(written.insert(MARK.to_owned(), true.into())),
            _ => drop(source.get(MARK).map(|mark| written.insert(MARK.to_owned(), mark.clone()))),
        }
        if schema.nullable {
            written.insert("nullable".to_owned(), true.into());
        }
        written.into()
    }

    fn fact(&self, members: &mut Map<String, Value>, at: &str) {
        members.insert(SOURCE.to_owned(), self.tier.into());
        members.insert(ORIGIN.to_owned(), format!("{} (#{at})", self.origin).into());
    }

    fn at(&self, pointer: &str) -> &Value {
        self.document.pointer(pointer).unwrap_or(&Value::Null)
    }
}

fn described(source: &Value) -> Option<(String, Value)> {
    let text = source.get("description").and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    text.map(|text| ("description".to_owned(), text.into()))
}

fn is_integer(format: &str) -> bool {
    let bits = format.trim_start_matches('u').strip_prefix("int");
    bits.is_some_and(|bits| ["8", "16", "32", "64"].contains(&bits))
}
