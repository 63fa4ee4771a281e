//! What the wire calls things, written over what the generator called them.

use std::collections::BTreeMap;

use quote::ToTokens;
use syn::{
    Expr, parse_quote,
    visit_mut::{self, VisitMut},
};

use crate::harden::secrets::renamed;

/// Gives a field the name that the wire has, in place of the one that the generator knew.
pub(super) fn rename(field: &mut syn::Field, fields: &BTreeMap<String, String>) {
    let renamed = renamed(&field.attrs);
    let is_renamed = renamed.is_some();
    let Some(known) = renamed.or_else(|| field.ident.as_ref().map(ToString::to_string)) else { return };
    let Some(wire) = fields.get(&known).or_else(|| fields.get(known.trim_end_matches('_'))) else { return };
    if is_renamed {
        Literals(&BTreeMap::from([(known, wire.clone())])).visit_field_mut(field);
    } else {
        field.attrs.push(parse_quote!(#[serde(rename = #wire)]));
    }
}

/// Replaces string literals, also those inside attributes.
pub(super) struct Literals<'a>(pub(super) &'a BTreeMap<String, String>);

impl VisitMut for Literals<'_> {
    fn visit_lit_str_mut(&mut self, literal: &mut syn::LitStr) {
        if let Some(wire) = self.0.get(&literal.value()) {
            *literal = syn::LitStr::new(wire, literal.span());
        }
    }

    fn visit_meta_list_mut(&mut self, list: &mut syn::MetaList) {
        let replaced =
            list.tokens.clone().into_iter().map(|tree| match syn::parse2::<syn::LitStr>(tree.to_token_stream()) {
                Ok(mut literal) => {
                    self.visit_lit_str_mut(&mut literal);
                    literal.to_token_stream()
                }
                Err(_) => tree.to_token_stream(),
            });
        list.tokens = replaced.collect();
    }
}

/// Replaces the value that a header is given as a literal.
pub(super) struct HeaderValue<'a> {
    pub(super) header: &'a str,
    pub(super) value: &'a str,
}

impl VisitMut for HeaderValue<'_> {
    fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        let names = |expr: Option<&Expr>| matches!(expr, Some(Expr::Path(path)) if path.path.segments.last().is_some_and(|last| last.ident == self.header));
        if call.method == "header" && names(call.args.first()) {
            let value = self.value;
            if let Some(second) = call.args.iter_mut().nth(1) {
                *second = parse_quote!(::reqwest::header::HeaderValue::from_static(#value));
            }
        }
    }
}
