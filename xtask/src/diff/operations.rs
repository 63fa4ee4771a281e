//! Compares operations: which exist, their names, and what they require from callers.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Diff, Place, Turn, View, keywords::object, turned, views::title};
use crate::api::Operation;

/// The method and path by which the portal distinguishes operations; the names of path parameters do not matter.
fn route(operation: &Operation) -> (&str, String) {
    let segments = operation.path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    (&operation.method, segments.collect::<Vec<_>>().join("/"))
}

/// The snake case of a name: `create_webhook_endpoint` for `CreateWebhookEndpoint`.
pub(super) fn snake(name: &str) -> String {
    let chars = name.chars().enumerate();
    chars
        .flat_map(|(at, char)| (at > 0 && char.is_uppercase()).then_some('_').into_iter().chain(char.to_lowercase()))
        .collect()
}

impl<'a> Diff<'a> {
    pub(super) fn operations(&mut self) {
        let mut after: Vec<&Operation> = self.now.api.operations.iter().collect();
        let mut pairs = Vec::new();
        let mut gone = Vec::new();
        for one in &self.base.api.operations {
            match after.iter().position(|other| route(other) == route(one)) {
                Some(position) => pairs.push((one, after.remove(position))),
                None => gone.push(one),
            }
        }
        if self.view == View::Untyped {
            // The operation's own row reports added and removed ones.
            return pairs.into_iter().for_each(|(one, other)| self.untyped(one, other));
        }
        for one in gone {
            match after.iter().position(|other| other.id == one.id && !self.codeless()) {
                Some(position) => pairs.push((one, after.remove(position))),
                None => {
                    let what = format!("operation removed{}", self.was_deprecated(&one.at));
                    // Receivers rely on a webhook.
                    let turn = if self.view == View::Hooks { Turn::BOTH } else { Turn::NARROWER };
                    self.row(&self.place(one, one).gone(), "operation-removed", what, turn, true);
                }
            }
        }
        for (one, other) in pairs {
            self.operation(one, other);
        }
        for one in after {
            self.row(&self.place(one, one), "operation-added", "operation added", Turn::NONE, false);
        }
    }

    fn place(&self, one: &Operation, other: &Operation) -> Place {
        let name = title(other);
        let shown = snake(&other.name);
        let snapshots = vec![format!("operation.{shown}"), format!("wire.{shown}")];
        let operations = vec![name.clone()];
        Place::new(name, &one.at, &other.at, operations, snapshots)
    }

    /// Compares the values that callers write or read as text or bytes.
    fn untyped(&mut self, one: &Operation, other: &Operation) {
        let place = self.place(one, other);
        self.parameters(&place, one, other);
        let bodies = [one, other].map(|of| of.sent().last().copied().filter(|_| of.body.is_some()));
        let responses = [one, other].map(|of| of.read().first().copied());
        for (sends, schemas, step) in [(true, bodies, "requestBody"), (false, responses, "responses/200")] {
            if let [Some(old), Some(new)] = schemas {
                let is = |kind: &str| place.name.contains(kind);
                let text = (is(" parameter ") && !is(" as ")) || is(" header ");
                let here = Place { sends, reads: !sends, text, option: true, ..place.clone() };
                self.schema(&here.below(&format!("{step}/content/application~1json/schema")), old, new);
            }
        }
    }

    fn operation(&mut self, one: &Operation, other: &Operation) {
        let place = self.place(one, other);
        if route(one) != route(other) {
            let what = format!("moved: {} → {}", title(one), title(other));
            self.row(&place, "operation-moved", what, Turn::NARROWER, false);
        }
        if one.id != other.id && !self.codeless() {
            let what = format!("renamed: {} → {}", one.id, other.id);
            self.row(&place, "operation-renamed", what, Turn::NONE, one.name != other.name);
        }
        match (one.inferred, other.inferred) {
            (true, false) => self.row(&place, "operation-stable", "no longer a preview", Turn::NONE, false),
            (false, true) => self.row(&place, "operation-preview", "a preview now", Turn::NONE, true),
            _ => {}
        }
        self.deprecation(&place);
        self.security(&place);
        self.parameters(&place, one, other);
        self.body(&place, one, other);
        self.responses(&place, one, other);
    }

    /// Reports an object that became deprecated, or no longer is.
    pub(super) fn deprecation(&mut self, place: &Place) {
        match (is_deprecated(self.base.document, &place.base), is_deprecated(self.now.document, &place.now)) {
            (false, true) => self.row(place, "deprecated", "deprecated now", Turn::NONE, false),
            (true, false) => self.row(place, "undeprecated", "no longer deprecated", Turn::NONE, false),
            _ => {}
        }
    }

    /// The addition to the row of a removed object that the base deprecates.
    pub(super) fn was_deprecated(&self, at: &str) -> &'static str {
        if is_deprecated(self.base.document, at) { ", which the base calls deprecated" } else { "" }
    }

    fn security(&mut self, place: &Place) {
        let of = |document: &'a Value, at: &str| {
            let own = document.pointer(at).and_then(|operation| operation.get("security"));
            own.or_else(|| document.get("security")).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
        };
        let (before, after) = (of(self.base.document, &place.base), of(self.now.document, &place.now));
        if self.codeless() {
            return;
        }
        // A scheme may only have been renamed.
        let own_name = |name: &String| {
            let known = |name: &str| bare(self.base.document, name);
            let new = bare(self.now.document, name).filter(|_| known(name).is_none());
            let mut all = scheme_names(self.base.document).into_iter();
            all.find(|old| new.is_some() && known(old) == new).unwrap_or_else(|| name.clone())
        };
        let renamed: Vec<Value> = after
            .iter()
            .map(|way| {
                let schemes = way.as_object().into_iter().flatten();
                schemes.map(|(name, scopes)| (own_name(name), scopes.clone())).collect()
            })
            .collect();
        let after = renamed.as_slice();
        if before == after {
            return;
        }
        // The old credentials may still be sufficient.
        let free = |alternatives: &[Value]| alternatives.is_empty() || alternatives.contains(&json!({}));
        let enough =
            free(after) || (!free(before) && before.iter().all(|way| after.iter().any(|need| covers(way, need))));
        let text = |alternatives: &[Value]| {
            let ways: Vec<String> = alternatives.iter().map(way).collect();
            if free(alternatives) { "none".to_owned() } else { ways.join(" or ") }
        };
        // The generated code shows only whether credentials are required.
        let shown = if before.is_empty() == after.is_empty() { place.unshown() } else { place.clone() };
        let (id, turn) = if enough { ("security-wider", Turn::NONE) } else { ("security-narrower", Turn::NARROWER) };
        let what = format!("security: {} → {}", text(before), text(after));
        self.row(&shown.below("security"), id, what, turn, false);
    }

    /// Compares how clients authenticate.
    pub(super) fn security_schemes(&mut self) {
        let [old_names, new_names] = [self.base.document, self.now.document].map(scheme_names);
        for name in old_names.union(&new_names) {
            let at = format!("{SCHEMES}/{name}");
            let place = Place::new(format!("security scheme {name}"), &at, &at, Vec::new(), Vec::new());
            match (bare(self.base.document, name), bare(self.now.document, name)) {
                (Some(old), Some(new)) if old != new => {
                    let used = [self.base.document, self.now.document].iter().all(|document| is_needed(document, name));
                    let turn = if used { Turn::NARROWER } else { Turn::NONE };
                    let what = turned("scheme", Some(&old), Some(&new));
                    self.row(&place, "security-scheme-changed", what, turn, false);
                }
                (None, Some(_)) => self.row(&place, "security-scheme-added", "added", Turn::NONE, false),
                (Some(_), None) => self.row(&place.gone(), "security-scheme-removed", "removed", Turn::NONE, false),
                _ => {}
            }
        }
    }
}

const SCHEMES: &str = "/components/securitySchemes";

fn scheme_names(document: &Value) -> BTreeSet<String> {
    let schemes = document.pointer(SCHEMES).and_then(Value::as_object);
    schemes.into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

/// How a scheme sends credentials, without the scopes that it lists; operations require those.
fn bare(document: &Value, name: &str) -> Option<Value> {
    let (mut scheme, _) = object(document, &format!("{SCHEMES}/{name}"));
    let members = scheme.as_object_mut()?;
    members.retain(|key, _| key != "description" && !key.starts_with("x-"));
    for (_, flow) in members.get_mut("flows").and_then(Value::as_object_mut).into_iter().flatten() {
        flow.as_object_mut()?.remove("scopes");
    }
    Some(scheme)
}

/// Whether an operation, or the document as a whole, requires a scheme.
fn is_needed(document: &Value, name: &str) -> bool {
    let within = |holder: &Value| {
        let ways = holder.get("security").and_then(Value::as_array);
        ways.into_iter().flatten().any(|way| way.get(name).is_some())
    };
    let items = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    within(document) || items.flat_map(|(_, item)| item.as_object().into_iter().flatten()).any(|(_, of)| within(of))
}

/// Whether the credentials of `way` meet every requirement of `need`.
fn covers(way: &Value, need: &Value) -> bool {
    let scopes = |value: &Value| value.as_array().cloned().unwrap_or_default();
    need.as_object().into_iter().flatten().all(|(name, wanted)| {
        way.get(name).is_some_and(|own| scopes(wanted).iter().all(|scope| scopes(own).contains(scope)))
    })
}

fn is_deprecated(document: &Value, at: &str) -> bool {
    object(document, at).0.get("deprecated") == Some(&Value::Bool(true))
}

/// One alternative of a `security` list for people: its schemes with their scopes.
fn way(requirement: &Value) -> String {
    let schemes = requirement.as_object().into_iter().flatten().map(|(name, scopes)| {
        let scopes: Vec<&str> = scopes.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if scopes.is_empty() { name.clone() } else { format!("{name} ({})", scopes.join(", ")) }
    });
    schemes.collect::<Vec<_>>().join(" and ")
}
