//! What is checked in is what the generator writes, always the same, and nothing builds on anything else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use hb_portal_tests::{root, slices};
use xtask::{CONTRACT, artifacts, emit, walk::walk};

fn contract() -> String {
    fs::read_to_string(root().join(CONTRACT)).unwrap()
}

/// Invariant 6.
#[test]
fn codegen_is_deterministic_and_idempotent() {
    let generated = artifacts(&contract()).unwrap();
    assert_eq!(generated, artifacts(&contract()).unwrap(), "two runs differ");
    let stale = emit::diff(&root(), &generated).unwrap();
    assert!(stale.is_empty(), "what is checked in is stale; run `cargo xtask codegen`\n{stale}");

    let folder = tempfile::tempdir().unwrap();
    assert_eq!(emit::write(folder.path(), &generated).unwrap().len(), generated.len());
    assert_eq!(emit::write(folder.path(), &generated).unwrap(), [""; 0], "a second run writes");
}

#[test]
fn the_order_in_the_contract_decides_nothing() {
    let value: serde_json::Value = serde_json::from_str(&json_of(&contract())).unwrap();
    // serde_json sorts keys, the contract does not.
    let sorted = serde_json::to_string(&value).unwrap();
    let generated = xtask::client_source(CONTRACT, &contract()).unwrap();
    assert_eq!(generated, xtask::client_source(CONTRACT, &sorted).unwrap());
}

fn json_of(yaml: &str) -> String {
    xtask::load::parse(CONTRACT, yaml).unwrap().value.to_string()
}

/// Invariant 5: the build script is compiled and run as cargo does, in a copy of the crate.
#[test]
fn a_stale_generated_client_neither_builds_nor_passes() {
    let folder = tempfile::tempdir().unwrap();
    let client = folder.path().join("crates/hb-portal-client");
    fs::create_dir_all(client.join("src")).unwrap();
    fs::create_dir(folder.path().join("spec")).unwrap();
    let copy = |path: &str| fs::copy(root().join(path), folder.path().join(path)).unwrap();
    copy("crates/hb-portal-client/build.rs");
    copy("crates/hb-portal-client/src/openapi.yaml");
    let script = client.join("build-script");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let compiled = Command::new(rustc)
        .args(["--edition", "2024", "-o"])
        .args([&script, &client.join("build.rs")])
        .status()
        .unwrap();
    assert!(compiled.success());

    let (passes, said) = run(&script, &client);
    assert!(passes, "packaged, there is no contract to compare with: {said}");
    copy(CONTRACT);
    let (passes, said) = run(&script, &client);
    assert!(passes, "{said}");

    fs::write(folder.path().join(CONTRACT), contract().replace('\n', "\r\n")).unwrap();
    let (passes, said) = run(&script, &client);
    assert!(passes, "line ends are not content: {said}");

    let changed = contract().replace("A message for people.", "A message for everyone.");
    fs::write(folder.path().join(CONTRACT), &changed).unwrap();
    let (passes, said) = run(&script, &client);
    assert!(!passes && said.contains("cargo::error=") && said.contains("`cargo xtask codegen`"), "{said}");

    let stale = emit::diff(&root(), &artifacts(&changed).unwrap()).unwrap();
    assert!(stale.contains("+") && stale.contains("A message for everyone."), "{stale}");
}

fn run(script: &Path, client: &Path) -> (bool, String) {
    let output = Command::new(script).current_dir(client).output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_spec_error_names_file_and_place_and_the_fix() {
    for (before, after, expected) in [
        (
            "type: boolean",
            "type: bool",
            "(#/components/schemas/WebhookEndpoint/properties/is_active/type): \"bool\" is no type",
        ),
        (
            "description: Endpoint created",
            "summary: x",
            "(#/paths/~1webhooks/post/responses/201): missing field `description`",
        ),
        ("schemas/WebhookEndpoint'", "schemas/Webhook'", "is nowhere in this document"),
        ("x-hb-secret: true", "x-hb-public: true", "is named like a secret and is not marked"),
        ("openapi: 3.0.3", "openapi: 3.1.0", "OpenAPI 3.1.0 is not supported"),
        ("paths:", "paths: [", "not YAML"),
        (
            "requestBody:",
            "requestbody:",
            "/requestbody): the client cannot be exactly as the contract says: `requestbody` is no key",
        ),
        ("          content:\n", "          contents:\n", "`contents` is no key of a response"),
        ("required: [url, events]", "requred: [url, events]", "`requred` is no keyword of a schema"),
        ("operationId: createWebhookEndpoint", "operationID: x", "`operationID` is no key of an operation"),
        ("\ncomponents:", "\nx-c: {}\ncomponent:", "is nowhere in this document"),
        (
            "operationId: createWebhookEndpoint",
            "operationId: getAccessToken",
            "another operation has the id `getAccessToken` as well",
        ),
        ("type: string\n          nullable: true", "$ref: './other.yaml#/A'", "nowhere in this document"),
        (
            "  /auth/token:",
            "  /auth/token/{id}:",
            "(#/paths/~1auth~1token~1{id}/post): the client cannot be exactly as the contract says: `id` of the path is not",
        ),
    ] {
        let broken = contract().replacen(before, after, 1);
        assert_ne!(broken, contract(), "{before}");
        let error = format!("{:#}", artifacts(&broken).unwrap_err());
        assert!(error.contains(expected) && error.contains("spec/openapi.yaml:"), "{before}: {error}");
    }
}

#[test]
fn generated_code_neither_panics_nor_speaks_of_a_version_nor_shows_a_secret() {
    let code = slices::GENERATED;
    for unwanted in ["unwrap", "expect(", "panic", "api-version", "progenitor"] {
        assert!(!code.contains(unwanted), "{unwanted}");
    }
    assert!(code.starts_with("// @generated by `cargo xtask codegen` from spec/openapi.yaml."));
    for name in slices::type_names() {
        let text = slices::type_named(&name);
        let serialised = text.contains("::serde::Serialize");
        let exposed = text.matches("expose_in_request").count();
        let secrets = text.matches("crate::Secret").count();
        assert!(secrets == 0 || !serialised || exposed == secrets, "{text}");
        assert!(exposed == 0 || name == "GetAccessToken", "only the credentials are sent: {text}");
        assert!(!text.contains("serde_json::Value"), "nothing of the contract is any JSON: {text}");
    }
}

/// Each mark in the contract is a field of the type `Secret`, and there is no other.
#[test]
fn what_the_contract_marks_secret_is_a_secret_in_the_client() {
    let mut marked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    walk(&xtask::load::parse(CONTRACT, &contract()).unwrap().value, &mut |pointer, node| {
        if node.value.get("x-hb-secret") == Some(&true.into()) {
            let [_, _, _, schema, _, property] = pointer.split('/').collect::<Vec<_>>().try_into().unwrap();
            marked.entry(schema.to_owned()).or_default().insert(property.to_owned());
        }
    });
    let lines: String = marked
        .into_iter()
        .map(|(schema, properties)| format!("{schema}: {}\n", properties.into_iter().collect::<Vec<_>>().join(", ")))
        .collect();
    assert_eq!(slices::secrets_of(slices::GENERATED), lines);
}
