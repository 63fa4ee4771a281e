//! The part of a document to import, and the tier of its facts.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::{
    read::followed,
    walk::{METHODS, push_step},
};

/// The tiers of facts, the most certain first.
pub const TIERS: &[&str] = &["documented", "corroborated", "inferred"];

/// What to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The ids of operations, or `METHOD PATH`. Without any, and without tags, all operations are imported.
    pub operations: Vec<String>,
    /// The tags whose operations are imported.
    pub tags: Vec<String>,
    /// The tier of the imported facts.
    pub tier: String,
}

impl Selection {
    /// Whether all operations are imported.
    pub(super) fn is_all(&self) -> bool {
        self.operations.is_empty() && self.tags.is_empty()
    }

    /// Removes the other operations from a document.
    pub(super) fn apply(&self, document: &mut Value) -> Result<()> {
        let all = self.is_all();
        let mut missed: BTreeSet<&String> = self.operations.iter().chain(&self.tags).collect();
        for (path, item) in document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten() {
            let Some(item) = item.as_object_mut() else { continue };
            item.retain(|method, operation| {
                if all || !METHODS.contains(&method.as_str()) {
                    return true;
                }
                let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
                let named = format!("{} {path}", method.to_ascii_uppercase());
                let tags: Vec<&str> = operation
                    .get("tags")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                let hits: Vec<&String> = self
                    .operations
                    .iter()
                    .filter(|wanted| *wanted == id || **wanted == named)
                    .chain(self.tags.iter().filter(|wanted| tags.contains(&wanted.as_str())))
                    .collect();
                missed.retain(|wanted| !hits.contains(wanted));
                !hits.is_empty()
            });
        }
        if !missed.is_empty() {
            bail!(
                "the document has no operation or tag {missed:?}: write an operation's id or 'POST /path', or a tag's name"
            );
        }
        Ok(())
    }
}

/// Removes the components that no operation uses, and returns their number.
pub(super) fn remove_unreached(document: &mut Value) -> usize {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&Value> = ["paths", "webhooks"].iter().filter_map(|key| document.get(*key)).collect();
    while let Some(value) = next.pop() {
        match value {
            Value::Object(members) => {
                next.extend(members.values());
                let written = members.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix('#'));
                // The target as written, and the one that a reader would find.
                let places = written.map(|to| (document.pointer(to), to.to_owned())).into_iter();
                let understood = followed(document, value, "").ok().filter(|_| written.is_some());
                for (target, place) in places.chain(understood.map(|(target, place)| (Some(target), place))) {
                    if let Some(target) = target
                        && reached.insert(place)
                    {
                        next.push(target);
                    }
                }
            }
            Value::Array(items) => next.extend(items),
            _ => {}
        }
    }
    let mut left = 0;
    for (kind, all) in document.get_mut("components").and_then(Value::as_object_mut).into_iter().flatten() {
        let (Some(all), true) = (all.as_object_mut(), kind != "securitySchemes") else { continue };
        all.retain(|name, _| {
            let mut place = format!("/components/{kind}");
            push_step(&mut place, name);
            let within = format!("{place}/");
            let kept = reached.iter().any(|to| *to == place || to.starts_with(&within));
            left += usize::from(!kept);
            kept
        });
    }
    left
}
