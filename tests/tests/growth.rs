//! The contract can grow: operations with parameters, without bodies, with answers that have none, become part of the client
//! by the maintainer's own way, and work.

use hb_portal_tests::scratch::{DEV_DEPENDENCIES, PROFILE, Scratch};
use xtask::{
    CONTRACT, GENERATED, artifacts,
    import::{Wish, import},
};

const FIXTURE: &str = "tests/fixtures/webhook-endpoints.yaml";

/// The contract with five operations more.
fn grown() -> String {
    let wish = Wish { operations: Vec::new(), tags: vec!["Webhooks".to_owned()], tier: "inferred".to_owned() };
    let imported = import(FIXTURE, &Scratch::text(FIXTURE), &Scratch::text(CONTRACT), &wish).unwrap();
    assert_eq!(imported.replaced, [""; 0], "it brings only what is new");
    imported.contract
}

/// A copy of the client is generated of it, compiled with its own manifest, and called.
#[test]
fn a_contract_with_more_operations_becomes_a_client_that_works() {
    let scratch = Scratch::new(env!("CARGO_TARGET_TMPDIR"), "growth");
    let contract = grown();
    for file in artifacts(&contract).unwrap() {
        scratch.write(file.path, &file.content);
    }
    scratch.write(CONTRACT, &contract);
    for path in ["src/lib.rs", "README.md", "build.rs"] {
        let path = format!("crates/hb-portal-client/{path}");
        scratch.write(&path, &Scratch::text(&path));
    }
    let manifest = Scratch::text("crates/hb-portal-client/Cargo.toml");
    scratch.write("crates/hb-portal-client/Cargo.toml", &format!("{manifest}{DEV_DEPENDENCIES}"));
    let workspace: String = Scratch::text("Cargo.toml")
        .lines()
        .map(|line| match line.split_once(" = ") {
            Some(("members", _)) => "members = [\"crates/hb-portal-client\"]\n".to_owned(),
            Some(("default-members", _)) => String::new(),
            _ => format!("{line}\n"),
        })
        .collect();
    scratch.write("Cargo.toml", &format!("{workspace}{PROFILE}"));
    scratch.write("crates/hb-portal-client/tests/contract.rs", &Scratch::text("tests/fixtures/clients/contract.rs"));
    scratch.write("crates/hb-portal-client/tests/server/mod.rs", &Scratch::text("tests/fixtures/clients/server.rs"));
    scratch.cargo(&["test"]);
}

#[test]
fn what_grew_needs_no_feature_and_keeps_what_generated_code_promises() {
    let code = artifacts(&grown()).unwrap().into_iter().find(|file| file.path == GENERATED).unwrap().content;
    for unwanted in [".query(", "progenitor", "unwrap", "expect(", "panic", "api-version", "AUTHORIZATION"] {
        assert!(!code.contains(unwanted), "{unwanted}");
    }
    let present = Scratch::text(GENERATED);
    for unneeded in ["path_segment", "query_values"] {
        assert!(!present.contains(unneeded), "the present contract has no parameters: {unneeded}");
        assert_eq!(code.matches(&format!("fn {unneeded}(")).count(), 1, "{unneeded}");
    }
}
