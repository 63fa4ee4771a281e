//! The arm for an answer with one status: how its body is decoded, and what it becomes.

use std::cell::OnceCell;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Arm, Ident, Pat, parse_quote, visit_mut::VisitMut};

use crate::lower::{
    plan::{ByStatus, Payload},
    status_name,
};

/// Each kind of arm as it is written, once it was needed: a document has thousands of them, and to parse one costs as
/// much as all else that is done to an operation.
#[derive(Default)]
pub(super) struct Written {
    json: Both,
    nothing: Both,
    bytes: Both,
}

/// The arm of a success and that of a failure, with words for the names that differ.
#[derive(Default)]
struct Both {
    success: OnceCell<Arm>,
    failure: OnceCell<Arm>,
}

impl Written {
    /// The arm for answers with `status`, which are in the variable `response`.
    pub(super) fn arm(
        &self,
        by_status: &ByStatus,
        status: &str,
        payload: &Payload,
        response: &Ident,
        is_failure: bool,
    ) -> Arm {
        let both = match payload {
            Payload::Json(_) => &self.json,
            Payload::Nothing => &self.nothing,
            Payload::Bytes => &self.bytes,
        };
        let written = match is_failure {
            true => both.failure.get_or_init(|| {
                let value = value(payload);
                parse_quote!(_ => { Err(Error::ErrorResponse(#value)) })
            }),
            false => both.success.get_or_init(|| {
                let value = value(payload);
                parse_quote!(_ => { Ok(#value) })
            }),
        };
        let mut arm = written.clone();
        let mut names = Names {
            body: match payload {
                Payload::Json(ty) => Some(format_ident!("{ty}")),
                Payload::Nothing | Payload::Bytes => None,
            },
            name: format_ident!("{}", by_status.name),
            variant: format_ident!("{}", status_name(status)),
            response,
        };
        names.visit_arm_mut(&mut arm);
        arm.pat = pattern(status);
        arm
    }
}

/// What an answer with this payload is read as.
fn value(payload: &Payload) -> TokenStream {
    match payload {
        Payload::Json(_) => quote! {
            ResponseValue::<types::BODY>::from_response(RESPONSE).await?
                .map::<_, _, ::std::convert::Infallible>(types::NAME::VARIANT)?
        },
        Payload::Nothing => quote! {
            ResponseValue::new(types::NAME::VARIANT, RESPONSE.status(), RESPONSE.headers().clone())
        },
        Payload::Bytes => quote! {{
            let (status, headers) = (RESPONSE.status(), RESPONSE.headers().clone());
            let body = RESPONSE.bytes().await.map_err(Error::ResponseBodyError)?;
            ResponseValue::new(types::NAME::VARIANT(body.to_vec()), status, headers)
        }},
    }
}

/// Writes the names in the place of the words.
struct Names<'a> {
    body: Option<Ident>,
    name: Ident,
    variant: Ident,
    response: &'a Ident,
}

impl VisitMut for Names<'_> {
    fn visit_ident_mut(&mut self, ident: &mut Ident) {
        let name = match ident.to_string().as_str() {
            "BODY" => self.body.as_ref(),
            "NAME" => Some(&self.name),
            "VARIANT" => Some(&self.variant),
            "RESPONSE" => Some(self.response),
            _ => None,
        };
        if let Some(name) = name {
            *ident = name.clone();
        }
    }
}

fn pattern(status: &str) -> Pat {
    match status.strip_suffix("XX").and_then(|hundreds| hundreds.parse::<u16>().ok()) {
        Some(hundreds) => {
            let (first, last) = (hundreds * 100, hundreds * 100 + 99);
            parse_quote!(#first..=#last)
        }
        None => {
            let code: u16 = status.parse().unwrap_or_default();
            parse_quote!(#code)
        }
    }
}
