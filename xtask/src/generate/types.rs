//! The types of a model, by progenitor: the one file that knows it. It is given components alone, without paths.

use std::{
    any::Any,
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

use anyhow::{Context, Result, anyhow};
use openapiv3::OpenAPI;
use proc_macro2::{TokenStream, TokenTree};
use progenitor::{GenerationSettings, Generator};
use schemars::schema::{InstanceType, SchemaObject};
use serde_json::{Map, Value, json};

use super::parse;
use crate::{
    api::{Api, Definition, Schema, Shape, Type, reached},
    load::Places,
};

/// The type that every secret becomes; it is in the runtime.
const SECRET_TYPE: &str = "crate::Secret";

/// The types, as progenitor writes them: fields have the names of the model, not of the wire.
pub(super) fn types(api: &Api, places: &Places) -> Result<Vec<syn::Item>> {
    let tokens = written(api).map_err(|error| match culprit(api) {
        Some((name, of)) => error.context(format!("{}: the schema {name} cannot be a type", places.place(&of.at))),
        None => error,
    })?;
    parse::items(module(tokens))
}

/// The type that progenitor cannot express by itself, with what it refers to; of several, the smallest.
fn culprit(api: &Api) -> Option<(&String, &Type)> {
    let alone = |name: &String| {
        let reached = reached(&api.types, vec![name.clone()]);
        let types = api.types.iter().filter(|(name, _)| reached.contains(*name));
        Api { types: types.map(|(name, of)| (name.clone(), of.clone())).collect(), ..Api::default() }
    };
    let sizes = api.types.iter().map(|(name, of)| (alone(name), name, of));
    let failing = sizes.filter(|(alone, ..)| written(alone).is_err());
    failing.min_by_key(|(alone, ..)| alone.types.len()).map(|(_, name, of)| (name, of))
}

fn written(api: &Api) -> Result<TokenStream> {
    let document = document(api);
    let document: OpenAPI = serde_json::from_value(document).context("the model is not OpenAPI: a defect of xtask")?;
    let mut settings = GenerationSettings::default();
    let secret = SchemaObject {
        instance_type: Some(InstanceType::String.into()),
        format: Some(SECRET.to_owned()),
        ..SchemaObject::default()
    };
    // No impls: a type that holds one is neither `Display` nor `FromStr` nor `Default`.
    settings.with_conversion(secret, SECRET_TYPE, std::iter::empty());
    caught(|| Generator::new(&settings).generate_tokens(&document))?.map_err(|error| anyhow!("progenitor: {error}"))
}

/// The format that stands for a secret.
const SECRET: &str = "password";

/// The model's types as components of OpenAPI, which is what progenitor is given.
#[must_use]
pub fn document(api: &Api) -> Value {
    let schemas: Map<String, Value> =
        api.types.iter().map(|(name, of)| (name.clone(), component(&of.definition))).collect();
    json!({"openapi": "3.0.3", "info": {"title": "", "version": ""}, "paths": {}, "components": {"schemas": schemas}})
}

fn component(definition: &Definition) -> Value {
    match definition {
        Definition::Object(fields, rest) => {
            let property = |schema: &Schema, required: bool| {
                // An optional list is absent, null, or a list that may be empty.
                let open = !required && !matches!(schema.shape, Shape::Any);
                described(&Schema { nullable: schema.nullable || open, ..schema.clone() })
            };
            let properties: Map<String, Value> =
                fields.iter().map(|field| (field.name.clone(), property(&field.schema, field.required))).collect();
            let required: Vec<&str> =
                fields.iter().filter(|field| field.required).map(|field| field.name.as_str()).collect();
            let mut object = json!({"type": "object", "properties": properties, "required": required});
            if let (Some(rest), Some(members)) = (rest, object.as_object_mut()) {
                members.insert("additionalProperties".to_owned(), described(rest));
            }
            object
        }
        Definition::Values(values) => {
            let names: Vec<&str> = values.iter().map(|(_, variant)| variant.as_str()).collect();
            json!({"type": "string", "enum": names})
        }
        Definition::Union(variants, _) => {
            json!({"oneOf": variants.iter().map(|variant| described(&variant.schema)).collect::<Vec<_>>()})
        }
        Definition::Is(schema) => described(schema),
    }
}

fn described(schema: &Schema) -> Value {
    let mut value = match &schema.shape {
        Shape::Any => return json!({}),
        Shape::Text => json!({"type": "string"}),
        Shape::Secret => json!({"type": "string", "format": SECRET}),
        Shape::DateTime => json!({"type": "string", "format": "date-time"}),
        Shape::Date => json!({"type": "string", "format": "date"}),
        Shape::Integer(rust) => json!({"type": "integer", "format": integer_format(rust)}),
        Shape::Number(rust) => json!({"type": "number", "format": if *rust == "f32" { "float" } else { "double" }}),
        Shape::Boolean => json!({"type": "boolean"}),
        Shape::List(inner) => json!({"type": "array", "items": described(inner)}),
        Shape::Map(inner) if inner.shape == Shape::Any => json!({"type": "object"}),
        Shape::Map(inner) => json!({"type": "object", "additionalProperties": described(inner)}),
        Shape::Named(name) => {
            let reference = json!({"$ref": format!("#/components/schemas/{name}")});
            if !schema.nullable {
                return reference;
            }
            json!({"allOf": [reference]})
        }
    };
    if let (true, Some(members)) = (schema.nullable, value.as_object_mut()) {
        members.insert("nullable".to_owned(), Value::Bool(true));
    }
    value
}

fn integer_format(rust: &str) -> String {
    match rust.strip_prefix('u') {
        Some(bits) => format!("uint{bits}"),
        None => format!("int{}", rust.trim_start_matches('i')),
    }
}

/// What is in the module of types.
fn module(tokens: TokenStream) -> TokenStream {
    let mut trees = tokens.into_iter();
    while let Some(tree) = trees.next() {
        if matches!(&tree, TokenTree::Ident(ident) if ident == "types")
            && let Some(TokenTree::Group(body)) = trees.next()
        {
            return body.stream();
        }
    }
    TokenStream::new()
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `job`; a panic becomes an error, and is not printed.
fn caught<T>(job: impl FnOnce() -> T) -> Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                print(info);
            }
        }));
    });
    QUIET.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(job));
    QUIET.set(false);
    outcome.map_err(|payload| anyhow!("progenitor cannot express it, and panicked: {}", message(&*payload)))
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_progenitor_cannot_express_is_named_with_its_place() {
        let source = crate::load::source("s.yaml", "a:\n  b: 1\n  c: 1").unwrap();
        let of = |shape: Shape, at: &str| Type {
            definition: Definition::Is(shape.required()),
            docs: String::new(),
            at: at.to_owned(),
            sent: false,
            patched: false,
            read: true,
            secret: false,
        };
        let named = |name: &str| Shape::List(Box::new(Shape::Named(name.to_owned()).required()));
        let types =
            [("Fine", of(Shape::Text, "/a")), ("Holder", of(named("Odd"), "/a/b")), ("Odd", of(named("No"), "/a/c"))];
        let types = types.into_iter().map(|(name, of)| (name.to_owned(), of)).collect();
        let error = format!("{:#}", super::types(&Api { types, ..Api::default() }, &source.places).err().unwrap());
        assert!(error.starts_with("s.yaml:3:3 (#/a/c): the schema Odd cannot be a type: progenitor"), "{error}");
    }

    #[test]
    fn a_panic_of_progenitor_is_an_error_with_its_message() {
        let error = caught(|| panic!("no {}", "way")).map(|(): ()| ()).unwrap_err();
        assert_eq!(error.to_string(), "progenitor cannot express it, and panicked: no way");
        assert_eq!(caught(|| 1).unwrap(), 1);
    }
}
