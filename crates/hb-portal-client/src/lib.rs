//! The generated client of the Healthier Business Portal's webhook API, and the few types it uses.
//!
//! Depend on `hb-portal`, which wraps this crate. This crate has only what the contract says: its [`types`], and its
//! [`operations`], each as the request it makes and what a response to it means. Nothing here sends anything.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(clippy::print_stderr, clippy::print_stdout)]

mod alternatives;
mod forms;
#[allow(missing_docs, reason = "a property that is a reference has no description of its own in OpenAPI 3.0")]
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
#[allow(unused_imports, reason = "generated types name what they need")]
pub(crate) use {
    alternatives::{alternative, none, present, tag},
    secret::expose_in_request,
};
