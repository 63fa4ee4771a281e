//! What references mean, however they are written: looked up in the document before anything in it changes, so that no
//! copy of it is needed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    lower::{
        errors::component_names,
        names::{pascal_case, unique},
    },
    walk::{Kind, Node, Scope, last_step, walk_below},
};

/// What a reference means.
pub(super) enum Meant {
    /// The component of this name.
    Component(String),
    /// What is no component, and becomes one of this name.
    Hoisted(String),
    /// Nothing in this document.
    Nothing,
}

/// What becomes a component.
pub(super) struct Hoisted {
    pub(super) from: String,
    pub(super) name: String,
    pub(super) schema: Value,
}

/// What each reference of a schema means, by how it is written, and what becomes a component for it.
pub(super) fn meaning(document: &Value) -> (BTreeMap<String, Meant>, Vec<Hoisted>) {
    let mut taken = component_names(document);
    let mut meant = BTreeMap::new();
    let mut hoisted: Vec<Hoisted> = Vec::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut written = written_in(Node { kind: Kind::Document, value: document });
    // What is hoisted may refer to more.
    while !written.is_empty() {
        let before = hoisted.len();
        for target in written {
            if meant.contains_key(target) {
                continue;
            }
            let meaning = match target_of(document, target) {
                None => Meant::Nothing,
                Some(found) => match found.strip_prefix("/components/schemas/").filter(|name| !name.contains('/')) {
                    Some(_) => Meant::Component(last_step(&found)),
                    None => Meant::Hoisted(match names.get(&found) {
                        Some(name) => name.clone(),
                        None => {
                            let name = unique(pascal_case(&last_step(&found)), &taken);
                            taken.insert(name.clone());
                            names.insert(found.clone(), name.clone());
                            let schema = document.pointer(&found).cloned().unwrap_or_default();
                            hoisted.push(Hoisted { from: found, name: name.clone(), schema });
                            name
                        }
                    }),
                },
            };
            meant.insert(target.to_owned(), meaning);
        }
        let new = hoisted.iter().skip(before).filter_map(|hoisted| document.pointer(&hoisted.from));
        written = new.flat_map(|value| written_in(Node { kind: Kind::Schema, value })).collect();
    }
    (meant, hoisted)
}

/// The references of the schemas in `node`, as they are written.
fn written_in(node: Node<'_>) -> Vec<&str> {
    let mut written = Vec::new();
    walk_below(node, Scope::All, &mut |node| {
        if let (Kind::Schema, Some(target)) = (node.kind, node.value.get("$ref")) {
            written.push(target.as_str().unwrap_or_default());
        }
    });
    written
}

/// What references outside schemas name, by how they write it, and what is referred to in there in turn.
pub(super) fn referred_to_outside_schemas(document: &Value) -> BTreeMap<String, Value> {
    let mut next = Vec::new();
    let collect = |node: Node<'_>, next: &mut Vec<(Kind, String)>| {
        walk_below(node, Scope::AllButSchemas, &mut |node| {
            let target = node.value.get("$ref").and_then(Value::as_str);
            next.extend(target.map(|target| (node.kind, target.to_owned())));
        });
    };
    collect(Node { kind: Kind::Document, value: document }, &mut next);
    let (mut seen, mut copies) = (BTreeSet::new(), BTreeMap::new());
    while let Some((kind, target)) = next.pop() {
        let found = target_of(document, &target).and_then(|found| document.pointer(&found));
        if let (Some(value), true) = (found, seen.insert((kind, target.clone()))) {
            collect(Node { kind, value }, &mut next);
            copies.entry(target).or_insert_with(|| value.clone());
        }
    }
    copies
}

/// The pointer that a reference means, if it is in the document: as it is written, or percent-decoded, or with a stray
/// space at the end of either name.
fn target_of(document: &Value, reference: &str) -> Option<String> {
    let written = reference.trim().strip_prefix('#')?;
    let decoded = percent_decoded(written);
    for candidate in [reference.strip_prefix('#').unwrap_or(written), written, &decoded, decoded.trim_end()] {
        if candidate.starts_with('/') && document.pointer(candidate).is_some() {
            return Some(candidate.to_owned());
        }
    }
    let (parent, _) = decoded.rsplit_once('/')?;
    let wanted = last_step(&decoded);
    let siblings = document.pointer(parent)?.as_object()?;
    let name = siblings.keys().find(|name| name.trim() == wanted.trim())?;
    Some(format!("{parent}/{}", name.replace('~', "~0").replace('/', "~1")))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let digits = (byte == b'%').then(|| Some((digit(ahead.next()?)?, digit(ahead.next()?)?))).flatten();
        match digits {
            Some((high, low)) => {
                bytes.push(high * 16 + low);
                rest = ahead;
            }
            None => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
