//! Stops the build of a client that was not generated from the contract that lies in the workspace.

use std::{fs, process::ExitCode};

const CONTRACT: &str = "../../spec/openapi.yaml";
const GENERATED_FROM: &str = "src/openapi.yaml";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={GENERATED_FROM}");
    // A vendored copy has no contract to compare with. Naming the missing file would run this script on every build.
    let Ok(contract) = fs::read_to_string(CONTRACT) else {
        return ExitCode::SUCCESS;
    };
    println!("cargo::rerun-if-changed={CONTRACT}");
    let fresh = fs::read_to_string(GENERATED_FROM).is_ok_and(|generated_from| same_text(&contract, &generated_from));
    if fresh {
        return ExitCode::SUCCESS;
    }
    println!(
        "cargo::error=the generated client is stale: spec/openapi.yaml is not what it was generated from; \
         run `cargo xtask codegen`, or `cargo xtask build` to do both"
    );
    ExitCode::FAILURE
}

/// A checkout may have turned the line ends of one file and not of the other.
fn same_text(left: &str, right: &str) -> bool {
    left.lines().eq(right.lines())
}
