//! Answers that are each decoded as what their status says.

use anyhow::{Result, anyhow, bail};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{
    Arm, Expr, GenericArgument, ImplItemFn, Item, PathArguments, ReturnType, Type, parse_quote,
    visit_mut::{self, VisitMut},
};

use crate::lower::{
    plan::{ByStatus, OperationPlan, Payload},
    status_name,
};

/// Writes the types and the arms that the plan has in the place of the generator's.
pub(super) fn by_status(function: &mut ImplItemFn, planned: &OperationPlan) -> Result<()> {
    for (side, by_status) in sides(function)?.into_iter().zip([&planned.answers, &planned.failures]) {
        let Some(by_status) = by_status else { continue };
        let name = format_ident!("{}", by_status.name);
        *side = parse_quote!(types::#name);
    }
    let mut arms = Arms { planned, done: false };
    arms.visit_block_mut(&mut function.block);
    if arms.done { Ok(()) } else { bail!("`{}` does not look at the status of its answer", function.sig.ident) }
}

/// What an operation gives for success, and what for failure: the two of `Result<ResponseValue<_>, Error<_>>`.
pub(super) fn sides(function: &mut ImplItemFn) -> Result<[&mut Type; 2]> {
    let ReturnType::Type(_, ty) = &mut function.sig.output else { bail!("an operation returns nothing") };
    let both: Vec<&mut Type> = arguments(ty).into_iter().flat_map(arguments).collect();
    both.try_into().map_err(|_| anyhow!("an operation does not return what operations do"))
}

fn arguments(ty: &mut Type) -> Vec<&mut Type> {
    let Type::Path(path) = ty else { return Vec::new() };
    let Some(PathArguments::AngleBracketed(list)) = path.path.segments.last_mut().map(|last| &mut last.arguments)
    else {
        return Vec::new();
    };
    list.args
        .iter_mut()
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
        .collect()
}

/// Decodes each answer as what its status says.
struct Arms<'a> {
    planned: &'a OperationPlan,
    done: bool,
}

impl VisitMut for Arms<'_> {
    fn visit_expr_match_mut(&mut self, expr: &mut syn::ExprMatch) {
        let Some(response) = looked_at(&expr.expr) else { return visit_mut::visit_expr_match_mut(self, expr) };
        self.done = true;
        let is_failure = |arm: &Arm| arm.pat.to_token_stream().to_string().starts_with(['4', '5']);
        let is_success = |arm: &Arm| arm.pat.to_token_stream().to_string().starts_with('2');
        let mut arms: Vec<Arm> = Vec::new();
        for (by_status, failure) in [(&self.planned.answers, false), (&self.planned.failures, true)] {
            match by_status {
                Some(by_status) => arms.extend(
                    by_status
                        .answers
                        .iter()
                        .map(|(status, payload)| arm(by_status, status, payload, &response, failure)),
                ),
                None => {
                    let own = |arm: &&Arm| if failure { is_failure(arm) } else { is_success(arm) };
                    arms.extend(expr.arms.iter().filter(own).cloned());
                }
            }
        }
        arms.extend(expr.arms.iter().filter(|arm| !is_success(arm) && !is_failure(arm)).cloned());
        expr.arms = arms;
    }
}

/// The variable whose status is looked at.
pub(super) fn looked_at(expr: &Expr) -> Option<syn::Ident> {
    let Expr::MethodCall(code) = expr else { return None };
    let Expr::MethodCall(status) = &*code.receiver else { return None };
    let Expr::Path(path) = &*status.receiver else { return None };
    (code.method == "as_u16" && status.method == "status").then(|| path.path.get_ident().cloned()).flatten()
}

fn arm(by_status: &ByStatus, status: &str, payload: &Payload, response: &syn::Ident, is_failure: bool) -> Arm {
    let name = format_ident!("{}", by_status.name);
    let variant = format_ident!("{}", status_name(status));
    let pattern = pattern(status);
    let value = match payload {
        Payload::Json(ty) => {
            let ty = format_ident!("{ty}");
            quote! {
                ResponseValue::<types::#ty>::from_response(#response).await?
                    .map::<_, _, ::std::convert::Infallible>(types::#name::#variant)?
            }
        }
        Payload::Nothing => quote! {
            ResponseValue::new(types::#name::#variant, #response.status(), #response.headers().clone())
        },
        Payload::Bytes => quote! {{
            let (status, headers) = (#response.status(), #response.headers().clone());
            let body = #response.bytes().await.map_err(Error::ResponseBodyError)?;
            ResponseValue::new(types::#name::#variant(body.to_vec()), status, headers)
        }},
    };
    match is_failure {
        true => parse_quote!(#pattern => { Err(Error::ErrorResponse(#value)) }),
        false => parse_quote!(#pattern => { Ok(#value) }),
    }
}

fn pattern(status: &str) -> TokenStream {
    match status.strip_suffix("XX").and_then(|hundreds| hundreds.parse::<u16>().ok()) {
        Some(hundreds) => {
            let (first, last) = (hundreds * 100, hundreds * 100 + 99);
            quote!(#first..=#last)
        }
        None => {
            let code: u16 = status.parse().unwrap_or_default();
            quote!(#code)
        }
    }
}

/// The type that is one of several, by status.
pub(super) fn declaration(by_status: &ByStatus) -> Item {
    let name = format_ident!("{}", by_status.name);
    let doc = format!("What `{}` answers, by status.", by_status.operation);
    let variants = by_status.answers.iter().map(|(status, payload)| {
        let variant = format_ident!("{}", status_name(status));
        let doc = format!("The answer with status {status}.");
        match payload {
            Payload::Json(ty) => {
                let ty = format_ident!("{ty}");
                quote!(#[doc = #doc] #variant(#ty))
            }
            Payload::Nothing => quote!(#[doc = #doc] #variant),
            Payload::Bytes => quote!(#[doc = #doc] #variant(::std::vec::Vec<u8>)),
        }
    });
    parse_quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        pub enum #name { #(#variants),* }
    }
}
