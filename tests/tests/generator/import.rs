//! `spec import` adds the facts of a document to the contract, and changes nothing else.

use std::fs;

use hb_portal_tests::{exports, inputs, root, slices};
use xtask::{
    CONTRACT, emit,
    import::{Import, Selection, import},
    load,
};

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn contract() -> String {
    read(CONTRACT)
}

/// Returns a page about the operation that the contract has, as the documentation tool writes it.
fn page() -> String {
    read("tests/fixtures/pages/documented.md")
}

fn imported(page: &str, contract: &str, tier: &str) -> Import {
    let selection = Selection { operations: Vec::new(), tags: Vec::new(), tier: tier.to_owned() };
    import("page.md", page, contract, &selection).unwrap_or_else(|error| panic!("{error:#}"))
}

/// Returns the lines that are only in `old`, and those that are only in `new`.
fn changes(old: &str, new: &str) -> (Vec<String>, Vec<String>) {
    let diff = similar::TextDiff::configure().algorithm(similar::Algorithm::RawMyers).diff_lines(old, new);
    let lines = |tag| {
        let changes = diff.iter_all_changes().filter(move |change| change.tag() == tag);
        changes.map(|change| change.value().trim().to_owned()).collect()
    };
    (lines(similar::ChangeTag::Delete), lines(similar::ChangeTag::Insert))
}

/// Returns the page with the first `from` after `after` replaced by `to`.
fn page_with(after: &str, from: &str, to: &str) -> String {
    let page = page();
    let at = page.find(after).unwrap();
    format!("{}{}", &page[..at], page[at..].replacen(from, to, 1))
}

#[test]
fn the_page_of_an_operation_that_the_contract_has_changes_nothing() {
    for tier in ["documented", "corroborated", "inferred"] {
        let import = imported(&page(), &contract(), tier);
        assert_eq!(import.contract, contract(), "{tier}");
        assert_eq!(import.replaced, [""; 0], "{tier}");
        for suffix in ["responses/401)", "CreateWebhookEndpoint/required)", "properties/last_called_at/nullable)"] {
            assert!(import.kept.iter().any(|place| place.ends_with(suffix)), "{suffix}: {:#?}", import.kept);
        }
    }
}

#[test]
fn a_new_field_is_added_with_its_tier_and_origin_and_moves_nothing_else() {
    let page = page_with(
        "failure_count:",
        "failure_count:",
        "paused_at:\n                        type: string\n                        format: date-time\n                      \
         failure_count:",
    );
    let import = imported(&page, &contract(), "documented");
    let (removed, added) = changes(&contract(), &import.contract);
    assert_eq!(removed, [""; 0]);
    let origin = "(#/paths/~1webhooks/post/responses/201/content/application~1json/schema/properties/data/properties/\
                  paused_at)";
    assert_eq!(
        added,
        [
            "paused_at:".to_owned(),
            "type: string".to_owned(),
            "format: date-time".to_owned(),
            "x-hb-source: documented".to_owned(),
            format!("x-hb-origin: 'page.md {origin}'"),
        ]
    );
    assert_eq!(import.replaced, [""; 0]);
    let again = imported(&page, &import.contract, "documented");
    assert_eq!(again.contract, import.contract, "importing the page again changes nothing");
}

#[test]
fn a_documented_fact_that_changes_is_reported_and_loses_its_tier() {
    let page = page_with("failure_count:", "integer", "number");
    let import = imported(&page, &contract(), "corroborated");
    let (removed, added) = changes(&contract(), &import.contract);
    assert_eq!(
        removed,
        [
            "type: integer",
            "format: int64",
            "nullable: true",
            "description: How many deliveries failed.",
            "x-hb-source: documented"
        ],
        "facts about an integer do not apply to a number"
    );
    assert_eq!(added.first().map(String::as_str), Some("type: number"));
    assert_eq!(added.get(1).map(String::as_str), Some("x-hb-source: corroborated"));
    let [place] = import.replaced.as_slice() else { panic!("{:?}", import.replaced) };
    assert!(place.ends_with("(#/components/schemas/WebhookEndpoint/properties/failure_count)"), "{place}");
    let page = page_with("created_at:", "date-time", "date");
    let import = imported(&page, &contract(), "corroborated");
    let (removed, added) = changes(&contract(), &import.contract);
    assert_eq!(removed, ["format: date-time", "x-hb-source: documented"]);
    assert_eq!(added.first().map(String::as_str), Some("format: date"));
    let [place] = import.replaced.as_slice() else { panic!("{:?}", import.replaced) };
    assert!(place.ends_with("(#/components/schemas/WebhookEndpoint/properties/created_at)"), "{place}");
}

#[test]
fn a_keyword_that_is_added_to_a_fact_leaves_the_rest_unchanged() {
    let page = page_with("timeout_seconds:", "type: integer", "type: integer\n                  maximum: 60");
    let import = imported(&page, &contract(), "documented");
    let (removed, added) = changes(&contract(), &import.contract);
    assert_eq!(removed, [""; 0]);
    assert_eq!(added.len(), 2, "{added:?}");
    assert!(added.contains(&"maximum: 60".to_owned()), "{added:?}");
}

#[test]
fn a_fact_that_becomes_documented_gets_the_better_tier() {
    let from = "items:\n            type: string\n        timeout_seconds:\n          type: integer\n          format: int64\n";
    let text = "          description: How long the portal waits for a response to a delivery, in seconds.\n";
    let documented = format!("{from}{text}          x-hb-source: documented\n");
    let inferred = format!("{from}{text}          x-hb-source: inferred\n");
    let before = contract().replacen(&documented, &inferred, 1);
    assert_ne!(before, contract());
    let (removed, added) = changes(&before, &imported(&page(), &before, "documented").contract);
    assert_eq!(removed, ["x-hb-source: inferred"]);
    assert_eq!(added.first().map(String::as_str), Some("x-hb-source: documented"));
    assert!(added.get(1).is_some_and(|line| line.starts_with("x-hb-origin: 'page.md (#")), "{added:?}");
    assert_eq!(imported(&page(), &before, "inferred").contract, before, "a page with the same tier changes nothing");
}

#[test]
fn the_mark_of_a_secret_is_kept() {
    let before = contract().replacen("x-hb-secret: true", "x-hb-secret: false", 1);
    assert_eq!(imported(&page(), &before, "documented").contract, before);
    let selection = Selection { operations: Vec::new(), tags: Vec::new(), tier: "documented".to_owned() };
    let number = page_with("secret:", "string", "integer");
    let error = format!("{:#}", import("page.md", &number, &contract(), &selection).unwrap_err());
    assert!(error.contains("this mark of a secret is not on text"), "{error}");
}

#[test]
fn a_type_named_after_its_place_does_not_take_an_existing_name() {
    let page = "openapi: 3.0.1\ninfo: {title: t, version: '1'}\npaths:\n  /token:\n    post:\n      summary: Token\n      \
                responses:\n        '200':\n          description: ok\n          content: {application/json: {schema: {type: \
                object, properties: {a: {type: string}}}}}\n";
    let import = imported(page, &contract(), "inferred");
    let (removed, added) = changes(&contract(), &import.contract);
    assert_eq!(removed, [""; 0]);
    assert!(added.contains(&"TokenResponse2:".to_owned()), "{added:?}");
    assert_eq!(imported(page, &import.contract, "inferred").contract, import.contract);
}

#[test]
fn a_type_inside_a_component_does_not_take_an_existing_name() {
    let page = "openapi: 3.0.1\ninfo: {title: t, version: '1'}\npaths:\n  /token:\n    get:\n      summary: Look\n      responses: \
                {'200': {description: ok, content: {application/json: {schema: {$ref: \
                '#/components/schemas/Webhook'}}}}}\ncomponents:\n  schemas:\n    Webhook: {type: object, properties: {endpoint: \
                {type: object, properties: {a: {type: string}}}}}\n";
    let import = imported(page, &contract(), "inferred");
    let (removed, added) = changes(&contract(), &import.contract);
    assert_eq!(removed, [""; 0]);
    assert!(added.contains(&"WebhookEndpoint2:".to_owned()), "{added:?}");
    assert_eq!(imported(page, &import.contract, "inferred").contract, import.contract);
}

#[test]
fn every_imported_fixture_is_generated_or_reported_with_its_place() {
    let mut reported = Vec::new();
    for entry in fs::read_dir(root().join("tests/fixtures")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            continue;
        }
        let selection = Selection { operations: Vec::new(), tags: Vec::new(), tier: "inferred".to_owned() };
        let text = fs::read_to_string(&path).unwrap();
        if let Err(error) = import(&name, &text, &contract(), &selection) {
            let error = format!("{error:#}");
            assert!(error.contains(&format!("{CONTRACT}:")) && error.contains("fix: "), "{name}: {error}");
            reported.push(name);
        }
    }
    reported.sort_unstable();
    // A contract must not have a secret in a query.
    assert_eq!(reported, ["known-errors.yaml", "parameters.yaml", "shop.yaml"]);
}

#[test]
fn a_whole_export_becomes_part_of_the_contract_and_every_operation_is_generated() {
    let count = inputs(40, 80);
    let export = exports::whole_project(count).to_string();
    let import = imported(&export, &contract(), "inferred");
    let code = crate::client(&import.contract).unwrap_or_else(|error| panic!("{error:#}"));
    let operations = |code: &str| code.matches("\n    impl Operation for ").count();
    assert_eq!(operations(&code), operations(slices::GENERATED) + count);
    assert_eq!(imported(&export, &import.contract, "inferred").contract, import.contract);
}

#[test]
fn a_single_page_becomes_part_of_the_contract_and_is_generated() {
    let contract = contract();
    let selection =
        Selection { operations: Vec::new(), tags: vec!["Orders".to_owned()], tier: "corroborated".to_owned() };
    let import = import("apidog-page.md", &read("tests/fixtures/apidog-page.md"), &contract, &selection).unwrap();
    assert_eq!(import.replaced, [""; 0], "the import replaces nothing");
    let (removed, added) = changes(&contract, &import.contract);
    assert_eq!(removed, [""; 0]);
    let origins = added.iter().filter(|line| line.starts_with("x-hb-origin: "));
    assert_eq!(origins.count(), 6, "one for the operation and each of its five types: {added:#?}");
    let code = crate::client(&import.contract).unwrap();
    let order = code.split_once("pub struct CreateOrder<").unwrap().1.split("\n    }\n    ///").next().unwrap();
    assert!(order.contains("Option<&'a types::CreateOrderBody>") && order.contains("request.json(body)"), "{order}");
    assert!(
        order.contains("200 =>") && order.contains("201 =>") && order.contains("422 =>") || order.contains("|"),
        "{order}"
    );
}

/// A contract with one operation, to import into.
const SMALL: &str = "openapi: 3.0.3\ninfo:\n  title: t\n  version: '1'\npaths: # all\n  /ping: # one\n    get:\n      operationId: \
                     ping\n      x-hb-source: inferred\n      responses:\n        '204':\n          description: ok\n          \
                     x-hb-source: inferred\ncomponents:\n  schemas: {}\n";

/// Returns the names of the fields in a list of places or subjects.
fn fields(lines: &[String]) -> Vec<&str> {
    lines.iter().map(|line| line.rsplit(['.', '/']).next().unwrap().trim_end_matches(')')).collect()
}

#[test]
fn the_report_on_a_drifted_page_lists_new_missing_and_secret_fields() {
    for form in ["md", "yaml"] {
        let page = |name: &str| read(&format!("tests/fixtures/pages/{name}.{form}"));
        let small = SMALL
            .replace("  schemas: {}\n", "  schemas:\n    Known:\n      type: object\n      x-hb-source: inferred\n");
        let first = imported(&page("documented"), &small, "documented");
        assert_eq!(fields(&first.secret), ["secret"], "{form}");
        let again = imported(&page("documented"), &first.contract, "documented");
        assert!(
            again.new.is_empty() && again.gone.is_empty() && again.contract == first.contract,
            "{form}: {again:#?}"
        );
        let gone = ["failure_count", "last_called_at", "last_failed_at", "max_retries"];
        let drifted = imported(&page("drifted"), &first.contract, "corroborated");
        let new =
            ["consecutive_failures", "last_delivered_at", "last_response_code", "name", "secret_prefix", "updated_at"];
        assert_eq!(fields(&drifted.new), new, "{form}");
        assert_eq!(fields(&drifted.gone), gone, "{form}");
        assert_eq!(fields(&drifted.secret), ["secret_prefix"], "{form}");
        assert_eq!(drifted.replaced, [""; 0], "{form}");
        let (removed, _) = changes(&first.contract, &drifted.contract);
        assert_eq!(removed, [""; 0], "{form}: a field that is gone stays until a person removes it");
        // The facts of our contract name no document, so they count as the page's.
        assert_eq!(fields(&imported(&page("drifted"), &contract(), "inferred").gone), gone, "{form}");
        let report = drifted.report();
        for section in ["\nnew in the contract:", "\nsecret, and new", "\ngone: "] {
            assert!(report.contains(section), "{section}: {report}");
        }
    }
}

#[test]
fn a_fact_of_another_document_is_not_gone_from_this_one() {
    let contract =
        imported(&page(), SMALL.replace("schemas: {}\n", "schemas:\n    A: {type: object}\n").as_str(), "documented")
            .contract;
    let selection = Selection { operations: Vec::new(), tags: Vec::new(), tier: "documented".to_owned() };
    let drifted = import("other.md", &read("tests/fixtures/pages/drifted.md"), &contract, &selection).unwrap();
    assert_eq!(drifted.gone, [""; 0]);
    assert!(drifted.kept.iter().any(|place| place.ends_with("/max_retries)")), "{:#?}", drifted.kept);
}

/// Returns a document with one operation, and with these members of the operation, its response and the components.
fn document(operation: &str, response: &str, components: &str) -> String {
    format!(
        "openapi: 3.0.1\ninfo: {{title: t, version: '1'}}\npaths:\n  /a:\n    get:\n      operationId: look\n      {operation}\n      \
         responses: {{'200': {{description: ok{response}}}}}\ncomponents: {{{components}}}\n"
    )
}

#[test]
fn only_a_bearer_token_is_imported_as_one() {
    let schemes = "securitySchemes: {key: {type: apiKey, in: header, name: x}, basic: {type: http, scheme: basic}, bearer: {type: \
                   http, scheme: Bearer}, apidog: {type: bearer}, oauth: {type: oauth2, flows: {}}}";
    for (security, expected, line) in [
        ("[bearer: []]", "[{\"bearerAuth\":[]}]", ""),
        ("[apidog: []]", "[{\"bearerAuth\":[]}]", ""),
        ("[oauth: [read]]", "[{\"bearerAuth\":[]}]", ""),
        ("[]", "[]", ""),
        ("[bearer: [], key: []]", "[{\"bearerAuth\":[]}]", "left out security key: "),
        ("[{bearer: [], key: []}]", "null", "left out security key: "),
        ("[key: []]", "null", "left out security key: "),
        ("[basic: []]", "null", "left out security basic: "),
        ("[nowhere: []]", "null", "left out security nowhere: "),
    ] {
        let page = document(&format!("security: {security}"), "", schemes);
        let import = imported(&page, SMALL, "documented");
        let written = load::parse("c", &import.contract).unwrap().value;
        assert_eq!(written["paths"]["/a"]["get"]["security"].to_string(), expected, "{security}");
        assert_eq!(import.changed.contains("left out security"), !line.is_empty(), "{security}: {}", import.changed);
        assert!(import.changed.contains(line), "{security}: {}", import.changed);
    }
}

#[test]
fn response_headers_are_imported_and_a_dropped_discriminator_is_reported() {
    let headers = ", headers: {x-left: {$ref: '#/components/headers/Left'}}, content: {application/json: {schema: {$ref: \
                   '#/components/schemas/A'}}}";
    let components = "headers: {Left: {required: true, description: How many., schema: {type: integer}}}, schemas: {A: {type: \
                      object, discriminator: {propertyName: kind}, properties: {kind: {type: string}}}}";
    let import = imported(&document("", headers, components), &contract(), "inferred");
    let written = load::parse("c", &import.contract).unwrap().value;
    let header = &written["paths"]["/a"]["get"]["responses"]["200"]["headers"]["x-left"];
    assert_eq!((&header["schema"]["type"], &header["required"]), (&"integer".into(), &true.into()), "{header}");
    assert_eq!(header["x-hb-source"], "inferred");
    assert!(import.changed.contains("(#/components/schemas/A): import: dropped discriminator"), "{}", import.changed);
}

#[test]
fn a_comment_after_a_key_and_the_line_endings_are_kept() {
    let import = |contract: &str| imported(&document("", "", "schemas: {}"), contract, "inferred").contract;
    let unix = import(SMALL);
    assert!(unix.contains("paths: # all\n  /ping: # one\n"), "{unix}");
    assert_eq!(import(&SMALL.replace('\n', "\r\n")), unix.replace('\n', "\r\n"));
    let same_path = document("", "", "schemas: {}").replace("/a:", "/ping:").replace("get:", "put:");
    assert!(imported(&same_path, SMALL, "inferred").contract.contains("/ping: # one\n    get:"));
}

#[test]
fn the_report_on_a_large_export_covers_only_the_imported_operations_and_no_existing_line_moves() {
    let export = exports::with_components(inputs(40, 100));
    let paths = export["paths"].as_object().unwrap().iter();
    let named = paths.flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| (path, method)));
    let operations: Vec<String> =
        named.take(5).map(|(path, method)| format!("{} {path}", method.to_uppercase())).collect();
    let selection = Selection { operations, tags: Vec::new(), tier: "inferred".to_owned() };
    let five = import("export.json", &export.to_string(), &contract(), &selection).unwrap();
    let about: Vec<&str> = five.changed.lines().filter(|line| line.contains("components that none of these")).collect();
    assert_eq!(about.len(), 1, "{}", five.changed);
    assert!(!five.changed.contains("unreached"), "{}", five.changed);
    assert!(five.changed.lines().count() < 40, "{} lines for 5 operations", five.changed.lines().count());
    let all = imported(&export.to_string(), &five.contract, "inferred");
    let count = all.changed.lines().filter(|line| !line.contains(": suspect: ")).count();
    assert!(count < 60, "{count} lines for all: {}", all.changed);
    let shown = emit::unified(CONTRACT, ["before", "after"], &five.contract, &all.contract);
    let moved = shown.lines().filter(|line| line.starts_with('-') && !line.starts_with("---")).count();
    assert_eq!(moved, 0, "existing lines appear as changed");
}
