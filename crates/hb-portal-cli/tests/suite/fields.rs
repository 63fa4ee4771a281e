//! Checks that the README documents the fields of `--json`.

use std::{collections::BTreeSet, path::Path};

use serde_json::{Deserializer, Value};

/// The snapshots whose objects are endpoints, which the README does not spell out.
const ENDPOINTS: [&str; 4] =
    ["webhooks-list-json", "webhooks-list-page-json", "webhooks-show-json", "webhooks-update-json"];

#[test]
fn every_field_is_documented() {
    let readme = include_str!("../../README.md");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/snapshots");
    let mut fields = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().rsplit("__").next().unwrap().to_owned();
        if !name.ends_with("-json") || ENDPOINTS.contains(&&*name) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let json = &text[text.rfind("---\n").unwrap() + 4..];
        // Text after the JSON, such as a warning, is not an object.
        for value in Deserializer::from_str(json).into_iter::<Value>().map_while(Result::ok) {
            fields.extend(value.as_object().unwrap().keys().cloned());
        }
    }
    assert!(fields.len() > 30, "{fields:?}");
    let missing: Vec<&String> = fields.iter().filter(|field| !readme.contains(&format!("`{field}`"))).collect();
    assert!(missing.is_empty(), "not in the README: {missing:?}");
}
