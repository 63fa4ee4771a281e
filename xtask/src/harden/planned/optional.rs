//! Answers of which some have no body: what an operation gives is optional, and `None` says that there was none.

use anyhow::{Result, bail};
use quote::quote;
use syn::{
    Arm, Expr, ImplItemFn, Lit, Pat, Type, parse_quote,
    visit_mut::{self, VisitMut},
};

use super::answers::{looked_at, sides};

/// Makes each type optional of whose kind an answer is `bare`, and decodes the others.
pub(super) fn optional(function: &mut ImplItemFn, bare: &[String]) -> Result<()> {
    let name = function.sig.ident.clone();
    let mut types: [Option<Type>; 2] = [None, None];
    for ((side, known), success) in sides(function)?.into_iter().zip(&mut types).zip([true, false]) {
        if bare.iter().any(|status| status.starts_with('2') == success) {
            *known = Some(side.clone());
            *side = parse_quote!(::std::option::Option<#side>);
        }
    }
    let [success, failure] = types;
    let mut arms = Arms { bare, success, failure, open: bare.iter().map(String::as_str).collect() };
    arms.visit_block_mut(&mut function.block);
    if arms.open.is_empty() { Ok(()) } else { bail!("`{name}` does not look for {:?}", arms.open) }
}

struct Arms<'a> {
    bare: &'a [String],
    success: Option<Type>,
    failure: Option<Type>,
    open: Vec<&'a str>,
}

impl VisitMut for Arms<'_> {
    fn visit_expr_match_mut(&mut self, expr: &mut syn::ExprMatch) {
        let Some(response) = looked_at(&expr.expr) else { return visit_mut::visit_expr_match_mut(self, expr) };
        // The generator looks at a range before the statuses in it.
        expr.arms.sort_by_key(|arm| !matches!(arm.pat, Pat::Lit(_)));
        for arm in &mut expr.arms {
            let Some(status) = status(arm) else { continue };
            let (known, is_failure) = match status.starts_with('2') {
                true => (&self.success, false),
                false => (&self.failure, true),
            };
            let Some(ty) = known else { continue };
            self.open.retain(|open| *open != status);
            let outcome =
                |value| if is_failure { quote!(Err(Error::ErrorResponse(#value))) } else { quote!(Ok(#value)) };
            *arm.body = if self.bare.contains(&status) {
                let none = outcome(quote!(ResponseValue { inner: ::std::option::Option::None, response: #response }));
                parse_quote!({ #none })
            } else {
                let inner = quote!(::std::option::Option::Some(value.inner));
                let some = outcome(quote!(ResponseValue { inner: #inner, response: value.response }));
                parse_quote!({
                    let value = ResponseValue::<#ty>::from_response(#response).await?;
                    #some
                })
            };
        }
    }
}

/// The status that an arm is for, as the contract has it: `204` or `4XX`.
fn status(arm: &Arm) -> Option<String> {
    let number = |expr: &Expr| match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse::<u16>().ok(),
            _ => None,
        },
        _ => None,
    };
    match &arm.pat {
        Pat::Lit(literal) => number(&Expr::Lit(literal.clone())).map(|status| status.to_string()),
        Pat::Range(range) => Some(format!("{}XX", number(range.start.as_deref()?)? / 100)),
        _ => None,
    }
}
