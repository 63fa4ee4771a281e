//! Completes progenitor's types from the model: names on the wire, secrets, tags, and optional fields.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, Ident, Item, ItemEnum, ItemImpl, ItemStruct, LitStr, Path, Type as RustType, parse_quote,
    punctuated::Punctuated, token::Comma, visit_mut::VisitMut,
};

use super::docs;
use crate::api::{Api, Definition, Field, Schema, Shape, Type, Variant};

/// The items for one of progenitor's, which is a part of the type `of`, as the model has them.
pub(super) fn finished(mut item: Item, of: &Type, api: &Api) -> Vec<Item> {
    match (&mut item, &of.definition) {
        (Item::Struct(declared), _) => structure(declared, of),
        (Item::Enum(declared), Definition::Union(variants, tag)) => {
            return union(declared, of, variants, tag.as_deref(), api);
        }
        // `union` writes its own, with the variants' names.
        (Item::Impl(_), Definition::Union(..)) => return Vec::new(),
        (Item::Enum(declared), Definition::Values(variants)) => values(declared, variants, &of.docs),
        (Item::Impl(implementation), Definition::Values(values)) => {
            let wires = values.iter().map(|(wire, variant)| (&**variant, &**wire)).collect();
            Literals(wires).visit_item_impl_mut(implementation);
        }
        _ => {}
    }
    vec![item]
}

fn structure(declared: &mut ItemStruct, of: &Type) {
    set_docs(&mut declared.attrs, &of.docs);
    if of.secret && !of.sent {
        do_not_serialize(&mut declared.attrs);
    }
    match &of.definition {
        Definition::Object(fields, _) => {
            for member in &mut declared.fields {
                let is_own = |field: &&Field| member.ident.as_ref().is_some_and(|ident| *ident == field.name);
                let Some(field) = fields.iter().find(is_own) else { continue };
                member.attrs = docs::attributes(&field.docs);
                let mut words: Vec<TokenStream> = Vec::new();
                if field.wire != field.name {
                    let wire = &field.wire;
                    words.push(quote!(rename = #wire));
                }
                if !field.required && (of.sent || !of.secret) {
                    words.push(quote!(skip_serializing_if = "::std::option::Option::is_none"));
                }
                words.extend(exposed(&field.schema, of));
                if !field.required && field.schema.nullable && of.patched {
                    let ty = &member.ty;
                    member.ty = parse_quote!(::std::option::Option<#ty>);
                    words.push(quote!(default, deserialize_with = "crate::present"));
                }
                if !words.is_empty() {
                    member.attrs.push(docs::serde(quote!(#(#words),*)));
                }
            }
        }
        Definition::Is(schema) => {
            declared.fields.iter_mut().for_each(|member| member.attrs.extend(exposed(schema, of).map(docs::serde)));
        }
        _ => {}
    }
}

/// How serde writes a secret in a request.
fn exposed(schema: &Schema, of: &Type) -> Option<TokenStream> {
    (schema.is_secret() && of.sent).then(|| quote!(serialize_with = "crate::expose_in_request"))
}

fn values(declared: &mut ItemEnum, values: &[(String, String)], docs: &str) {
    set_docs(&mut declared.attrs, docs);
    for member in &mut declared.variants {
        if let Some((wire, variant)) = values.iter().find(|(_, variant)| member.ident == variant) {
            let rename = (wire != variant).then(|| docs::serde(quote!(rename = #wire)));
            member.attrs = rename.into_iter().collect();
        }
    }
}

/// A union with the model's names for its variants. It is read by its tag if it has one, and never through serde's buffer, from
/// which a secret cannot be read.
fn union(declared: &ItemEnum, of: &Type, variants: &[Variant], tag: Option<&str>, api: &Api) -> Vec<Item> {
    let name = &declared.ident;
    let docs = docs::attributes(&of.docs);
    let serialize = (!of.secret || of.sent).then(|| quote!(#[derive(::serde::Serialize)] #[serde(untagged)]));
    let types: Vec<&RustType> =
        declared.variants.iter().filter_map(|variant| Some(&variant.fields.iter().next()?.ty)).collect();
    let names: Vec<Ident> = variants.iter().map(|variant| format_ident!("{}", variant.name)).collect();
    let exposed = variants.iter().map(|variant| exposed(&variant.schema, of).map(docs::serde));
    let (tagged, others): (Vec<&Variant>, Vec<&Variant>) = variants.iter().partition(|one| !one.tags.is_empty());
    let others = first_that_fits(&others, api);
    let read = match tag {
        Some(tag) => {
            let tags = tagged.iter().map(|variant| &variant.tags);
            let names = tagged.iter().map(|variant| format_ident!("{}", variant.name));
            quote! {
                match crate::tag(json, #tag).as_deref() {
                    #(#(::std::option::Option::Some(#tags))|* => crate::alternative(json).map(Self::#names),)*
                    _ => #others,
                }
            }
        }
        None => others,
    };
    // A secret is read from the JSON itself, since a copy of it would not be wiped. Other alternatives may come from serde's
    // buffer, which has no JSON.
    let json = match of.secret {
        true => quote!(<&'de ::serde_json::value::RawValue as ::serde::Deserialize>::deserialize(deserializer)?.get()),
        false => quote!(&*<::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)?.to_string()),
    };
    let mut seen = BTreeSet::new();
    let distinct = types.iter().zip(&names).filter(|(ty, _)| seen.insert(ty.to_token_stream().to_string()));
    let (from, variant): (Vec<&&RustType>, Vec<&Ident>) = distinct.unzip();
    let file: syn::File = parse_quote! {
        #(#docs)*
        #serialize
        #[derive(Clone, Debug)]
        pub enum #name { #(#exposed #names(#types)),* }
        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let json = #json;
                #read
            }
        }
        #(impl ::std::convert::From<#from> for #name {
            fn from(value: #from) -> Self {
                Self::#variant(value)
            }
        })*
    };
    file.items
}

/// Compiles an item only with the feature `preview`.
pub(super) fn gate(item: &mut Item) {
    if let Item::Struct(ItemStruct { attrs, .. })
    | Item::Enum(ItemEnum { attrs, .. })
    | Item::Impl(ItemImpl { attrs, .. }) = item
    {
        attrs.insert(0, parse_quote!(#[cfg(feature = "preview")]));
    }
}

/// The expression that reads the first alternative that fits: first among those that lose no member of an object.
fn first_that_fits(variants: &[&Variant], api: &Api) -> TokenStream {
    let known = |variant: &Variant| match &variant.schema.shape {
        Shape::Named(name) => match &api.types.get(name)?.definition {
            Definition::Object(fields, None) => Some(fields.iter().map(|field| field.wire.clone()).collect::<Vec<_>>()),
            _ => None,
        },
        _ => None,
    };
    let is_object = |one: &&&Variant| matches!(one.schema.shape, Shape::Named(_) | Shape::Map(_));
    let several = variants.iter().filter(is_object).count() > 1;
    let attempts = [true, false].into_iter().flat_map(|whole| {
        variants.iter().filter_map(move |variant| {
            let name = format_ident!("{}", variant.name);
            match known(variant).filter(|_| several) {
                Some(known) => Some(quote!(crate::object(json, &[#(#known),*], #whole).map(Self::#name))),
                None => whole.then(|| quote!(crate::alternative(json).map(Self::#name))),
            }
        })
    });
    quote!(::std::result::Result::Err(crate::none()) #(.or_else(|_: D::Error| #attempts))*)
}

fn set_docs(attrs: &mut Vec<Attribute>, text: &str) {
    attrs.retain(|attr| !attr.path().is_ident("doc"));
    attrs.splice(0..0, docs::attributes(text));
}

/// Removes the derive of `Serialize`.
fn do_not_serialize(attrs: &mut [Attribute]) {
    let is_other = |path: &&Path| path.segments.last().is_none_or(|last| last.ident != "Serialize");
    for attr in attrs.iter_mut().filter(|attr| attr.path().is_ident("derive")) {
        if let Ok(derives) = attr.parse_args_with(Punctuated::<Path, Comma>::parse_terminated) {
            let kept = derives.iter().filter(is_other);
            *attr = parse_quote!(#[derive(#(#kept),*)]);
        }
    }
}

/// Replaces the names of variants in string literals by their texts on the wire.
struct Literals<'a>(BTreeMap<&'a str, &'a str>);

impl VisitMut for Literals<'_> {
    fn visit_lit_str_mut(&mut self, literal: &mut LitStr) {
        if let Some(wire) = self.0.get(&*literal.value()) {
            *literal = LitStr::new(wire, literal.span());
        }
    }
}
