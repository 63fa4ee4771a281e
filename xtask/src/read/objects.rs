//! Objects: their properties and their parts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Reader, forms, names, references,
    values::{below, flag},
};
use crate::api::{Definition, Field, Shape};

/// The parts of an object before they are merged.
#[derive(Clone, Default)]
pub(super) struct Parts<'a> {
    /// Each property with its places, one for every part that has it.
    properties: BTreeMap<&'a str, Vec<(&'a Value, String)>>,
    required: Vec<(&'a str, String)>,
    rest: Option<(&'a Value, String)>,
}

impl<'a> Reader<'a, '_> {
    /// Reads a schema with `type: object`.
    pub(super) fn object(&mut self, value: &'a Value, at: &str, name: &str, own: &str) -> Shape {
        let mut parts = Parts::default();
        add(&mut parts, value, at);
        self.whole(parts, value, at, name, own)
    }

    /// Merges parts into an object, or into a map if there are no properties.
    pub(super) fn whole(&mut self, parts: Parts<'a>, value: &'a Value, at: &str, name: &str, own: &str) -> Shape {
        let rest = parts.rest.as_ref().filter(|(rest, _)| **rest != Value::Bool(false));
        if parts.properties.is_empty() && (rest.is_some() || parts.required.is_empty()) {
            let inner = match rest {
                Some((rest, at)) => self.schema(rest, at, &format!("{name}Value")),
                None => Shape::Any.required(),
            };
            return Shape::Map(Box::new(inner));
        }
        let rest = rest.cloned();
        let own = self.type_name(at, name, own);
        let mut taken = names::Taken::of(rest.is_some().then_some("extra"));
        let mut fields = Vec::new();
        let mut wires: Vec<&str> = parts.properties.keys().copied().collect();
        if wires.is_empty() {
            wires.extend(parts.required.iter().map(|(wire, _)| *wire));
        }
        wires.sort_by_key(|wire| (names::field_name(wire) != **wire, *wire));
        for wire in wires {
            let places = parts.properties.get(wire).map(Vec::as_slice).unwrap_or_default();
            let required = parts.required.iter().any(|(required, _)| *required == wire);
            fields.push(self.field(wire, places, required, &own, &mut taken));
        }
        for (wire, at) in parts.required.iter().filter(|(wire, _)| !parts.properties.contains_key(wire)) {
            if !parts.properties.is_empty() {
                self.notes.add(at, "required", format!("`{wire}` is required but not among the properties: dropped"));
            }
        }
        fields.sort_by(|one, other| one.name.cmp(&other.name));
        let rest = rest.map(|(rest, at)| self.schema(rest, &at, &format!("{own}Value")));
        self.define(&own, Definition::Object(fields, rest), value, at);
        Shape::Named(own)
    }

    fn field(
        &mut self,
        wire: &'a str,
        places: &[(&'a Value, String)],
        required: bool,
        owner: &str,
        taken: &mut names::Taken,
    ) -> Field {
        let base = names::field_name(wire);
        let name = taken.unique_field(base.clone());
        let any = &Value::Bool(true);
        let (value, at) = match places {
            [] => (any, String::new()),
            [only] => only.clone(),
            // A constant is narrower than a type, and a type narrower than an empty schema; of equals, the last one refines the others.
            several => several
                .iter()
                .max_by_key(|(value, _)| {
                    let typed = value.as_object().is_some_and(|members| !says_nothing(members));
                    (!forms::listed(value).is_empty(), typed)
                })
                .cloned()
                .unwrap_or((any, String::new())),
        };
        if name != base {
            self.notes.add(&at, "name", format!("another field has that name: this one is named {name}"));
        }
        let type_name = format!("{owner}{}", names::type_name_or("Property", wire));
        let mut schema = self.schema(value, &at, &type_name);
        for (other, other_at) in places.iter().filter(|(_, place)| *place != at) {
            if !same_shape(value, other) && !other.as_object().is_some_and(says_nothing) {
                self.notes.add(
                    other_at,
                    "all of",
                    format!("`{wire}` is described twice: the description at {at} applies"),
                );
            }
        }
        self.named_secret(&mut schema, wire, value, &at);
        Field {
            wire: wire.to_owned(),
            name,
            schema,
            required,
            read_only: flag(value, "readOnly"),
            write_only: flag(value, "writeOnly"),
            docs: self.docs(value, "The field"),
            at,
        }
    }

    /// Reads `allOf` as one object of all its parts; parts that are not objects, and cannot be merged, are any JSON.
    pub(super) fn all_of(&mut self, value: &'a Value, at: &str, name: &str, own: &str) -> Shape {
        let all = value.get("allOf").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let alone = value.as_object().is_some_and(|members| {
            members.iter().all(|(key, _)| {
                matches!(
                    key.as_str(),
                    "allOf" | "nullable" | "description" | "title" | "type" | "default" | "readOnly" | "writeOnly"
                ) || key.starts_with("x-")
            })
        });
        let meaning: Vec<(usize, &Value)> =
            all.iter().enumerate().filter(|(_, part)| !part.as_object().is_some_and(says_nothing)).collect();
        if let ([(index, only)], true) = (meaning.as_slice(), alone) {
            return self.unnamed(only, &format!("{at}/allOf/{index}"), name, own).shape;
        }
        let mut parts = Parts::default();
        match self.collect(value, at, &mut parts, &mut Vec::new()) {
            Ok(None) => {
                self.notes.add(at, "all of", format!("{} schemas are merged into one object", all.len()));
                self.whole(parts, value, at, name, own)
            }
            Ok(Some(alternatives)) => self.distributed(alternatives, parts, value, at, name, own),
            Err(()) => {
                self.notes.add(at, "all of", "its parts are not all objects: any JSON value");
                Shape::Any
            }
        }
    }

    /// Adds a schema's properties to the parts; returns the place of the alternatives in it, if any.
    pub(super) fn collect(
        &self,
        value: &'a Value,
        at: &str,
        parts: &mut Parts<'a>,
        seen: &mut Vec<String>,
    ) -> Result<Option<(&'a Value, String)>, ()> {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let to = references::target(self.document, reference).filter(|to| !seen.contains(to)).ok_or(())?;
            let value = self.document.pointer(&to).ok_or(())?;
            seen.push(to.clone());
            let found = self.collect(value, &to, parts, seen);
            seen.pop();
            return found;
        }
        let object = value.get("type").is_none_or(|kind| match kind {
            Value::Array(kinds) => kinds.iter().any(|kind| kind == "object"),
            kind => kind == "object",
        });
        if !object || value.get("items").is_some() || !forms::listed(value).is_empty() {
            return Err(());
        }
        let mut alternatives = None;
        for (index, part) in value.get("allOf").and_then(Value::as_array).into_iter().flatten().enumerate() {
            let found = self.collect(part, &format!("{at}/allOf/{index}"), parts, seen)?;
            alternatives = alternatives.or(found);
        }
        if let Some(key) = ["oneOf", "anyOf"].into_iter().find(|key| value.get(*key).is_some_and(Value::is_array)) {
            alternatives = Some((value, format!("{at}/{key}")));
        }
        add(parts, value, at);
        Ok(alternatives)
    }
}

impl<'a> Parts<'a> {
    /// The names of its properties.
    pub(super) fn names(&self) -> Vec<String> {
        self.properties.keys().map(|name| (*name).to_owned()).collect()
    }

    /// The schemas of a property in all parts.
    pub(super) fn of(&self, property: &str) -> Vec<&'a Value> {
        self.properties.get(property).into_iter().flatten().map(|(value, _)| *value).collect()
    }

    /// The names of the required properties.
    pub(super) fn required_names(&self) -> BTreeSet<&'a str> {
        self.required.iter().map(|(name, _)| *name).collect()
    }
}

fn add<'a>(parts: &mut Parts<'a>, value: &'a Value, at: &str) {
    for (wire, property) in value.get("properties").and_then(Value::as_object).into_iter().flatten() {
        parts.properties.entry(wire).or_default().push((property, below(&format!("{at}/properties"), wire)));
    }
    // A boolean `required` is about the property itself, in drafts that OpenAPI never used.
    let required = value.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    parts.required.extend(required.map(|wire| (wire, format!("{at}/required"))));
    let key = if value.get("additionalProperties").is_some() { "additionalProperties" } else { "patternProperties" };
    if let (Some(rest), None) = (value.get(key), &parts.rest) {
        let any = &Value::Bool(true);
        parts.rest = Some((if key == "patternProperties" { any } else { rest }, format!("{at}/{key}")));
    }
}

/// Whether a schema has no effect on its values.
pub(super) fn says_nothing(members: &serde_json::Map<String, Value>) -> bool {
    members.iter().all(|(key, member)| match key.as_str() {
        "description" | "title" | "default" | "example" | "nullable" | "readOnly" | "writeOnly" => true,
        "type" => member == "object",
        key => key.starts_with("x-"),
    })
}

/// Whether two schemas differ at most in their documentation.
fn same_shape(left: &Value, right: &Value) -> bool {
    let bare = |schema: &Value| {
        let mut schema = schema.clone();
        if let Some(members) = schema.as_object_mut() {
            members.retain(|key, _| {
                !matches!(key.as_str(), "description" | "example" | "title") && !key.starts_with("x-")
            });
        }
        schema
    };
    bare(left) == bare(right)
}
