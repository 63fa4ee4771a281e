//! Reads the keywords that apply at a place of a document, including those behind references and in the parts of a schema.

use serde_json::{Map, Value, json};

use crate::{api::Response, read::followed, walk::push_step};

/// The object at a pointer after following its references, and its place; null if there is none.
pub(super) fn object(document: &Value, at: &str) -> (Value, String) {
    let found = document.pointer(at).and_then(|value| followed(document, value, at).ok());
    found.map(|(value, at)| (value.clone(), at)).unwrap_or_default()
}

/// The keywords of a schema, including those of its reference, its `allOf`, and its only alternative other than null.
fn keywords(document: &Value, value: &Value, depth: usize) -> Map<String, Value> {
    let mut all = value.as_object().cloned().unwrap_or_default();
    let target = followed(document, value, "").ok().filter(|_| all.remove("$ref").is_some());
    let list = |key: &str| value.get(key).and_then(Value::as_array).into_iter().flatten();
    let alternatives = |key: &str| {
        let some: Vec<&Value> = list(key).filter(|one| !is_null(one)).collect();
        if let [only] = some.as_slice() { Some(*only) } else { None }
    };
    let only = ["oneOf", "anyOf"].into_iter().filter_map(alternatives);
    // The limit ends cycles of references; no real schema is this deep.
    for part in target.map(|(value, _)| value).into_iter().chain(list("allOf")).chain(only).filter(|_| depth < 16) {
        for (key, member) in keywords(document, part, depth + 1) {
            all.entry(key).or_insert(member);
        }
    }
    all
}

fn is_null(value: &Value) -> bool {
    value.get("type").is_some_and(|kind| kind == "null" || *kind == json!(["null"]))
        || value.get("const") == Some(&Value::Null)
}

/// The keywords of the schemas at a pointer.
pub(super) fn keywords_at(document: &Value, pointer: &str) -> Map<String, Value> {
    let mut all = Map::new();
    for value in places(document, pointer).iter().filter_map(|at| document.pointer(at)) {
        for (key, member) in keywords(document, value, 0) {
            all.entry(key).or_insert(member);
        }
    }
    all
}

/// The places that a pointer means when its steps may lead through references and into each part of a schema.
pub(super) fn places(document: &Value, pointer: &str) -> Vec<String> {
    fn step(document: &Value, at: &str, to: &str, depth: usize) -> Vec<String> {
        let Some((value, at)) = document.pointer(at).and_then(|value| followed(document, value, at).ok()) else {
            return Vec::new();
        };
        let own = format!("{at}/{to}");
        let mut found: Vec<String> = document.pointer(&own).map(|_| own).into_iter().collect();
        for key in ["allOf", "oneOf", "anyOf"].iter().filter(|_| depth < 16) {
            let parts = value.get(*key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let is_alone = parts.iter().filter(|part| !is_null(part)).count() == 1;
            for index in (0..parts.len()).filter(|_| *key == "allOf" || is_alone) {
                found.extend(step(document, &format!("{at}/{key}/{index}"), to, depth + 1));
            }
        }
        found
    }
    let steps = pointer.split('/').skip(1);
    steps.fold(vec![String::new()], |all, to| all.iter().flat_map(|at| step(document, at, to, 0)).collect())
}

pub(super) fn listed(keywords: &Map<String, Value>) -> Option<Vec<Value>> {
    let constant = keywords.get("const").map(|constant| vec![constant.clone()]);
    let all = constant.or_else(|| keywords.get("enum").and_then(Value::as_array).cloned())?;
    Some(all.into_iter().filter(|value| !value.is_null()).collect())
}

pub(super) fn may_be_null(keywords: &Map<String, Value>) -> bool {
    let has = |key: &str| {
        keywords
            .get(key)
            .and_then(Value::as_array)
            .is_some_and(|all| all.iter().any(|one| one == "null" || is_null(one)))
    };
    keywords.get("nullable") == Some(&Value::Bool(true)) || ["type", "oneOf", "anyOf"].into_iter().any(has)
}

/// The place of the media type of a response that the client types.
pub(super) fn typed(document: &Value, response: &Response) -> String {
    let all = content(&object(document, &response.at).0);
    let own = response.media_types.first().and_then(|own| all.keys().find(|name| name.starts_with(own.as_str())));
    let mut at = format!("{}/content", response.at);
    push_step(&mut at, own.or_else(|| all.keys().next()).map_or("", String::as_str));
    at
}

pub(super) fn content(value: &Value) -> Map<String, Value> {
    value.get("content").and_then(Value::as_object).cloned().unwrap_or_default()
}
