//! Compares the parameters of operations: in the path, the query and headers.

use serde_json::{Value, json};

use super::{
    Diff, Place, Turn,
    keywords::{self, object},
    pairs, turned, views,
};
use crate::api::{Operation, Parameter, Place as Within};

/// The place of the cookies that a view has as parameters.
const COOKIES: &str = "/paths/~1 ";

fn name(parameter: &Parameter) -> String {
    let within = match parameter.place {
        Within::Path => "path",
        // The client has no cookies, so the view has them as parameters of the query.
        Within::Query if parameter.at.starts_with(COOKIES) => "cookie",
        Within::Query => "query",
        Within::Header => "header",
    };
    format!("{within} {}", parameter.wire)
}

impl Diff<'_> {
    pub(super) fn parameters(&mut self, operation: &Place, one: &Operation, other: &Operation) {
        // Path parameters are identified by their position; their names are not sent.
        let parted = |of: &Operation| -> (Vec<Parameter>, Vec<Parameter>) {
            of.parameters.iter().cloned().partition(|parameter| parameter.place == Within::Path)
        };
        let ((mut old_path, mut before), (mut new_path, mut after)) = (parted(one), parted(other));
        let both = old_path.len().min(new_path.len());
        before.extend(old_path.split_off(both));
        after.extend(new_path.split_off(both));
        let known: Vec<String> = old_path.iter().map(|parameter| parameter.wire.clone()).collect();
        for (old, new) in old_path.into_iter().zip(new_path) {
            let place = self.parameter_place(operation, &old, &new);
            if old.wire != new.wire {
                let what = format!("renamed: {} → {}", old.wire, new.wire);
                // If another parameter had this name, the two were swapped.
                let turn = if known.contains(&new.wire) { Turn::NARROWER } else { Turn::NONE };
                self.row(&place, "path-parameter-renamed", what, turn, false);
            }
            self.parameter(&place, [one, other], &old, &new);
        }
        let key = |parameter: &Parameter| {
            let (place, required) = (parameter.place, parameter.required);
            [name(parameter), format!("{place:?} {required} {:?}", parameter.schema), parameter.docs.clone()]
        };
        let only = |these: &[Parameter], others: &[Parameter]| -> Vec<[String; 3]> {
            let known = |parameter: &&Parameter| !others.iter().any(|other| name(other) == name(parameter));
            these.iter().filter(known).map(key).collect()
        };
        let mut renamed = pairs(&only(&before, &after), &only(&after, &before));
        for old in &before {
            let moved = |new: &&Parameter| new.wire == old.wire && !before.iter().any(|one| name(one) == name(new));
            if !after.iter().any(|new| name(new) == name(old))
                && let Some(new) = after.iter().find(moved)
            {
                renamed.insert(name(old), name(new));
            }
        }
        let order = |all: &[Parameter], others: &[Parameter]| -> Vec<String> {
            let both = |one: &&Parameter| {
                one.required && others.iter().any(|other| other.required && name(other) == name(one))
            };
            all.iter().filter(both).map(name).collect()
        };
        let (old_order, new_order) = (order(&before, &after), order(&after, &before));
        if old_order != new_order {
            let what = format!("order: {} → {}", old_order.join(", "), new_order.join(", "));
            self.row(operation, "parameter-order", what, Turn::NONE, true);
        }
        for old in &before {
            let own = name(old);
            let new_name = renamed.get(&own).unwrap_or(&own);
            let Some(at) = after.iter().position(|new| name(new) == *new_name) else {
                let place = self.parameter_place(operation, old, old).gone();
                let what = format!("parameter removed{}", self.was_deprecated(&old.at));
                self.row(&place, "parameter-removed", what, Turn::NARROWER, true);
                continue;
            };
            let new = after.remove(at);
            let place = self.parameter_place(operation, old, &new);
            if own != name(&new) {
                let (id, how) =
                    if old.wire == new.wire { ("parameter-moved", "moved") } else { ("parameter-renamed", "renamed") };
                let what = format!("{how}: {own} → {}", name(&new));
                self.row(&place, id, what, Turn::NARROWER, old.field != new.field);
            }
            self.parameter(&place, [one, other], old, &new);
        }
        for new in after {
            let place = self.parameter_place(operation, &new, &new);
            match new.required {
                true => {
                    let what = "parameter added, required";
                    self.row(&place, "parameter-added-required", what, Turn::NARROWER, true);
                }
                false => {
                    let what = "parameter added, optional";
                    self.row(&place, "parameter-added-optional", what, Turn::NONE, false);
                }
            }
        }
    }

    fn parameter_place(&self, operation: &Place, old: &Parameter, new: &Parameter) -> Place {
        let mut place =
            operation.named(format!("{} parameter {}", operation.name, name(new))).at(old.at.clone(), new.at.clone());
        (place.reads, place.required) = (false, old.required && new.required);
        (place.option, place.text) = (true, true);
        place
    }

    fn parameter(&mut self, place: &Place, [one, other]: [&Operation; 2], old: &Parameter, new: &Parameter) {
        match (old.required, new.required) {
            (false, true) => self.row(place, "parameter-required", "required now", Turn::NARROWER, true),
            (true, false) => self.row(place, "parameter-optional", "optional now", Turn::NONE, true),
            _ => {}
        }
        self.deprecation(&place.unshown());
        let (before, base_at) = object(self.base.document, &old.at);
        let (after, now_at) = object(self.now.document, &new.at);
        for key in ["style", "explode", "allowReserved"] {
            let [was, is] = [&before, &after].map(|parameter| written(parameter, key));
            // A single value is written in the same way in every style, exploded or not.
            let list = |document, at: &str| keywords::keywords_at(document, &format!("{at}/schema"));
            let scalar =
                [(self.base.document, &base_at), (self.now.document, &now_at)].into_iter().all(|(document, at)| {
                    list(document, at)
                        .get("type")
                        .is_some_and(|kind| !["array", "object"].iter().any(|other| kind == other))
                });
            if was != is && (!scalar || key == "allowReserved" || new.place == Within::Path) {
                self.row(place, "parameter-style", turned(key, Some(&was), Some(&is)), Turn::NARROWER, false);
            }
        }
        let mut here = place.at(format!("{base_at}/schema"), format!("{now_at}/schema"));
        if old.at.starts_with(COOKIES) {
            return;
        }
        // A value that the caller formats is compared in the view of untyped values.
        here.sends &= !views::is_untyped(self.base.document, one, &base_at);
        here.sends &= !views::is_untyped(self.now.document, other, &now_at);
        self.schema(&here, &old.schema, &new.schema);
    }
}

/// A keyword about the format of a parameter, or its default.
fn written(parameter: &Value, key: &str) -> Value {
    let within = |places: &[&str]| places.iter().any(|place| parameter.get("in").is_some_and(|own| own == place));
    parameter.get(key).cloned().unwrap_or_else(|| match key {
        "style" => if within(&["query", "cookie"]) { "form" } else { "simple" }.into(),
        "explode" => json!(written(parameter, "style") == "form"),
        _ => json!(false),
    })
}
