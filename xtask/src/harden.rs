//! harden: what generated code must not do goes out of it, and what holds a secret keeps it.

mod client;
mod operations;
mod parameters;
mod planned;
mod runtime;
mod secrets;
mod split;

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

/// The hardened client.
///
/// # Errors
///
/// The code is not what progenitor is known to write, or a secret of the contract has no place in it.
pub fn harden(mut file: syn::File, marked: &Secrets, plan: &Plan) -> Result<syn::File> {
    operations::drop_api_version(&mut file);
    operations::drop_hooks(&mut file);
    runtime::drop_constructors(&mut file);
    runtime::keep_bare_answers(&mut file);
    runtime::stand_on_own_runtime(&mut file)?;
    runtime::drop_unused_error_module(&mut file);
    planned::carry_out(&mut file, plan)?;
    secrets::keep(&mut file, marked)?;
    split::split(&mut file)?;
    Ok(file)
}

/// The hardened client of a document other than ours, which stands on the generator's own runtime.
///
/// # Errors
///
/// As [`harden`]; or something that was planned has no place in the code.
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

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn hardened(tokens: TokenStream) -> Result<String> {
        harden(parse(tokens)?, &Secrets::default(), &Plan::default()).map(|file| prettyplease::unparse(&file))
    }

    #[test]
    fn code_that_does_not_parse_is_an_error() {
        assert!(hardened(quote!(struct)).unwrap_err().to_string().contains("does not parse"));
    }

    #[test]
    fn what_our_runtime_lacks_is_an_error_that_names_the_operation() {
        for (operation, name) in [
            (
                quote!(
                    fn report(&self) -> ResponseValue<ByteStream> {}
                ),
                "ByteStream",
            ),
            (
                quote!(
                    fn report(&self) {
                        let request = self.client.post(url).form_urlencoded(&body)?;
                    }
                ),
                "form_urlencoded",
            ),
            (
                quote!(
                    fn report(&self) {
                        progenitor_client::other()
                    }
                ),
                "progenitor_client",
            ),
        ] {
            let error = hardened(quote! {
                use progenitor_client::{ByteStream, RequestBuilderExt, ResponseValue};
                impl Client { fn other(&self) -> ResponseValue<()> {} #operation }
            });
            let error = format!("{:#}", error.unwrap_err());
            assert!(error.contains(&format!("the operation `report` needs `{name}`")), "{error}");
            assert!(error.contains("crates/hb-portal-client/src/lib.rs"), "{error}");
        }
    }

    #[test]
    fn the_version_header_goes_and_headers_of_the_contract_stay() {
        let code = hardened(quote! {
            impl Client {
                async fn plain(&self) {
                    let mut header_map = HeaderMap::with_capacity(1usize);
                    header_map.append(HeaderName::from_static("api-version"), HeaderValue::from_static(Self::api_version()));
                    let request = self.client.post(url).headers(header_map).build()?;
                }
                async fn with_header(&self) {
                    let mut header_map = HeaderMap::with_capacity(2usize);
                    header_map.append(HeaderName::from_static("api-version"), HeaderValue::from_static(Self::api_version()));
                    header_map.append("x-page", page.to_string().try_into()?);
                    let request = self.client.post(url).headers(header_map).build()?;
                }
            }
        })
        .unwrap();
        assert!(!code.contains("api-version") && !code.contains("api_version"), "{code}");
        let (plain, with_header) = code.split_once("with_header").unwrap();
        assert!(!plain.contains("header"), "{plain}");
        assert!(with_header.contains("x-page") && with_header.contains(".headers(header_map)"), "{with_header}");
    }

    #[test]
    fn constructors_go_and_the_base_url_is_shared() {
        let code = hardened(quote! {
            pub struct Client { pub(crate) baseurl: String, pub(crate) client: reqwest::Client }
            impl Client {
                pub fn new(baseurl: &str) -> Self { Self::new_with_client(baseurl, client.build().unwrap()) }
                pub fn new_with_client(baseurl: &str, client: reqwest::Client) -> Self { Self { client } }
            }
            impl Client { pub async fn operation(&self) {} }
        })
        .unwrap();
        assert!(!code.contains("unwrap") && !code.contains("new"), "{code}");
        assert!(code.contains("baseurl: std::sync::Arc<str>") && code.contains("operation"), "{code}");
    }
}
