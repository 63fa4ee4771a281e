//! generate: the model as Rust; types are progenitor's, operations are written here.

mod docs;
mod finish;
mod operations;
mod parse;
mod responses;
mod schema;
mod types;

use anyhow::Result;
use syn::parse_quote;

use crate::{api::Api, load::Places};
pub use types::document;

/// The client that `api` describes. With `gated`, operations whose tier is inferred need the feature `preview`.
///
/// # Errors
///
/// The schema that progenitor refuses, or panics at, with its place.
pub fn client(api: &Api, gated: bool, places: &Places) -> Result<syn::File> {
    let types = finish::finish(types::types(api, places)?, api);
    let operations = operations::operations(api, gated)?;
    let types: syn::Item = parse_quote! {
        /// The types that requests and responses are made of.
        #[allow(clippy::all)]
        pub mod types { #(#types)* }
    };
    Ok(syn::File { frontmatter: None, shebang: None, attrs: Vec::new(), items: vec![types, operations] })
}
