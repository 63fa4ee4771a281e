//! Schemas: the shape of each, and the named types among them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Dialect, Reader, keys, keywords, names, secrecy, site::Site};
use crate::api::{Definition, Schema, Shape, Type};

/// The name of a schema's type, if it needs one.
#[derive(Clone, Copy)]
pub(super) struct Name<'n> {
    pub(super) text: &'n str,
    /// Whether the schema already has this name.
    pub(super) own: bool,
}

impl<'a> Reader<'a, '_> {
    /// Names each component with an identifier; a component keeps a name that is one.
    pub(super) fn name_components(&mut self) {
        let mut all = self.components();
        let is_kept = |name: &str| names::type_name(name).as_deref() == Some(name) && !names::TYPES.contains(&name);
        all.sort_by_cached_key(|(name, _)| !is_kept(name));
        for (name, site) in all {
            let own = self.taken.unique(names::type_name_or("Schema", name));
            if name.trim() != own {
                self.note(&site, "name", format!("`{}` is renamed to {own}", name.trim()));
            }
            self.named.insert(site.at, own);
        }
    }

    fn components(&self) -> Vec<(&'a str, Site<'a>)> {
        self.root.get("components").map(|components| components.members("schemas")).unwrap_or_default()
    }

    /// The components that have not been read.
    pub(super) fn unread(&self) -> Vec<Site<'a>> {
        let components = self.components().into_iter().map(|(_, site)| site);
        components.filter(|site| !self.begun.contains(&site.at)).collect()
    }

    /// Reads the pending types and, in turn, the types that they refer to.
    pub(super) fn types(&mut self) {
        while let Some(site) = self.next.pop() {
            if !self.begun.insert(site.at.clone()) {
                continue;
            }
            let Some(name) = self.named.get(&site.at).cloned() else { continue };
            // Each use reads a plain schema; here it is only checked.
            let is_plain = keywords::is_plain(site.value);
            let mut schema = self.schema_named(&site, Name { text: &name, own: !is_plain });
            if is_plain || self.types.contains_key(&name) {
                continue;
            }
            if schema.shape == Shape::Named(name.clone()) {
                self.note(&site, "reference", "it refers only to itself: any JSON value");
                schema.shape = Shape::Any;
            }
            self.define(&name, Definition::Is(Schema { nullable: false, ..schema }), &site);
        }
    }

    /// Reads a schema where it is used; `name` makes the name of its type if it needs one.
    pub(super) fn schema(&mut self, site: &Site<'a>, name: impl FnOnce() -> String) -> Schema {
        let name = if keywords::is_plain(site.value) { String::new() } else { name() };
        self.schema_named(site, Name { text: &name, own: false })
    }

    fn schema_named(&mut self, site: &Site<'a>, name: Name<'_>) -> Schema {
        Schema { shape: self.shape(site, name), nullable: is_nullable(site, &mut BTreeSet::new()) }
    }

    /// Reads a schema without the question whether it allows null. Every schema passes through here, so that nothing shows a
    /// value that is secret by a mark or a name.
    pub(super) fn shape(&mut self, site: &Site<'a>, name: Name<'_>) -> Shape {
        if let Some(shape) = self.secret(site) {
            return shape;
        }
        let mut schema = self.open(site, name).required();
        if *schema.innermost() == Shape::Any {
            *schema.innermost_mut() = self.any(site);
        }
        schema.shape
    }

    /// Any JSON, or a secret if a part of it is one.
    pub(super) fn any(&mut self, site: &Site<'a>) -> Shape {
        if !secrecy::is_within(site, &mut BTreeSet::new()) {
            return Shape::Any;
        }
        self.note(site, "suspect", "a part of it is a secret but has no type, so all of it is treated as one");
        Shape::Secret
    }

    /// Reads a schema that is no secret itself.
    fn open(&mut self, site: &Site<'a>, name: Name<'_>) -> Shape {
        if site.has(&["$ref"]) {
            let shape = self.reference(site);
            let is_dropped = |key: &str| match keywords::effect(key) {
                keywords::Effect::None | keywords::Effect::Use => key == "default",
                _ => !matches!(key, "$ref" | "summary"),
            };
            let dropped = keywords::list(site.value, is_dropped);
            if !dropped.is_empty() {
                self.note(site, "reference", format!("keywords next to the reference are dropped: {dropped}"));
            }
            return shape;
        }
        let Some((types, values)) = self.form(site) else { return Shape::Any };
        match (types.as_slice(), values.as_slice()) {
            // Parts that say nothing leave the type that is next to them.
            _ if !site.items("allOf").is_empty()
                && (types.is_empty() || !site.items("allOf").iter().all(|part| keywords::says_nothing(part.value))) =>
            {
                self.all_of(site, name)
            }
            _ if !keywords::alternatives(site).is_empty() => self.alternatives(site, name),
            ([], _) => Shape::Any,
            (_, [_, ..]) => self.values(&values, site, name),
            ([one], _) => self.of_type(one, site, name),
            _ => self.of_types(&types, site, name),
        }
    }

    /// Reads a schema of one type.
    pub(super) fn of_type(&mut self, kind: &str, site: &Site<'a>, name: Name<'_>) -> Shape {
        match (kind, site.text("format")) {
            ("object", _) => self.object(site, name),
            ("array", _) => {
                let items = site.get("items").filter(|items| !items.value.is_boolean());
                if items.is_none() {
                    self.note(site, "list", "a list without `items`: its items are any JSON values");
                }
                let items = items.map(|items| self.schema(&items, || format!("{}Item", name.text)));
                Shape::List(Box::new(items.unwrap_or(Shape::Any.required())))
            }
            ("string", Some("date-time")) => Shape::DateTime,
            ("string", Some("date")) => Shape::Date,
            ("string", _) => Shape::Text,
            ("integer", format) => {
                let bound = |key| site.value.get(key).filter(|bound| bound.as_i64().is_none()).and_then(Value::as_f64);
                let is_beyond = |key| bound(key) >= Some(9_223_372_036_854_775_808.0);
                let is_negative = site.value.get("minimum").and_then(Value::as_f64).is_some_and(|bound| bound < 0.0);
                let is_large = !is_negative && (is_beyond("maximum") || is_beyond("exclusiveMaximum"));
                let largest = if is_large { "u64" } else { "i64" };
                Shape::Integer(format.and_then(keywords::integer).filter(|rust| *rust != "i64").unwrap_or(largest))
            }
            ("number", format) => Shape::Number(if format == Some("float") { "f32" } else { "f64" }),
            ("boolean", _) => Shape::Boolean,
            _ => Shape::Any,
        }
    }

    /// Reads an enum of texts.
    pub(super) fn values(&mut self, values: &[String], site: &Site<'a>, name: Name<'_>) -> Shape {
        let mut taken = names::Taken::of(["Self"]);
        let mut variants: Vec<(String, String)> = Vec::new();
        for wire in values {
            if !variants.iter().any(|(known, _)| known == wire) {
                let variant = if wire.is_empty() { "Empty".to_owned() } else { names::type_name_or("Value", wire) };
                variants.push((wire.clone(), taken.unique(variant)));
            }
        }
        let name = self.type_name(site, name);
        self.define(&name, Definition::Values(variants), site)
    }

    /// The name of a type: its own, or a unique new one.
    pub(super) fn type_name(&mut self, site: &Site<'a>, name: Name<'_>) -> String {
        if name.own {
            return name.text.to_owned();
        }
        let name = self.taken.unique(name.text.to_owned());
        self.note(site, "name", format!("the type is named {name}"));
        // Named before its content is read, which may refer to it.
        self.named.entry(site.at.clone()).or_insert_with(|| name.clone());
        name
    }

    pub(super) fn define(&mut self, name: &str, definition: Definition, site: &Site<'a>) -> Shape {
        let (docs, at) = (docs(site, "Source:"), site.at.clone());
        let defined = Type { definition, docs, at, sent: false, patched: false, read: false, secret: false };
        self.types.insert(name.to_owned(), defined);
        Shape::Named(name.to_owned())
    }

    /// The schema that a reference means: a named type, or the target itself if it needs no name.
    fn reference(&mut self, site: &Site<'a>) -> Shape {
        let reference = site.value.get("$ref").and_then(Value::as_str).unwrap_or_default();
        if keys::is_elsewhere(site.value, &site.at, self.notes) {
            return Shape::Any;
        }
        let Some(to) = site.to(reference) else {
            self.note(site, "reference", format!("`{reference}` is not in this document: any JSON value"));
            return Shape::Any;
        };
        if self.following.contains(&to.at) {
            self.note(site, "reference", "it refers only to itself: any JSON value");
            return Shape::Any;
        }
        if keywords::is_plain(to.value) {
            self.following.push(to.at.clone());
            let schema = self.schema(&to, String::new);
            self.following.pop();
            return schema.shape;
        }
        let known = self.named.get(&to.at).cloned();
        let name = known.unwrap_or_else(|| {
            let name = self.taken.unique(names::type_name_or("Schema", &to.name()));
            self.note(site, "reference", format!("`{reference}` is not a component: it becomes the type {name}"));
            self.named.insert(to.at.clone(), name.clone());
            name
        });
        self.next.push(to);
        Shape::Named(name)
    }

    /// The secret, or the list or map of secrets, that a schema is by its mark or its name, which is a problem in the contract.
    fn secret(&mut self, site: &Site<'a>) -> Option<Shape> {
        let (mark, name) = (secrecy::marked(site.value), site.name());
        if !mark.unwrap_or_else(|| secrecy::looks_secret(&name)) {
            return None;
        }
        let shape = secrets(site, &mut BTreeSet::new()).or(mark.is_some().then_some(Shape::Secret))?;
        if mark.is_none() && !secrecy::is_within(site, &mut BTreeSet::new()) {
            self.suspect(site, &name);
        }
        Some(shape)
    }

    /// Reports that a value is treated as a secret for its name.
    pub(super) fn suspect(&mut self, site: &Site<'a>, name: &str) {
        if self.dialect == Dialect::Foreign {
            self.note(site, "suspect", format!("`{name}` is named like a secret, and is treated as one"));
        } else {
            let what = format!("`{name}` is named like a secret but not marked");
            let fix = format!("write `{0}: true` if it is a secret, `{0}: false` if not", secrecy::MARK);
            self.notes.problem(&site.at, what, fix);
        }
    }
}

/// The documentation of a schema, with the tier of its fact, which the words of `fact` introduce.
pub(super) fn docs(site: &Site<'_>, fact: &str) -> String {
    let wording = site.text("description").or(site.text("title")).unwrap_or_default();
    let tier = site.text(super::SOURCE).map(|tier| format!(" ({fact} {tier}.)")).unwrap_or_default();
    format!("{wording}{tier}").trim().to_owned()
}

/// Whether a schema allows null, by itself or by the schemas that it refers to.
fn is_nullable(site: &Site<'_>, seen: &mut BTreeSet<String>) -> bool {
    if site.flag("nullable") || keywords::has_null(site.value) {
        return true;
    }
    if let Some(to) = site.target() {
        return seen.insert(to.at.clone()) && is_nullable(&to, seen);
    }
    let mut within = |site: &Site<'_>| is_nullable(site, seen);
    if ["oneOf", "anyOf"].iter().any(|key| site.items(key).iter().any(&mut within)) {
        return true;
    }
    // Tools make the other parts nullable by a part that says nothing else.
    let is_added = |part: &Site<'_>| keywords::says_nothing(part.value) && part.flag("nullable");
    let parts = keywords::parts(site);
    site.items("allOf").iter().any(is_added) || (!parts.is_empty() && parts.iter().all(within))
}

/// The shape of the secrets in text, untyped values, and lists and maps of them, at any depth; alternatives that differ are one
/// secret. `None` for anything else.
fn secrets(site: &Site<'_>, seen: &mut BTreeSet<String>) -> Option<Shape> {
    let site = site.followed().ok().filter(|site| seen.insert(site.at.clone()))?;
    let all = [keywords::parts(&site), keywords::alternatives(&site)];
    if !all.iter().all(Vec::is_empty) {
        let [parts, alternatives] = all.map(|all| all.iter().map(|one| secrets(one, seen)).collect::<Vec<_>>());
        let first = parts.iter().chain(&alternatives).flatten().next()?;
        let are_equal = |all: &[Option<Shape>]| all.iter().all(|shape| shape.as_ref() == Some(first));
        return are_equal(&parts).then(|| if are_equal(&alternatives) { first.clone() } else { Shape::Secret });
    }
    let mut inner = |key: &str| match site.get(key).filter(|inner| inner.value.is_object()) {
        Some(inner) => Some(Box::new(Schema {
            shape: secrets(&inner, seen)?,
            nullable: is_nullable(&inner, &mut BTreeSet::new()),
        })),
        None => Some(Box::new(Shape::Secret.required())),
    };
    match keywords::types(site.value).as_slice() {
        [] | ["string"] => keywords::listed(site.value).is_empty().then_some(Shape::Secret),
        ["array"] => inner("items").map(Shape::List),
        ["object"] if !site.has(&["properties"]) => inner("additionalProperties").map(Shape::Map),
        several => (several.len() > 1 && several.contains(&"string")).then_some(Shape::Secret),
    }
}
