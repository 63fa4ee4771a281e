//! What a request carries beside its body: segments of its path, its query, headers. A value that would make another
//! request of it is an error before anything is sent.

#[cfg(test)]
mod written;

use anyhow::{Context, Result};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Block, Expr, ExprCall, Ident, Item, Macro, Visibility, parse_quote, punctuated::Punctuated, token::Comma,
    visit_mut::VisitMut,
};

/// Writes each parameter of a path as one segment of it. `or` makes an option of one that is an error of the operation,
/// given the name of the parameter.
pub(super) fn one_segment_each(file: &mut syn::File, or: fn(&str) -> TokenStream) -> Result<()> {
    struct Pass {
        or: fn(&str) -> TokenStream,
        found: bool,
    }
    impl VisitMut for Pass {
        // Operations are in no module.
        fn visit_item_mod_mut(&mut self, _: &mut syn::ItemMod) {}

        fn visit_block_mut(&mut self, block: &mut Block) {
            let mut stmts = Vec::with_capacity(block.stmts.len());
            for mut stmt in std::mem::take(&mut block.stmts) {
                let mut found = Segments(Vec::new());
                found.visit_stmt_mut(&mut stmt);
                for segment in found.0 {
                    self.found = true;
                    let or = (self.or)(&segment.to_string());
                    stmts.push(parse_quote!(let #segment = path_segment(&#segment.to_string()).#or?;));
                }
                stmts.push(stmt);
            }
            block.stmts = stmts;
        }
    }
    /// Takes what is encoded out of `format!("{}/a/{}", self.baseurl, encode_path(&id.to_string()))`.
    struct Segments(Vec<Ident>);
    impl VisitMut for Segments {
        fn visit_macro_mut(&mut self, call: &mut Macro) {
            let Ok(mut args) = call.parse_body_with(Punctuated::<Expr, Comma>::parse_terminated) else { return };
            for arg in &mut args {
                if let Expr::Call(ExprCall { func, args: encoded, .. }) = &*arg
                    && is_path(func, &["encode_path"])
                    && let Some(segment) = encoded.first().and_then(argument)
                {
                    if !self.0.contains(&segment) {
                        self.0.push(segment.clone());
                    }
                    *arg = parse_quote!(#segment);
                }
            }
            call.tokens = args.to_token_stream();
        }
    }
    let mut pass = Pass { or, found: false };
    pass.visit_file_mut(file);
    if pass.found { add(file, "path_segment") } else { Ok(()) }
}

/// Makes an error of the generator's runtime of the parameter that cannot be sent.
pub(super) fn or_invalid_request(argument: &str) -> TokenStream {
    let what = format!("`{argument}` is empty, `.` or `..`, which would be another path");
    quote!(ok_or_else(|| Error::InvalidRequest(::std::string::String::from(#what))))
}

/// Puts the function of that name among the generated code: the client's `lib.rs` would carry it for nobody as long as no
/// operation of the contract has such a parameter, and the clients of other documents have another `lib.rs`.
fn add(file: &mut syn::File, name: &str) -> Result<()> {
    let written = syn::parse_file(include_str!("parameters/written.rs")).context("parameters/written.rs")?;
    file.items.extend(written.items.into_iter().filter_map(|item| match item {
        Item::Fn(mut function) if function.sig.ident == name => {
            function.vis = Visibility::Inherited;
            Some(Item::Fn(function))
        }
        _ => None,
    }));
    Ok(())
}

/// The argument that a value is made of, as in `&id.to_string()`.
fn argument(value: &Expr) -> Option<Ident> {
    match value {
        Expr::Reference(inner) => argument(&inner.expr),
        Expr::MethodCall(call) => argument(&call.receiver),
        Expr::Path(path) => path.path.get_ident().cloned(),
        _ => None,
    }
}

fn is_path(expr: &Expr, steps: &[&str]) -> bool {
    matches!(expr, Expr::Path(path) if path.path.segments.iter().map(|step| step.ident.to_string()).eq(steps.iter().copied()))
}
