//! Slices of the generated code that are small enough to review.

use std::collections::BTreeMap;

use syn::{Fields, Item};

/// The checked-in generated client.
pub const GENERATED: &str = include_str!("../../crates/hb-portal-client/src/generated.rs");

/// Returns the generated type of that name.
///
/// # Panics
///
/// Panics if there is no such type.
#[must_use]
pub fn type_named(name: &str) -> String {
    let is_named = |item: &Item| match item {
        Item::Struct(item) => item.ident == name,
        Item::Enum(item) => item.ident == name,
        _ => false,
    };
    unparse(types().into_iter().filter(is_named).collect())
}

/// Returns the names of all generated types.
#[must_use]
pub fn type_names() -> Vec<String> {
    types()
        .iter()
        .filter_map(|item| match item {
            Item::Struct(item) => Some(item.ident.to_string()),
            Item::Enum(item) => Some(item.ident.to_string()),
            _ => None,
        })
        .collect()
}

/// Returns the generated operation of that name: its parameters, the request it sends and the responses it decodes.
///
/// # Panics
///
/// Panics if there is no such operation.
#[must_use]
pub fn operation(name: &str) -> String {
    unparse(operations_of(&file()).remove(name).unwrap_or_default())
}

/// Returns the generated operations by name in snake case: the type, its implementations, and its results by status.
fn operations_of(file: &syn::File) -> BTreeMap<String, Vec<Item>> {
    let items = module(file.clone(), "operations");
    let name_of = |ty: &syn::Type| match ty {
        syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    };
    let subject = |item: &Item| match item {
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Enum(item) => Some(item.ident.to_string()),
        Item::Impl(item) => name_of(&item.self_ty),
        _ => None,
    };
    let names: Vec<String> = items
        .iter()
        .filter_map(|item| if let Item::Struct(item) = item { Some(item.ident.to_string()) } else { None })
        .collect();
    let mut found: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for item in items {
        let Some(subject) = subject(&item) else { continue };
        let owner = names.iter().find(|name| {
            subject.strip_prefix(name.as_str()).is_some_and(|rest| ["", "Success", "Failure"].contains(&rest))
        });
        found.entry(snake(owner.expect("an item belongs to an operation"))).or_default().push(item);
    }
    found
}

/// Converts `createWebhookEndpoint` and `CreateWebhookEndpoint` to `create_webhook_endpoint`.
#[must_use]
pub fn snake(name: &str) -> String {
    let chars = name.chars().enumerate();
    chars
        .flat_map(|(at, char)| (at > 0 && char.is_uppercase()).then_some('_').into_iter().chain(char.to_lowercase()))
        .collect()
}

/// Returns the slices of a generated client, which may differ from the checked-in one, by the name of their snapshot.
///
/// # Panics
///
/// Panics if the source does not parse.
#[must_use]
pub fn of(source: &str) -> BTreeMap<String, String> {
    let file = syn::parse_file(source).expect("generated code parses");
    let mut slices = BTreeMap::from([("secret-types".to_owned(), secrets_of(source))]);
    for item in types_of(file.clone()) {
        if let Item::Struct(syn::ItemStruct { ident, .. }) | Item::Enum(syn::ItemEnum { ident, .. }) = &item {
            slices.insert(format!("type.{ident}"), unparse(vec![item.clone()]));
        }
    }
    for (name, items) in operations_of(&file) {
        slices.insert(format!("operation.{name}"), unparse(items));
    }
    slices
}

/// Lists the types that hold a secret directly, with the fields or variants that hold it.
///
/// # Panics
///
/// Panics if the source does not parse.
#[must_use]
pub fn secrets_of(source: &str) -> String {
    let secret_fields = |fields: &Fields| {
        let is_secret = |field: &&syn::Field| quoted(&field.ty).contains("crate::Secret");
        fields.iter().filter(is_secret).map(|field| field.ident.as_ref().map(ToString::to_string)).collect::<Vec<_>>()
    };
    let mut lines = String::new();
    for item in types_of(syn::parse_file(source).expect("generated code parses")) {
        let (name, secrets): (_, Vec<String>) = match item {
            Item::Struct(item) => {
                (item.ident, secret_fields(&item.fields).into_iter().map(|name| name.unwrap_or_default()).collect())
            }
            Item::Enum(item) => {
                let variants = item.variants.iter().filter(|variant| !secret_fields(&variant.fields).is_empty());
                (item.ident, variants.map(|variant| variant.ident.to_string()).collect())
            }
            _ => continue,
        };
        if !secrets.is_empty() {
            lines.push_str(&format!("{name}: {}\n", secrets.join(", ")));
        }
    }
    lines
}

fn quoted(ty: &syn::Type) -> String {
    unparse(vec![syn::parse_quote!(type T = #ty;)])
}

/// Parses the generated file.
///
/// # Panics
///
/// Panics if it does not parse.
#[must_use]
pub fn file() -> syn::File {
    syn::parse_file(GENERATED).expect("the generated client parses")
}

fn types() -> Vec<Item> {
    types_of(file())
}

fn types_of(file: syn::File) -> Vec<Item> {
    module(file, "types")
}

fn module(file: syn::File, name: &str) -> Vec<Item> {
    file.items
        .into_iter()
        .filter_map(|item| match item {
            Item::Mod(module) if module.ident == name => Some(module.content?.1),
            _ => None,
        })
        .flatten()
        .collect()
}

fn unparse(items: Vec<Item>) -> String {
    assert!(!items.is_empty(), "the generated client has no such item");
    prettyplease::unparse(&syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items })
}
