//! Types that hold a secret: none is serialised, but in a request whose contract asks for it.

use std::collections::{BTreeSet, HashMap, HashSet};

use anyhow::{Result, bail};
use proc_macro2::TokenTree;
use syn::{
    Attribute, Field, FnArg, ImplItem, Item, Lit, Meta, Type,
    visit::{self, Visit},
    visit_mut::{self, VisitMut},
};

use crate::{generate::SECRET_TYPE, secrets::Secrets, walk::last_step};

/// What each generated type is made of, by name.
type Types = HashMap<String, Named>;

/// What types are written with.
#[derive(Default)]
pub(super) struct Named {
    /// The names of types, but for those of other crates.
    pub(super) types: Vec<String>,
    secret: bool,
}

/// Takes `Serialize` from each type that reaches a secret; a type that only requests hold keeps it, with the secret
/// written by one explicit function.
pub(super) fn keep(file: &mut syn::File, marked: &Secrets) -> Result<()> {
    let found = secret_fields(file);
    let lost: Vec<&String> = marked.0.iter().filter(|pointer| !found.contains(&property(pointer))).collect();
    if !lost.is_empty() {
        bail!("marked secret, and not in the generated client: {lost:?}");
    }
    let types = types(file);
    let reaching = reaching_a_secret(&types);
    if reaching.is_empty() {
        return Ok(());
    }
    let requests = reached_from(&types, request_types(file), &reaching);
    for item in types_mut(file) {
        let (name, attrs) = match item {
            Item::Struct(item) => (item.ident.to_string(), &mut item.attrs),
            Item::Enum(item) => (item.ident.to_string(), &mut item.attrs),
            _ => continue,
        };
        if requests.contains(&name) {
            ExposeInRequest.visit_item_mut(item);
        } else if reaching.contains(name.as_str()) {
            super::drop_derives(attrs, &["Serialize"]);
        }
    }
    Ok(())
}

/// The property that a pointer to a schema belongs to, or the component that it is.
fn property(pointer: &str) -> String {
    match pointer.rsplit_once("/properties/") {
        Some((_, rest)) => last_step(rest.split('/').next().unwrap_or_default()),
        None => last_step(pointer),
    }
}

fn is_secret(ty: &Type) -> bool {
    let mut named = Named::default();
    named.visit_type(ty);
    named.secret
}

impl Visit<'_> for Named {
    fn visit_path(&mut self, path: &syn::Path) {
        if let (None, Some(last)) = (path.leading_colon, path.segments.last()) {
            self.types.push(last.ident.to_string());
        }
        self.secret |= path.segments.iter().map(|segment| &segment.ident).eq(SECRET_TYPE.split("::"));
        visit::visit_path(self, path);
    }
}

/// The JSON names of all fields that hold a secret, and the names of types that are one.
fn secret_fields(file: &syn::File) -> BTreeSet<String> {
    struct Pass(BTreeSet<String>);
    impl Visit<'_> for Pass {
        fn visit_item_struct(&mut self, item: &syn::ItemStruct) {
            for field in item.fields.iter().filter(|field| is_secret(&field.ty)) {
                self.0.insert(match &field.ident {
                    Some(name) => renamed(&field.attrs).unwrap_or_else(|| name.to_string()),
                    None => item.ident.to_string(),
                });
            }
        }
        // No type is declared in one.
        fn visit_item_impl(&mut self, _: &syn::ItemImpl) {}
    }
    let mut pass = Pass(BTreeSet::new());
    pass.visit_file(file);
    pass.0
}

/// The name that `#[serde(rename = "…")]` gives. The tokens are looked at as they are: to parse them, for each field of a
/// large document, would cost more than to rename it.
pub(super) fn renamed(attrs: &[Attribute]) -> Option<String> {
    attrs.iter().filter(|attr| attr.path().is_ident("serde")).find_map(|attr| {
        let Meta::List(list) = &attr.meta else { return None };
        let mut tokens = list.tokens.clone().into_iter();
        tokens.find(|tree| matches!(tree, TokenTree::Ident(word) if word == "rename"))?;
        match (tokens.next()?, tokens.next()?) {
            (TokenTree::Punct(equals), TokenTree::Literal(name)) if equals.as_char() == '=' => match Lit::new(name) {
                Lit::Str(name) => Some(name.value()),
                _ => None,
            },
            _ => None,
        }
    })
}

fn types_mut(file: &mut syn::File) -> impl Iterator<Item = &mut Item> {
    file.items.iter_mut().flat_map(|item| match item {
        Item::Mod(module) => module.content.as_mut().map(|(_, items)| items.iter_mut()).into_iter().flatten(),
        _ => None.into_iter().flatten(),
    })
}

fn types(file: &syn::File) -> Types {
    struct Pass<'a> {
        name: String,
        types: &'a mut Types,
    }
    impl Visit<'_> for Pass<'_> {
        fn visit_item(&mut self, item: &Item) {
            match item {
                Item::Struct(syn::ItemStruct { ident, .. }) | Item::Enum(syn::ItemEnum { ident, .. }) => {
                    self.name = ident.to_string();
                    visit::visit_item(self, item);
                }
                Item::Mod(_) => visit::visit_item(self, item),
                _ => {}
            }
        }
        fn visit_field(&mut self, field: &Field) {
            self.types.entry(self.name.clone()).or_default().visit_type(&field.ty);
        }
    }
    let mut types = Types::new();
    Pass { name: String::new(), types: &mut types }.visit_file(file);
    types
}

/// The types that a secret is in, however deep.
fn reaching_a_secret(types: &Types) -> HashSet<&str> {
    let mut holders: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, named) in types {
        for part in named.types.iter().filter(|part| types.contains_key(*part)) {
            holders.entry(part).or_default().push(name);
        }
    }
    let mut reaching = HashSet::new();
    let mut next: Vec<&str> = types.iter().filter(|(_, named)| named.secret).map(|(name, _)| name.as_str()).collect();
    while let Some(name) = next.pop() {
        if reaching.insert(name) {
            next.extend(holders.get(name).into_iter().flatten());
        }
    }
    reaching
}

/// Of the types `among`, those that are reached from `names`, themselves included.
fn reached_from(types: &Types, names: Vec<String>, among: &HashSet<&str>) -> HashSet<String> {
    let mut reached = HashSet::new();
    let mut next = names;
    while let Some(name) = next.pop() {
        // A type on the way to one that reaches a secret reaches it too.
        if among.contains(name.as_str()) && !reached.contains(&name) {
            next.extend(types.get(&name).into_iter().flat_map(|named| named.types.iter().cloned()));
            reached.insert(name);
        }
    }
    reached
}

/// The types that operations take.
fn request_types(file: &syn::File) -> Vec<String> {
    let mut named = Named::default();
    for item in &file.items {
        let Item::Impl(item) = item else { continue };
        for item in &item.items {
            let ImplItem::Fn(function) = item else { continue };
            for argument in &function.sig.inputs {
                if let FnArg::Typed(argument) = argument {
                    named.visit_type(&argument.ty);
                }
            }
        }
    }
    named.types
}

/// Writes the secrets of a request through the one function that may.
struct ExposeInRequest;

impl VisitMut for ExposeInRequest {
    fn visit_field_mut(&mut self, field: &mut Field) {
        if is_secret(&field.ty) {
            field.attrs.push(syn::parse_quote!(#[serde(serialize_with = "crate::expose_in_request")]));
        }
        visit_mut::visit_field_mut(self, field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(code: &str) -> String {
        let mut file = syn::parse_file(code).unwrap();
        keep(&mut file, &Secrets::default()).unwrap();
        prettyplease::unparse(&file)
    }

    const TYPES: &str = "
        pub mod types {
            #[derive(::serde::Serialize, Clone)] pub struct Plain { pub a: String }
            #[derive(::serde::Serialize, Clone)] pub struct Deep { pub secret: Option<crate::Secret> }
            #[derive(::serde::Serialize, Clone)] pub struct Outer { pub deep: Vec<Deep> }
            #[derive(::serde::Serialize, Clone)] pub enum Either { A(Outer), B }
            #[derive(::serde::Serialize, Clone)] pub struct Sent { pub key: crate::Secret }
        }
        impl Client { pub fn send(&self, body: &types::Sent, plain: &types::Plain) -> types::Either {} }";

    #[test]
    fn a_type_that_reaches_a_secret_is_not_serialised() {
        let code = kept(TYPES);
        for name in ["struct Deep", "struct Outer", "enum Either"] {
            let (before, _) = code.split_once(name).unwrap();
            assert!(
                before.trim_end().trim_end_matches("pub").trim_end().ends_with("#[derive(Clone)]"),
                "{name}: {code}"
            );
        }
        assert!(code.contains("#[derive(::serde::Serialize, Clone)]\n    pub struct Plain"), "{code}");
    }

    #[test]
    fn a_request_writes_its_secret_through_one_function() {
        let code = kept(TYPES);
        let (_, sent) = code.split_once("pub struct Sent").unwrap();
        assert!(sent.contains("#[serde(serialize_with = \"crate::expose_in_request\")]\n        pub key"), "{code}");
        assert!(code.contains("#[derive(::serde::Serialize, Clone)]\n    pub struct Sent"), "{code}");
        assert_eq!(code.matches("expose_in_request").count(), 1, "{code}");
    }

    #[test]
    fn a_mark_without_a_field_is_an_error() {
        let mut file = syn::parse_file(TYPES).unwrap();
        let marked = |pointer: &str| Secrets([pointer.to_owned()].into());
        assert!(keep(&mut file, &marked("/components/schemas/Sent/properties/key")).is_ok());
        let error = keep(&mut file, &marked("/components/schemas/Sent/properties/a")).unwrap_err().to_string();
        assert!(error.contains("/Sent/properties/a"), "{error}");
    }

    #[test]
    fn a_field_counts_by_its_json_name() {
        let code =
            "pub mod types { pub struct A { #[serde(rename = \"apiKey\", default)] pub api_key: crate::Secret } }";
        let file = syn::parse_file(code).unwrap();
        assert_eq!(secret_fields(&file), BTreeSet::from(["apiKey".to_owned()]));
    }
}
