//! Schemas: the shape of each, and the named types among them.

use serde_json::Value;

use super::{Dialect, Reader, forms, names, secrecy, site::Site};
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
            let is_plain = forms::is_plain(site.value);
            let mut schema = self.schema_named(&site, Name { text: &name, own: !is_plain });
            if !is_plain || self.dialect == Dialect::Contract {
                self.named_secret(&mut schema, &site.name(), &site);
            }
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
        let name = if forms::is_plain(site.value) { String::new() } else { name() };
        self.schema_named(site, Name { text: &name, own: false })
    }

    fn schema_named(&mut self, site: &Site<'a>, name: Name<'_>) -> Schema {
        Schema { shape: self.shape(site, name), nullable: is_nullable(site, &mut Vec::new()) }
    }

    /// Reads a schema without the question whether it allows null.
    pub(super) fn shape(&mut self, site: &Site<'a>, name: Name<'_>) -> Shape {
        if site.has(&["$ref"]) {
            let shape = self.reference(site);
            let is_dropped = |key: &str| match forms::effect(key) {
                forms::Effect::None | forms::Effect::Use => key == "default",
                _ => !matches!(key, "$ref" | "summary"),
            };
            let dropped = forms::keywords(site.value, is_dropped);
            if !dropped.is_empty() {
                self.note(site, "reference", format!("keywords next to the reference are dropped: {dropped}"));
            }
            return shape;
        }
        let Some((types, values)) = self.form(site) else { return Shape::Any };
        match (types.as_slice(), values.as_slice()) {
            (["string"], []) if secrecy::marked(site) == Some(true) => Shape::Secret,
            // Parts that say nothing leave the type that is next to them.
            _ if !site.items("allOf").is_empty()
                && (types.is_empty() || !site.items("allOf").iter().all(|part| forms::says_nothing(part.value))) =>
            {
                self.all_of(site, name)
            }
            _ if !site.alternatives().is_empty() => self.alternatives(site, name),
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
                let maximum = site.value.get("maximum").and_then(Value::as_f64).unwrap_or_default();
                let largest = if maximum >= 9_223_372_036_854_775_808.0 { "u64" } else { "i64" };
                Shape::Integer(format.and_then(forms::integer).unwrap_or(largest))
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
        if self.merging.contains(&site.at) {
            self.named.insert(site.at.clone(), name.clone());
        }
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
        if !reference.trim().starts_with('#') {
            let what = format!("\"{reference}\" is in another file, and only one file is read");
            let fix = "copy the target into this document and refer to it there";
            self.notes.problem(&format!("{}/$ref", site.at), what, fix);
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
        if forms::is_plain(to.value) {
            self.following.push(to.at.clone());
            let mut schema = self.schema(&to, String::new);
            self.following.pop();
            self.named_secret(&mut schema, &to.name(), &to);
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

    /// Makes a secret of text, or of a list or map of it, that is named like one and not marked; a problem in the contract.
    pub(super) fn named_secret(&mut self, schema: &mut Schema, name: &str, site: &Site<'a>) {
        if secrecy::marked(site).is_some() || !secrecy::looks_secret(name) {
            return;
        }
        match schema.innermost() {
            shape @ (Shape::Text | Shape::Any) => *shape = Shape::Secret,
            Shape::Named(_) => match secrets(site, &mut Vec::new()) {
                Some(shape) => schema.shape = shape,
                None => return,
            },
            _ => return,
        }
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
fn is_nullable(site: &Site<'_>, seen: &mut Vec<String>) -> bool {
    if site.flag("nullable") || forms::has_null(site.value) {
        return true;
    }
    if let Some(to) = site.target() {
        let is_new = !seen.contains(&to.at);
        seen.push(to.at.clone());
        return is_new && is_nullable(&to, seen);
    }
    let mut within = |site: &Site<'_>| is_nullable(site, seen);
    if ["oneOf", "anyOf"].iter().any(|key| site.items(key).iter().any(&mut within)) {
        return true;
    }
    let all = site.items("allOf");
    // Tools make the other parts nullable by a part that says nothing else.
    let only_null = |part: &Site<'_>| part.flag("nullable") && forms::says_nothing(part.value);
    all.iter().any(only_null) || (!all.is_empty() && all.iter().all(within))
}

/// The shape of the secrets in a named list or map of texts, at any depth; `None` if it contains anything else.
fn secrets(site: &Site<'_>, seen: &mut Vec<String>) -> Option<Shape> {
    let site = site.followed().ok().filter(|site| !seen.contains(&site.at))?;
    seen.push(site.at.clone());
    let mut inner = |key: &str| Some(Box::new(secrets(&site.get(key)?, seen)?.required()));
    match site.text("type") {
        Some("string") => forms::listed(site.value).is_empty().then_some(Shape::Secret),
        Some("array") => inner("items").map(Shape::List),
        Some("object") if !site.has(&["properties"]) => inner("additionalProperties").map(Shape::Map),
        _ => None,
    }
}
