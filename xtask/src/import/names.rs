//! Gives the parts of an import the names that they have in the contract.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{api::Api, notes::Notes, read::names::Taken, walk::push_step};

const SCHEMAS: &str = "/components/schemas";

/// Gives each operation the id that the contract has at the same place, or one made from its summary.
pub(super) fn keep_ids(document: &mut Value, present: &Value) {
    for (path, item) in document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let Some(operation) = operation.as_object_mut() else { continue };
            let known = present.get("paths").and_then(|paths| paths.get(path.trim())?.get(method)?.get("operationId"));
            let summary = operation.get("summary").and_then(Value::as_str).filter(|summary| summary.is_ascii());
            let id = match (known, operation.get("operationId"), summary) {
                (Some(known), ..) => known.clone(),
                (None, None, Some(summary)) => Value::from(id(summary)),
                _ => continue,
            };
            operation.insert("operationId".to_owned(), id);
        }
    }
}

/// The words of a summary joined; each but the first is capitalised, and other letters keep their case.
fn id(summary: &str) -> String {
    let mut words = summary.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    let cased = |word: &str, first: fn(&char) -> char| -> String {
        word.chars().take(1).map(|char| first(&char)).chain(word.chars().skip(1)).collect()
    };
    let rest = words.map(|word| cased(word, char::to_ascii_uppercase));
    std::iter::once(cased(first, char::to_ascii_lowercase)).chain(rest).collect()
}

/// Gives the types that had no name in the document the names of their counterparts in the contract. Any other such
/// name that the contract uses for something else is made unique.
pub(super) fn keep_names(document: &mut Value, present: &Value, api: &Api, notes: &mut Notes) {
    let names: BTreeSet<String> = schemas(document).map(|(name, _)| name.clone()).collect();
    // A component of the document is three steps deep; types inside one, or in an operation, were named when they were read.
    let is_component = |origin: &str| origin.starts_with(SCHEMAS) && origin.matches('/').count() == 3;
    let origin = |name: &String| api.types.get(name).map_or("", |of| &of.at);
    let derived: BTreeSet<&String> = names.iter().filter(|name| !is_component(origin(name))).collect();
    let mut alike = Alike { document, present, derived: &derived, named: BTreeMap::new(), seen: BTreeSet::new() };
    alike.operations();
    let named = alike.named;
    let others = names.iter().filter(|name| !derived.contains(name)).chain(named.values());
    let mut taken = Taken::of(others.chain(schemas(present).map(|(name, _)| name)).map(String::as_str));
    let mut renamed: BTreeMap<&String, String> = BTreeMap::new();
    for name in derived {
        let new = named.get(name).cloned().unwrap_or_else(|| taken.unique(name.clone()));
        renamed.insert(name, new);
    }
    renamed.retain(|old, new| *old != new);
    for (old, new) in &renamed {
        notes.add(origin(old), "import", format!("it is called {new}"));
    }
    rename(document, &renamed);
}

fn schemas(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    document.pointer(SCHEMAS).and_then(Value::as_object).into_iter().flatten()
}

fn rename(document: &mut Value, renamed: &BTreeMap<&String, String>) {
    if let Some(schemas) = document.pointer_mut(SCHEMAS).and_then(Value::as_object_mut) {
        *schemas = std::mem::take(schemas)
            .into_iter()
            .map(|(name, schema)| (renamed.get(&name).cloned().unwrap_or(name), schema))
            .collect();
    }
    let references = renamed.iter().map(|(old, new)| (format!("#{}", at(old)), format!("#{}", at(new)))).collect();
    rename_references(document, &references);
}

/// Changes references to renamed types, also in the mapping of a discriminator.
fn rename_references(value: &mut Value, references: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(new) = references.get(text.as_str()) {
                text.clone_from(new);
            }
        }
        Value::Object(members) => members.values_mut().for_each(|member| rename_references(member, references)),
        Value::Array(items) => items.iter_mut().for_each(|item| rename_references(item, references)),
        _ => {}
    }
}

/// Finds the types of the document at places where the contract has a named type.
struct Alike<'a> {
    document: &'a Value,
    present: &'a Value,
    derived: &'a BTreeSet<&'a String>,
    named: BTreeMap<String, String>,
    seen: BTreeSet<(String, String)>,
}

impl<'a> Alike<'a> {
    fn operations(&mut self) {
        for (path, item) in members(self.document, "paths") {
            let Some(known) = self.present.get("paths").and_then(|paths| paths.get(path)) else { continue };
            for (method, operation) in item.as_object().into_iter().flatten() {
                let Some(known) = known.get(method) else { continue };
                self.parameters(operation, known);
                if let (Some(new), Some(old)) = (operation.get("requestBody"), known.get("requestBody")) {
                    self.content(new, old);
                }
                for (status, new) in members(operation, "responses") {
                    if let Some(old) = known.get("responses").and_then(|responses| responses.get(status)) {
                        self.content(new, old);
                    }
                }
            }
        }
    }

    fn parameters(&mut self, new: &'a Value, old: &'a Value) {
        let key = |parameter: &'a Value| (parameter.get("in"), parameter.get("name"));
        for parameter in items(new, "parameters") {
            let known = items(old, "parameters").find(|known| key(known) == key(parameter));
            if let (Some(new), Some(old)) = (parameter.get("schema"), known.and_then(|known| known.get("schema"))) {
                self.schemas(new, old);
            }
        }
    }

    fn content(&mut self, new: &'a Value, old: &'a Value) {
        for (media_type, body) in members(new, "content") {
            let known = old.get("content").and_then(|content| content.get(media_type)?.get("schema"));
            if let (Some(new), Some(old)) = (body.get("schema"), known) {
                self.schemas(new, old);
            }
        }
    }

    fn schemas(&mut self, new: &'a Value, old: &'a Value) {
        if let (Some(name), Some(known)) = (reference_name(new), reference_name(old)) {
            if !self.seen.insert((name.clone(), known.clone())) || !self.may_be_called(&name, &known) {
                return;
            }
            if self.derived.contains(&name) {
                self.named.insert(name, known);
            }
        }
        let (Some(new), Some(old)) = (resolved(self.document, new), resolved(self.present, old)) else { return };
        for key in ["items", "additionalProperties"] {
            if let (Some(new), Some(old)) = (new.get(key), old.get(key)) {
                self.schemas(new, old);
            }
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            for (new, old) in items(new, key).zip(items(old, key)) {
                self.schemas(new, old);
            }
        }
        for (property, new) in members(new, "properties") {
            if let Some(old) = old.get("properties").and_then(|properties| properties.get(property)) {
                self.schemas(new, old);
            }
        }
    }

    /// Whether the type `name` of the document can have the name `known` of the contract.
    fn may_be_called(&self, name: &str, known: &str) -> bool {
        if !self.derived.iter().any(|derived| *derived == name) {
            return name == known;
        }
        // Another type of the document may have the name already.
        let another = resolved(self.document, &json!({"$ref": format!("#{}", at(known))})).is_some()
            && !self.derived.iter().any(|derived| *derived == known);
        !another && !self.named.contains_key(name) && !self.named.values().any(|taken| taken == known)
    }
}

/// The name of the component that a schema refers to.
fn reference_name(schema: &Value) -> Option<String> {
    let target = schema.get("$ref")?.as_str()?.strip_prefix('#')?.strip_prefix(SCHEMAS)?.strip_prefix('/')?;
    Some(target.replace("~1", "/").replace("~0", "~"))
}

/// The pointer of a component.
pub(super) fn at(name: &str) -> String {
    let mut pointer = SCHEMAS.to_owned();
    push_step(&mut pointer, name);
    pointer
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> Option<&'a Value> {
    match reference_name(schema) {
        Some(name) => document.pointer(SCHEMAS)?.get(name),
        None => Some(schema),
    }
}

fn members<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(key).and_then(Value::as_object).into_iter().flatten()
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}
