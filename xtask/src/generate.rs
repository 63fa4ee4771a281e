//! generate: turns the model into Rust code; progenitor writes the types, this module the operations.

mod docs;
mod finish;
mod operations;
mod responses;
mod schema;
mod types;

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use syn::{
    Item, ItemEnum, ItemStruct,
    parse::{ParseStream, Parser as _},
};

use crate::{
    api::{Api, Definition, reached},
    format,
    load::Places,
};
pub(crate) use docs::prose;
pub use types::document;

/// The code of the client that `api` describes. Operations whose tier is inferred, and types that only they have, need the feature
/// `preview`.
///
/// # Errors
///
/// A schema that progenitor rejects or panics at, with its place.
pub fn client(api: &Api, places: &Places) -> Result<String> {
    let mut types = String::new();
    let previews = previews(api);
    let is_error = |item: &Item| matches!(item, Item::Mod(module) if module.ident == "error");
    // Each item is written before the next one is parsed: the syntax trees of a large client never exist together.
    let write = |input: ParseStream<'_>| {
        // Progenitor writes a type, then its `impl` blocks.
        let mut current = None;
        while !input.is_empty() {
            let item = input.parse()?;
            if let Item::Struct(ItemStruct { ident, .. }) | Item::Enum(ItemEnum { ident, .. }) = &item {
                current = api.types.get_key_value(&ident.to_string());
            }
            let mut items = match current {
                // Progenitor declares the error of conversions, after all types, even if no type converts.
                _ if is_error(&item) && !types.contains("ConversionError") => continue,
                None => vec![item],
                Some((_, of)) => finish::finished(item, of, api),
            };
            if current.is_some_and(|(name, _)| previews.contains(name)) {
                items.iter_mut().for_each(finish::gate);
            }
            types += &format::items(items);
        }
        Ok(())
    };
    write.parse2(types::types(api, places)?).context("the code of progenitor does not parse")?;
    let operations = operations::operations(api)?;
    Ok(format!(
        "\
/// The types that requests and responses consist of.
#[allow(clippy::all)]
pub mod types {{
{types}}}
/// The operations; each builds its request and reads the response.
pub mod operations {{
{operations}}}
"
    ))
}

/// The types that only operations have whose tier is inferred.
fn previews(api: &Api) -> BTreeSet<String> {
    let [previews, others] = [true, false].map(|inferred| {
        let operations = api.operations.iter().filter(|operation| operation.inferred == inferred);
        let schemas = operations.flat_map(|operation| [operation.sent(), operation.read()].concat());
        reached(&api.types, schemas, Definition::schemas)
    });
    &previews - &others
}
