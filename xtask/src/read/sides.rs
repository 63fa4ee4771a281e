//! Consequences of the side on which a type is used: requests, responses, or both.

use std::collections::{BTreeMap, BTreeSet};

use super::dialect::Dialect;
use crate::{
    api::{Api, Definition, Operation, Schema, Shape, Type, reached},
    notes::Notes,
};

/// Records the sides on which each type is used, and opens the enums that a response may extend.
pub(super) fn settle(api: &mut Api, dialect: Dialect, notes: &mut Notes) {
    ground(api, notes);
    let sent = api.operations.iter().flat_map(Operation::sent);
    let sent = reached(&api.types, sent.filter_map(Schema::names).map(str::to_owned).collect());
    let patching = api.operations.iter().filter(|operation| matches!(&*operation.method, "put" | "patch"));
    let patched = patching.flat_map(|operation| operation.sent());
    let patched = reached(&api.types, patched.filter_map(Schema::names).map(str::to_owned).collect());
    let read: Vec<String> = api
        .operations
        .iter_mut()
        .flat_map(|operation| operation.read_mut())
        .filter_map(|schema| schema.names().map(str::to_owned))
        .collect();
    let read = reached(&api.types, read);
    let secret = holding_a_secret(&api.types);
    for (name, of) in &mut api.types {
        (of.sent, of.patched, of.read) = (sent.contains(name), patched.contains(name), read.contains(name));
        of.secret = secret.contains(name);
        one_sided(of, notes);
        if !of.read {
            continue;
        }
        if dialect == Dialect::Foreign {
            for schema in of.definition.schemas_mut() {
                text_dates(schema, &of.at, notes);
            }
        }
    }
    if dialect == Dialect::Foreign {
        for operation in &mut api.operations {
            let at = operation.at.clone();
            operation.read_mut().into_iter().for_each(|schema| text_dates(schema, &at, notes));
        }
    }
    open_enums(api, notes);
    put_texts_in_place(api);
}

/// An enum is text in responses, since the service may add values. It remains an enum where only requests use it.
fn open_enums(api: &mut Api, notes: &mut Notes) {
    let mut enums: BTreeMap<String, String> = BTreeMap::new();
    for (name, of) in api.types.iter().filter(|(_, of)| of.read) {
        if let Definition::Values(values) = &of.definition {
            let values: Vec<String> = values.iter().map(|(wire, _)| format!("`{wire}`")).collect();
            enums.insert(name.clone(), format!("Known values: {}.", values.join(", ")));
            notes.add(&of.at, "open enum", "a response may have values that are not listed: text in responses");
        }
    }
    let known = |schema: &mut Schema| {
        if let Shape::Named(name) = schema.innermost() { enums.get(name) } else { None }
    };
    let open = |schema: &mut Schema| {
        if known(schema).is_some() {
            *schema.innermost() = Shape::Text;
        }
    };
    for of in api.types.values_mut().filter(|of| of.read) {
        if let Definition::Object(fields, _) = &mut of.definition {
            for field in fields {
                if let Some(known) = known(&mut field.schema) {
                    field.docs = format!("{} {known}", field.docs).trim().to_owned();
                }
            }
        }
        of.definition.schemas_mut().into_iter().for_each(open);
    }
    api.operations.iter_mut().flat_map(Operation::read_mut).for_each(open);
    let sent = api.operations.iter().flat_map(Operation::sent);
    let held = api.types.values().flat_map(|of| of.definition.schemas());
    let used: BTreeSet<String> = sent.chain(held).filter_map(Schema::names).map(str::to_owned).collect();
    api.types.retain(|name, _| !enums.contains_key(name) || used.contains(name));
}

/// Finds types that consist only of themselves, and types that were never described.
fn ground(api: &mut Api, notes: &mut Notes) {
    let known: BTreeSet<String> = api.types.keys().cloned().collect();
    for of in api.types.values_mut() {
        for schema in of.definition.schemas_mut() {
            let shape = schema.innermost();
            if matches!(shape, Shape::Named(name) if !known.contains(name)) {
                notes.add(&of.at, "reference", "it refers only to itself: any JSON value");
                *shape = Shape::Any;
            }
        }
    }
    let mut same: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, of) in &api.types {
        let direct = |schema: &Schema| if let Shape::Named(name) = &schema.shape { Some(name.clone()) } else { None };
        if let Definition::Union(..) | Definition::Is(_) = of.definition {
            same.insert(name.clone(), of.definition.schemas().into_iter().filter_map(direct).collect());
        }
    }
    for (name, of) in &mut api.types {
        let mut next = same.get(name).cloned().unwrap_or_default();
        let mut seen = BTreeSet::new();
        while let Some(other) = next.pop() {
            if seen.insert(other.clone()) {
                next.extend(same.get(&other).into_iter().flatten().cloned());
            }
        }
        if !seen.contains(name) {
            continue;
        }
        if let Definition::Union(..) = of.definition {
            let what = format!(
                "{name} is one of its own alternatives, directly or through others, so no value of it is finite"
            );
            notes.problem(&of.at, what, "list all alternatives in one place");
        } else {
            notes.add(&of.at, "reference", "it refers only to itself: any JSON value");
            of.definition = Definition::Is(Shape::Any.required());
        }
    }
    for of in api.types.values() {
        if let Definition::Object(_, Some(rest)) = &of.definition
            && rest.is_secret()
        {
            let fix = "move them into a separate property";
            notes.problem(&of.at, "a client cannot read secrets under free keys next to named properties", fix);
        }
    }
}

/// A property that exists only on the other side is not required on this one.
fn one_sided(of: &mut Type, notes: &mut Notes) {
    let Definition::Object(fields, _) = &mut of.definition else { return };
    for field in fields.iter_mut().filter(|field| field.required) {
        let elsewhere = (of.sent && field.read_only) || (of.read && field.write_only);
        if elsewhere {
            field.required = false;
            notes.add(&of.at, "one side", format!("`{}` exists on one side only: optional", field.wire));
        }
    }
}

/// A date in an unexpected format would make the whole response unreadable.
fn text_dates(schema: &mut Schema, at: &str, notes: &mut Notes) {
    let shape = schema.innermost();
    if matches!(shape, Shape::DateTime | Shape::Date) {
        *shape = Shape::Text;
        notes.add(at, "text date", "a date in a response is text, whatever its format");
    }
}

/// Replaces each named type that is only text by text.
fn put_texts_in_place(api: &mut Api) {
    let is_text = |of: &Type| of.definition == Definition::Is(Shape::Text.required());
    let texts: BTreeSet<String> =
        api.types.iter().filter(|(_, of)| is_text(of)).map(|(name, _)| name.clone()).collect();
    if texts.is_empty() {
        return;
    }
    let place = |schema: &mut Schema| {
        let shape = schema.innermost();
        if matches!(shape, Shape::Named(name) if texts.contains(name)) {
            *shape = Shape::Text;
        }
    };
    api.types.retain(|name, _| !texts.contains(name));
    api.types.values_mut().flat_map(|of| of.definition.schemas_mut()).for_each(place);
    for operation in &mut api.operations {
        operation.read_mut().into_iter().for_each(place);
        operation.sent_mut().into_iter().for_each(place);
    }
}

/// The names of the types that contain a secret at any depth.
fn holding_a_secret(types: &BTreeMap<String, Type>) -> BTreeSet<String> {
    let mut holders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut next: Vec<&str> = Vec::new();
    for (name, of) in types {
        for schema in of.definition.schemas() {
            if schema.is_secret() {
                next.push(name);
            }
            holders.entry(schema.names().unwrap_or_default()).or_default().push(name);
        }
    }
    let mut found = BTreeSet::new();
    while let Some(name) = next.pop() {
        if found.insert(name.to_owned()) {
            next.extend(holders.get(name).into_iter().flatten());
        }
    }
    found
}
