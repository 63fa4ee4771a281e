//! The Rust type of a schema in an operation.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote};

use crate::api::{Schema, Shape};

/// The Rust type of a schema.
pub(super) fn owned(schema: &Schema) -> TokenStream {
    let ty = match &schema.shape {
        Shape::Any => quote!(serde_json::Value),
        Shape::Text => quote!(String),
        Shape::Secret => quote!(crate::Secret),
        Shape::DateTime => quote!(chrono::DateTime<chrono::Utc>),
        Shape::Date => quote!(chrono::NaiveDate),
        Shape::Integer(rust) | Shape::Number(rust) => format_ident!("{rust}").into_token_stream(),
        Shape::Boolean => quote!(bool),
        Shape::List(inner) => {
            let inner = owned(inner);
            quote!(Vec<#inner>)
        }
        Shape::Map(inner) if inner.shape == Shape::Any => quote!(serde_json::Map<String, serde_json::Value>),
        Shape::Map(inner) => {
            let inner = owned(inner);
            quote!(std::collections::HashMap<String, #inner>)
        }
        Shape::Named(name) => {
            let name = format_ident!("{name}");
            quote!(types::#name)
        }
    };
    if schema.nullable && schema.shape != Shape::Any { quote!(Option<#ty>) } else { ty }
}
