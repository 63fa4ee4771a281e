//! Responses: how an operation reads each status, as a success or as a failure.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::schema::owned;
use crate::{
    api::{Operation, Payload, Response},
    read::names::{Taken, status_name},
};

/// One side of an operation's responses: the successes or the failures.
pub(super) struct Side {
    pub(super) ty: TokenStream,
    /// The enum by status, if there is one.
    pub(super) declared: Option<TokenStream>,
    pub(super) arms: Vec<(Vec<TokenStream>, TokenStream)>,
}

/// The successes of an operation, or its failures.
pub(super) fn side(operation: &Operation, success: bool, gate: &Option<TokenStream>, taken: &mut Taken) -> Side {
    let responses: Vec<&Response> =
        operation.responses.iter().filter(|response| response.is_success() == success).collect();
    let Some(first) = responses.first() else {
        if success {
            return Side { ty: quote!(()), declared: None, arms: vec![(vec![quote!(200..=299)], quote!(Ok(())))] };
        }
        return Side { ty: quote!(std::convert::Infallible), declared: None, arms: Vec::new() };
    };
    if responses.iter().all(|response| response.payload == first.payload) {
        let ty = held(&first.payload).unwrap_or(quote!(()));
        let patterns = responses.iter().map(|response| pattern(&response.status)).collect();
        return Side { ty, declared: None, arms: vec![(patterns, reading(&first.payload))] };
    }
    let suffix = if success { "Success" } else { "Failure" };
    let name = format_ident!("{}", taken.unique(format!("{}{suffix}", operation.name)));
    let mut arms = Vec::new();
    let mut variants = Vec::new();
    for response in responses {
        let variant = format_ident!("{}", status_name(&response.status));
        let doc = format!(" The content of a `{}` response.", response.status);
        let read = reading(&response.payload);
        match held(&response.payload) {
            Some(ty) => {
                variants.push(quote!(#[doc = #doc] #variant(#ty)));
                arms.push((vec![pattern(&response.status)], quote!(#read.map(#name::#variant))));
            }
            None => {
                variants.push(quote!(#[doc = #doc] #variant));
                arms.push((vec![pattern(&response.status)], quote!(Ok(#name::#variant))));
            }
        }
    }
    let doc =
        format!(" A documented {} of [`{}`], by status.", if success { "success" } else { "failure" }, operation.name);
    let declared = Some(quote! {
        #gate
        #[doc = #doc]
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum #name { #(#variants),* }
    });
    Side { ty: quote!(#name), declared, arms }
}

/// The type of a payload, if it has one.
fn held(payload: &Payload) -> Option<TokenStream> {
    match payload {
        Payload::Json(schema) => Some(owned(schema)),
        Payload::Bytes => Some(quote!(Vec<u8>)),
        Payload::Nothing => None,
    }
}

/// The expression that reads a body.
fn reading(payload: &Payload) -> TokenStream {
    match payload {
        Payload::Json(_) => quote!(response.json()),
        Payload::Bytes => quote!(Ok(response.expose_body().to_vec())),
        Payload::Nothing => quote!(Ok(())),
    }
}

/// A match on the status: `arms` are read, `others` become `other`, and the rest is undocumented.
pub(super) fn matched(
    arms: &[(Vec<TokenStream>, TokenStream)],
    others: &[(Vec<TokenStream>, TokenStream)],
    other: TokenStream,
) -> TokenStream {
    if arms.is_empty() && others.is_empty() {
        return quote!(Err(Unread::Undocumented));
    }
    // Statuses before the ranges that hold them.
    let is_range = |pattern: &TokenStream| pattern.to_string().contains("..");
    let mut all: Vec<(Vec<TokenStream>, TokenStream)> = Vec::new();
    let others: Vec<TokenStream> = others.iter().flat_map(|(patterns, _)| patterns.clone()).collect();
    let failures = (!others.is_empty()).then_some((others, other));
    for range in [false, true] {
        for (patterns, read) in arms.iter().chain(&failures) {
            let patterns: Vec<TokenStream> =
                patterns.iter().filter(|pattern| is_range(pattern) == range).cloned().collect();
            if !patterns.is_empty() {
                all.push((patterns, read.clone()));
            }
        }
    }
    let arms = all.iter().map(|(patterns, read)| quote!(#(#patterns)|* => #read,));
    quote! {
        match response.status().as_u16() {
            #(#arms)*
            _ => Err(Unread::Undocumented),
        }
    }
}

fn pattern(status: &str) -> TokenStream {
    let literal = |number: u16| proc_macro2::Literal::u16_unsuffixed(number);
    match status.strip_suffix("XX").and_then(|hundreds| hundreds.parse::<u16>().ok()) {
        Some(hundreds) => {
            let (first, last) = (literal(hundreds * 100), literal(hundreds * 100 + 99));
            quote!(#first..=#last)
        }
        None => {
            let code = literal(status.parse().unwrap_or_default());
            quote!(#code)
        }
    }
}
