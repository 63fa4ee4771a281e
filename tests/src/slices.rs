//! The generated code, one piece at a time: what a reviewer reads of it.

use syn::{ImplItem, Item};

/// The generated client, as it is checked in.
pub const GENERATED: &str = include_str!("../../crates/hb-portal-client/src/generated.rs");

/// The generated type of that name.
///
/// # Panics
///
/// There is none.
#[must_use]
pub fn type_named(name: &str) -> String {
    let is_named = |item: &Item| match item {
        Item::Struct(item) => item.ident == name,
        Item::Enum(item) => item.ident == name,
        _ => false,
    };
    unparse(types().into_iter().filter(is_named).collect())
}

/// The names of all generated types.
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

/// The generated operation of that name.
///
/// # Panics
///
/// There is none.
#[must_use]
pub fn operation(name: &str) -> String {
    let mut found = Vec::new();
    for item in file().items {
        if let Item::Impl(mut item) = item {
            item.items.retain(|item| matches!(item, ImplItem::Fn(function) if function.sig.ident == name));
            if !item.items.is_empty() {
                found.push(Item::Impl(item));
            }
        }
    }
    unparse(found)
}

/// The generated client without its operations: what it is made of, and how.
///
/// # Panics
///
/// There is none.
#[must_use]
pub fn client() -> String {
    let mut found = Vec::new();
    for item in file().items {
        match item {
            Item::Use(_) => found.push(item),
            Item::Struct(_) => found.push(item),
            Item::Impl(mut item) => {
                item.items.retain(|item| !matches!(item, ImplItem::Fn(function) if function.sig.asyncness.is_some()));
                if !item.items.is_empty() {
                    found.push(Item::Impl(item));
                }
            }
            _ => {}
        }
    }
    unparse(found)
}

/// The generated file, parsed.
///
/// # Panics
///
/// It does not parse.
#[must_use]
pub fn file() -> syn::File {
    syn::parse_file(GENERATED).expect("the generated client parses")
}

fn types() -> Vec<Item> {
    file()
        .items
        .into_iter()
        .filter_map(|item| match item {
            Item::Mod(module) if module.ident == "types" => Some(module.content?.1),
            _ => None,
        })
        .flatten()
        .collect()
}

fn unparse(items: Vec<Item>) -> String {
    assert!(!items.is_empty(), "there is no such thing in the generated client");
    prettyplease::unparse(&syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items })
}
