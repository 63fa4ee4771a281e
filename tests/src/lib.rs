//! Shared by the suites: the generated code in slices, public APIs as text, a server that keeps raw requests, what is
//! logged, operations on the wire, and the documented exchange.

pub mod capture;
pub mod documented;
pub mod exports;
pub mod logs;
pub mod operations;
pub mod public_api;
pub mod rules;
pub mod schemes;
pub mod scratch;
pub mod slices;
pub mod wire;
pub mod yaml;

/// Compiles the code in the READMEs.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[doc = include_str!("../../crates/hb-portal/README.md")]
#[doc = include_str!("../../crates/hb-portal-client/README.md")]
pub struct Readmes;

use std::path::{Path, PathBuf};

/// The root of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are in the workspace").to_owned()
}
