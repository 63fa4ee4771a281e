//! Schemas: each component once, whoever refers to it, and those that stand in place where they stand.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Diff, Sides, Subject, Turn, constraints, names, shape, sides::SCHEMAS};
use crate::{read::MARK, walk::last_step};

/// Formats that are a type of their own in Rust; any other is only a promise about the text.
const TYPED: &[&str] =
    &["date", "date-time", "time", "uuid", "ip", "ipv4", "ipv6", "binary", "byte", "int32", "int64", "float", "double"];

/// The keys that are compared one by one.
const COMPARED: &[&str] = &[
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "default",
    "deprecated",
    "discriminator",
    "format",
    "items",
    "nullable",
    "oneOf",
    "properties",
    "readOnly",
    "required",
    "type",
    "writeOnly",
    MARK,
];

impl Diff<'_> {
    /// The components.
    pub(super) fn schemas(&mut self) {
        let (base, now) = (self.base.pointer(SCHEMAS), self.now.pointer(SCHEMAS));
        let renamed = self.renamed.clone();
        let new_names: BTreeSet<&String> = renamed.values().collect();
        for name in shape::keys_of_both(base, now) {
            if new_names.contains(&name) {
                continue;
            }
            let now_name = renamed.get(&name).unwrap_or(&name);
            let before = base.and_then(|map| map.get(&name));
            let after = now.and_then(|map| map.get(now_name));
            let sides = |of: &BTreeMap<String, Sides>, name: &str| of.get(name).copied().unwrap_or_default();
            let (stood, stands) = (sides(&self.base_sides, &name), sides(&self.now_sides, now_name));
            let root = Subject {
                name: now_name.clone(),
                base: SCHEMAS.to_owned(),
                now: SCHEMAS.to_owned(),
                sides: stood.and(stands),
                either: stood.or(stands),
                type_name: names::pascal_case(now_name),
                snapshots: names::of_type(now_name),
            };
            let mut subject = root.below_each(&name, now_name);
            match (before, after) {
                (Some(before), Some(after)) => {
                    if name != *now_name {
                        self.changed(&subject, Turn::Other, format!("renamed: {name} → {now_name}"));
                    }
                    self.moved(&subject, stood, stands);
                    self.schema(&subject, before, after);
                }
                (None, Some(after)) => {
                    subject.sides = stands;
                    self.secrets_listed(&mut subject, after);
                    self.changed(&subject, Turn::Same, "type added");
                }
                (Some(before), None) => {
                    subject.sides = stood;
                    self.secrets_listed(&mut subject, before);
                    self.removed(&subject, Turn::Other, "type removed");
                }
                (None, None) => {}
            }
        }
    }

    /// A type that requests or answers hold now and did not, or the other way.
    fn moved(&mut self, subject: &Subject, stood: Sides, stands: Sides) {
        let subject = Subject { sides: subject.either, ..subject.clone() };
        for (stood, stands, which) in [(stood.sends, stands.sends, "requests"), (stood.reads, stands.reads, "answers")]
        {
            match (stood, stands) {
                (false, true) => self.changed(&subject, Turn::Same, format!("stands in {which} now")),
                (true, false) => self.changed(&subject, Turn::Same, format!("stands in no {which} any more")),
                _ => {}
            }
        }
    }

    /// What holds a secret is listed in a snapshot of its own.
    pub(super) fn secrets_listed(&self, subject: &mut Subject, schema: &Value) {
        let listed = subject.snapshots.iter().any(|name| name == names::SECRETS);
        if !listed && shape::of(schema).to_string().contains(&format!("\"{MARK}\":true")) {
            subject.snapshots.insert(0, names::SECRETS.to_owned());
        }
    }

    pub(super) fn schema(&mut self, subject: &Subject, base: &Value, now: &Value) {
        let reference = |schema: &Value| schema.get("$ref").and_then(Value::as_str).map(last_step);
        match (reference(base), reference(now)) {
            (Some(before), Some(after)) => {
                if self.renamed.get(&before).unwrap_or(&before) != &after {
                    self.changed(subject, Turn::Other, format!("type: {before} → {after}"));
                }
                self.rest(subject, base, now, &["$ref"]);
            }
            (None, None) => self.keywords(subject, base, now),
            (before, after) => {
                let (base, _) = shape::resolved(self.base, base, "");
                let (now, _) = shape::resolved(self.now, now, "");
                let named = |name: Option<String>| name.unwrap_or_else(|| "written in place".to_owned());
                // Only what is a type of its own in Rust has another name there.
                let typed = [base, now].iter().any(|schema| {
                    ["properties", "enum", "oneOf", "anyOf", "allOf"].iter().any(|key| schema.get(key).is_some())
                });
                let turn = if typed { Turn::Other } else { Turn::Same };
                self.changed(subject, turn, format!("type: {} → {}", named(before), named(after)));
                self.keywords(subject, base, now);
            }
        }
    }

    fn keywords(&mut self, subject: &Subject, base: &Value, now: &Value) {
        self.secret(subject, base, now);
        let same_type = self.type_and_format(subject, base, now);
        self.flags(subject, base, now);
        if same_type {
            self.constraints(subject, base, now);
            self.properties(subject, base, now);
            self.parts(subject, base, now);
            let compared: Vec<&str> = constraints::keys().chain(COMPARED.iter().copied()).collect();
            self.rest(subject, base, now, &compared);
        }
        self.tier(subject, base, now);
    }

    fn secret(&mut self, subject: &Subject, base: &Value, now: &Value) {
        let what = match (is_secret(base), is_secret(now)) {
            (false, true) => "secret now: it no longer prints, and is read by expose_secret alone",
            (true, false) => "no longer secret: it prints from now on",
            _ => {
                if base.get(MARK) != now.get(MARK) {
                    self.changed(subject, Turn::Docs, format!("{MARK} changed"));
                }
                return;
            }
        };
        let mut subject = subject.clone();
        subject.snapshots.insert(0, names::SECRETS.to_owned());
        // A leak is one on whichever side.
        subject.sides = if subject.either == Sides::default() { Sides::BOTH } else { subject.either };
        self.changed(&subject, Turn::Other, what);
    }

    /// Whether the type is the same.
    fn type_and_format(&mut self, subject: &Subject, base: &Value, now: &Value) -> bool {
        let text = |schema: &Value, key: &str| schema.get(key).and_then(Value::as_str).map(str::to_owned);
        // That a string is a password is its mark of secrecy, which is compared as such.
        let format = |schema: &Value| text(schema, "format").filter(|format| format != "password");
        let (type_before, type_after) = (text(base, "type"), text(now, "type"));
        let (before, after) = (format(base), format(now));
        let turn = match (type_before.as_deref(), type_after.as_deref()) {
            (before, after) if before == after => None,
            (Some("integer"), Some("number")) | (_, None) => Some(Turn::Wider),
            (Some("number"), Some("integer")) | (None, _) => Some(Turn::Narrower),
            _ => Some(Turn::Other),
        };
        let typed = |format: &Option<String>| format.as_deref().is_some_and(|format| TYPED.contains(&format));
        let turn = turn.or_else(|| match (&before, &after) {
            (before, after) if before == after => None,
            (before, after) if typed(before) || typed(after) => Some(Turn::Other),
            (None, _) => Some(Turn::Narrower),
            (_, None) => Some(Turn::Wider),
            _ => Some(Turn::Other),
        });
        if let Some(turn) = turn {
            let said = |of: Option<String>, format: Option<String>| {
                let of = of.unwrap_or_else(|| "any".to_owned());
                format.map_or(of.clone(), |format| format!("{of} ({format})"))
            };
            let what = format!("type: {} → {}", said(type_before.clone(), before), said(type_after.clone(), after));
            self.changed(subject, turn, what);
        }
        type_before == type_after
    }

    fn flags(&mut self, subject: &Subject, base: &Value, now: &Value) {
        for (key, on, off, turned_on, turned_off) in [
            ("nullable", "may be null now", "is never null now", Turn::Wider, Turn::Narrower),
            ("readOnly", "read only now", "no longer read only", Turn::Narrower, Turn::Same),
            ("writeOnly", "write only now", "no longer write only", Turn::Wider, Turn::Same),
            ("deprecated", "deprecated now", "no longer deprecated", Turn::Same, Turn::Same),
        ] {
            let is = |schema: &Value| schema.get(key) == Some(&Value::Bool(true));
            match (is(base), is(now)) {
                (false, true) => self.changed(subject, turned_on, on),
                (true, false) => self.changed(subject, turned_off, off),
                _ if base.get(key) != now.get(key) => self.changed(subject, Turn::Docs, format!("{key} changed")),
                _ => {}
            }
        }
        let (before, after) = (base.get("default"), now.get("default"));
        if before != after {
            let said = |value: Option<&Value>| value.map_or_else(|| "none".to_owned(), ToString::to_string);
            // Those who leave it out send something else from now on; those who read are told whatever it is.
            self.changed(subject, Turn::Narrower, format!("default: {} → {}", said(before), said(after)));
        }
    }
}

/// Whether a schema is marked secret.
fn is_secret(schema: &Value) -> bool {
    let marked = schema.get(MARK).and_then(Value::as_bool);
    marked.unwrap_or_else(|| schema.get("format").and_then(Value::as_str) == Some("password"))
}
