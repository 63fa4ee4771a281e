//! Consequences of the side on which a type is used: requests, responses, or both.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dialect, Reader};
use crate::api::{Api, Definition, Operation, Schema, Shape, Type, reached};

type Types = BTreeMap<String, Type>;

impl Reader<'_, '_> {
    /// Records the sides on which each type is used, and opens what a response may extend.
    pub(super) fn settle(&mut self, api: &mut Api) {
        self.ground(&mut api.types);
        let Api { operations, types, .. } = api;
        let patching = operations.iter().filter(|operation| matches!(&*operation.method, "put" | "patch"));
        mark(types, patching.flat_map(Operation::sent), |of| of.patched = true);
        mark(types, operations.iter().flat_map(Operation::sent), |of| of.sent = true);
        let read = operations.iter_mut().flat_map(Operation::read_mut);
        mark(types, read.map(|schema| &*schema), |of| of.read = true);
        mark_secret(types);
        let enums = self.open_enums(types);
        types.values_mut().for_each(|of| self.one_sided(of, &enums));
        for of in types.values() {
            if let Definition::Object(_, Some(rest)) = &of.definition
                && holds_secret(rest, types)
            {
                let what = "a client cannot read secrets under free keys next to named properties";
                self.notes.problem(&of.at, what, "move them into a separate property");
            }
        }
        // Where a list of an enum is only sent, its items remain the enum.
        let list = |(name, of): (&String, &Type)| match &of.definition {
            Definition::Is(list) => {
                list.names().is_some_and(|of| enums.contains_key(of)).then(|| (name.clone(), list.shape.clone()))
            }
            _ => None,
        };
        let lists: BTreeMap<String, Shape> = types.iter().filter(|(_, of)| of.read).filter_map(list).collect();
        let is_foreign = self.dialect == Dialect::Foreign;
        let mut used = BTreeSet::new();
        each_schema(api, |schema, at, is_read| {
            let shape = schema.innermost();
            if let Shape::Named(name) = shape
                && let Some(list) = lists.get(name).filter(|_| !is_read)
            {
                *shape = list.clone();
            }
            let shape = schema.innermost();
            match shape {
                Shape::DateTime | Shape::Date if is_read && is_foreign => {
                    // A date in an unexpected format would make the whole response unreadable.
                    self.notes.add(at, "text date", "a date in a response is text, whatever its format");
                    *shape = Shape::Text;
                }
                Shape::Named(name) if is_read && enums.contains_key(name) => *shape = Shape::Text,
                Shape::Named(name) => drop(used.insert(name.clone())),
                _ => {}
            }
        });
        // Nothing names these enums any more, and the other types are only text.
        let is_text = |(name, of): &(&String, &Type)| {
            let is_unused = enums.contains_key(*name) && !used.contains(*name);
            is_unused || of.definition == Definition::Is(Shape::Text.required())
        };
        let texts: BTreeSet<String> = api.types.iter().filter(is_text).map(|(name, _)| name.clone()).collect();
        api.types.retain(|name, _| !texts.contains(name));
        each_schema(api, |schema, _, _| {
            let shape = schema.innermost();
            if matches!(shape, Shape::Named(name) if texts.contains(name)) {
                *shape = Shape::Text;
            }
        });
    }

    /// Finds types that consist only of themselves.
    fn ground(&mut self, types: &mut Types) {
        let direct = |name: &str| -> Vec<&str> {
            let of = types.get(name).filter(|of| !matches!(of.definition, Definition::Object(..)));
            let schemas = of.into_iter().flat_map(|of| of.definition.schemas());
            schemas.filter(|schema| matches!(schema.shape, Shape::Named(_))).filter_map(Schema::names).collect()
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
    fn open_enums(&mut self, types: &Types) -> BTreeMap<String, String> {
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
        let Definition::Object(fields, _) = &mut of.definition else { return };
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
    }
}

/// Marks the types reachable from these schemas.
fn mark<'s>(types: &mut Types, schemas: impl Iterator<Item = &'s Schema>, mark: impl FnMut(&mut Type)) {
    let reached = reached(types, schemas.filter_map(Schema::names).map(str::to_owned).collect());
    types.iter_mut().filter(|(name, _)| reached.contains(*name)).map(|(_, of)| of).for_each(mark);
}

/// Whether a schema is a secret, or of a type that is marked.
fn holds_secret(schema: &Schema, types: &Types) -> bool {
    schema.is_secret() || schema.names().and_then(|name| types.get(name)).is_some_and(|of| of.secret)
}

/// Marks the types that contain a secret at any depth.
fn mark_secret(types: &mut Types) {
    loop {
        let holds = |of: &Type| of.definition.schemas().iter().any(|schema| holds_secret(schema, types));
        let found = types.iter().filter(|(_, of)| !of.secret && holds(of));
        let found: BTreeSet<String> = found.map(|(name, _)| name.clone()).collect();
        if found.is_empty() {
            return;
        }
        types.iter_mut().filter(|(name, _)| found.contains(*name)).for_each(|(_, of)| of.secret = true);
    }
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
