//! The generated client of the Healthier Business Portal's webhook API, and the small runtime that it uses.
//!
//! Depend on `hb-portal`, which wraps this crate. This crate contains only what is in the contract: its [`types`] and its
//! [`operations`], each of which builds a request and reads the response. Nothing in it sends a request.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(clippy::print_stderr, clippy::print_stdout)]

mod alternatives;
mod forms;
#[allow(missing_docs, reason = "OpenAPI 3.0 allows no description next to a reference")]
#[rustfmt::skip]
mod generated;
mod operation;
mod request;
mod response;
mod secret;

pub use forms::Multipart;
pub use generated::{operations, types};
pub use operation::Operation;
pub use request::{Request, Unsendable, append};
pub use response::{Response, Unread};
pub use secret::Secret;
#[allow(unused_imports, reason = "a document may need only some of them")]
pub(crate) use {
    alternatives::{alternative, none, object, present, tag},
    secret::{Exposed, expose_in_request},
};
