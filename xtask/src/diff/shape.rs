//! What a thing is without its words: whether two are the same under another name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::sides::SCHEMAS;

/// Keys that only people read.
const DOCS: &[&str] = &["description", "summary", "title", "example", "examples", "externalDocs", "tags"];

/// The shape of a schema or another object: all of it but what only people read, and extensions other than marks of
/// secrecy.
pub(super) fn of(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut shape = Map::new();
            for (key, member) in members {
                let is_mark = key == crate::read::MARK;
                if DOCS.contains(&key.as_str()) || (key.starts_with("x-") && !is_mark) {
                    continue;
                }
                let member = match (key.as_str(), member) {
                    // Here the keys are names, and a property may well be called `description`.
                    ("properties", Value::Object(properties)) => {
                        properties.iter().map(|(name, schema)| (name.clone(), of(schema))).collect()
                    }
                    ("required", Value::Array(names)) => {
                        let mut names = names.clone();
                        names.sort_by_key(Value::to_string);
                        Value::Array(names)
                    }
                    ("enum" | "default", _) => member.clone(),
                    _ => of(member),
                };
                shape.insert(key.clone(), member);
            }
            Value::Object(shape)
        }
        Value::Array(items) => items.iter().map(of).collect(),
        other => other.clone(),
    }
}

/// Which of `removed` is which of `added` under another name: those of one shape that nothing else has; among several,
/// those that are also described alike.
pub(super) fn renamed(
    removed: &BTreeMap<String, Named<'_>>,
    added: &BTreeMap<String, Named<'_>>,
) -> BTreeMap<String, String> {
    let mut pairs: BTreeMap<String, String> = BTreeMap::new();
    for with_words in [false, true] {
        let key = |one: &Named<'_>| {
            let words = if with_words { one.value.get("description") } else { None };
            format!("{} {words:?}", one.shape)
        };
        let mut alike: BTreeMap<String, (Vec<&String>, Vec<&String>)> = BTreeMap::new();
        let taken: BTreeSet<&String> = pairs.values().collect();
        for (name, one) in removed.iter().filter(|(name, _)| !pairs.contains_key(*name)) {
            alike.entry(key(one)).or_default().0.push(name);
        }
        for (name, one) in added.iter().filter(|(name, _)| !taken.contains(name)) {
            alike.entry(key(one)).or_default().1.push(name);
        }
        for (old, new) in alike.into_values() {
            if let ([old], [new]) = (old.as_slice(), new.as_slice()) {
                pairs.insert((*old).clone(), (*new).clone());
            }
        }
    }
    pairs
}

/// Something that may have another name.
#[derive(Debug)]
pub(super) struct Named<'a> {
    /// What must be the same.
    pub(super) shape: Value,
    /// The whole of it.
    pub(super) value: &'a Value,
}

/// The schemas whose name is another, from the base's to the one they have now.
pub(super) fn renamed_schemas(base: &Value, now: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    // What refers to a renamed one is of the same shape only once that is known, so again until nothing is found.
    loop {
        let mut removed = BTreeMap::new();
        let mut added = BTreeMap::new();
        for Entry { key, base, now } in entries_of_both(base.pointer(SCHEMAS), now.pointer(SCHEMAS)) {
            let (to, value) = match (base, now) {
                (Some(value), None) => (&mut removed, value),
                (None, Some(value)) => (&mut added, value),
                _ => continue,
            };
            let mut shape = of(value);
            refer(&mut shape, &|name| match name {
                // What refers to itself does so under either name.
                own if own == key => Some("#".to_owned()),
                other => found.get(other).map(|new| format!("#{SCHEMAS}/{new}")),
            });
            to.insert(key, Named { shape, value });
        }
        let more = renamed(&removed, &added);
        if more.len() <= found.len() {
            return found;
        }
        found = more;
    }
}

/// Gives the references to schemas in `value` another target where `to` has one.
fn refer(value: &mut Value, to: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::Object(members) => members.values_mut().for_each(|member| refer(member, to)),
        Value::Array(items) => items.iter_mut().for_each(|item| refer(item, to)),
        Value::String(text) => {
            let name = text.strip_prefix('#').and_then(|text| text.strip_prefix(SCHEMAS)?.strip_prefix('/'));
            if let Some(target) = name.and_then(to) {
                *text = target;
            }
        }
        _ => {}
    }
}

/// One key of two maps.
pub(super) struct Entry<'a> {
    pub(super) key: String,
    pub(super) base: Option<&'a Value>,
    pub(super) now: Option<&'a Value>,
}

/// The keys of two maps, each with what it holds in either.
pub(super) fn entries_of_both<'a>(base: Option<&'a Value>, now: Option<&'a Value>) -> Vec<Entry<'a>> {
    keys_of_both(base, now)
        .into_iter()
        .map(|key| Entry { base: base.and_then(|map| map.get(&key)), now: now.and_then(|map| map.get(&key)), key })
        .collect()
}

/// The keys of two objects together, each once.
pub(super) fn keys_of_both(base: Option<&Value>, now: Option<&Value>) -> Vec<String> {
    let all: BTreeSet<String> = [base, now].into_iter().flatten().flat_map(keys).collect();
    all.into_iter().collect()
}

/// The keys of an object; none if it is none.
pub(super) fn keys(value: &Value) -> impl Iterator<Item = String> + use<> {
    let keys: Vec<String> = value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
    keys.into_iter()
}

/// What a reference stands for, through several if need be, and where that is; what is none stands for itself.
pub(super) fn resolved<'a>(document: &'a Value, value: &'a Value, pointer: &str) -> (&'a Value, String) {
    let mut found = (value, pointer.to_owned());
    // As many steps as no chain of references has that leads anywhere.
    for _ in 0..32 {
        let reference = found.0.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix('#'));
        let Some((to, target)) = reference.and_then(|to| Some((to, document.pointer(to)?))) else { break };
        found = (target, to.to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_are_no_part_of_a_shape_and_properties_that_are_called_like_them_are() {
        let schema = json!({"description": "d", "x-a": 1, "x-hb-secret": true, "required": ["b", "a"],
            "properties": {"description": {"type": "string", "title": "t"}}, "enum": [{"title": 1}]});
        assert_eq!(
            of(&schema),
            json!({"x-hb-secret": true, "required": ["a", "b"], "properties": {"description": {"type": "string"}},
                "enum": [{"title": 1}]})
        );
    }

    #[test]
    fn only_an_unmistakable_pair_is_a_renaming() {
        for (removed, added, expected) in [
            (json!({"a": {"type": "string"}}), json!({"b": {"type": "string"}}), vec![("a", "b")]),
            (json!({"a": {"type": "string"}}), json!({"b": {"type": "integer"}}), vec![]),
            (json!({"a": {"type": "string"}}), json!({"b": {"type": "string"}, "c": {"type": "string"}}), vec![]),
            (
                json!({"a": {"type": "string", "description": "x"}, "b": {"type": "string"}}),
                json!({"c": {"type": "string"}, "d": {"type": "string", "description": "x"}}),
                vec![("a", "d"), ("b", "c")],
            ),
        ] {
            let named = |all: &'_ Value| -> Vec<String> { keys(all).collect() };
            let of_all = |all| -> BTreeMap<String, Named<'_>> {
                let all: &Value = all;
                named(all)
                    .into_iter()
                    .map(|name| (name.clone(), Named { shape: of(&all[&name]), value: &all[&name] }))
                    .collect()
            };
            let pairs = renamed(&of_all(&removed), &of_all(&added));
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
            assert_eq!(pairs, expected, "{removed} {added}");
        }
    }
}
