//! Consequences of the side on which a type is used: requests, responses, or both.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dialect, Reader};
use crate::api::{Api, Definition, Operation, Schema, Shape, Type, reached};

impl Reader<'_, '_> {
    /// Records the sides on which each type is used, and opens what a response may extend.
    pub(super) fn settle(&mut self, api: &mut Api) {
        self.ground(&mut api.types);
        let Api { operations, types, .. } = api;
        let sent = reached_from(types, operations.iter().flat_map(Operation::sent));
        let patching = operations.iter().filter(|operation| matches!(&*operation.method, "put" | "patch"));
        let patched = reached_from(types, patching.flat_map(Operation::sent));
        let read = reached_from(types, operations.iter_mut().flat_map(Operation::read_mut).map(|schema| &*schema));
        let secret = holding_a_secret(types);
        for (name, of) in types.iter_mut() {
            (of.sent, of.patched, of.read) = (sent.contains(name), patched.contains(name), read.contains(name));
            of.secret = secret.contains(name);
        }
        let enums = self.open_enums(types);
        for of in types.values_mut() {
            self.one_sided(of, &enums);
        }
        let foreign = self.dialect == Dialect::Foreign;
        each_schema(api, |schema, at, is_read| {
            let shape = schema.innermost();
            match shape {
                Shape::DateTime | Shape::Date if is_read && foreign => {
                    // A date in an unexpected format would make the whole response unreadable.
                    self.notes.add(at, "text date", "a date in a response is text, whatever its format");
                    *shape = Shape::Text;
                }
                Shape::Named(name) if is_read && enums.contains_key(name) => *shape = Shape::Text,
                _ => {}
            }
        });
        let sent = api.operations.iter().flat_map(Operation::sent);
        let held = api.types.values().flat_map(|of| of.definition.schemas());
        let used: BTreeSet<String> = sent.chain(held).filter_map(Schema::names).map(str::to_owned).collect();
        api.types.retain(|name, _| !enums.contains_key(name) || used.contains(name));
        put_texts_in_place(api);
    }

    /// Finds types that consist only of themselves.
    fn ground(&mut self, types: &mut BTreeMap<String, Type>) {
        let direct = |name: &str| -> Vec<&str> {
            let of = types.get(name).filter(|of| matches!(of.definition, Definition::Union(..) | Definition::Is(_)));
            let schemas = of.into_iter().flat_map(|of| of.definition.schemas());
            schemas
                .filter_map(|schema| if let Shape::Named(name) = &schema.shape { Some(&**name) } else { None })
                .collect()
        };
        let is_part_of_itself = |name: &&String| {
            let (mut next, mut seen) = (direct(name), BTreeSet::new());
            while let Some(other) = next.pop() {
                if seen.insert(other) {
                    next.extend(direct(other));
                }
            }
            seen.contains(name.as_str())
        };
        let endless: BTreeSet<String> = types.keys().filter(is_part_of_itself).cloned().collect();
        for (name, of) in types.iter_mut().filter(|(name, _)| endless.contains(*name)) {
            if let Definition::Union(..) = of.definition {
                let what = format!(
                    "{name} is one of its own alternatives, directly or through others, so no value of it is finite"
                );
                self.notes.problem(&of.at, what, "list all alternatives in one place");
            } else {
                self.notes.add(&of.at, "reference", "it refers only to itself: any JSON value");
                of.definition = Definition::Is(Shape::Any.required());
            }
        }
    }

    /// The enums that responses use, each with its known values. The service may add values, so it is text in responses; it
    /// remains an enum where only requests use it.
    fn open_enums(&mut self, types: &BTreeMap<String, Type>) -> BTreeMap<String, String> {
        let mut enums = BTreeMap::new();
        for (name, of) in types.iter().filter(|(_, of)| of.read) {
            if let Definition::Values(values) = &of.definition {
                let values: Vec<String> = values.iter().map(|(wire, _)| format!("`{wire}`")).collect();
                enums.insert(name.clone(), format!("Known values: {}.", values.join(", ")));
                let what = "a response may have values that are not listed: text in responses";
                self.notes.add(&of.at, "open enum", what);
            }
        }
        enums
    }

    /// Settles the fields of an object: one that exists only on the other side is not required on this one, and in a response the
    /// values of an enum are documentation.
    fn one_sided(&mut self, of: &mut Type, enums: &BTreeMap<String, String>) {
        let Definition::Object(fields, rest) = &mut of.definition else { return };
        for field in fields {
            if field.required && ((of.sent && field.read_only) || (of.read && field.write_only)) {
                field.required = false;
                let what = format!("`{}` exists on one side only: optional", field.wire);
                self.notes.add(&of.at, "one side", what);
            }
            if let Some(known) = field.schema.names().and_then(|name| enums.get(name)).filter(|_| of.read) {
                field.docs = format!("{} {known}", field.docs).trim().to_owned();
            }
        }
        if rest.as_ref().is_some_and(Schema::is_secret) {
            let what = "a client cannot read secrets under free keys next to named properties";
            self.notes.problem(&of.at, what, "move them into a separate property");
        }
    }
}

/// The types reachable from these schemas.
fn reached_from<'s>(types: &BTreeMap<String, Type>, schemas: impl IntoIterator<Item = &'s Schema>) -> BTreeSet<String> {
    reached(types, schemas.into_iter().filter_map(Schema::names).map(str::to_owned).collect())
}

/// Calls `visit` with every schema, the place of its type or operation, and whether responses use it.
fn each_schema(api: &mut Api, mut visit: impl FnMut(&mut Schema, &str, bool)) {
    for of in api.types.values_mut() {
        of.definition.schemas_mut().into_iter().for_each(|schema| visit(schema, &of.at, of.read));
    }
    for operation in &mut api.operations {
        let at = operation.at.clone();
        operation.sent_mut().into_iter().for_each(|schema| visit(schema, &at, false));
        operation.read_mut().into_iter().for_each(|schema| visit(schema, &at, true));
    }
}

/// Replaces each named type that is only text by text.
fn put_texts_in_place(api: &mut Api) {
    let is_text = |of: &Type| of.definition == Definition::Is(Shape::Text.required());
    let texts = api.types.iter().filter(|(_, of)| is_text(of)).map(|(name, _)| name.clone());
    let texts: BTreeSet<String> = texts.collect();
    api.types.retain(|name, _| !texts.contains(name));
    each_schema(api, |schema, _, _| {
        let shape = schema.innermost();
        if matches!(shape, Shape::Named(name) if texts.contains(name)) {
            *shape = Shape::Text;
        }
    });
}

/// The names of the types that contain a secret at any depth.
fn holding_a_secret(types: &BTreeMap<String, Type>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    loop {
        let is_secret =
            |schema: &&Schema| schema.is_secret() || schema.names().is_some_and(|name| found.contains(name));
        let holds = |of: &Type| of.definition.schemas().iter().any(is_secret);
        let new = types.iter().filter(|(name, of)| !found.contains(*name) && holds(of)).map(|(name, _)| name.clone());
        let new: Vec<String> = new.collect();
        if new.is_empty() {
            return found;
        }
        found.extend(new);
    }
}
