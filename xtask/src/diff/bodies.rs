//! Compares the bodies of requests, and of responses by status.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{
    Diff, Place, Turn, View,
    keywords::{content, object, typed},
};
use crate::{
    api::{Form, Operation, Payload, Response},
    walk::push_step,
};

/// The Rust type of an operation's successes or failures.
#[derive(PartialEq)]
enum Outcome {
    Nothing,
    One(Payload),
    ByStatus(BTreeMap<String, Payload>),
}

impl Diff<'_> {
    pub(super) fn body(&mut self, operation: &Place, one: &Operation, other: &Operation) {
        let mut place = operation.named(format!("{} request", operation.name));
        place.reads = false;
        let (old, new) = match (&one.body, &other.body) {
            (Some(old), Some(new)) => (old, new),
            (None, Some(new)) => {
                let here = place.at("", new.at.clone());
                return match new.required {
                    true => self.row(&here, "body-added-required", "body added, required", Turn::NARROWER, true),
                    false => self.row(&here, "body-added-optional", "body added, optional", Turn::NONE, false),
                };
            }
            (Some(old), None) => {
                let here = place.at(old.at.clone(), "").gone();
                return self.row(&here, "body-removed", "body removed", Turn::NARROWER, true);
            }
            (None, None) => return,
        };
        place = place.at(old.at.clone(), new.at.clone());
        match (old.required, new.required) {
            // Receivers of a webhook now always get a body.
            (false, true) if self.view == View::Hooks => {
                self.row(&place, "body-required", "required now", Turn::BOTH, false)
            }
            (false, true) => self.row(&place, "body-required", "required now", Turn::NARROWER, true),
            (true, false) => self.row(&place, "body-optional", "optional now", Turn::WIDER, true),
            _ => {}
        }
        let [before, after] = [(self.base.document, &one.at), (self.now.document, &other.at)]
            .map(|(document, at)| object(document, &format!("{at}/requestBody")).0);
        self.media_types(&place, &before, &after);
        let callers = std::mem::discriminant(&old.form) != std::mem::discriminant(&new.form);
        if callers || old.media_type != new.media_type {
            let what = format!("sent as: {} → {}", old.media_type, new.media_type);
            let accepted = content(&after).contains_key(&old.media_type);
            let turn = if accepted { Turn::NONE } else { Turn::NARROWER };
            self.row(&place, "body-media-type", what, turn, callers);
        }
        if let (Form::Json(old) | Form::Urlencoded(old), Form::Json(new) | Form::Urlencoded(new)) =
            (&old.form, &new.form)
        {
            self.schema(&place.named(format!("{} body", place.name)).below("schema"), old, new);
        }
    }

    pub(super) fn responses(&mut self, operation: &Place, one: &Operation, other: &Operation) {
        let mut place = operation.clone();
        place.sends = false;
        let retyped = [true, false].map(|success| {
            let old = self.outcome(one, success, true);
            let new = self.outcome(other, success, false);
            match (&old, &new) {
                (Outcome::ByStatus(old), Outcome::ByStatus(new)) => {
                    old.iter().any(|(status, payload)| new.get(status) != Some(payload))
                }
                // The type of a failure that did not exist has no values, so no code uses one.
                (Outcome::Nothing, _) => success && new != Outcome::One(Payload::Nothing),
                _ => old != new,
            }
        });
        let statuses: BTreeSet<&String> =
            one.responses.iter().chain(&other.responses).map(|response| &response.status).collect();
        for status in statuses {
            let find = |of: &'_ Operation| of.responses.iter().find(|response| response.status == *status).cloned();
            let here = place.named(format!("{} {status}", place.name));
            let success = status.starts_with('2');
            let [retyped_success, retyped_failure] = retyped;
            let callers = if success { retyped_success } else { retyped_failure };
            match (find(one), find(other)) {
                (Some(old), Some(new)) => {
                    self.response(&here.at(old.at.clone(), new.at.clone()), &old, &new, callers);
                }
                (None, Some(new)) => {
                    let (id, turn) =
                        if success { ("success-added", Turn::WIDER) } else { ("failure-added", Turn::NONE) };
                    self.row(&here.at("", new.at), id, added(callers, "added"), turn, callers);
                }
                (Some(old), None) => {
                    let id = if success { "success-removed" } else { "failure-removed" };
                    self.row(&here.at(old.at, "").gone(), id, added(callers, "removed"), Turn::NONE, callers);
                }
                (None, None) => {}
            }
        }
    }

    fn outcome(&self, operation: &Operation, success: bool, is_base: bool) -> Outcome {
        let payload = |response: &Response| match &response.payload {
            Payload::Json(schema) if is_base => Payload::Json(self.with_new_names(schema)),
            other => other.clone(),
        };
        let responses = operation.responses.iter().filter(|response| response.is_success() == success);
        let all: BTreeMap<String, Payload> =
            responses.map(|response| (response.status.clone(), payload(response))).collect();
        let mut values = all.values();
        match values.next().cloned() {
            None => Outcome::Nothing,
            Some(first) if values.all(|payload| *payload == first) => Outcome::One(first),
            Some(_) => Outcome::ByStatus(all),
        }
    }

    fn response(&mut self, place: &Place, old: &Response, new: &Response, retyped: bool) {
        let [before, after] =
            [(self.base.document, &old.at), (self.now.document, &new.at)].map(|(document, at)| object(document, at).0);
        self.headers(place, &before, &after);
        self.media_types(place, &before, &after);
        let [base, now] = [(self.base.document, old), (self.now.document, new)]
            .map(|(document, response)| format!("{}/schema", typed(document, response)));
        let here = place.named(format!("{} body", place.name)).at(base, now);
        match (&old.payload, &new.payload) {
            (Payload::Json(old), Payload::Json(new)) => self.schema(&here, old, new),
            (old, new) if old == new => {}
            (Payload::Nothing, _) => {
                self.row(place, "response-body-added", "now has a body", Turn::NONE, retyped);
            }
            (_, Payload::Nothing) => {
                self.row(place, "response-body-removed", "no longer has a body", Turn::WIDER, retyped);
            }
            _ => self.row(
                place,
                "response-body-form",
                "JSON before or now, and bytes now or before",
                Turn::WIDER,
                retyped,
            ),
        }
    }

    /// Compares which headers a response has; their values are compared in the view of untyped values.
    fn headers(&mut self, place: &Place, before: &Value, after: &Value) {
        let place = place.unshown();
        // The names of headers are case-insensitive.
        let of = |value: &Value| -> BTreeMap<String, String> {
            let headers = value.get("headers").and_then(Value::as_object).into_iter().flatten();
            headers.map(|(name, _)| (name.to_lowercase(), name.clone())).collect()
        };
        let (old, new) = (of(before), of(after));
        for name in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            let mut here = place.named(format!("{} header {name}", place.name)).below("headers");
            push_step(&mut here.base, old.get(name).unwrap_or(name));
            push_step(&mut here.now, new.get(name).unwrap_or(name));
            let is = |document: &Value, at: &str| object(document, at).0.get("required") == Some(&Value::Bool(true));
            let required = [is(self.base.document, &here.base), is(self.now.document, &here.now)];
            match (old.contains_key(name), new.contains_key(name), required) {
                (false, ..) => self.row(&here, "header-added", "header added", Turn::NONE, false),
                // Readers cannot rely on an optional header.
                (_, false, [required, _]) => {
                    let turn = if required { Turn::WIDER } else { Turn::NONE };
                    self.row(&here.gone(), "header-removed", "header removed", turn, false);
                }
                (.., [false, true]) => self.row(&here, "header-required", "required now", Turn::NONE, false),
                (.., [true, false]) => self.row(&here, "header-optional", "optional now", Turn::WIDER, false),
                _ => {}
            }
        }
    }

    /// Compares media types: one that was removed can be neither sent nor requested.
    fn media_types(&mut self, place: &Place, before: &Value, after: &Value) {
        let (old, new) = (content(before), content(after));
        let here = Place { sends: true, ..place.unshown() };
        for name in old.keys().filter(|name| !new.contains_key(*name) && !new.is_empty()) {
            self.row(&here, "media-type-removed", format!("media type {name} removed"), Turn::NARROWER, false);
        }
        for name in new.keys().filter(|name| !old.contains_key(*name) && !old.is_empty()) {
            self.row(&here, "media-type-added", format!("media type {name} added"), Turn::NONE, false);
        }
        let encoding = |content: &Map<String, Value>, name: &String| content.get(name)?.get("encoding").cloned();
        for name in old.keys().filter(|name| new.contains_key(*name) && encoding(&old, name) != encoding(&new, name)) {
            self.row(&here, "media-type-encoding", format!("encoding of {name} changed"), Turn::NARROWER, false);
        }
    }
}

fn added(retyped: bool, how: &str) -> String {
    if retyped { format!("status {how}: the type of its kind is another") } else { format!("status {how}") }
}
