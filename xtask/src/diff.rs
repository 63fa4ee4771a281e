//! spec diff: what changed in the contract, in terms of what a user of the SDK feels.
//!
//! [`diff`] is pure. A change is *breaking* when what was right by the base is wrong now: for those who send, a request or
//! the call that makes it; for those who read, code that takes an answer by the base's word. So the same change may break
//! the one and not the other: a property that becomes required breaks requests, one that becomes optional breaks readers.

mod bodies;
pub mod command;
mod constraints;
mod names;
mod operations;
mod parameters;
mod parts;
mod properties;
pub mod report;
mod schemas;
mod shape;
mod sides;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::read::SOURCE;
pub use sides::Sides;

/// What a change means for one who sends, or for one who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing but documentation is another.
    Docs,
    /// What was right by the base still is.
    Compatible,
    /// What was right by the base is wrong now.
    Breaking,
}

/// Which of the two contracts a place is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The one that is compared with.
    Base,
    /// The one that is there now.
    Now,
}

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it is about: an operation, a type, a property as `Type.property`.
    pub subject: String,
    /// What happened to it.
    pub what: String,
    /// What it means for those who send; `None` where it stands in no request.
    pub sends: Option<Effect>,
    /// What it means for those who read; `None` where it stands in no answer.
    pub reads: Option<Effect>,
    /// The contract that its place is in: the base for what is gone.
    pub version: Version,
    /// The place, as a JSON pointer.
    pub pointer: String,
    /// The snapshots that show what it does to the generated code, without folder and ending.
    pub snapshots: Vec<String>,
}

impl Change {
    /// The worse of what it means for the two; what stands on neither side touches nobody, and is compatible.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.sends.max(self.reads).unwrap_or(Effect::Compatible)
    }
}

/// What changed from `base` to `now`: the breaking first, and operations before types.
#[must_use]
pub fn diff(base: &Value, now: &Value) -> Vec<Change> {
    let mut diff = Diff {
        base,
        now,
        renamed: shape::renamed_schemas(base, now),
        base_sides: sides::of_schemas(base),
        now_sides: sides::of_schemas(now),
        changes: Vec::new(),
    };
    diff.document();
    diff.operations();
    diff.schemas();
    let mut changes = diff.changes;
    changes.sort_by_key(|change| std::cmp::Reverse(change.effect()));
    changes
}

/// A comparison in progress.
struct Diff<'a> {
    base: &'a Value,
    now: &'a Value,
    /// The schemas whose name is another, from the base's to the one they have now.
    renamed: BTreeMap<String, String>,
    base_sides: BTreeMap<String, Sides>,
    now_sides: BTreeMap<String, Sides>,
    changes: Vec<Change>,
}

/// What is compared: its name, its place in both contracts, the sides that feel it, and the snapshots that show it.
#[derive(Debug, Clone)]
struct Subject {
    name: String,
    base: String,
    now: String,
    /// Who can have relied on it: the sides it stood on and still does.
    sides: Sides,
    /// The sides it stands on in either.
    either: Sides,
    /// What the generator calls it if it becomes a type of its own; empty where that is not known.
    type_name: String,
    snapshots: Vec<String>,
}

impl Subject {
    /// What lies below, at the same step in both.
    fn below(&self, step: &str) -> Self {
        self.below_each(step, step)
    }

    /// What lies below, at different steps.
    fn below_each(&self, base: &str, now: &str) -> Self {
        let mut below = self.clone();
        crate::walk::push_step(&mut below.base, base);
        crate::walk::push_step(&mut below.now, now);
        below
    }

    /// What lies below, with the end of the type's name that the generator gives it.
    fn typed(mut self, end: &str) -> Self {
        if !self.type_name.is_empty() {
            self.type_name.push_str(&names::pascal_case(end));
        }
        self
    }

    /// The same, shown where the type that it becomes is shown.
    fn shown_as_type(&self) -> Self {
        let mut shown = self.clone();
        if !self.type_name.is_empty() {
            shown.snapshots = names::of_type(&self.type_name);
        }
        shown
    }

    fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

/// How what is allowed turned, which decides whom it breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Less is allowed: requests that were right are not, and every answer still is.
    Narrower,
    /// More is allowed: every request still is right, and answers may be what nobody was told.
    Wider,
    /// Something else is allowed.
    Other,
    /// As much is allowed.
    Same,
    /// Only the words are others.
    Docs,
}

impl Turn {
    fn sends(self) -> Effect {
        match self {
            Self::Narrower | Self::Other => Effect::Breaking,
            Self::Wider | Self::Same => Effect::Compatible,
            Self::Docs => Effect::Docs,
        }
    }

    fn reads(self) -> Effect {
        match self {
            Self::Wider | Self::Other => Effect::Breaking,
            Self::Narrower | Self::Same => Effect::Compatible,
            Self::Docs => Effect::Docs,
        }
    }
}

impl Diff<'_> {
    fn changed(&mut self, subject: &Subject, turn: Turn, what: impl Into<String>) {
        self.push(subject, Version::Now, turn, what.into());
    }

    fn removed(&mut self, subject: &Subject, turn: Turn, what: impl Into<String>) {
        self.push(subject, Version::Base, turn, what.into());
    }

    fn push(&mut self, subject: &Subject, version: Version, turn: Turn, what: String) {
        self.changes.push(Change {
            subject: subject.name.clone(),
            what,
            sends: subject.sides.sends.then(|| turn.sends()),
            reads: subject.sides.reads.then(|| turn.reads()),
            version,
            pointer: match version {
                Version::Base => subject.base.clone(),
                Version::Now => subject.now.clone(),
            },
            snapshots: subject.snapshots.clone(),
        });
    }

    /// Notes which keys are others, but for those that were compared; generated code has at most its words from them.
    fn rest(&mut self, subject: &Subject, base: &Value, now: &Value, compared: &[&str]) {
        let changed: Vec<String> = shape::keys_of_both(Some(base), Some(now))
            .into_iter()
            .filter(|key| key != SOURCE && !compared.contains(&key.as_str()) && base.get(key) != now.get(key))
            .collect();
        if !changed.is_empty() {
            let mut subject = subject.clone();
            // Words are copied into the docs of code, and nowhere else; the other keys into nothing.
            let is_copied = changed.iter().any(|key| matches!(key.as_str(), "description" | "summary" | "title"));
            subject.snapshots.retain(|name| is_copied && !name.starts_with("wire."));
            self.changed(&subject, Turn::Docs, format!("{} changed", changed.join(", ")));
        }
    }

    /// Notes that a fact is known from elsewhere.
    fn tier(&mut self, subject: &Subject, base: &Value, now: &Value) {
        let of = |value: &Value| value.get(SOURCE).and_then(Value::as_str).unwrap_or("of no tier").to_owned();
        let (before, after) = (of(base), of(now));
        if before != after {
            // Its docs tell it, and nothing that goes over the wire.
            let mut subject = subject.clone();
            subject.snapshots.retain(|name| !name.starts_with("wire."));
            self.changed(&subject, Turn::Same, format!("tier: {before} → {after}"));
        }
    }

    /// What belongs to no operation and no schema.
    fn document(&mut self) {
        let (base, now) = (self.base, self.now);
        let whole = Subject {
            name: "the contract".to_owned(),
            base: String::new(),
            now: String::new(),
            sides: Sides::BOTH,
            either: Sides::BOTH,
            type_name: String::new(),
            snapshots: Vec::new(),
        };
        for key in shape::keys_of_both(Some(base), Some(now)) {
            if !["paths", "components", "security"].contains(&key.as_str()) && base.get(&key) != now.get(&key) {
                let mut subject = whole.below(&key);
                if key == "info" {
                    subject.snapshots.push("client".to_owned());
                }
                self.changed(&subject, Turn::Docs, format!("{key} changed"));
            }
        }
        let schemes = "/components/securitySchemes";
        let whole = Subject { base: schemes.to_owned(), now: schemes.to_owned(), sides: Sides::SENDS, ..whole };
        for entry in shape::entries_of_both(base.pointer(schemes), now.pointer(schemes)) {
            let subject = whole.below(&entry.key).named(format!("security scheme {}", entry.key));
            match (entry.base, entry.now) {
                (Some(base), Some(now)) => {
                    if shape::of(base) != shape::of(now) {
                        self.changed(&subject, Turn::Other, "is another");
                    }
                    let of_the_shape =
                        shape::keys(&shape::of(base)).chain(shape::keys(&shape::of(now))).collect::<Vec<_>>();
                    self.rest(&subject, base, now, &of_the_shape.iter().map(String::as_str).collect::<Vec<_>>());
                    self.tier(&subject, base, now);
                }
                (None, _) => self.changed(&subject, Turn::Same, "added"),
                (_, None) => self.removed(&subject, Turn::Narrower, "removed"),
            }
        }
    }
}
