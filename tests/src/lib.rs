//! What the suites share: the generated code in slices, public APIs as text, a server that keeps the raw bytes, operations
//! as they go over the wire, and the documented exchange.

pub mod canary;
pub mod capture;
pub mod documented;
pub mod exports;
pub mod operations;
pub mod public_api;
pub mod rules;
pub mod samples;
pub mod schemes;
pub mod scratch;
pub mod slices;
pub mod wire;
pub mod yaml;

/// The READMEs' code compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[doc = include_str!("../../crates/hb-portal/README.md")]
#[doc = include_str!("../../crates/hb-portal-client/README.md")]
pub struct Readmes;

use std::path::{Path, PathBuf};

/// The workspace's root.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace").to_owned()
}
