//! Applies an import to the contract fact by fact: facts that the document states are written, all others stay.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::selection::TIERS;
use crate::{
    read::{MARK, SOURCE},
    walk::{METHODS, push_step},
};

pub(super) const ORIGIN: &str = "x-hb-origin";

/// An entry to write into the contract, below the keys `parents`.
#[derive(Debug, PartialEq)]
pub(super) struct Edit {
    pub(super) parents: Vec<String>,
    pub(super) key: String,
    pub(super) value: Value,
}

/// The effect of an import.
#[derive(Debug, Default)]
pub(super) struct Merged {
    pub(super) edits: Vec<Edit>,
    /// The JSON pointers of documented facts that are replaced.
    pub(super) replaced: BTreeSet<String>,
    /// The JSON pointers of facts that the contract does not have.
    pub(super) new: BTreeSet<String>,
    /// The JSON pointers of new secrets.
    pub(super) secret: BTreeSet<String>,
    /// The JSON pointers of documented facts that the document no longer states.
    pub(super) gone: BTreeSet<String>,
    /// The JSON pointers of other facts about the same subjects that the document does not state.
    pub(super) kept: BTreeSet<String>,
}

/// Merges the facts of `document`, whose name is `origin`, into `present`; `all` if it is the whole document.
pub(super) fn merge(document: &Value, present: &Value, origin: &str, all: bool) -> Merged {
    let mut merge = Merge { present, origin, at: Vec::new(), merged: Merged::default() };
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        let operations = item.as_object().into_iter().flatten();
        for (method, operation) in operations.filter(|(method, _)| METHODS.contains(&method.as_str())) {
            merge.at = vec!["paths".to_owned(), path.clone()];
            merge.entry(method, operation);
        }
    }
    for (path, item) in present.get("paths").and_then(Value::as_object).into_iter().flatten().filter(|_| all) {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let gone = document.get("paths").and_then(|paths| paths.get(path)?.get(method)).is_none();
            if gone && operation.get(ORIGIN).is_some_and(|from| merge.is_from_here(from)) {
                merge.at = vec!["paths".to_owned(), path.clone(), method.clone()];
                merge.gone(operation);
            }
        }
    }
    for (name, schema) in document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten() {
        merge.at = vec!["components".to_owned(), "schemas".to_owned()];
        merge.entry(name, schema);
    }
    merge.merged
}

struct Merge<'a> {
    present: &'a Value,
    /// The name of the document.
    origin: &'a str,
    at: Vec<String>,
    merged: Merged,
}

impl Merge<'_> {
    /// Merges the entry `name` of the current place: an operation, a type, a response, a property. Like the functions below, returns
    /// whether that changed the fact that contains it.
    fn entry(&mut self, name: &str, new: &Value) -> bool {
        let old = self.at.iter().try_fold(self.present, |value, key| value.get(key)).and_then(|at| at.get(name));
        let Some(old) = old.cloned() else {
            self.deeper(name, |merge| merge.is_new(new));
            self.put(name, without_nested_origins(new));
            return false;
        };
        if form(&old) == form(new) {
            return self.deeper(name, |merge| merge.keywords(&old, new));
        }
        let mut new = without_nested_origins(new);
        if let (Some(mark), Some(members)) = (old.get(MARK), new.as_object_mut()) {
            members.insert(MARK.to_owned(), mark.clone());
        }
        self.deeper(name, |merge| merge.replaces(&old));
        self.put(name, new);
        old.get(SOURCE).is_none()
    }

    /// Merges the keywords of an object, which is a fact itself if it has a tier.
    fn keywords(&mut self, old: &Value, new: &Value) -> bool {
        let mut changed = false;
        let better_known = rank(old.get(SOURCE)) < rank(new.get(SOURCE));
        let members = new.as_object().into_iter().flatten();
        for (key, member) in members.filter(|(key, _)| ![SOURCE, ORIGIN].contains(&key.as_str())) {
            match old.get(key) {
                // A maintainer decided whether it is a secret.
                Some(_) if key == MARK => {}
                Some(known) if WORDING.contains(&key.as_str()) => {
                    if member != "" && member != known {
                        self.deeper(key, |merge| if better_known { merge.keeps() } else { merge.replaces(old) });
                        if !better_known {
                            self.put(key, member.clone());
                        }
                    }
                }
                Some(known) => changed |= self.keyword(key, known, member),
                None if NAMES.contains(&key.as_str()) => changed |= self.keyword(key, &json!({}), member),
                None => {
                    if key == MARK && member == &Value::Bool(true) {
                        self.merged.secret.insert(self.pointer());
                    }
                    self.put(key, without_nested_origins(member));
                    changed |= !WORDING.contains(&key.as_str());
                }
            }
        }
        for key in SILENCES.iter().filter(|key| old.get(**key).is_some() && new.get(**key).is_none()) {
            self.deeper(key, Self::keeps);
        }
        let Some(tier) = old.get(SOURCE) else { return changed };
        if changed {
            self.replaces(old);
        }
        if changed || rank(new.get(SOURCE)) < rank(Some(tier)) {
            for key in [SOURCE, ORIGIN] {
                if let Some(value) = new.get(key) {
                    self.put(key, value.clone());
                }
            }
        }
        false
    }

    fn keyword(&mut self, key: &str, old: &Value, new: &Value) -> bool {
        match (old, new) {
            (Value::Object(known), Value::Object(names)) if NAMES.contains(&key) => {
                self.deeper(key, |merge| merge.names(known, names))
            }
            (Value::Object(_), Value::Object(_)) if form(old) == form(new) => {
                self.deeper(key, |merge| merge.keywords(old, new))
            }
            _ if same(key, old, new) => false,
            _ => {
                self.put(key, without_nested_origins(new));
                true
            }
        }
    }

    fn names(&mut self, old: &Map<String, Value>, new: &Map<String, Value>) -> bool {
        let mut changed = false;
        for (name, member) in new {
            changed |= self.entry(name, member);
        }
        for (name, known) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
            self.deeper(name, |merge| merge.gone(known));
        }
        changed
    }

    fn deeper<T>(&mut self, key: &str, then: impl FnOnce(&mut Self) -> T) -> T {
        self.at.push(key.to_owned());
        let done = then(self);
        self.at.pop();
        done
    }

    fn put(&mut self, key: &str, value: Value) {
        self.merged.edits.push(Edit { parents: self.at.clone(), key: key.to_owned(), value });
    }

    fn replaces(&mut self, old: &Value) {
        if old.get(SOURCE).and_then(Value::as_str) == Some("documented") {
            let pointer = self.pointer();
            self.merged.replaced.insert(pointer);
        }
    }

    fn is_new(&mut self, new: &Value) {
        fn secrets(value: &Value, pointer: &str, found: &mut BTreeSet<String>) {
            if value.get(MARK) == Some(&Value::Bool(true)) {
                found.insert(pointer.to_owned());
            }
            for (key, member) in value.as_object().into_iter().flatten() {
                let mut pointer = pointer.to_owned();
                push_step(&mut pointer, key);
                secrets(member, &pointer, found);
            }
        }
        let pointer = self.pointer();
        secrets(new, &pointer, &mut self.merged.secret);
        self.merged.new.insert(pointer);
    }

    /// Records a fact that the document does not state: as gone if it is documented and no other document is its origin, else as
    /// kept.
    fn gone(&mut self, known: &Value) {
        let target =
            known.get("$ref").and_then(Value::as_str).and_then(|to| self.present.pointer(to.strip_prefix('#')?));
        let documented = |fact: &Value| fact.get(SOURCE).and_then(Value::as_str) == Some("documented");
        let mut origin = None;
        let mut within = Some(self.present);
        for step in &self.at {
            within = within.and_then(|value| value.get(step));
            origin = within.and_then(|value| value.get(ORIGIN)).or(origin);
        }
        let ours = origin.is_none_or(|origin| self.is_from_here(origin));
        if ours && (documented(known) || target.is_some_and(documented)) {
            let pointer = self.pointer();
            self.merged.gone.insert(pointer);
        } else {
            self.keeps();
        }
    }

    fn is_from_here(&self, origin: &Value) -> bool {
        origin.as_str().and_then(|from| from.strip_prefix(self.origin)).is_some_and(|rest| rest.starts_with(" ("))
    }

    fn keeps(&mut self) {
        let pointer = self.pointer();
        self.merged.kept.insert(pointer);
    }

    fn pointer(&self) -> String {
        let mut pointer = String::new();
        self.at.iter().for_each(|step| push_step(&mut pointer, step));
        pointer
    }
}

/// Keys of mappings whose keys are names and not keywords.
const NAMES: &[&str] = &["properties", "responses", "content", "headers"];

/// The keywords that are only for people.
const WORDING: &[&str] = &["description", "summary", "title", "tags", "example", "operationId"];

/// Keywords that a document may omit although they apply. If it does, those of the contract stay.
const SILENCES: &[&str] = &[
    "required",
    "nullable",
    "format",
    "enum",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "pattern",
    "default",
    "additionalProperties",
    "parameters",
    "requestBody",
    "security",
];

/// The keywords that identify a schema. If one differs, it is another schema, and nothing is merged.
fn form(schema: &Value) -> Value {
    let keys = ["$ref", "type", "allOf", "anyOf", "oneOf", "not"];
    json!(keys.map(|key| schema.get(key).map(bare)))
}

/// Whether two values of `key` mean the same.
fn same(key: &str, old: &Value, new: &Value) -> bool {
    let sorted = |value: &Value| {
        let mut value = bare(value);
        // The order of these lists has no meaning.
        if let (true, Some(items)) = (["required", "enum"].contains(&key), value.as_array_mut()) {
            items.sort_by_key(Value::to_string);
        }
        value
    };
    sorted(old) == sorted(new)
}

/// A value without tiers and origins.
fn bare(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(key, _)| ![SOURCE, ORIGIN].contains(&key.as_str()))
            .map(|(key, member)| (key.clone(), bare(member)))
            .collect(),
        Value::Array(items) => items.iter().map(bare).collect(),
        other => other.clone(),
    }
}

/// A value in which only the outermost object states its origin, which also applies to its members.
fn without_nested_origins(value: &Value) -> Value {
    fn without(value: &Value) -> Value {
        match value {
            Value::Object(members) => members
                .iter()
                .filter(|(key, _)| *key != ORIGIN)
                .map(|(key, member)| (key.clone(), without(member)))
                .collect(),
            Value::Array(items) => items.iter().map(without).collect(),
            other => other.clone(),
        }
    }
    let mut bare = without(value);
    if let (Some(origin), Some(members)) = (value.get(ORIGIN), bare.as_object_mut()) {
        members.insert(ORIGIN.to_owned(), origin.clone());
    }
    bare
}

/// The rank of a tier; a lower one is more certain.
fn rank(tier: Option<&Value>) -> usize {
    let tier = tier.and_then(Value::as_str);
    TIERS.iter().position(|known| tier == Some(known)).unwrap_or(TIERS.len())
}
