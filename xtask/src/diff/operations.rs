//! Operations: which there are, how they are called, what goes in and what comes out.

use serde_json::{Value, json};

use super::{Diff, Sides, Subject, Turn, names, shape};
use crate::walk::push_step;

const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const COMPARED: &[&str] = &["operationId", "deprecated", "security", "parameters", "requestBody", "responses"];

/// An operation, with where it stands.
pub(super) struct Operation<'a> {
    method: &'static str,
    path: &'a str,
    pub(super) pointer: String,
    pub(super) value: &'a Value,
    pub(super) path_item: &'a Value,
}

impl Operation<'_> {
    fn name(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    fn id(&self) -> Option<&str> {
        self.value.get("operationId").and_then(Value::as_str)
    }

    /// What the portal tells operations by: not the names of a path's parameters.
    fn route(&self) -> (&str, String) {
        let segments = self.path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
        (self.method, segments.collect::<Vec<_>>().join("/"))
    }
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    paths
        .filter(|(path, _)| !path.starts_with("x-"))
        .flat_map(|(path, path_item)| {
            METHODS.iter().filter_map(move |method| {
                let mut pointer = "/paths".to_owned();
                push_step(&mut pointer, path);
                push_step(&mut pointer, method);
                Some(Operation { method, path, pointer, value: path_item.get(method)?, path_item })
            })
        })
        .collect()
}

impl Diff<'_> {
    pub(super) fn operations(&mut self) {
        let before = operations(self.base);
        let mut after = operations(self.now);
        let mut gone = Vec::new();
        for one in before {
            match after.iter().position(|other| other.route() == one.route()) {
                Some(position) => self.operation(&one, &after.remove(position)),
                None => gone.push(one),
            }
        }
        for one in gone {
            let moved = after.iter().position(|other| other.id().is_some() && other.id() == one.id());
            match moved {
                Some(position) => self.operation(&one, &after.remove(position)),
                None => self.removed(&subject(&one, &one), Turn::Other, "operation removed"),
            }
        }
        for one in after {
            self.changed(&subject(&one, &one), Turn::Same, "operation added");
        }
        for entry in shape::entries_of_both(self.base.get("paths"), self.now.get("paths")) {
            let (Some(before), Some(after)) = (entry.base, entry.now) else { continue };
            let mut at = "/paths".to_owned();
            push_step(&mut at, &entry.key);
            let whole = Subject {
                name: entry.key,
                base: at.clone(),
                now: at,
                sides: Sides::BOTH,
                either: Sides::BOTH,
                type_name: String::new(),
                snapshots: Vec::new(),
            };
            let compared: Vec<&str> = METHODS.iter().copied().chain(["parameters"]).collect();
            self.rest(&whole, before, after, &compared);
        }
    }

    fn operation(&mut self, one: &Operation<'_>, other: &Operation<'_>) {
        let here = subject(one, other);
        let (base, now) = (one.value, other.value);
        if one.route() != other.route() {
            self.changed(&here, Turn::Narrower, format!("moved: {} → {}", one.name(), other.name()));
        }
        if one.id() != other.id() {
            let said = |id: Option<&str>| id.unwrap_or("without a name").to_owned();
            self.changed(&here, Turn::Other, format!("renamed: {} → {}", said(one.id()), said(other.id())));
        }
        match [base, now].map(|of| of.get("deprecated") == Some(&Value::Bool(true))) {
            [false, true] => self.changed(&here, Turn::Same, "deprecated now"),
            [true, false] => self.changed(&here, Turn::Same, "no longer deprecated"),
            _ => {}
        }
        self.security(&here, one, other);
        self.parameters(&here, one, other);
        self.request_body(&here, base, now);
        self.answers(&here, base, now);
        self.rest(&here, base, now, COMPARED);
        self.tier(&here, base, now);
    }

    fn security(&mut self, subject: &Subject, one: &Operation<'_>, other: &Operation<'_>) {
        let of = |operation: &Operation<'_>, document: &Value| -> Vec<Value> {
            let own = operation.value.get("security").or_else(|| document.get("security"));
            own.and_then(Value::as_array).cloned().unwrap_or_default()
        };
        let (before, after) = (of(one, self.base), of(other, self.now));
        if before == after {
            return;
        }
        // Whatever was enough still is.
        let free = |alternatives: &[Value]| alternatives.is_empty() || alternatives.contains(&json!({}));
        let enough = free(&after) || (!free(&before) && before.iter().all(|way| after.contains(way)));
        let said = |alternatives: &[Value]| {
            let ways: Vec<String> = alternatives.iter().map(way).collect();
            if free(alternatives) { "none".to_owned() } else { ways.join(" or ") }
        };
        let here = Subject { sides: Sides::SENDS, ..subject.below("security") };
        let turn = if enough { Turn::Same } else { Turn::Narrower };
        self.changed(&here, turn, format!("security: {} → {}", said(&before), said(&after)));
    }
}

/// One way to be let in: the schemes that it takes, with their scopes.
fn way(requirement: &Value) -> String {
    let schemes = requirement.as_object().into_iter().flatten().map(|(name, scopes)| {
        let scopes: Vec<&str> = scopes.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if scopes.is_empty() { name.clone() } else { format!("{name} ({})", scopes.join(", ")) }
    });
    schemes.collect::<Vec<_>>().join(" and ")
}

fn subject(one: &Operation<'_>, other: &Operation<'_>) -> Subject {
    Subject {
        name: other.name(),
        base: one.pointer.clone(),
        now: other.pointer.clone(),
        sides: Sides::BOTH,
        either: Sides::BOTH,
        type_name: String::new(),
        snapshots: other.id().map(names::of_operation).unwrap_or_default(),
    }
}
