//! Documents that are each one trouble, and two as large as real ones: what is made of them compiles, and is true.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use hb_portal_tests::{
    exports, root, rules,
    scratch::{DEV_DEPENDENCIES, PROFILE, Scratch},
};
use xtask::{
    CONTRACT,
    foreign::{self, Made, RUNTIME},
};

/// Each fixture's name and text.
fn fixtures() -> BTreeMap<String, String> {
    let mut fixtures: BTreeMap<String, String> = fs::read_dir(root().join("tests/fixtures"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "json"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap()))
        .collect();
    fixtures.insert("whole-project.json".to_owned(), exports::whole_project(200).to_string());
    fixtures.insert("with-components.json".to_owned(), exports::with_components(100).to_string());
    fixtures
}

fn made(name: &str, text: &str) -> Made {
    foreign::make(name, text, "fixture").unwrap_or_else(|error| panic!("{name}: {error:#}"))
}

/// Those whose clients are called: tests/fixtures/clients/foreign.rs.
const CALLED: [&str; 3] = ["answers-by-status.yaml", "bodies.yaml", "parameters.yaml"];

/// All of them are modules of one package. Those that are called are its library; of the others, in a program that does
/// nothing, the compiler looks at every line and makes no machine code, which for the large ones would be most of the time.
#[test]
fn what_is_generated_of_every_fixture_compiles_and_is_true_on_the_wire() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 14, "{}", fixtures.len());
    let scratch = Scratch::new(env!("CARGO_TARGET_TMPDIR"), "fixtures");
    let mut called = "//! The generated code that is called.\n".to_owned();
    let mut compiled = "//! The generated code of the other fixtures.\n#![allow(dead_code)]\nfn main() {}\n".to_owned();
    let mut manifest = String::new();
    for (name, text) in &fixtures {
        let made = made(name, text);
        let module = name.replace(|char: char| !char.is_ascii_alphanumeric(), "_");
        scratch.write(&format!("src/{module}.rs"), &made.code);
        let library = if CALLED.contains(&&**name) { &mut called } else { &mut compiled };
        writeln!(library, "#[allow(unreachable_patterns)]\npub mod {module};").unwrap();
        let own = &made.files.iter().find(|file| file.path == "Cargo.toml").unwrap().content;
        if own.contains("multipart") {
            manifest.clone_from(own);
        }
    }
    let runtime = RUNTIME.replace("mod generated;", "").replace("pub use generated::*;", "");
    let runtime = runtime.split_once("\nuse std").unwrap().1;
    scratch.write("src/lib.rs", &format!("{called}\nuse std{runtime}"));
    scratch.write("src/main.rs", &format!("{compiled}\nuse std{runtime}"));
    // The TLS of its default is not among the workspace's dependencies, and would have to be fetched.
    let without_tls = manifest.replace("default = [\"rustls\"]\nrustls = [\"reqwest/rustls\"]\n", "");
    assert_ne!(without_tls, manifest);
    scratch.write("Cargo.toml", &format!("{without_tls}{DEV_DEPENDENCIES}{PROFILE}{TARGETS}"));
    scratch.write("tests/foreign.rs", &Scratch::text("tests/fixtures/clients/foreign.rs"));
    scratch.write("tests/server/mod.rs", &Scratch::text("tests/fixtures/clients/server.rs"));
    scratch.cargo(&["test"]);
}

/// Neither has tests of its own.
const TARGETS: &str = r#"
[lib]
test = false
doctest = false

[[bin]]
name = "others"
path = "src/main.rs"
test = false
"#;

#[test]
fn every_operation_is_kept_and_no_item_is_there_twice() {
    for (name, text) in fixtures() {
        let made = made(&name, &text);
        let asked: usize = text.matches("\"responses\":").count();
        if name.starts_with("whole") {
            assert_eq!((made.operations, asked), (200, 200), "{name}");
        }
        rules::check(&name, &made);
    }
}

#[test]
fn no_success_type_stands_in_for_an_error_type() {
    let code = made_of("answers-by-status.yaml").code;
    let start = function(&code, "start_job");
    for (status, decoded) in [
        ("404u16", "types::StartJobStatus404"),
        ("409u16", "types::StartJobStatus409"),
        ("422u16", "types::StartJobStatus422"),
        ("400u16..=499u16", "types::StartJobStatus4xx"),
        ("204u16", "types::StartJobAnswer::Status204"),
        ("202u16", "types::StartJobAnswer::Status202"),
    ] {
        let arm = start.split(&format!("{status} =>")).nth(1).unwrap_or_else(|| panic!("{status}: {start}"));
        let arm = arm.split("u16 =>").next().unwrap();
        assert!(arm.replace([' ', '\n'], "").contains(&decoded.replace(' ', "")), "{status}: {arm}");
    }
    assert!(start.find("404u16").unwrap() < start.find("400u16..=499u16").unwrap(), "a range hides what is in it");
    assert!(start.contains("ResponseValue<types::StartJobAnswer>, Error<types::StartJobError>"), "{start}");
    assert!(code.contains("Status500(::std::vec::Vec<u8>)"), "the page is bytes");
}

#[test]
fn a_request_is_what_the_document_says_on_the_wire() {
    let code = made_of("bodies.yaml").code;
    assert!(function(&code, "optional").contains("body: ::std::option::Option<&'a types::Sent>"));
    assert!(function(&code, "several").contains("body: &'a types::Sent"));
    assert!(function(&code, "upload").contains("body: reqwest::multipart::Form"));
    assert_eq!(function(&code, "vendor").matches("\"application/vnd.api+json\"").count(), 2, "accepted, and sent");
    assert!(function(&code, "picture_perhaps").contains("from_static(\"image/png\")"));
    let code = made_of("parameters.yaml").code;
    let search = function(&code, "search_items");
    for sent in ["\"filter[name]\"", "\"X-Trace\"", "\"x_trace\"", "\"body\"", "\"number\"", "\"名称\""] {
        assert!(search.contains(sent), "{sent}: {search}");
    }
    for gone in ["ccept", "uthorization", "ontent-type", "session", "stray"] {
        assert!(!search.contains(gone), "{gone}: {search}");
    }
    assert!(function(&code, "styles").contains("\"{}/styles/;a={}/.{}\""), "{code}");
    let code = made_of("names.yaml").code;
    for wire in ["rename = \"user_name\"", "rename = \"extra\"", "rename = \"名称\""] {
        assert!(code.contains(wire) || !wire.contains('_'), "{wire}");
    }
}

#[test]
fn what_is_named_like_a_secret_is_one_and_is_told_of() {
    let made = made_of("secrets.yaml");
    let suspects: Vec<&str> = made.suspects.iter().filter_map(|note| note.pointer.rsplit('/').next()).collect();
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

#[test]
fn what_cannot_be_lowered_is_reported_all_at_once_with_place_and_reason() {
    let text = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a/{b:\n    get: {responses: {}}\n  /c:\n    get:\n      parameters: [{name: q, in: query, required: true, style: deepObject, schema: {type: object}}]\n      responses: {'200': {$ref: '#/components/responses/Nowhere'}}\n";
    let error = format!("{:#}", foreign::make("bad.yaml", text, "bad").unwrap_err());
    for expected in ["3 problems", "bad.yaml:4:3 (#/paths/~1a~1{b)", "bad.yaml:8:20", "Nowhere", "mend: "] {
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn of_our_own_contract_nothing_is_guessed_and_nothing_gets_a_name() {
    let contract = fs::read_to_string(root().join(CONTRACT)).unwrap();
    assert_eq!(xtask::explained_source(CONTRACT, &contract).unwrap().1, "");
}

fn made_of(name: &str) -> Made {
    made(name, &fixtures()[name])
}

/// The text of one function of the client.
fn function<'a>(code: &'a str, name: &str) -> &'a str {
    let from = code.split_once(&format!("pub async fn {name}<")).unwrap_or_else(|| panic!("{name}: {code}")).1;
    from.split("\n    }\n").next().unwrap()
}
