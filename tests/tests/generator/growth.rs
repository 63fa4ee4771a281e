//! The contract can grow: the import that maintainers use adds operations with parameters, without bodies, and with empty
//! responses, and they work.

use hb_portal_tests::{scratch::Scratch, slices};
use xtask::{
    CONTRACT, GENERATED, artifacts,
    import::{Selection, import},
    load,
    walk::{Kind, walk},
};

const FIXTURE: &str = "tests/fixtures/growth.yaml";

/// Returns the contract with five more operations.
fn grown() -> String {
    let selection = Selection { operations: Vec::new(), tags: Vec::new(), tier: "inferred".to_owned() };
    let imported = import(FIXTURE, &Scratch::text(FIXTURE), &Scratch::text(CONTRACT), &selection).unwrap();
    assert_eq!(imported.replaced, [""; 0], "the import adds operations and replaces none");
    imported.contract
}

fn generated(contract: &str) -> String {
    artifacts(contract).unwrap().into_iter().find(|file| file.path == GENERATED).unwrap().content
}

#[test]
fn the_added_operations_are_previews_and_keep_the_promises_of_generated_code() {
    let code = generated(&grown());
    let gates = |code: &str| code.matches("#[cfg(feature = \"preview\")]\n    impl Operation for").count();
    let mut inferred = 0;
    walk(&load::parse(CONTRACT, &Scratch::text(CONTRACT)).unwrap().value, &mut |_, kind, value| {
        inferred += usize::from(kind == Kind::Operation && value["x-hb-source"] == "inferred");
    });
    assert_eq!(gates(slices::GENERATED), inferred, "documented and corroborated operations are not previews");
    assert_eq!(gates(&code), inferred + 5, "each operation whose own tier is inferred is a preview");
    for unwanted in ["reqwest", "progenitor", "unwrap", "expect(", "panic", "api-version", "AUTHORIZATION"] {
        assert!(!code.contains(unwanted), "{unwanted}");
    }
}

/// Returns a document with one operation that has this path and these parameters, and with these components.
fn small(path: &str, parameters: &str, components: &str) -> String {
    format!(
        "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths:\n  {path}:\n    parameters: [{{$ref: \
         '#/components/parameters/Shared'}}]\n    get:\n      operationId: look\n      parameters: [{parameters}]\n      \
         responses: {{'204': {{description: ok}}}}\ncomponents:\n  parameters:\n    Shared: {components}\n"
    )
}

#[test]
fn shared_and_referenced_parameters_are_resolved_and_the_clients_own_headers_are_left_out() {
    let id = "{name: id, in: path, required: true, schema: {type: string, format: date-time}}";
    let own = "{name: Authorization, in: header, required: true, schema: {type: string}}, {name: filter, in: query, style: \
               deepObject, schema: {type: object, properties: {name: {type: string}}}}";
    let code = generated(&small("/a/{id}", own, id));
    let (_, look) = code.split_once("pub struct Look<").unwrap();
    assert!(look.contains("id: &'a str,") && look.contains("filter_name: Option<&'a str>,"), "{look}");
    assert!(look.contains(".query(\"filter[name]\", &self.filter_name)") && !look.contains("uthorization"), "{look}");
}

#[test]
fn a_parameter_that_the_client_cannot_write_is_an_error_with_its_place() {
    let stray = "{name: q, in: query, required: true, style: spaceDelimited, schema: {type: object, properties: {a: {type: string}}}}";
    let id = "{name: id, in: path, required: true, schema: {type: string}}";
    let error = format!("{:#}", artifacts(&small("/a/{id}", stray, id)).unwrap_err());
    assert!(error.contains("1 problem\n") && error.contains("(#/paths/~1a~1{id}/get/parameters/0)"), "{error}");
    assert!(error.contains("is required, but the client cannot write its style (spaceDelimited)"), "{error}");
}

#[test]
fn the_docs_list_a_referenced_response() {
    let text = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: look\n      \
                x-hb-source: documented\n      responses: {'204': {description: ok, x-hb-source: documented}, '401': {$ref: \
                '#/components/responses/Unauthenticated'}}\ncomponents:\n  responses:\n    Unauthenticated: {description: \
                who, x-hb-source: inferred}\n";
    assert!(generated(text).contains("- `401`, inferred: who"), "{}", generated(text));
}
