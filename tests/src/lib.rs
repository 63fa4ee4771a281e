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

/// Returns whether every case runs, as `.ci/run` demands with `HB_PORTAL_TESTS_EVERY_CASE`. Otherwise suites combine faults, sinks,
/// tokens and operations pairwise, and generate fewer inputs.
#[must_use]
pub fn every_case() -> bool {
    std::env::var_os("HB_PORTAL_TESTS_EVERY_CASE").is_some()
}

/// Returns how many inputs to generate: `few`, or `every` if every case runs.
#[must_use]
pub fn inputs<N>(few: N, every: N) -> N {
    if every_case() { every } else { few }
}

/// Returns how many deliveries the suite `replay` sends.
#[must_use]
pub fn deliveries() -> usize {
    inputs(300, 1000)
}

/// The root of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are in the workspace").to_owned()
}
