//! Checks on all snapshots: the README documents the fields of `--json`, and messages name no Rust.

use std::{collections::BTreeSet, path::Path};

use serde_json::{Deserializer, Value};

/// The snapshots whose objects are endpoints, which the README does not spell out.
const ENDPOINTS: [&str; 4] =
    ["webhooks-list-json", "webhooks-list-page-json", "webhooks-show-json", "webhooks-update-json"];

/// The names and texts of the snapshots.
fn snapshots() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/snapshots");
    let read = |path: &Path| {
        let name = path.file_stem().unwrap().to_str().unwrap().rsplit("__").next().unwrap().to_owned();
        let text = std::fs::read_to_string(path).unwrap();
        (name, text[text.rfind("---\n").unwrap() + 4..].to_owned())
    };
    std::fs::read_dir(folder).unwrap().map(|entry| read(&entry.unwrap().path())).collect()
}

#[test]
fn every_field_is_documented() {
    let readme = include_str!("../../README.md");
    let mut fields = BTreeSet::new();
    for (name, json) in snapshots() {
        if !name.ends_with("-json") || ENDPOINTS.contains(&&*name) {
            continue;
        }
        // Text after the JSON, such as a warning, is not an object.
        for value in Deserializer::from_str(&json).into_iter::<Value>().map_while(Result::ok) {
            fields.extend(value.as_object().unwrap().keys().cloned());
        }
    }
    assert!(fields.len() > 30, "{fields:?}");
    let missing: Vec<&String> = fields.iter().filter(|field| !readme.contains(&format!("`{field}`"))).collect();
    assert!(missing.is_empty(), "not in the README: {missing:?}");
}

/// An operator cannot call Rust. What is in backticks is a command, an option, or a part of one.
#[test]
fn messages_name_commands_and_no_rust() {
    let mut quoted = BTreeSet::new();
    for (name, text) in snapshots() {
        assert!(!text.contains("::") && !text.contains("sink"), "{name}: {text}");
        quoted.extend(text.split('`').skip(1).step_by(2).map(str::to_owned));
    }
    assert!(quoted.len() > 5, "{quoted:?}");
    quoted.retain(|quoted| quoted.contains(['_', '(']));
    assert!(quoted.is_empty(), "{quoted:?}");
}
