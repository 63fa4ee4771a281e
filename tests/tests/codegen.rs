//! What is checked in is what the generator writes, always the same, and nothing builds on anything else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use hb_portal_tests::{root, slices};
use xtask::{
    CONTRACT, artifacts, emit, foreign,
    import::{Wish, import},
    walk::walk,
};

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

/// What codegen refuses in the contract: an edit of it, and what the error says.
const REFUSED: &[(&str, &str, &[&str])] = &[
    (
        "type: boolean",
        "type: bool",
        &["(#/components/schemas/WebhookEndpoint/properties/is_active/type): \"bool\" is no type"],
    ),
    (
        "description: Endpoint created",
        "summary: x",
        &["(#/paths/~1webhooks/post/responses/201): missing field `description`"],
    ),
    ("schemas/WebhookEndpoint'", "schemas/Webhook'", &["is nowhere in this document"]),
    ("x-hb-secret: true", "x-hb-public: true", &["is named like a secret and is not marked"]),
    ("openapi: 3.0.3", "openapi: 3.1.0", &["OpenAPI 3.1.0 is not supported"]),
    ("paths:", "paths: [", &["not YAML"]),
    (
        "requestBody:",
        "requestbody:",
        &["/requestbody): the client cannot be exactly as the contract says: `requestbody` is no key"],
    ),
    ("          content:\n", "          contents:\n", &["`contents` is no key of a response"]),
    ("required: [url, events]", "requred: [url, events]", &["`requred` is no keyword of a schema"]),
    ("operationId: createWebhookEndpoint", "operationID: x", &["`operationID` is no key of an operation"]),
    ("\ncomponents:", "\nx-c: {}\ncomponent:", &["is nowhere in this document"]),
    (
        "operationId: createWebhookEndpoint",
        "operationId: getAccessToken",
        &[
            "(#/paths/~1auth~1token/post): the client cannot be exactly as the contract says: another operation has the id",
            "(#/paths/~1webhooks/post): the client cannot be exactly as the contract says: `getAccessToken` is taken",
        ],
    ),
    ("type: string\n          nullable: true", "$ref: './other.yaml#/A'", &["nowhere in this document"]),
    (
        "  /auth/token:",
        "  /auth/token/{id}:",
        &[
            "(#/paths/~1auth~1token~1{id}/post): the client cannot be exactly as the contract says: `id` of the path is not",
        ],
    ),
    (
        OPERATION,
        "      parameters: [{name: api_key, in: query, schema: {type: string}}]\n",
        &["a parameter is no place for one"],
    ),
    (
        OPERATION,
        "      parameters: [{name: X-Secret, in: header, schema: {type: string}}]\n",
        &["`X-Secret` is named like a secret"],
    ),
    (
        OPERATION,
        "      parameters: [{name: a, in: cookie, schema: {type: string}}]\n",
        &["`a` is no argument: cookies"],
    ),
    (OPERATION, "      servers: [{url: /other}]\n", &["its own servers are the caller's"]),
    (
        SCHEMAS,
        "    Secrets: {type: array, items: {type: string}}\n",
        &["`Secrets` is named like a secret and is not marked"],
    ),
    (
        SCHEMAS,
        "    A: {properties: {secret: {$ref: '#/components/schemas/B'}}}\n    B: {type: string}\n",
        &["(#/components/schemas/A/properties/secret): `secret` is named like a secret"],
    ),
    (
        SCHEMAS,
        "    A: {oneOf: [{$ref: '#/components/schemas/B'}, {type: string}]}\n    B: {oneOf: [{$ref: '#/components/schemas/A'}, {type: integer}]}\n",
        &["(#/components/schemas/A): A is an alternative of its own alternatives", "(#/components/schemas/B): B is"],
    ),
    (
        SCHEMAS,
        "    A: {type: object, properties: {kind: {type: string}}, discriminator: {propertyName: kind}}\n",
        &["(#/components/schemas/A): the client cannot be exactly as the contract says: it lists no alternatives"],
    ),
    ("\npaths:\n", "\npaths: {}\nx-paths:\n", &["(#/paths): the document has no operations"]),
    (
        "required: [url, events]",
        "required: [url, 01JX3V5Z8Q, events]",
        &["/required): `01JX3V5Z8Q` is required and not among"],
    ),
    ("application/json:", "\"application/jso\\u00f1\":", &["a media type has characters that no header can have"]),
    (
        "          application/json:\n",
        "          application/xml: {}\n          multipart/form-data: {}\n          application/json:\n",
        &["it is sent as application/json; not as application/xml, multipart/form-data"],
    ),
    (
        "        '201':\n",
        "        '101': {description: upgrade}\n        '201':\n",
        &["/101): status 101 changes the protocol"],
    ),
];

/// After which an operation, or the components, can say more.
const OPERATION: &str = "operationId: createWebhookEndpoint\n";
const SCHEMAS: &str = "\n  schemas:\n";

#[test]
fn a_spec_error_names_file_and_place_and_the_fix() {
    let mut wrong = Vec::new();
    for (before, after, expected) in REFUSED {
        let adds = [OPERATION, SCHEMAS].contains(before) && after.ends_with('\n');
        let after = if adds { format!("{before}{after}") } else { (*after).to_owned() };
        let broken = contract().replacen(before, &after, 1);
        assert_ne!(broken, contract(), "{before}");
        let error = artifacts(&broken).map_or_else(|error| format!("{error:#}"), |_| "accepted".to_owned());
        let named =
            |expected: &&str| error.lines().any(|line| line.contains(expected) && line.contains("spec/openapi.yaml:"));
        if !expected.iter().all(|expected| named(expected)) {
            wrong.push(format!("{after}\nexpected {expected:#?}, found {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What `import` makes of a document, `codegen` accepts; what it cannot make a contract of, both refuse.
#[test]
fn what_import_accepts_codegen_does_too() {
    let document = |operation: &str, schema: &str| {
        format!(
            "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths:\n  /things:\n    post:\n      operationId: sendThing\n      \
             {operation}\ncomponents:\n  schemas:\n    Thing: {schema}\n"
        )
    };
    let schema = "{schema: {$ref: '#/components/schemas/Thing'}}";
    let body = |content: &str| {
        format!(
            "requestBody: {{required: true, content: {{{content}}}}}\n      responses: {{'201': {{description: sent}}}}"
        )
    };
    let object = "{type: object, properties: {a: {type: string}}}";
    for (operation, of, said, code) in [
        (
            body(&format!("application/xml: {schema}, application/json: {schema}, multipart/form-data: {schema}")),
            object,
            "it is sent as application/json; not as application/xml, multipart/form-data",
            ".json(self.body)",
        ),
        (body(&format!("multipart/form-data: {schema}")), object, "a multipart form", ".multipart(self.body)"),
        (
            body(&format!("application/json: {schema}")),
            "{type: object, required: [a, 01JX3V5Z8Q], properties: {a: {type: string}}}",
            "`01JX3V5Z8Q` is required, and no property is called that: dropped",
            ".json(self.body)",
        ),
    ] {
        let text = document(&operation, of);
        let wish = Wish { operations: Vec::new(), tags: Vec::new(), tier: "inferred".to_owned() };
        let imported = import("page.yaml", &text, &contract(), &wish).unwrap_or_else(|error| panic!("{text}{error:#}"));
        assert!(imported.changed.contains(said), "{said}: {}", imported.changed);
        let client =
            xtask::client_source(CONTRACT, &imported.contract).unwrap_or_else(|error| panic!("{text}{error:#}"));
        let (_, sent) = client.split_once("pub struct SendThing<").unwrap();
        assert!(sent.contains(code), "{code}: {sent}");
        let foreign = foreign::make("page.yaml", &text, "t").unwrap();
        assert!(foreign.explained.contains(said), "{said}: {}", foreign.explained);
    }
}

/// A checkout may turn the ends of lines.
#[test]
fn how_lines_end_in_the_contract_decides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("openapi.yaml");
    fs::write(&path, contract().replace('\n', "\r\n")).unwrap();
    let generated = artifacts(&xtask::load::read(&path).unwrap()).unwrap();
    assert_eq!(generated, artifacts(&contract()).unwrap());
    assert!(generated.iter().all(|file| !file.content.contains('\r')));
    for file in &generated {
        let path = folder.path().join(file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file.content.replace('\n', "\r\n")).unwrap();
    }
    assert_eq!(emit::diff(folder.path(), &generated).unwrap(), "", "nor do they in what is checked in");
}

#[test]
fn generated_code_neither_panics_nor_speaks_of_a_version_nor_shows_a_secret() {
    let code = slices::GENERATED;
    for unwanted in ["unwrap", "expect(", "panic", "api-version", "progenitor"] {
        assert!(!code.contains(unwanted), "{unwanted}");
    }
    assert!(code.starts_with("// @generated by `cargo xtask codegen` from spec/openapi.yaml."));
    let mut sent = BTreeSet::new();
    walk(&xtask::load::parse(CONTRACT, &contract()).unwrap().value, &mut |_, node| {
        let body = node.value.pointer("/requestBody/content/application~1json/schema/$ref");
        sent.extend(body.and_then(|body| body.as_str()?.rsplit('/').next()).map(str::to_owned));
    });
    for name in slices::type_names() {
        let text = slices::type_named(&name);
        let serialised = text.contains("::serde::Serialize");
        let exposed = text.matches("expose_in_request").count();
        let secrets = text.matches("crate::Secret").count();
        assert!(secrets == 0 || !serialised || exposed == secrets, "{text}");
        assert!(exposed == 0 || sent.contains(&name), "only what is sent exposes a secret: {text}");
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
