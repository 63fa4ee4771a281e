//! Schemas: the shape of each, and the named types among them.

use serde_json::Value;

use super::{
    Reader,
    dialect::Dialect,
    forms, names,
    objects::says_nothing,
    references, secrecy,
    values::{below, flag, text},
};
use crate::{
    api::{Definition, Schema, Shape, Type},
    walk::last_step,
};

const SCHEMAS: &str = "/components/schemas";

impl<'a> Reader<'a, '_> {
    /// Names each component with an identifier; a component keeps a name that is one.
    pub(super) fn name_components(&mut self) {
        let schemas = self.document.pointer(SCHEMAS).and_then(Value::as_object).into_iter().flatten();
        let all: Vec<(&String, String)> = schemas.map(|(name, _)| (name, below(SCHEMAS, name))).collect();
        for (name, at) in &all {
            if names::type_name(name).as_ref() == Some(*name) && self.taken.take(name) {
                self.named.insert(at.clone(), (*name).clone());
            }
        }
        for (name, at) in all {
            if self.named.contains_key(&at) {
                continue;
            }
            let own = self.taken.unique(names::type_name_or("Schema", name));
            if name.trim() != own {
                self.notes.add(&at, "name", format!("`{}` is renamed to {own}", name.trim()));
            }
            self.named.insert(at, own);
        }
    }

    /// The places of components that have not been read.
    pub(super) fn unread(&self) -> Vec<String> {
        let schemas = self.document.pointer(SCHEMAS).and_then(Value::as_object).into_iter().flatten();
        schemas.map(|(name, _)| below(SCHEMAS, name)).filter(|at| !self.begun.contains(at)).collect()
    }

    /// Reads the pending types and, in turn, the types that they refer to.
    pub(super) fn types(&mut self) {
        while let Some(at) = self.next.pop() {
            if !self.begun.insert(at.clone()) {
                continue;
            }
            let (Some(name), Some(value)) = (self.named.get(&at).cloned(), self.document.pointer(&at)) else {
                continue;
            };
            if forms::is_plain(value) {
                // Each use reads it; this call only checks it.
                self.schema(value, &at, &name);
                continue;
            }
            let mut schema = self.unnamed(value, &at, &name, &name);
            self.named_secret(&mut schema, &last_step(&at), value, &at);
            if schema.shape != Shape::Named(name.clone()) {
                self.define(&name, Definition::Is(Schema { nullable: false, ..schema }), value, &at);
            }
        }
    }

    /// Reads a schema where it is used; `name` is the name of its type if it needs one.
    pub(super) fn schema(&mut self, value: &'a Value, at: &str, name: &str) -> Schema {
        self.unnamed(value, at, name, "")
    }

    /// As [`schema`](Self::schema); `own` is its existing name, or empty.
    pub(super) fn unnamed(&mut self, value: &'a Value, at: &str, name: &str, own: &str) -> Schema {
        if let Some(reference) = value.get("$ref") {
            let schema = self.reference(reference.as_str().unwrap_or_default(), at, name);
            let dropped = forms::next_to_a_reference(value);
            if !dropped.is_empty() {
                self.notes.add(
                    at,
                    "reference",
                    format!("keywords next to the reference are dropped: {}", dropped.join(", ")),
                );
            }
            let nullable = schema.nullable || flag(value, "nullable");
            return Schema { nullable, ..schema };
        }
        let Some(form) = forms::form(value, at, self.notes) else { return Shape::Any.required() };
        let mark = secrecy::marked(value);
        let shape = match mark {
            Some(true) if form.is_text() => Shape::Secret,
            _ => self.shape(value, &form, at, name, own),
        };
        let nullable = form.nullable || self.is_nullable(value, &mut Vec::new());
        Schema { shape, nullable }
    }

    fn shape(&mut self, value: &'a Value, form: &forms::Form, at: &str, name: &str, own: &str) -> Shape {
        if value.get("allOf").is_some_and(is_list) {
            return self.all_of(value, at, name, own);
        }
        if ["oneOf", "anyOf"].iter().any(|key| value.get(*key).is_some_and(is_list)) {
            return self.alternatives(value, at, name, own);
        }
        match form.types.as_slice() {
            [] => Shape::Any,
            [one] => self.of_type(one, value, form, at, name, own),
            many => self.of_types(many, value, form, at, name, own),
        }
    }

    pub(super) fn of_type(
        &mut self,
        kind: &str,
        value: &'a Value,
        form: &forms::Form,
        at: &str,
        name: &str,
        own: &str,
    ) -> Shape {
        match kind {
            "object" => self.object(value, at, name, own),
            "array" => {
                let items = value.get("items").filter(|items| !items.is_boolean());
                if items.is_none() {
                    self.notes.add(at, "list", "a list without `items`: its items are any JSON values");
                }
                let items = items.map(|items| self.schema(items, &format!("{at}/items"), &format!("{name}Item")));
                Shape::List(Box::new(items.unwrap_or(Shape::Any.required())))
            }
            "string" if !form.values.is_empty() => self.values(&form.values, value, at, name, own),
            "string" => match text(value, "format") {
                Some("date-time") => Shape::DateTime,
                Some("date") => Shape::Date,
                _ => Shape::Text,
            },
            "integer" => Shape::Integer(forms::integer(value)),
            "number" => Shape::Number(if text(value, "format") == Some("float") { "f32" } else { "f64" }),
            "boolean" => Shape::Boolean,
            _ => Shape::Any,
        }
    }

    /// Reads an enum of texts.
    pub(super) fn values(&mut self, values: &[String], value: &'a Value, at: &str, name: &str, own: &str) -> Shape {
        let mut taken = names::Taken::of(["Self"]);
        let mut variants: Vec<(String, String)> = Vec::new();
        for wire in values {
            if variants.iter().any(|(known, _)| known == wire) {
                continue;
            }
            let variant = if wire.is_empty() { "Empty".to_owned() } else { names::type_name_or("Value", wire) };
            variants.push((wire.clone(), taken.unique(variant)));
        }
        self.named_type(Definition::Values(variants), value, at, name, own)
    }

    /// Defines a type with its own name or a new one.
    pub(super) fn named_type(
        &mut self,
        definition: Definition,
        value: &'a Value,
        at: &str,
        name: &str,
        own: &str,
    ) -> Shape {
        let name = self.type_name(at, name, own);
        self.define(&name, definition, value, at);
        Shape::Named(name)
    }

    /// The name of a type: its own, or a unique new one.
    pub(super) fn type_name(&mut self, at: &str, name: &str, own: &str) -> String {
        if !own.is_empty() {
            return own.to_owned();
        }
        let name = self.taken.unique(name.to_owned());
        self.notes.add(at, "name", format!("the type is named {name}"));
        name
    }

    pub(super) fn define(&mut self, name: &str, definition: Definition, value: &Value, at: &str) {
        let docs = self.docs(value, "Source");
        let (sent, patched, read, secret) = (false, false, false, false);
        self.types.insert(name.to_owned(), Type { definition, docs, at: at.to_owned(), sent, patched, read, secret });
    }

    /// The documentation of a schema, with the tier of its fact.
    pub(super) fn docs(&self, value: &Value, fact: &str) -> String {
        let wording = text(value, "description").or(text(value, "title")).unwrap_or_default();
        let tier = text(value, super::SOURCE).map(|tier| match fact {
            "Source" => format!(" (Source: {tier}.)"),
            fact => format!(" ({fact} is {tier}.)"),
        });
        format!("{wording}{}", tier.unwrap_or_default()).trim().to_owned()
    }

    /// The schema that a reference means: a named type, or the target itself if it needs no name.
    fn reference(&mut self, reference: &str, at: &str, name: &str) -> Schema {
        let place = format!("{at}/$ref");
        if !reference.trim().starts_with('#') {
            let fix = "copy the target into this document and refer to it there";
            self.notes.problem(&place, format!("\"{reference}\" is in another file, and only one file is read"), fix);
            return Shape::Any.required();
        }
        let Some(to) = references::target(self.document, reference) else {
            self.notes.add(at, "reference", format!("`{reference}` is not in this document: any JSON value"));
            return Shape::Any.required();
        };
        let Some(value) = self.document.pointer(&to) else { return Shape::Any.required() };
        if self.following.contains(&to) {
            self.notes.add(at, "reference", "it refers only to itself: any JSON value");
            return Shape::Any.required();
        }
        if forms::is_plain(value) {
            self.following.push(to.clone());
            let mut schema = self.schema(value, &to, name);
            self.following.pop();
            self.named_secret(&mut schema, &last_step(&to), value, &to);
            return schema;
        }
        let known = self.named.get(&to).cloned();
        let name = known.unwrap_or_else(|| {
            let name = self.taken.unique(names::type_name_or("Schema", &last_step(&to)));
            self.notes.add(at, "reference", format!("`{reference}` is not a component: it becomes the type {name}"));
            self.named.insert(to.clone(), name.clone());
            name
        });
        let nullable = self.is_nullable(value, &mut Vec::new());
        self.next.push(to);
        Schema { shape: Shape::Named(name), nullable }
    }

    /// Whether a schema allows null, by itself or by the schemas that it refers to.
    fn is_nullable(&self, value: &'a Value, seen: &mut Vec<String>) -> bool {
        if flag(value, "nullable") || forms::has_null(value) {
            return true;
        }
        let list = |key: &str| value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut within = |value: &'a Value| self.is_nullable(value, seen);
        if ["oneOf", "anyOf"].iter().any(|key| list(key).iter().any(&mut within)) {
            return true;
        }
        let all = list("allOf");
        if !all.is_empty() {
            // Tools make the other parts nullable by a part that says nothing else.
            let only_null = |part: &Value| flag(part, "nullable") && part.as_object().is_some_and(says_nothing);
            return all.iter().any(only_null) || all.iter().all(within);
        }
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return false };
        let Some(to) = references::target(self.document, reference).filter(|to| !seen.contains(to)) else {
            return false;
        };
        seen.push(to.clone());
        self.document.pointer(&to).is_some_and(|value| self.is_nullable(value, seen))
    }

    /// Makes a secret of text, or of a list or map of it, that is named like one; in the contract a mark decides.
    pub(super) fn named_secret(&mut self, schema: &mut Schema, name: &str, value: &Value, at: &str) {
        let marked = secrecy::marked(value);
        if self.dialect == Dialect::Contract || marked.is_some() || !secrecy::looks_secret(name) {
            return;
        }
        match schema.innermost() {
            shape @ (Shape::Text | Shape::Any) => *shape = Shape::Secret,
            Shape::Named(_) => match self.secrets(value, &mut Vec::new()) {
                Some(shape) => schema.shape = shape,
                None => return,
            },
            _ => return,
        }
        self.notes.add(at, "suspect", format!("`{name}` is named like a secret, and is treated as one"));
    }

    /// The shape of the secrets in a named list or map of texts, at any depth; `None` if it contains anything else.
    fn secrets(&self, value: &'a Value, seen: &mut Vec<String>) -> Option<Shape> {
        let (value, at) = references::followed(self.document, value, "").ok()?;
        if seen.contains(&at) && !at.is_empty() {
            return None;
        }
        seen.push(at);
        let mut inner = |key: &str| Some(Box::new(self.secrets(value.get(key)?, seen)?.required()));
        match text(value, "type") {
            Some("string") => forms::listed(value).is_empty().then_some(Shape::Secret),
            Some("array") => inner("items").map(Shape::List),
            Some("object") if value.get("properties").is_none() => inner("additionalProperties").map(Shape::Map),
            _ => None,
        }
    }
}

fn is_list(value: &Value) -> bool {
    value.as_array().is_some_and(|list| !list.is_empty())
}
