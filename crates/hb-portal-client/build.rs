//! Stops the build if the client was not generated from the workspace's contract.

use std::{fs, process::ExitCode};

const CONTRACT: &str = "../../spec/openapi.yaml";
const GENERATED_FROM: &str = "src/openapi.yaml";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={GENERATED_FROM}");
    // A vendored copy has no contract to compare with. A rerun rule for the missing file would run this script on every build.
    let Ok(contract) = fs::read_to_string(CONTRACT) else {
        return ExitCode::SUCCESS;
    };
    println!("cargo::rerun-if-changed={CONTRACT}");
    let fresh = fs::read_to_string(GENERATED_FROM).is_ok_and(|generated_from| same_text(&contract, &generated_from));
    if fresh {
        return ExitCode::SUCCESS;
    }
    println!(
        "cargo::error=the generated client is stale: spec/openapi.yaml has changed since it was generated; \
         run `cargo xtask codegen`, or `cargo xtask build` to generate and build"
    );
    ExitCode::FAILURE
}

/// A checkout may have converted the line endings of one file and not of the other.
fn same_text(left: &str, right: &str) -> bool {
    left.lines().eq(right.lines())
}
