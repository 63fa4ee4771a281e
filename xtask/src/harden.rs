//! harden: what generated code must not do goes out of it, and what holds a secret keeps it.

mod client;
mod operations;
mod parameters;
mod planned;
mod secrets;

use anyhow::Result;
use proc_macro2::TokenStream;
use syn::{Attribute, Meta, Path, punctuated::Punctuated, token::Comma};

use crate::{lower::plan::Plan, secrets::Secrets};

/// The client that was generated, as code that can be looked at.
///
/// # Errors
///
/// It is not Rust.
pub fn parse(tokens: TokenStream) -> Result<syn::File> {
    let items = crate::generate::parse::items(tokens)?;
    Ok(syn::File { frontmatter: None, shebang: None, attrs: Vec::new(), items })
}

/// The hardened client of a document other than ours, which stands on the generator's own runtime.
///
/// # Errors
///
/// The code is not what progenitor is known to write, or something that was planned has no place in it.
pub fn harden_any(mut file: syn::File, plan: &Plan) -> Result<syn::File> {
    operations::drop_api_version(&mut file);
    client::safe_client(&mut file);
    client::other_methods(&mut file);
    parameters::one_segment_each(&mut file, parameters::or_invalid_request)?;
    planned::carry_out(&mut file, plan)?;
    // Every secret has the format that is the secret type, wherever it stands; nobody wrote a mark that could be lost.
    secrets::keep(&mut file, &Secrets::default())?;
    Ok(file)
}

/// Takes the derives that `unwanted` names out of `attrs`, as in `::serde::Serialize`.
fn drop_derives(attrs: &mut [Attribute], unwanted: &[&str]) {
    for attr in attrs.iter_mut().filter(|attr| attr.path().is_ident("derive")) {
        let Ok(derives) = attr.parse_args_with(Punctuated::<Path, Comma>::parse_terminated) else { continue };
        let is_unwanted =
            |path: &Path| path.segments.last().is_some_and(|last| unwanted.iter().any(|name| last.ident == name));
        let kept: Punctuated<Path, Comma> = derives.into_iter().filter(|path| !is_unwanted(path)).collect();
        if let Meta::List(list) = &mut attr.meta {
            list.tokens = quote::quote!(#kept);
        }
    }
}
