//! The models of documents with one difficulty each, and of two large ones, and the notes about them. The suite `generated`
//! compiles and calls their clients.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
};

use hb_portal_tests::{exports, root, rules};
use xtask::{
    CONTRACT,
    api::Definition,
    emit,
    foreign::{self, Made},
    load,
    notes::Notes,
    read::{self, Dialect},
    walk::{Kind, walk},
};

/// Returns each fixture's name and text.
fn fixtures() -> BTreeMap<String, String> {
    let mut fixtures: BTreeMap<String, String> = fs::read_dir(root().join("tests/fixtures"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "json"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap()))
        .collect();
    fixtures.insert("whole-project.json".to_owned(), exports::whole_project(80).to_string());
    fixtures.insert("with-components.json".to_owned(), exports::with_components(40).to_string());
    fixtures
}

fn made(name: &str, text: &str) -> Made {
    foreign::make(name, text, "fixture").unwrap_or_else(|error| panic!("{name}: {error:#}"))
}

#[test]
fn every_operation_is_kept_and_no_item_is_duplicated() {
    for (name, text) in fixtures() {
        let made = made(&name, &text);
        let operations = text.matches("\"responses\":").count();
        if name.starts_with("whole") {
            assert_eq!((made.model.api.operations.len(), operations), (80, 80), "{name}");
        }
        rules::check(&name, &made);
    }
}

/// Invariant 6: every parameter, status and property, in a component or inline, is in the model, or a note explains why not.
#[test]
fn nothing_is_lost_without_a_note() {
    for (name, text) in fixtures() {
        let document = load::parse(&name, &text).unwrap().value;
        let mut notes = Notes::default();
        let api = read::read(&document, Dialect::Foreign, &mut notes);
        let mut kept: BTreeSet<&str> = BTreeSet::new();
        for operation in &api.operations {
            kept.extend(operation.parameters.iter().map(|parameter| parameter.at.as_str()));
            kept.extend(operation.responses.iter().map(|response| response.at.as_str()));
        }
        for of in api.types.values() {
            if let Definition::Object(fields, _) = &of.definition {
                kept.extend(fields.iter().map(|field| field.at.as_str()));
            }
        }
        // A schema that several responses share is read only once, like a property that parts of one object share.
        let holder = |pointer: &str| {
            let (properties, property) = pointer.rsplit_once('/')?;
            let shared = if pointer.contains("/allOf/") { pointer } else { properties };
            Some((document.pointer(shared)?.to_string(), property.to_owned()))
        };
        let own =
            |pointer: &&str| Some((document.pointer(pointer)?.to_string(), pointer.rsplit('/').next()?.to_owned()));
        let shared: BTreeSet<(String, String)> =
            kept.iter().filter_map(|pointer| holder(pointer)).chain(kept.iter().filter_map(own)).collect();
        let is_noted = |at: &str, property: bool| {
            notes.as_slice().iter().any(|note| {
                let above = at.strip_prefix(&note.pointer).is_some_and(|rest| rest.starts_with('/'));
                let below = note.pointer.starts_with(at);
                // A note about an enclosing object counts only if it says that nothing in that object is typed.
                let untyped = note.what.contains("any JSON value")
                    || note.what.contains("bytes")
                    || note.what.contains(", not as")
                    || ["argument", "parameter"].contains(&note.kind)
                    || ["a multipart form", "has no body"].iter().any(|what| note.what.contains(what));
                if property { below || (above && untyped) } else { below }
            })
        };
        let mut lost = Vec::new();
        let mut seen = 0;
        walk(&document, &mut |pointer, kind, value| {
            let property = pointer.rsplit('/').nth(1) == Some("properties");
            let in_component = pointer.starts_with("/components/") && !pointer.starts_with("/components/schemas/");
            let counts = match kind {
                Kind::Parameter => pointer.starts_with("/paths/"),
                Kind::Response => pointer.starts_with("/paths/") && value.get("$ref").is_none(),
                Kind::Schema => property && !in_component,
                _ => false,
            };
            if counts {
                seen += 1;
                let is_kept =
                    kept.contains(pointer) || (property && holder(pointer).is_some_and(|one| shared.contains(&one)));
                if !is_kept && !is_noted(pointer, property) {
                    lost.push(pointer.to_owned());
                }
            }
        });
        assert_eq!(lost, [""; 0], "{name}");
        assert!(seen > 0, "{name}");
    }
}

#[test]
fn a_value_named_like_a_secret_is_treated_as_one_and_reported() {
    let made = made_of("secrets.yaml");
    let suspects = made.model.notes.as_slice().iter().filter(|note| note.kind == "suspect");
    let suspects: Vec<&str> = suspects.filter_map(|note| note.pointer.rsplit('/').next()).collect();
    for name in ["clientSecret", "apiKey", "access_token", "signing_key", "password"] {
        assert!(suspects.contains(&name), "{name}: {suspects:?}");
    }
    assert_eq!(suspects.len(), 5, "{suspects:?}");
    for (name, serialised) in
        [("Tokens", false), ("TokensNestedItem", false), ("MakeTokenStatus401", false), ("Credentials", true)]
    {
        let (before, _) = made.code.split_once(&format!("pub struct {name} {{")).unwrap();
        let derive = before.rsplit("#[derive(").next().unwrap();
        assert_eq!(derive.contains("Serialize"), serialised, "{name}: {derive}");
    }
}

/// Returns a document with one operation; `operation` and `schemas` are in flow style.
fn small(operation: &str, schemas: &str) -> String {
    format!(
        "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths:\n  /a:\n    post: {{{operation}}}\ncomponents:\n  schemas: {{{schemas}}}\n"
    )
}

const FINE: &str = "responses: {'200': {description: ok}}";

#[test]
fn all_obstacles_to_a_client_are_reported_together_with_place_and_reason() {
    let text = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a/{b:\n    get: {responses: {}}\n  /c:\n    get:\n      parameters: [{name: q, in: query, required: true, style: spaceDelimited, schema: {type: object}}]\n      responses: {'200': {$ref: '#/components/responses/Nowhere'}}\n";
    let error = format!("{:#}", foreign::make("bad.yaml", text, "bad").unwrap_err());
    for expected in ["3 problems", "bad.yaml:4:3 (#/paths/~1a~1{b)", "bad.yaml:8:20", "Nowhere", "fix: "] {
        assert!(error.contains(expected), "{expected}: {error}");
    }
    let mut wrong = Vec::new();
    let body = |media_type: &str| format!("requestBody: {{content: {{\"{media_type}\": {{}}}}}}, {FINE}");
    let accepts = "responses: {'200': {description: ok, content: {\"application/\u{f1}+json\": {}}}}";
    let itself = "A: {oneOf: [{$ref: '#/components/schemas/B'}, {type: string}]}, B: {oneOf: [{$ref: '#/components/schemas/A'}, {type: integer}]}";
    for (operation, schemas, expected) in [
        (
            FINE,
            itself,
            "/schemas/A): A is one of its own alternatives, directly or through others, so no value of it is finite",
        ),
        (
            FINE,
            "A: {properties: {b: {$ref: './models.yaml#/A'}}}",
            "/properties/b/$ref): \"./models.yaml#/A\" is in another file",
        ),
        (
            FINE,
            "A: {allOf: [{$ref: 'https://a.example/models.yaml'}, {type: object}]}",
            "/A/allOf/0/$ref): \"https://a.example/models.yaml\" is in another file",
        ),
        (
            &format!("parameters: [{{name: a, in: query, schema: {{$ref: m.yaml}}}}], {FINE}"),
            "",
            "/parameters/0/schema/$ref): \"m.yaml\" is in another file",
        ),
        (
            FINE,
            "A: {properties: {a: {}}, additionalProperties: {properties: {secret: {type: string}}}}",
            "secrets under free keys",
        ),
        (&body("application/x\u{f1}"), "", "a media type has characters that no header can have"),
        (&body("text/plain\\nx"), "", "a media type has characters that no header can have"),
        (accepts, "", "a media type has characters that no header can have"),
        ("responses: {'101': {description: upgrade}}", "", "/101): status 101 changes the protocol"),
        (
            FINE,
            "A: {properties: {a: {}}, additionalProperties: {type: string, format: password}}",
            "secrets under free keys",
        ),
        (
            FINE,
            "A: {properties: {a: {}}, additionalProperties: {properties: {secret: {type: string}}}}",
            "secrets under free keys",
        ),
    ] {
        let made = foreign::make("bad.yaml", &small(operation, schemas), "bad");
        let error = made.map_or_else(|error| format!("{error:#}"), |_| "accepted".to_owned());
        if !(error.contains(expected) && error.contains("bad.yaml:")) {
            wrong.push(format!("expected {expected}, found {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let empty = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\n";
    let error = format!("{:#}", foreign::make("bad.yaml", empty, "bad").unwrap_err());
    assert!(error.contains("bad.yaml:3:1 (#/paths): the document has no operations"), "{error}");
}

#[test]
fn everything_that_a_client_lacks_is_noted_with_its_place() {
    let mut wrong = Vec::new();
    let parameter = |written: &str| format!("parameters: [{written}], {FINE}");
    for (operation, schemas, expected) in [
        (
            FINE,
            "A: {type: object, properties: {kind: {type: string}}, discriminator: {propertyName: kind}}",
            "/schemas/A): discriminator: it lists no alternatives",
        ),
        (
            "responses: {'200': {description: ok, headers: {X-A: {schema: {type: string}}}}}",
            "",
            "/responses/200): headers: its headers are not typed",
        ),
        (
            &parameter("{name: a, in: cookie, schema: {type: string}}"),
            "",
            "/parameters/0): parameter: `a` is not an argument: the HTTP client handles cookies",
        ),
        (&format!("servers: [{{url: /b}}], {FINE}"), "", "/post): servers: its own servers are ignored"),
        (&format!("callbacks: {{a: {{}}}}, {FINE}"), "", "/callbacks): operation: the service makes these calls"),
        (
            &parameter("{name: a, in: query, style: deepObject, schema: {type: object}}"),
            "",
            "/parameters/0): argument: the keys of `a` are free: a map",
        ),
        (
            &parameter(
                "{name: a, in: query, style: deepObject, schema: {type: object, properties: {b: {type: string}}, additionalProperties: true}}",
            ),
            "",
            "/parameters/0): parameter: the other keys of `a` are not arguments: dropped",
        ),
        (
            &format!(
                "requestBody: {{content: {{application/x-www-form-urlencoded: {{schema: {{type: array}}, encoding: {{}}}}}}}}, {FINE}"
            ),
            "",
            "/requestBody): media type: a form is an object, but this is not: the caller writes it as text",
        ),
        (
            &format!(
                "requestBody: {{content: {{application/x-www-form-urlencoded: {{encoding: {{a: {{explode: false}}}}}}}}}}, {FINE}"
            ),
            "",
            "/requestBody): body: its `encoding` is ignored",
        ),
        (
            FINE,
            "A: {discriminator: {propertyName: k, maping: {}}}",
            "/maping): key: `maping` is not a key of a discriminator",
        ),
        (FINE, "A: {required: [01JX3V5Z8Q]}", "/required): required: `01JX3V5Z8Q` is required but not among"),
        (
            FINE,
            "A: {type: strnig, properties: {secret: {type: string}}}",
            "/A): suspect: a part of it is a secret but has no type",
        ),
        (
            FINE,
            "A: {required: [b, 01JX3V5Z8Q], properties: {b: {}}}",
            "/required): required: `01JX3V5Z8Q` is required but not among the properties: dropped",
        ),
        (
            &format!("requestBody: {{content: {{text/plain: {{}}, application/json: {{}}, a/b: {{}}}}}}, {FINE}"),
            "",
            "/requestBody): body: it is sent as application/json, not as a/b, text/plain",
        ),
    ] {
        let explained = made("small.yaml", &small(operation, schemas)).model.explained();
        if !(explained.contains(expected) && explained.contains("small.yaml:")) {
            wrong.push(format!("expected {expected}, found {explained}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn an_operation_id_that_is_a_name_keeps_it_and_accents_are_folded() {
    let ids = ["send-thing", "sendThing", "G\u{1eed}i tin nh\u{1eaf}n", "re\u{301}sume\u{301}"];
    let path = |(at, id)| format!("  /{at}: {{get: {{operationId: '{id}', responses: {{}}}}}}\n");
    let paths: String = ids.iter().enumerate().map(path).collect();
    let text = format!("openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths:\n{paths}");
    let operations = made("small.yaml", &text).model.api.operations;
    let names: Vec<String> = operations.into_iter().map(|operation| operation.name).collect();
    assert_eq!(names, ["SendThing2", "SendThing", "GuiTinNhan", "Resume"]);
}

/// The oracle is the parser that rustdoc uses.
#[test]
fn the_prose_of_a_document_becomes_neither_code_nor_html() {
    let mut seen = 0;
    for (name, text) in fixtures() {
        let mut docs = vec![String::new()];
        let made = made(&name, &text);
        let library = made.files.iter().find(|file| file.path == "src/lib.rs").unwrap().content.replace("//!", "///");
        for line in library.lines().chain(made.code.lines()) {
            match (line.trim_start().strip_prefix("///"), docs.last_mut()) {
                (Some(doc), Some(last)) => writeln!(last, "{}", doc.strip_prefix(' ').unwrap_or(doc)).unwrap(),
                _ => docs.push(String::new()),
            }
        }
        for doc in docs.iter().filter(|doc| !doc.is_empty()) {
            for event in pulldown_cmark::Parser::new_ext(doc, pulldown_cmark::Options::all()) {
                use pulldown_cmark::{Event, Tag};
                let is_bare_url = matches!(&event, Event::Text(text) if text.contains("://"));
                let is_reversed = doc.contains('\u{202e}');
                let unwanted = matches!(
                    event,
                    Event::Html(_)
                        | Event::InlineHtml(_)
                        | Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::Link { .. })
                );
                assert!(!(unwanted || is_bare_url || is_reversed), "{name}: {event:?} of {doc:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 1000, "{seen}");
}

#[test]
fn webhooks_are_noted() {
    let text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {responses: {}}}}\nwebhooks: {b: {post: {}}}\n";
    let explained = made("small.yaml", text).model.explained();
    assert!(explained.contains("small.yaml:4:1 (#/webhooks): operation: the service makes these calls"), "{explained}");
}

#[test]
fn only_generated_files_are_replaced() {
    let files = made_of("shop.yaml").files;
    for file in &files {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "//! Handwritten.\n").unwrap();
        let error = foreign::refuse_to_replace(folder.path(), &files).unwrap_err().to_string();
        assert!(error.contains(&format!("{} was not generated", path.display())), "{error}");
        fs::remove_file(&path).unwrap();
        emit::write(folder.path(), &files).unwrap();
        foreign::refuse_to_replace(folder.path(), &files).unwrap();
    }
}

#[test]
fn the_contract_has_no_notes() {
    let contract = fs::read_to_string(root().join(CONTRACT)).unwrap();
    assert_eq!(xtask::model(CONTRACT, &contract, Dialect::Contract).unwrap().explained(), "");
}

fn made_of(name: &str) -> Made {
    made(name, &fixtures()[name])
}
