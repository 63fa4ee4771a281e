//! Documents that are each one trouble, and two as large as real ones: what is made of them compiles, and is true.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
};

use hb_portal_tests::{
    exports, root, rules,
    scratch::{PROFILE, Scratch},
};
use xtask::{
    CONTRACT,
    api::Definition,
    foreign::{self, Made, RUNTIME},
    load,
    notes::Notes,
    read::{self, Dialect},
    walk::{Kind, walk},
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

/// Those whose clients are called, in tests/fixtures/clients.
const CALLED: [&str; 5] = ["answers-by-status.yaml", "bodies.yaml", "hard.yaml", "parameters.yaml", "shop.yaml"];

/// All of them are modules of one package. Those that are called are its library; of the others, in a program that does
/// nothing, the compiler looks at every line and makes no machine code, which for the large ones would be most of the time.
#[test]
fn what_is_generated_of_every_fixture_compiles_and_is_true_on_the_wire() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 14, "{}", fixtures.len());
    let scratch = Scratch::new(env!("CARGO_TARGET_TMPDIR"), "fixtures");
    let file = |files: &[xtask::emit::Artifact], path: &str| {
        files.iter().find(|file| file.path == path).unwrap().content.clone()
    };
    let any = made("growth.yaml", &fixtures["growth.yaml"]).files;
    for (path, text) in RUNTIME {
        scratch.write(path, text);
    }
    let library =
        file(&any, "src/lib.rs").replace("mod generated;", "").replace("pub use generated::{operations, types};", "");
    let [mut called, mut compiled] = [
        library.clone(),
        format!("{}\nfn main() {{}}\n", library.replacen("#![forbid", "#![allow(dead_code)]\n#![forbid", 1)),
    ];
    for (name, text) in &fixtures {
        let module = name.replace(|char: char| !char.is_ascii_alphanumeric(), "_");
        scratch.write(&format!("src/{module}.rs"), &made(name, text).code);
        let library = if CALLED.contains(&&**name) { &mut called } else { &mut compiled };
        writeln!(library, "pub mod {module};").unwrap();
    }
    scratch.write("src/lib.rs", &called);
    scratch.write("src/main.rs", &compiled.replace("pub use", "#[allow(unused_imports)]\npub use"));
    // Its TLS is not among the workspace's dependencies, and would have to be fetched.
    let manifest = file(&any, "Cargo.toml");
    let without_tls = manifest.replace("\"rustls\"]", "]").replace("rustls = [\"reqwest?/rustls\"]\n", "");
    assert_ne!(without_tls, manifest);
    scratch.write("Cargo.toml", &format!("{without_tls}{DEV_DEPENDENCIES}{PROFILE}{TARGETS}"));
    for test in ["caller", "foreign", "rows"] {
        scratch.write(&format!("tests/{test}.rs"), &Scratch::text(&format!("tests/fixtures/clients/{test}.rs")));
    }
    scratch.write("tests/server/mod.rs", &Scratch::text("tests/fixtures/clients/server.rs"));
    scratch.cargo(&["test"]);
}

/// What the crate's own tests need.
const DEV_DEPENDENCIES: &str = r#"
[dev-dependencies]
tokio = { version = "1.47", default-features = false, features = ["macros", "rt"] }
"#;

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

/// Invariant 6: a parameter, a status or a property of a component is in the model, or a note says why it is not.
#[test]
fn nothing_is_lost_without_a_note() {
    for (name, text) in fixtures() {
        let document = load::source(&name, &text).unwrap().value;
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
        // A note about an operation as a whole says nothing of what is in it.
        let about = |note: &str, at: &str| {
            note.starts_with(at) || (note.starts_with("/components/schemas/") && at.starts_with(note))
        };
        let told = |at: &str| notes.as_slice().iter().any(|note| about(&note.pointer, at));
        let mut lost = Vec::new();
        let mut seen = 0;
        walk(&document, &mut |pointer, node| {
            let property =
                pointer.starts_with("/components/schemas/") && pointer.rsplit('/').nth(1) == Some("properties");
            let counts = match node.kind {
                Kind::Parameter => pointer.starts_with("/paths/"),
                Kind::Response => pointer.starts_with("/paths/") && node.value.get("$ref").is_none(),
                Kind::Schema => property,
                _ => false,
            };
            if counts {
                seen += 1;
                if !kept.contains(pointer) && !told(pointer) {
                    lost.push(pointer.to_owned());
                }
            }
        });
        assert_eq!(lost, [""; 0], "{name}");
        assert!(seen > 0, "{name}");
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
fn what_no_client_can_be_made_of_is_reported_all_at_once_with_place_and_reason() {
    let text = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a/{b:\n    get: {responses: {}}\n  /c:\n    get:\n      parameters: [{name: q, in: query, required: true, style: deepObject, schema: {type: object}}]\n      responses: {'200': {$ref: '#/components/responses/Nowhere'}}\n";
    let error = format!("{:#}", foreign::make("bad.yaml", text, "bad").unwrap_err());
    for expected in ["3 problems", "bad.yaml:4:3 (#/paths/~1a~1{b)", "bad.yaml:8:20", "Nowhere", "fix: "] {
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
