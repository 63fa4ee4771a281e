//! Answers that are each decoded as what their status says.

use anyhow::{Result, anyhow, bail};
use quote::{format_ident, quote};
use syn::{
    Expr, GenericArgument, ImplItemFn, Item, Lit, Pat, PathArguments, ReturnType, Type, parse_quote,
    visit_mut::{self, VisitMut},
};

use super::arm::Written;
use crate::lower::{
    plan::{ByStatus, OperationPlan, Payload},
    status_name,
};

/// Writes the types and the arms that the plan has in the place of the generator's.
pub(super) fn by_status(function: &mut ImplItemFn, planned: &OperationPlan, written: &Written) -> Result<()> {
    for (side, by_status) in sides(function)?.into_iter().zip([&planned.answers, &planned.failures]) {
        let Some(by_status) = by_status else { continue };
        let name = format_ident!("{}", by_status.name);
        *side = parse_quote!(types::#name);
    }
    let mut arms = Arms { planned, written, done: false };
    arms.visit_block_mut(&mut function.block);
    if arms.done { Ok(()) } else { bail!("`{}` does not look at the status of its answer", function.sig.ident) }
}

/// What an operation gives for success, and what for failure: the two of `Result<ResponseValue<_>, Error<_>>`.
pub(in crate::harden) fn sides(function: &mut ImplItemFn) -> Result<[&mut Type; 2]> {
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
    written: &'a Written,
    done: bool,
}

impl VisitMut for Arms<'_> {
    fn visit_expr_match_mut(&mut self, expr: &mut syn::ExprMatch) {
        let Some(response) = looked_at(&expr.expr) else { return visit_mut::visit_expr_match_mut(self, expr) };
        self.done = true;
        let (mut successes, mut failures, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for arm in std::mem::take(&mut expr.arms) {
            match first_digit(&arm.pat) {
                Some(b'2') => successes.push(arm),
                Some(b'4' | b'5') => failures.push(arm),
                _ => others.push(arm),
            }
        }
        let arms = &mut expr.arms;
        for (by_status, failure) in [(&self.planned.answers, false), (&self.planned.failures, true)] {
            match by_status {
                Some(by_status) => arms.extend(
                    by_status
                        .answers
                        .iter()
                        .map(|(status, payload)| self.written.arm(by_status, status, payload, &response, failure)),
                ),
                None => arms.append(if failure { &mut failures } else { &mut successes }),
            }
        }
        arms.append(&mut others);
    }
}

/// The first digit of the status that an arm is for.
fn first_digit(pattern: &Pat) -> Option<u8> {
    let literal = match pattern {
        Pat::Lit(literal) => &literal.lit,
        Pat::Range(range) => match range.start.as_deref()? {
            Expr::Lit(literal) => &literal.lit,
            _ => return None,
        },
        _ => return None,
    };
    match literal {
        Lit::Int(status) => status.base10_digits().bytes().next(),
        _ => None,
    }
}

/// The variable whose status is looked at.
pub(super) fn looked_at(expr: &Expr) -> Option<syn::Ident> {
    let Expr::MethodCall(code) = expr else { return None };
    let Expr::MethodCall(status) = &*code.receiver else { return None };
    let Expr::Path(path) = &*status.receiver else { return None };
    (code.method == "as_u16" && status.method == "status").then(|| path.path.get_ident().cloned()).flatten()
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
