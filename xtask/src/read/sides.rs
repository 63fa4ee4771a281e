//! Consequences of the side on which a type is used: requests, responses, or both.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dialect, Reader};
use crate::api::{Api, Body, Definition, Form, Operation, Payload, Schema, Shape, Type, reached};

type Types = BTreeMap<String, Type>;

impl Reader<'_, '_> {
    /// Records the sides on which each type is used, and opens what a response may extend.
    pub(super) fn settle(&mut self, api: &mut Api) {
        self.ground(&mut api.types);
        let Api { operations, types, .. } = api;
        let patching = operations.iter().filter(|operation| matches!(&*operation.method, "put" | "patch"));
        mark(types, patching.flat_map(Operation::sent).collect(), |of| of.patched = true);
        mark(types, operations.iter().flat_map(Operation::sent).collect(), |of| of.sent = true);
        mark(types, operations.iter().flat_map(Operation::read).collect(), |of| of.read = true);
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
        let is_text_in_responses = |shape: &Shape| match shape {
            Shape::DateTime | Shape::Date => self.dialect == Dialect::Foreign,
            Shape::Named(name) => enums.contains_key(name),
            _ => false,
        };
        // Requests replace a second name for a type that differs in responses by that type. A second name for text is text.
        let stands_for = |(name, of): (&String, &Type)| {
            let Definition::Is(schema) = &of.definition else { return None };
            let (differs, mut read) = (of.read && is_text_in_responses(schema.innermost()), schema.clone());
            if differs {
                *read.innermost_mut() = Shape::Text;
            }
            let is_text = read == Shape::Text.required();
            let read = if is_text { Shape::Text } else { Shape::Named(name.clone()) };
            (differs || is_text).then(|| (name.clone(), (schema.shape.clone(), read)))
        };
        let others: BTreeMap<String, (Shape, Shape)> = types.iter().filter_map(stands_for).collect();
        let mut named = BTreeSet::new();
        each_schema(api, |schema, at, is_read| {
            if let Some((sent, read)) = schema.names().and_then(|name| others.get(name)) {
                *schema.innermost_mut() = if is_read { read } else { sent }.clone();
            }
            let inner = schema.innermost_mut();
            if is_read && is_text_in_responses(inner) {
                if !matches!(inner, Shape::Named(_)) {
                    // A date in an unexpected format would make the whole response unreadable.
                    self.notes.add(at, "text date", "a date in a response is text, whatever its format");
                }
                *inner = Shape::Text;
            }
            named.extend(schema.names().map(str::to_owned));
        });
        api.types.retain(|name, _| named.contains(name) || !(enums.contains_key(name) || others.contains_key(name)));
    }

    /// Finds types that consist only of themselves.
    fn ground(&mut self, types: &mut Types) {
        let is_part_of_itself =
            |(name, of): &(&String, &Type)| reached(types, direct(&of.definition), direct).contains(*name);
        let endless: BTreeSet<String> = types.iter().filter(is_part_of_itself).map(|(name, _)| name.clone()).collect();
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

/// The schemas of a definition that a value may be, rather than contain.
fn direct(definition: &Definition) -> Vec<&Schema> {
    match definition {
        Definition::Object(..) => Vec::new(),
        other => other.schemas().into_iter().filter(|schema| matches!(schema.shape, Shape::Named(_))).collect(),
    }
}

/// Marks the types reachable from these schemas.
fn mark(types: &mut Types, schemas: Vec<&Schema>, mark: impl FnMut(&mut Type)) {
    let reached = reached(types, schemas, Definition::schemas);
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
        operation.parameters.iter_mut().for_each(|parameter| visit(&mut parameter.schema, &at, false));
        if let Some(Body { form: Form::Json(schema) | Form::Urlencoded(schema) | Form::Text(schema), .. }) =
            &mut operation.body
        {
            visit(schema, &at, false);
        }
        for response in &mut operation.responses {
            if let Payload::Json(schema) = &mut response.payload {
                visit(schema, &at, true);
            }
        }
    }
}
