//! Bodies of requests that the generator takes for required, for bytes, or for JSON of no other name.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Expr, FnArg, ImplItemFn, parse_quote,
    visit_mut::{self, VisitMut},
};

use crate::lower::plan::OperationPlan;

/// Rewrites the argument that is the body, and how it is sent.
pub(super) fn body(function: &mut ImplItemFn, planned: &OperationPlan) {
    if planned.multipart {
        function.sig.generics.params = function
            .sig
            .generics
            .params
            .iter()
            .filter(|param| matches!(param, syn::GenericParam::Lifetime(_)))
            .cloned()
            .collect();
    }
    for argument in &mut function.sig.inputs {
        let FnArg::Typed(argument) = argument else { continue };
        if argument.pat.to_token_stream().to_string() != "body" {
            continue;
        }
        if planned.multipart {
            *argument.ty = parse_quote!(reqwest::multipart::Form);
        }
        if planned.optional_body {
            let ty = &argument.ty;
            *argument.ty = parse_quote!(::std::option::Option<#ty>);
        }
    }
    Body(planned).visit_block_mut(&mut function.block);
}

struct Body<'a>(&'a OperationPlan);

impl VisitMut for Body<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let Some(sent) = sent(expr, self.0) else { return visit_mut::visit_expr_mut(self, expr) };
        let (request, send) = sent;
        *expr = if self.0.optional_body {
            parse_quote!({
                let request = #request;
                match body {
                    ::std::option::Option::Some(body) => request #send,
                    ::std::option::Option::None => request,
                }
            })
        } else {
            parse_quote!(#request #send)
        };
    }
}

/// The request before its body is in it, and how it gets there, if `expr` is where that happens.
fn sent(expr: &Expr, planned: &OperationPlan) -> Option<(Expr, TokenStream)> {
    if let Expr::Try(inner) = expr {
        let Expr::MethodCall(call) = &*inner.expr else { return None };
        return (call.method == "form_urlencoded")
            .then(|| ((*call.receiver).clone(), quote!(.form_urlencoded(&body)?)));
    }
    let Expr::MethodCall(call) = expr else { return None };
    let receiver = (*call.receiver).clone();
    if call.method == "json" {
        // What names the media type first is what is sent: `json` adds its own only where none is.
        let named = planned.content_type.as_ref().map(
            |name| quote!(.header(::reqwest::header::CONTENT_TYPE, ::reqwest::header::HeaderValue::from_static(#name))),
        );
        return Some((receiver, quote!(#named.json(&body))));
    }
    if call.method != "body" {
        return None;
    }
    let Expr::MethodCall(header) = &receiver else { return Some((receiver, quote!(.body(body)))) };
    if header.method != "header" {
        return Some((receiver, quote!(.body(body))));
    }
    let args = &header.args;
    let before = (*header.receiver).clone();
    Some(if planned.multipart {
        (before, quote!(.multipart(body)))
    } else {
        (before, quote!(.header(#args).body(body)))
    })
}
