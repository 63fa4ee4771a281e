//! Parameters of operations: those of the path, the query and headers.

use super::{Diff, Place, Turn, object, pairs, turned};
use crate::api::{Operation, Parameter, Place as Within, Shape};

fn name(parameter: &Parameter) -> String {
    let within = match parameter.place {
        Within::Path => "path",
        Within::Query => "query",
        Within::Header => "header",
    };
    format!("{within} {}", parameter.wire)
}

impl Diff<'_> {
    pub(super) fn parameters(&mut self, operation: &Place, one: &Operation, other: &Operation) {
        // Those of a path are told apart by where they are in it; their names go nowhere.
        let parted = |of: &Operation| -> (Vec<Parameter>, Vec<Parameter>) {
            of.parameters.iter().cloned().partition(|parameter| parameter.place == Within::Path)
        };
        let ((mut old_path, mut before), (mut new_path, mut after)) = (parted(one), parted(other));
        let both = old_path.len().min(new_path.len());
        before.extend(old_path.split_off(both));
        after.extend(new_path.split_off(both));
        for (old, new) in old_path.into_iter().zip(new_path) {
            let place = self.parameter_place(operation, &old, &new);
            if old.wire != new.wire {
                let what = format!("renamed: {} → {}", old.wire, new.wire);
                self.row(&place, "path-parameter-renamed", what, Turn::NONE, false);
            }
            self.parameter(&place, &old, &new);
        }
        let key = |parameter: &Parameter| {
            let (place, required) = (parameter.place, parameter.required);
            [name(parameter), format!("{place:?} {required} {:?}", parameter.schema), parameter.docs.clone()]
        };
        let only = |these: &[Parameter], others: &[Parameter]| -> Vec<[String; 3]> {
            let known = |parameter: &&Parameter| !others.iter().any(|other| name(other) == name(parameter));
            these.iter().filter(known).map(key).collect()
        };
        let renamed = pairs(&only(&before, &after), &only(&after, &before));
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
                let what = format!("renamed: {own} → {}", name(&new));
                self.row(&place, "parameter-renamed", what, Turn::NARROWER, old.field != new.field);
            }
            self.parameter(&place, old, &new);
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
        (place.reads, place.required, place.option) = (false, old.required && new.required, true);
        place
    }

    fn parameter(&mut self, place: &Place, old: &Parameter, new: &Parameter) {
        match (old.required, new.required) {
            (false, true) => self.row(place, "parameter-required", "required now", Turn::NARROWER, true),
            (true, false) => self.row(place, "parameter-optional", "optional now", Turn::NONE, true),
            _ => {}
        }
        self.deprecation(&place.unshown());
        let (before, base_at) = object(self.base.document, &old.at);
        let (after, now_at) = object(self.now.document, &new.at);
        for key in ["style", "explode", "allowReserved", "allowEmptyValue"] {
            if before.get(key) != after.get(key) {
                let what = turned(key, before.get(key), after.get(key));
                self.row(place, "parameter-style", what, Turn::NARROWER, false);
            }
        }
        let here = place.at(format!("{base_at}/schema"), format!("{now_at}/schema"));
        let was_list = object(self.base.document, &format!("{base_at}/schema")).0.get("items").is_some();
        let alike = matches!(&new.schema.shape, Shape::List(item) if new.place == Within::Query
            && !was_list && self.within(true, &old.schema, false, item));
        if alike {
            let what = "a list of it now, which is sent in the same way";
            return self.row(&here, "parameter-list", what, Turn::NONE, true);
        }
        self.schema(&here, &old.schema, &new.schema);
    }
}
