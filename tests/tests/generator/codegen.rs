//! The generator's output is deterministic, the checked-in client equals it, and a stale client does not build.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use hb_portal_tests::{root, slices};
use xtask::{
    CONTRACT, artifacts, emit, foreign,
    import::{Selection, import},
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
    assert!(stale.is_empty(), "the checked-in files are stale; run `cargo xtask codegen`\n{stale}");

    let folder = tempfile::tempdir().unwrap();
    assert_eq!(emit::write(folder.path(), &generated).unwrap().len(), generated.len());
    assert_eq!(emit::write(folder.path(), &generated).unwrap(), [""; 0], "a second run writes");
}

#[test]
fn the_order_of_keys_in_the_contract_has_no_effect() {
    let value: serde_json::Value = serde_json::from_str(&json_of(&contract())).unwrap();
    // serde_json sorts the keys; the contract does not.
    let sorted = serde_json::to_string(&value).unwrap();
    let generated = crate::client(&contract()).unwrap();
    assert_eq!(generated, crate::client(&sorted).unwrap());
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

    let (passes, output) = run(&script, &client);
    assert!(passes, "a packaged crate has no contract to compare with: {output}");
    copy(CONTRACT);
    let (passes, output) = run(&script, &client);
    assert!(passes, "{output}");

    fs::write(folder.path().join(CONTRACT), contract().replace('\n', "\r\n")).unwrap();
    let (passes, output) = run(&script, &client);
    assert!(passes, "line endings are not content: {output}");

    let changed = contract().replace("A message for people.", "A message for everyone.");
    fs::write(folder.path().join(CONTRACT), &changed).unwrap();
    let (passes, output) = run(&script, &client);
    assert!(!passes && output.contains("cargo::error=") && output.contains("`cargo xtask codegen`"), "{output}");

    let stale = emit::diff(&root(), &artifacts(&changed).unwrap()).unwrap();
    assert!(stale.contains("+") && stale.contains("A message for everyone."), "{stale}");
}

fn run(script: &Path, client: &Path) -> (bool, String) {
    let output = Command::new(script).current_dir(client).output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

/// Edits of the contract that codegen rejects, each with parts of the error.
const REFUSED: &[(&str, &str, &[&str])] = &[
    (
        "type: boolean",
        "type: bool",
        &["(#/components/schemas/WebhookEndpoint/properties/is_active/type): \"bool\" is not a type"],
    ),
    (
        "description: Endpoint created",
        "summary: x",
        &["(#/paths/~1webhooks/post/responses/201): missing field `description`"],
    ),
    ("schemas/WebhookEndpoint'", "schemas/Webhook'", &["is not in this document"]),
    ("x-hb-secret: true", "x-hb-public: true", &["is named like a secret but not marked"]),
    ("openapi: 3.0.3", "openapi: 3.1.0", &["OpenAPI 3.1.0 is not supported"]),
    ("paths:", "paths: [", &["not YAML"]),
    ("requestBody:", "requestbody:", &["/requestbody): `requestbody` is not a key of an operation"]),
    ("          content:\n", "          contents:\n", &["`contents` is not a key of a response"]),
    ("required: [url, events]", "requred: [url, events]", &["`requred` is not a key of a schema"]),
    ("operationId: createWebhookEndpoint", "operationID: x", &["`operationID` is not a key of an operation"]),
    ("\ncomponents:", "\nx-c: {}\ncomponent:", &["is not in this document"]),
    (
        "operationId: createWebhookEndpoint",
        "operationId: getAccessToken",
        &[
            "(#/paths/~1auth~1token/post): the client would differ from the contract: another operation also has the id",
            "(#/paths/~1webhooks/post): the client would differ from the contract: another operation has the id `getAccessToken`",
        ],
    ),
    ("type: string\n          nullable: true", "$ref: './other.yaml#/A'", &["is in another file, and only one file"]),
    (
        "  /auth/token:",
        "  /auth/token/{id}:",
        &["(#/paths/~1auth~1token~1{id}/post): the client would differ from the contract: `id` is in the path but not"],
    ),
    (
        OPERATION,
        "      parameters: [{name: api_key, in: query, schema: {type: string}}]\n",
        &["a parameter must not hold one"],
    ),
    (
        OPERATION,
        "      parameters: [{name: X-Secret, in: header, schema: {type: string}}]\n",
        &["`X-Secret` is named like a secret"],
    ),
    (
        OPERATION,
        "      parameters: [{name: a, in: cookie, schema: {type: string}}]\n",
        &["`a` is not an argument: the HTTP client handles cookies"],
    ),
    (OPERATION, "      servers: [{url: /other}]\n", &["its own servers are ignored"]),
    (
        SCHEMAS,
        "    Secrets: {type: array, items: {type: string}}\n",
        &["`Secrets` is named like a secret but not marked"],
    ),
    (
        SCHEMAS,
        "    A: {properties: {secret: {$ref: '#/components/schemas/B'}}}\n    B: {type: string}\n",
        &["(#/components/schemas/A/properties/secret): `secret` is named like a secret"],
    ),
    (
        SCHEMAS,
        "    A: {properties: {credentials: {type: object}}}\n",
        &["(#/components/schemas/A/properties/credentials): `credentials` is named like a secret"],
    ),
    (
        SCHEMAS,
        "    A: {properties: {secret: {allOf: [{$ref: '#/components/schemas/B'}]}}}\n    B: {type: string}\n",
        &["(#/components/schemas/A/properties/secret): `secret` is named like a secret"],
    ),
    (
        SCHEMAS,
        "    A: {properties: {secret: {anyOf: [{type: integer}, {type: array, items: {type: string}}]}}}\n",
        &["(#/components/schemas/A/properties/secret): `secret` is named like a secret"],
    ),
    (
        SCHEMAS,
        "    A: {allOf: [{type: string}, {type: object, properties: {a: {type: string, x-hb-secret: true}}}]}\n",
        &[
            "(#/components/schemas/A): the client would differ from the contract: a part of it is a secret but has no type",
        ],
    ),
    (
        SCHEMAS,
        "    A: {allOf: [{type: string}, {type: object, properties: {a: {type: string}}}]}\n",
        &["(#/components/schemas/A): the client would differ from the contract: its parts are not all objects"],
    ),
    (
        OPERATION,
        "      parameters: [{name: a, in: query, schema: {type: object, properties: {password: {type: string}}}}]\n",
        &["`password` is named like a secret, and a parameter must not hold one"],
    ),
    (
        OPERATION,
        "      parameters: [{name: filter, in: query, schema: {type: object, properties: {a: {type: object, properties: {b: {type: string, format: password}}}}}}]\n",
        &["`filter` is a secret, and a parameter must not hold one"],
    ),
    (
        OPERATION,
        "      parameters: [{name: a, in: query, style: deepObject, schema: {type: object, properties: {b: {type: string}}, additionalProperties: true}}]\n",
        &["the other keys of `a` are not arguments"],
    ),
    (
        "        '201':\n",
        "        '2O1': {description: x}\n        '201':\n",
        &["/responses/2O1): the client would differ"],
    ),
    (
        SCHEMAS,
        "    A: {oneOf: [{$ref: '#/components/schemas/B'}, {type: object}], discriminator: {propertyName: k, maping: {}}}\n    B: {properties: {k: {type: string}}}\n",
        &["/discriminator/maping): `maping` is not a key of a discriminator"],
    ),
    (
        SCHEMAS,
        "    A: {oneOf: [{$ref: '#/components/schemas/B'}, {type: string}]}\n    B: {oneOf: [{$ref: '#/components/schemas/A'}, {type: integer}]}\n",
        &["(#/components/schemas/A): A is one of its own alternatives", "(#/components/schemas/B): B is"],
    ),
    (
        SCHEMAS,
        "    A: {type: object, properties: {kind: {type: string}}, discriminator: {propertyName: kind}}\n",
        &["(#/components/schemas/A): the client would differ from the contract: it lists no alternatives"],
    ),
    ("\npaths:\n", "\npaths: {}\nx-paths:\n", &["(#/paths): the document has no operations"]),
    (
        "required: [url, events]",
        "required: [url, 01JX3V5Z8Q, events]",
        &["/required): `01JX3V5Z8Q` is required but not among"],
    ),
    ("application/json:", "\"application/jso\\u00f1\":", &["a media type has characters that no header can have"]),
    (
        "          application/json:\n",
        "          application/xml: {}\n          multipart/form-data: {}\n          application/json:\n",
        &["it is sent as application/json, not as application/xml, multipart/form-data"],
    ),
    (
        "        '201':\n",
        "        '101': {description: upgrade}\n        '201':\n",
        &["/101): status 101 changes the protocol"],
    ),
];

/// Lines of the contract after which an edit adds to an operation or the schemas.
const OPERATION: &str = "operationId: createWebhookEndpoint\n";
const SCHEMAS: &str = "\n  schemas:\n";

#[test]
fn a_contract_error_names_file_place_and_fix() {
    let mut wrong = Vec::new();
    for (before, after, expected) in REFUSED {
        let adds = [OPERATION, SCHEMAS].contains(before) && after.ends_with('\n');
        let after = if adds { format!("{before}{after}") } else { (*after).to_owned() };
        let broken = contract().replacen(before, &after, 1);
        assert_ne!(broken, contract(), "{before}");
        let error = artifacts(&broken).map_or_else(|error| format!("{error:#}"), |_| "accepted".to_owned());
        let named =
            |expected: &&str| error.lines().any(|line| line.contains(expected) && line.contains("spec/openapi.yaml:"));
        if !expected.iter().all(named) {
            wrong.push(format!("{after}\nexpected {expected:#?}, found {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// `codegen` accepts each contract that `import` writes.
#[test]
fn codegen_accepts_what_import_accepts() {
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
    for (operation, schema, note, code) in [
        (
            body(&format!("application/xml: {schema}, application/json: {schema}, multipart/form-data: {schema}")),
            object,
            "it is sent as application/json, not as application/xml, multipart/form-data",
            ".json(self.body)",
        ),
        (body(&format!("multipart/form-data: {schema}")), object, "a multipart form", ".multipart(self.body)"),
        (
            body(&format!("application/json: {schema}")),
            "{type: object, required: [a, 01JX3V5Z8Q], properties: {a: {type: string}}}",
            "`01JX3V5Z8Q` is required but not among the properties: dropped",
            ".json(self.body)",
        ),
    ] {
        let text = document(&operation, schema);
        let selection = Selection { operations: Vec::new(), tags: Vec::new(), tier: "inferred".to_owned() };
        let imported =
            import("page.yaml", &text, &contract(), &selection).unwrap_or_else(|error| panic!("{text}{error:#}"));
        assert!(imported.changed.contains(note), "{note}: {}", imported.changed);
        let client = crate::client(&imported.contract).unwrap_or_else(|error| panic!("{text}{error:#}"));
        let (_, sent) = client.split_once("pub struct SendThing<").unwrap();
        assert!(sent.contains(code), "{code}: {sent}");
        let foreign = foreign::make("page.yaml", &text, "t").unwrap();
        let explained = foreign.model.explained();
        assert!(explained.contains(note), "{note}: {explained}");
    }
}

/// A checkout may convert line endings.
#[test]
fn line_endings_of_the_contract_have_no_effect() {
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
    assert_eq!(
        emit::diff(folder.path(), &generated).unwrap(),
        "",
        "the line endings of checked-in files have no effect either"
    );
}

#[test]
fn generated_code_does_not_panic_name_a_version_or_show_a_secret() {
    let code = slices::GENERATED;
    for unwanted in ["unwrap", "expect(", "panic", "api-version", "progenitor"] {
        assert!(!code.contains(unwanted), "{unwanted}");
    }
    assert!(code.starts_with("// @generated by `cargo xtask codegen` from spec/openapi.yaml."));
    let mut sent = BTreeSet::new();
    walk(&xtask::load::parse(CONTRACT, &contract()).unwrap().value, &mut |_, _, value| {
        let body = value.pointer("/requestBody/content/application~1json/schema/$ref");
        sent.extend(body.and_then(|body| body.as_str()?.rsplit('/').next()).map(str::to_owned));
    });
    for name in slices::type_names() {
        let text = slices::type_named(&name);
        let serialised = text.contains("::serde::Serialize");
        let exposed = text.matches("expose_in_request").count();
        let secrets = text.matches("crate::Secret").count();
        assert!(secrets == 0 || !serialised || exposed == secrets, "{text}");
        assert!(exposed == 0 || sent.contains(&name), "only a type of a request exposes a secret: {text}");
        assert!(!text.contains("serde_json::Value"), "the contract has no untyped JSON: {text}");
    }
}

/// The fields of the type `Secret` are exactly those that the contract marks.
#[test]
fn the_clients_secrets_are_those_that_the_contract_marks() {
    let mut marked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    walk(&xtask::load::parse(CONTRACT, &contract()).unwrap().value, &mut |pointer, _, value| {
        if value.get("x-hb-secret") == Some(&true.into()) {
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
