//! spec diff: what changed in the contract, and whom it breaks.
//!
//! [`diff`] is pure. It reads both documents into the [model](crate::api::Api) that the client is generated from, so that a
//! difference between the models is a difference in the SDK. It compares the rest in the documents themselves: limits, defaults
//! and credentials, which the portal checks, and descriptions, which only people read.

mod bodies;
mod boxes;
pub mod classes;
pub mod command;
mod definitions;
mod descriptions;
mod keywords;
mod operations;
mod parameters;
mod reading;
pub mod report;
mod rules;
mod schemas;
mod views;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::api::{Schema, Shape};
use reading::{Read, api};
use views::View;

/// The users that a change breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Breaks {
    /// A request that the base allows is now invalid.
    pub senders: bool,
    /// A response may have values that the base does not allow, or lack values that the base guarantees. For a webhook, readers are
    /// its receivers.
    pub readers: bool,
    /// Code that compiles with the client of the base does not compile with the new one.
    pub callers: bool,
}

impl Breaks {
    /// Whether it breaks any users.
    #[must_use]
    pub fn anybody(self) -> bool {
        self.senders || self.readers || self.callers
    }

    fn or(self, other: Self) -> Self {
        Self {
            senders: self.senders || other.senders,
            readers: self.readers || other.readers,
            callers: self.callers || other.callers,
        }
    }
}

/// The contract that a place is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The old one.
    Base,
    /// The new one.
    Now,
}

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its class, one of [`classes::classes`].
    pub id: &'static str,
    /// Its subject: an operation, a type, or a property as `Type.property`.
    pub subject: String,
    /// The change.
    pub what: String,
    /// The users that it breaks.
    pub breaks: Breaks,
    /// The contract that its place is in: the base if the subject was removed.
    pub version: Version,
    /// The place, as a JSON pointer.
    pub pointer: String,
    /// The operations that use the subject.
    pub operations: Vec<String>,
    /// The names of the snapshots that show its effect on the generated code, without folder and extension.
    pub snapshots: Vec<String>,
}

/// The changes from `base` to `now`: breaking ones first, operations before types, descriptions last.
#[must_use]
pub fn diff(base: &Value, now: &Value) -> Vec<Change> {
    let [base_api, now_api] = [base, now].map(api);
    let mut changes: Vec<Change> = Vec::new();
    for view in [View::Client, View::Hooks, View::Untyped] {
        let Some([base, now]) = views::both(view, [(base, &base_api), (now, &now_api)]) else { continue };
        let [base, now] = [&base, &now].map(|document| Read::of(document, view));
        for change in Diff::new(&base, &now, view).changes() {
            let same = |one: &&mut Change| (&one.pointer, &one.what) == (&change.pointer, &change.what);
            match changes.iter_mut().find(same) {
                Some(known) => known.breaks = known.breaks.or(change.breaks),
                None => changes.push(change),
            }
        }
    }
    changes.extend(Diff::descriptions(base, now, &now_api));
    if changes.is_empty() && base != now {
        changes.push(Diff::otherwise(base, now, &now_api));
    }
    changes.sort_by_key(|change| {
        let about_words = ["docs-changed", "tier-changed"].contains(&change.id);
        (!change.breaks.anybody(), about_words, !change.id.starts_with("operation-"))
    });
    changes
}

/// A comparison in progress.
struct Diff<'a> {
    base: &'a Read<'a>,
    now: &'a Read<'a>,
    view: View,
    /// The renamed types: the new name for each old one.
    renamed: BTreeMap<String, String>,
    changes: Vec<Change>,
}

/// A subject of comparison: its name, its place in both contracts, the operations that use it, and the snapshots that show it.
#[derive(Debug, Clone)]
struct Place {
    name: String,
    base: String,
    now: String,
    version: Version,
    /// Whether requests have it in both contracts.
    sends: bool,
    /// Whether responses have it in both contracts.
    reads: bool,
    /// Whether the code of callers has it in both contracts.
    used: bool,
    /// Whether it is required.
    required: bool,
    /// Whether its Rust type is an `Option`, even if it is never null.
    option: bool,
    /// Whether it is text on the wire, regardless of its type.
    text: bool,
    operations: Vec<String>,
    snapshots: Vec<String>,
}

impl Place {
    /// A subject that requests, responses and code have, at a place in each contract.
    fn new(name: impl Into<String>, base: &str, now: &str, operations: Vec<String>, snapshots: Vec<String>) -> Self {
        Self {
            name: name.into(),
            base: base.to_owned(),
            now: now.to_owned(),
            version: Version::Now,
            sends: true,
            reads: true,
            used: true,
            required: true,
            option: false,
            text: false,
            operations,
            snapshots,
        }
    }

    fn named(&self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self.clone() }
    }

    /// The subject at these pointers.
    fn at(&self, base: impl Into<String>, now: impl Into<String>) -> Self {
        Self { base: base.into(), now: now.into(), ..self.clone() }
    }

    /// The subject one step below.
    fn below(&self, step: &str) -> Self {
        self.at(format!("{}/{step}", self.base), format!("{}/{step}", self.now))
    }

    /// A subject that only the base has.
    fn gone(&self) -> Self {
        Self { version: Version::Base, ..self.clone() }
    }

    /// The subject without snapshots, since no code shows it.
    fn unshown(&self) -> Self {
        Self { snapshots: Vec::new(), ..self.clone() }
    }

    /// The subject with the snapshot of the list of secrets, if it is one.
    fn listed(mut self, secret: bool) -> Self {
        if secret && !self.snapshots.is_empty() {
            self.snapshots.insert(0, SECRETS.to_owned());
        }
        self
    }
}

/// The snapshot that lists the types with a secret.
const SECRETS: &str = "secret-types";

/// The effect of a change on the set of valid values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Turn {
    /// A valid value became invalid, which breaks its senders.
    narrower: bool,
    /// An invalid value became valid, which breaks its readers.
    wider: bool,
}

impl Turn {
    const NONE: Self = Self { narrower: false, wider: false };
    const NARROWER: Self = Self { narrower: true, wider: false };
    const WIDER: Self = Self { narrower: false, wider: true };
    const BOTH: Self = Self { narrower: true, wider: true };

    /// The id for narrower values, for wider ones, or for neither or both.
    fn of(self, [narrower, wider, other]: [&'static str; 3]) -> &'static str {
        match self {
            Self::NARROWER => narrower,
            Self::WIDER => wider,
            _ => other,
        }
    }
}

impl<'a> Diff<'a> {
    fn new(base: &'a Read<'a>, now: &'a Read<'a>, view: View) -> Self {
        let renamed = Self::renames(&base.api, &now.api);
        Self { base, now, view, renamed, changes: Vec::new() }
    }

    fn changes(mut self) -> Vec<Change> {
        self.operations();
        self.types();
        if self.view == View::Client {
            self.security_schemes();
        }
        self.changes
    }

    /// Whether no code is generated for this view.
    fn codeless(&self) -> bool {
        self.view != View::Client
    }

    /// Adds a row, unless there is an equal one.
    fn row(&mut self, place: &Place, id: &'static str, what: impl Into<String>, turn: Turn, callers: bool) {
        let mut breaks = Breaks {
            senders: turn.narrower && place.sends,
            readers: turn.wider && place.reads,
            callers: callers && place.used,
        };
        if self.view == View::Hooks {
            // In a webhook, the portal sends the request and reads the response.
            breaks.readers = (turn.wider && place.sends) || (turn.narrower && place.reads);
            breaks.senders = false;
        }
        breaks.callers &= !self.codeless();
        let (pointer, document) = match place.version {
            Version::Base => (&place.base, self.base.document),
            Version::Now => (&place.now, self.now.document),
        };
        let place_of_it = keywords::places(document, pointer).into_iter().next();
        let pointer = views::real(document, &place_of_it.unwrap_or_else(|| pointer.clone()));
        let change = Change {
            id,
            subject: place.name.clone(),
            what: what.into(),
            breaks,
            version: place.version,
            pointer,
            operations: place.operations.clone(),
            snapshots: if self.codeless() { Vec::new() } else { place.snapshots.clone() },
        };
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    /// A schema of the base in which types have their new names.
    fn with_new_names(&self, schema: &Schema) -> Schema {
        let mut schema = schema.clone();
        if let Shape::Named(name) = schema.innermost_mut()
            && let Some(new) = self.renamed.get(name)
        {
            name.clone_from(new);
        }
        schema
    }
}

/// The renames among `removed` and `added`: each pair that alone has the same key, or alone has the same key and description.
fn pairs(removed: &[[String; 3]], added: &[[String; 3]]) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for with_words in [false, true] {
        let mut alike: BTreeMap<(&str, &str), [Vec<&String>; 2]> = BTreeMap::new();
        for (side, all) in [removed, added].into_iter().enumerate() {
            for [name, key, words] in all {
                let group = alike.entry((key, if with_words { words } else { "" })).or_default();
                group.get_mut(side).into_iter().for_each(|names| names.push(name));
            }
        }
        let taken: BTreeSet<String> = found.values().cloned().collect();
        for [old, new] in alike.into_values() {
            if let ([old], [new]) = (old.as_slice(), new.as_slice())
                && !found.contains_key(*old)
                && !taken.contains(*new)
            {
                found.insert((*old).clone(), (*new).clone());
            }
        }
    }
    found
}

/// Shows a change of a keyword, as in `key: 1 → none`.
fn turned(key: &str, before: Option<&Value>, after: Option<&Value>) -> String {
    let text = |value: Option<&Value>| value.map_or_else(|| "none".to_owned(), ToString::to_string);
    format!("{key}: {} → {}", text(before), text(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unambiguous_pair_is_a_rename() {
        for (removed, added, expected) in [
            (&["a text"][..], &["b text"][..], &["a b"][..]),
            (&["a text"], &["b number"], &[]),
            (&["a text"], &["b text", "c text"], &[]),
            (&["a text words", "b text"], &["c text", "d text words"], &["a d", "b c"]),
        ] {
            let named = |all: &[&str]| -> Vec<[String; 3]> {
                let part = |one: &str, at| one.split(' ').nth(at).unwrap_or_default().to_owned();
                all.iter().map(|one| [0, 1, 2].map(|at| part(one, at))).collect()
            };
            let found = pairs(&named(removed), &named(added));
            let found: Vec<String> = found.iter().map(|(old, new)| format!("{old} {new}")).collect();
            assert_eq!(found, expected, "{removed:?} {added:?}");
        }
    }
}
