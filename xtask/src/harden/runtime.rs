//! What the generated code stands on: the few types of the client crate's `lib.rs`, not the generator's runtime, whose
//! errors print bodies.

use anyhow::{Result, bail};
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Expr, Ident, ImplItem, Item, ItemImpl, Type, parse_quote,
    visit_mut::{self, VisitMut},
};

/// What the client crate's `lib.rs` has of what progenitor's output uses.
const RUNTIME: &[&str] = &["Error", "OperationInfo", "ResponseValue", "encode_path", "progenitor_client"];

/// Of what progenitor's output imports, what only its runtime needs.
const DROPPED: &[&str] = &["ClientInfo", "ClientHooks"];

/// Replaces the generator's runtime by ours.
pub(super) fn stand_on_own_runtime(file: &mut syn::File) -> Result<()> {
    let mut imported = Vec::new();
    file.items.retain(|item| match item {
        Item::Use(import) if import.tree.to_token_stream().to_string().starts_with("progenitor_client") => {
            imported.extend(identifiers(import.tree.to_token_stream()));
            false
        }
        // What implements the runtime's traits, or asserts that someone does.
        Item::Impl(item) => item.trait_.as_ref().is_none_or(|(path, _)| !is_last(path, "ClientInfo")),
        Item::Const(item) => item.ident != "_",
        // One way to import each thing.
        Item::Mod(item) => item.ident != "prelude",
        _ => true,
    });
    for item in &mut file.items {
        if let Item::Struct(client) = item
            && client.ident == "Client"
        {
            // reqwest's own Debug prints default headers and proxies; lib.rs has one that does not.
            super::drop_derives(&mut client.attrs, &["Debug"]);
        }
    }
    let used = identifiers(file.to_token_stream());
    // A method of a trait: nothing but its call names it.
    imported.push("form_urlencoded".to_owned());
    let mut names = Vec::new();
    for name in imported.iter().filter(|name| used.contains(name) && !DROPPED.contains(&name.as_str())) {
        if RUNTIME.contains(&name.as_str()) {
            names.push(format_ident!("{name}"));
        } else {
            bail!(
                "{} needs `{name}` of the generator's runtime, which crates/hb-portal-client/src/lib.rs does not have: add \
                 it there, or describe the operation another way",
                user(file, name)
            );
        }
    }
    names.sort();
    if !names.is_empty() {
        file.items.insert(0, syn::parse2(quote!(use crate::{#(#names),*};))?);
    }
    Ok(())
}

/// The function that uses `name`, as errors call it.
fn user(file: &syn::File, name: &str) -> String {
    let members = file.items.iter().flat_map(|item| match item {
        Item::Impl(item) => item.items.iter().collect(),
        _ => Vec::new(),
    });
    let uses = |function: &&syn::ImplItemFn| identifiers(function.to_token_stream()).iter().any(|used| used == name);
    let found = members.filter_map(|member| match member {
        ImplItem::Fn(function) => Some(function),
        _ => None,
    });
    found
        .filter(uses)
        .map(|function| format!("the operation `{}`", function.sig.ident))
        .next()
        .unwrap_or_else(|| "an operation".to_owned())
}

/// Takes out the constructors, of which one unwraps what reqwest may refuse to build: `lib.rs` has one that cannot panic,
/// and that shares the base URL instead of copying it for each call.
pub(super) fn drop_constructors(file: &mut syn::File) {
    file.items.retain_mut(|item| match item {
        Item::Impl(ItemImpl { trait_: None, self_ty, items, .. }) if is_client(self_ty) => {
            let is_constructor = |name: &Ident| name == "new" || name == "new_with_client";
            items.retain(|item| !matches!(item, ImplItem::Fn(item) if is_constructor(&item.sig.ident)));
            !items.is_empty()
        }
        Item::Struct(client) if client.ident == "Client" => {
            for field in &mut client.fields {
                if field.ident.as_ref().is_some_and(|name| name == "baseurl") {
                    field.ty = parse_quote!(std::sync::Arc<str>);
                }
            }
            true
        }
        _ => true,
    });
}

/// Keeps an answer without a body beside the nothing that it is decoded to, as lib.rs does with others.
pub(super) fn keep_bare_answers(file: &mut syn::File) {
    struct Pass;
    impl VisitMut for Pass {
        // Operations are in no module.
        fn visit_item_mod_mut(&mut self, _: &mut syn::ItemMod) {}

        fn visit_expr_mut(&mut self, expr: &mut Expr) {
            visit_mut::visit_expr_mut(self, expr);
            if let Expr::Call(call) = &*expr
                && call.func.to_token_stream().to_string() == "ResponseValue :: empty"
                && let Some(response) = call.args.first()
            {
                *expr = parse_quote!(ResponseValue { inner: (), response: #response });
            }
        }
    }
    Pass.visit_file_mut(file);
}

fn is_client(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("Client"))
}

/// Takes out the conversion error of the generated types where no type converts.
pub(super) fn drop_unused_error_module(file: &mut syn::File) {
    for item in &mut file.items {
        let Item::Mod(types) = item else { continue };
        let Some((_, items)) = &mut types.content else { continue };
        let is_error = |item: &Item| matches!(item, Item::Mod(item) if item.ident == "error");
        let used = items
            .iter()
            .filter(|item| !is_error(item))
            .any(|item| identifiers(item.to_token_stream()).iter().any(|name| name == "ConversionError"));
        if !used {
            items.retain(|item| !is_error(item));
        }
    }
}

fn is_last(path: &syn::Path, name: &str) -> bool {
    path.segments.last().is_some_and(|last| last.ident == name)
}

/// Every identifier in `tokens`.
fn identifiers(tokens: TokenStream) -> Vec<String> {
    tokens
        .into_iter()
        .flat_map(|tree| match tree {
            TokenTree::Group(group) => identifiers(group.stream()),
            TokenTree::Ident(ident) => vec![ident.to_string()],
            TokenTree::Punct(_) | TokenTree::Literal(_) => Vec::new(),
        })
        .collect()
}
