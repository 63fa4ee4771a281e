//! What the generator could not be told: types by status, bodies that may be left out, and what the wire calls things.

mod arm;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{
    Expr, FnArg, GenericArgument, ImplItem, ImplItemFn, Item, Lit, Pat, PathArguments, ReturnType, Type, parse_quote,
    visit::Visit,
    visit_mut::{self, VisitMut},
};

use crate::harden::secrets::Named;
use crate::lower::{
    plan::{ByStatus, OperationPlan, Payload, Plan},
    status_name,
};
use arm::Written;
use wire::{HeaderValue, Literals, rename};

/// Writes the plan into the code.
pub(super) fn carry_out(file: &mut syn::File, plan: &Plan) -> Result<()> {
    let mut open: BTreeSet<&String> = plan.operations.keys().collect();
    let written = Written::default();
    for item in &mut file.items {
        let Item::Impl(item) = item else { continue };
        for function in item.items.iter_mut().filter_map(|item| match item {
            ImplItem::Fn(function) => Some(function),
            _ => None,
        }) {
            // A keyword has an underscore behind it.
            let name = function.sig.ident.to_string();
            let Some((id, planned)) = plan
                .operations
                .get_key_value(&name)
                .or_else(|| plan.operations.get_key_value(name.trim_end_matches('_')))
            else {
                continue;
            };
            operation(function, planned, &written)?;
            open.remove(id);
        }
    }
    if !open.is_empty() {
        bail!("planned, and not in the generated client: {open:?}");
    }
    let by_status: Vec<&ByStatus> =
        plan.operations.values().flat_map(|planned| [&planned.answers, &planned.failures]).flatten().collect();
    types(file, &by_status, plan)
}

fn operation(function: &mut ImplItemFn, planned: &OperationPlan, written: &Written) -> Result<()> {
    if let Some(accept) = &planned.accept {
        HeaderValue { header: "ACCEPT", value: accept }.visit_block_mut(&mut function.block);
    }
    if let Some(content_type) = &planned.content_type {
        let mut pass = HeaderValue { header: "CONTENT_TYPE", value: content_type };
        pass.visit_block_mut(&mut function.block);
    }
    if !planned.parameters.is_empty() {
        Literals(&planned.parameters).visit_block_mut(&mut function.block);
    }
    if planned.optional_body || planned.multipart || planned.content_type.is_some() {
        body(function, planned);
    }
    if planned.answers.is_some() || planned.failures.is_some() {
        returned(function, planned)?;
        let mut arms = Arms { planned, written, done: false };
        arms.visit_block_mut(&mut function.block);
        if !arms.done {
            bail!("`{}` does not look at the status of its answer", function.sig.ident);
        }
    }
    Ok(())
}

/// Rewrites the argument that is the body, and how it is sent.
fn body(function: &mut ImplItemFn, planned: &OperationPlan) {
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

/// The success and the error type of the function.
fn returned(function: &mut ImplItemFn, planned: &OperationPlan) -> Result<()> {
    let ReturnType::Type(_, ty) = &mut function.sig.output else { bail!("an operation returns nothing") };
    let mut both = arguments(ty).into_iter();
    let Some((success, failure)) = both.next().zip(both.next()) else {
        bail!("an operation does not return what operations do");
    };
    for (side, by_status) in [(success, &planned.answers), (failure, &planned.failures)] {
        let Some(by_status) = by_status else { continue };
        let name = format_ident!("{}", by_status.name);
        for inner in self::arguments(side) {
            *inner = parse_quote!(types::#name);
        }
    }
    Ok(())
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
fn looked_at(expr: &Expr) -> Option<syn::Ident> {
    let Expr::MethodCall(code) = expr else { return None };
    let Expr::MethodCall(status) = &*code.receiver else { return None };
    let Expr::Path(path) = &*status.receiver else { return None };
    (code.method == "as_u16" && status.method == "status").then(|| path.path.get_ident().cloned()).flatten()
}

/// Puts types by status where their stand-ins are, and the names of the wire where ours were.
fn types(file: &mut syn::File, by_status: &[&ByStatus], plan: &Plan) -> Result<()> {
    let stand_ins: BTreeMap<&str, &ByStatus> =
        by_status.iter().map(|by_status| (by_status.name.as_str(), *by_status)).collect();
    for item in &mut file.items {
        let Item::Mod(module) = item else { continue };
        let Some((_, items)) = &mut module.content else { continue };
        if module.ident != "types" {
            continue;
        }
        let old = std::mem::take(items);
        for mut item in old {
            match &mut item {
                Item::Struct(declared) => {
                    let name = declared.ident.to_string();
                    if let Some(by_status) = stand_ins.get(name.as_str()) {
                        items.push(declaration(by_status));
                        continue;
                    }
                    if let Some(fields) = plan.fields.get(&name) {
                        for field in &mut declared.fields {
                            rename(field, fields);
                        }
                    }
                }
                Item::Enum(declared) => {
                    if let Some(values) = plan.values.get(&declared.ident.to_string()) {
                        for variant in &mut declared.variants {
                            if let Some(wire) = values.get(&variant.ident.to_string()) {
                                variant.attrs.retain(|attr| !attr.path().is_ident("serde"));
                                variant.attrs.push(parse_quote!(#[serde(rename = #wire)]));
                            }
                        }
                    }
                }
                Item::Impl(implementation) => {
                    let mut about = Named::default();
                    about.visit_type(&implementation.self_ty);
                    let values = about.types.first().and_then(|of| plan.values.get(of));
                    if let Some((path, _)) = &implementation.trait_ {
                        about.visit_path(path);
                    }
                    if about.types.iter().any(|name| stand_ins.contains_key(name.as_str())) {
                        continue;
                    }
                    if let Some(values) = values {
                        Literals(values).visit_item_impl_mut(implementation);
                    }
                }
                _ => {}
            }
            items.push(item);
        }
    }
    Ok(())
}

fn declaration(by_status: &ByStatus) -> Item {
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
