//! Compares descriptions, examples and the tiers of facts, which change neither requests nor responses.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Breaks, Change, Diff, Version, operations, rules, views::title};
use crate::{
    api::Api,
    read::{MARK, SOURCE},
    walk::{METHODS, last_step, push_step},
};

/// Keywords whose values are maps from a name to an object.
const HOLDERS: &str = "allOf anyOf components items not oneOf parameters requestBody schema additionalProperties";
/// Keywords whose values are maps with names that the document chooses.
const NAMES: &str = "$defs content headers paths properties responses requestBodies schemas securitySchemes webhooks";
/// Keywords that are compared through the model or as rules.
const COMPARED: &str = "$ref allowReserved callbacks const default deprecated discriminator encoding enum explode format in name \
    nullable operationId readOnly required security style type writeOnly scheme bearerFormat openIdConnectUrl flows";

impl Diff<'_> {
    /// The differences in descriptions, with a row for each object.
    pub(super) fn descriptions(base: &Value, now: &Value, api: &Api) -> Vec<Change> {
        let mut descriptions = Descriptions { api, changes: Vec::new() };
        descriptions.object("", base, now, false);
        descriptions.changes
    }

    /// The first difference of documents that differ only in ways that neither the model nor the rules see.
    pub(super) fn otherwise(base: &Value, now: &Value, api: &Api) -> Change {
        fn first(at: String, base: &Value, now: &Value) -> String {
            let (Value::Object(before), Value::Object(after)) = (base, now) else { return at };
            let differs = |key: &&String| before.get(*key) != after.get(*key);
            let Some(key) = before.keys().chain(after.keys()).find(differs) else { return at };
            let mut below = at;
            push_step(&mut below, key);
            match (before.get(key), after.get(key)) {
                (Some(old), Some(new)) => first(below, old, new),
                _ => below,
            }
        }
        let descriptions = Descriptions { api, changes: Vec::new() };
        descriptions.change(
            &first(String::new(), base, now),
            "docs-changed",
            "written in another way".to_owned(),
            false,
        )
    }
}

struct Descriptions<'a> {
    api: &'a Api,
    changes: Vec<Change>,
}

fn is(list: &str, key: &str) -> bool {
    list.split(' ').any(|known| known == key)
}

impl Descriptions<'_> {
    fn object(&mut self, at: &str, base: &Value, now: &Value, names: bool) {
        if let (Value::Array(base), Value::Array(now)) = (base, now) {
            for (index, (base, now)) in base.iter().zip(now).enumerate() {
                self.object(&format!("{at}/{index}"), base, now, false);
            }
            return;
        }
        let (Value::Object(before), Value::Object(after)) = (base, now) else { return };
        let mut changed: Vec<&str> = Vec::new();
        for key in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let (old, new) = (before.get(key), after.get(key));
            let object = names || is(HOLDERS, key) || is(NAMES, key) || METHODS.contains(&key.as_str());
            if object && (at.is_empty() || !key.starts_with("x-") || names) {
                if let (Some(old), Some(new)) = (old, new) {
                    let mut at = at.to_owned();
                    push_step(&mut at, key);
                    // A parameter has `content`, and `parameters` may be a list.
                    self.object(&at, old, new, !names && (is(NAMES, key) || (key == "parameters" && old.is_object())));
                }
            } else if key == SOURCE {
                let text = |tier: Option<&Value>| tier.and_then(Value::as_str).unwrap_or("of no tier").to_owned();
                if old != new {
                    let what = format!("tier: {} → {}", text(old), text(new));
                    self.changes.push(self.change(at, "tier-changed", what, true));
                }
            } else if old != new && !is(COMPARED, key) && !rules::keys().any(|known| known == key) {
                changed.push(key);
            }
        }
        // A mark `true` is part of the type. `false` means the same as no mark.
        let secret = [before, after].iter().any(|of| of.get(MARK) == Some(&Value::Bool(true)));
        changed.retain(|key| *key != MARK || !secret);
        if !changed.is_empty() {
            let shown = changed.iter().any(|key| matches!(*key, "description" | "summary" | "title"));
            let what = format!("{} changed", changed.join(", "));
            self.changes.push(self.change(at, "docs-changed", what, shown));
        }
    }

    fn change(&self, at: &str, id: &'static str, what: String, shown: bool) -> Change {
        let (subject, operations, snapshot) = self.subject(at);
        Change {
            id,
            subject,
            what,
            breaks: Breaks::default(),
            version: Version::Now,
            pointer: at.to_owned(),
            operations,
            snapshots: snapshot.into_iter().filter(|_| shown).collect(),
        }
    }

    /// The name for people of the object at a place, the operations that use it, and the snapshot that shows its docs.
    fn subject(&self, at: &str) -> (String, Vec<String>, Option<String>) {
        if let Some(rest) = at.strip_prefix("/components/schemas/") {
            let steps: Vec<String> = rest.split('/').map(last_step).collect();
            let name: String = steps.join(".").replace(".properties.", ".").replace(".items", "[]");
            let documented = matches!(steps.as_slice(), [_] | [_, _, _]) && !rest.ends_with("/items");
            let owner = self.api.types.iter().find(|(_, of)| rest.split('/').next() == of.at.rsplit('/').next());
            return (name, Vec::new(), owner.filter(|_| documented).map(|(name, _)| format!("type.{name}")));
        }
        let Some(operation) = self.api.operations.iter().find(|operation| {
            at.strip_prefix(operation.at.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }) else {
            let name = if at.is_empty() { "the contract".to_owned() } else { last_step(at) };
            return (name, Vec::new(), None);
        };
        let rest = at.get(operation.at.len()..).unwrap_or_default();
        let steps: Vec<&str> = rest.split('/').filter(|step| !step.is_empty()).collect();
        let shown = matches!(steps.as_slice(), [] | ["responses", _] | ["parameters", _]);
        let snapshot = shown.then(|| format!("operation.{}", operations::snake(&operation.name)));
        let part = match steps.as_slice() {
            [] => String::new(),
            ["responses", status, ..] => format!(" {status}"),
            [kind, ..] => format!(" {kind}"),
        };
        let name = title(operation);
        (format!("{name}{part}"), vec![name], snapshot)
    }
}
