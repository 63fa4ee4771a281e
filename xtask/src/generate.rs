//! generate: progenitor makes a client of a lowered document, in the positional style (the facade has the builders).

use std::{
    any::Any,
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

use anyhow::{Result, anyhow};
use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, HooksMode};
use quote::quote;
use schemars::schema::{InstanceType, SchemaObject};

use crate::lower::SECRET_FORMAT;

/// The type that every secret becomes; the client crate's `lib.rs` has it.
pub const SECRET_TYPE: &str = "crate::Secret";

/// The client that progenitor makes of `api`.
///
/// # Errors
///
/// What progenitor refuses, or panics at.
pub fn generate(api: &OpenAPI) -> Result<TokenStream> {
    let mut settings = GenerationSettings::default();
    settings.with_hooks(HooksMode::Expected).with_inner_type(quote!(std::sync::Arc<dyn crate::Transport>));
    tokens(api, settings)
}

/// The client that progenitor makes of a document other than ours: it stands on the generator's runtime.
///
/// # Errors
///
/// As [`generate`].
pub fn generate_any(api: &OpenAPI) -> Result<TokenStream> {
    tokens(api, GenerationSettings::default())
}

fn tokens(api: &OpenAPI, mut settings: GenerationSettings) -> Result<TokenStream> {
    let secret = SchemaObject {
        instance_type: Some(InstanceType::String.into()),
        format: Some(SECRET_FORMAT.to_owned()),
        ..SchemaObject::default()
    };
    // No impls: a type that holds one is neither `Display` nor `FromStr` nor `Default`.
    settings.with_conversion(secret, SECRET_TYPE, std::iter::empty());
    caught(|| Generator::new(&settings).generate_tokens(api))?.map_err(|error| anyhow!("progenitor: {error}"))
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `job`; a panic becomes an error, and is not printed.
fn caught<T>(job: impl FnOnce() -> T) -> Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                print(info);
            }
        }));
    });
    QUIET.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(job));
    QUIET.set(false);
    outcome.map_err(|payload| anyhow!("progenitor cannot express it, and panicked: {}", message(&*payload)))
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_generator_is_an_error_with_its_message() {
        let error = caught(|| panic!("no {}", "way")).map(|(): ()| ()).unwrap_err();
        assert_eq!(error.to_string(), "progenitor cannot express it, and panicked: no way");
        assert_eq!(caught(|| 1).unwrap(), 1);
    }
}
