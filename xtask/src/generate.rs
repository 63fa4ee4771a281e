//! generate: turns the model into Rust code; progenitor writes the types, this module the operations.

mod docs;
mod finish;
mod operations;
mod responses;
mod schema;
mod types;

use anyhow::Result;
use syn::{Item, parse_quote};

use crate::{api::Api, format::Module, load::Places};
pub use types::document;

/// The code of the client that `api` describes. Operations whose tier is inferred need the feature `preview`.
///
/// # Errors
///
/// A schema that progenitor rejects or panics at, with its place.
pub fn client(api: &Api, places: &Places) -> Result<String> {
    let mut types = Module::new(parse_quote! {
        /// The types that requests and responses consist of.
        #[allow(clippy::all)]
        pub mod types {}
    });
    let mut error = None;
    for item in types::types(api, places)? {
        match item? {
            Item::Mod(module) if module.ident == "error" => error = Some(Item::Mod(module)),
            item => types.push(finish::finished(item, api)),
        }
    }
    // Progenitor declares the error of conversions even if no type converts.
    if types.items().contains("ConversionError") {
        types.push(error.into_iter().collect());
    }
    Ok(types.finish(Vec::new()) + &operations::operations(api)?)
}
