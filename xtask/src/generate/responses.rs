//! Responses: how an operation reads each status, as a success or as a failure.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote};

use super::schema::owned;
use crate::{
    api::{Operation, Payload, Response},
    read::names::{Taken, status_name},
};

/// Some statuses, and the expression that reads a response with one of them.
pub(super) type Arm<'a> = (Vec<&'a str>, TokenStream);

/// One side of an operation's responses: the successes or the failures.
pub(super) struct Side<'a> {
    pub(super) ty: TokenStream,
    /// The enum by status, if there is one.
    pub(super) declared: Option<TokenStream>,
    pub(super) arms: Vec<Arm<'a>>,
}

/// The successes of an operation, or its failures.
pub(super) fn side<'a>(operation: &'a Operation, success: bool, taken: &mut Taken) -> Side<'a> {
    let responses = operation.responses.iter().filter(|response| response.is_success() == success);
    let responses: Vec<&Response> = responses.collect();
    let Some(first) = responses.first() else {
        if success {
            return Side { ty: quote!(()), declared: None, arms: vec![(vec!["2XX"], quote!(Ok(())))] };
        }
        return Side { ty: quote!(std::convert::Infallible), declared: None, arms: Vec::new() };
    };
    if responses.iter().all(|response| response.payload == first.payload) {
        let (ty, read) = reading(&first.payload);
        let statuses = responses.iter().map(|response| &*response.status).collect();
        return Side { ty, declared: None, arms: vec![(statuses, read)] };
    }
    let (suffix, kind) = if success { ("Success", "success") } else { ("Failure", "failure") };
    let name = format_ident!("{}", taken.unique(format!("{}{suffix}", operation.name)));
    let (mut arms, mut variants) = (Vec::new(), Vec::new());
    for Response { status, payload, .. } in responses {
        let variant = format_ident!("{}", status_name(status));
        let doc = format!(" The content of a `{status}` response.");
        let (content, read) = match (payload, reading(payload)) {
            (Payload::Nothing, _) => (None, quote!(Ok(#name::#variant))),
            (_, (ty, read)) => (Some(quote!((#ty))), quote!(#read.map(#name::#variant))),
        };
        variants.push(quote!(#[doc = #doc] #variant #content));
        arms.push((vec![&**status], read));
    }
    let doc = format!(" A documented {kind} of [`{}`], by status.", operation.name);
    let declared = Some(quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum #name { #(#variants),* }
    });
    Side { ty: quote!(#name), declared, arms }
}

/// The type of a payload, and the expression that reads it.
fn reading(payload: &Payload) -> (TokenStream, TokenStream) {
    match payload {
        Payload::Json(schema) => (owned(schema), quote!(response.json())),
        Payload::Bytes => (quote!(Vec<u8>), quote!(Ok(response.expose_body().to_vec()))),
        Payload::Nothing => (quote!(()), quote!(Ok(()))),
    }
}

/// A match on the status of a response; any other is undocumented.
pub(super) fn matched<'a>(arms: impl Iterator<Item = &'a Arm<'a>> + Clone) -> TokenStream {
    // Statuses before the ranges that hold them.
    let of = |are_ranges: bool| {
        arms.clone().filter_map(move |(statuses, read)| {
            let statuses = statuses.iter().filter(|status| status.ends_with("XX") == are_ranges);
            let patterns: Vec<TokenStream> = statuses.map(|status| pattern(status)).collect();
            (!patterns.is_empty()).then(|| quote!(#(#patterns)|* => #read,))
        })
    };
    let arms: Vec<TokenStream> = of(false).chain(of(true)).collect();
    if arms.is_empty() {
        return quote!(Err(Unread::Undocumented));
    }
    quote! {
        match response.status().as_u16() {
            #(#arms)*
            _ => Err(Unread::Undocumented),
        }
    }
}

fn pattern(status: &str) -> TokenStream {
    let literal = |number: &str| proc_macro2::Literal::u16_unsuffixed(number.parse().unwrap_or_default());
    match status.strip_suffix("XX") {
        Some(hundreds) => {
            let (first, last) = (literal(&format!("{hundreds}00")), literal(&format!("{hundreds}99")));
            quote!(#first..=#last)
        }
        None => literal(status).into_token_stream(),
    }
}
