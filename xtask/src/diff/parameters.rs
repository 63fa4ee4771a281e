//! Parameters of operations: those of the path, the query, headers and cookies.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Diff, Sides, Subject, Turn,
    operations::Operation,
    shape::{self, Named},
};

/// Parameters by where they stand and their name, with their places.
type Parameters = BTreeMap<String, (String, Value)>;

impl Diff<'_> {
    pub(super) fn parameters(&mut self, subject: &Subject, one: &Operation<'_>, other: &Operation<'_>) {
        let before = parameters(self.base, one);
        let after = parameters(self.now, other);
        let at = |name: &str, base: &str, now: &str| Subject {
            name: format!("{} parameter {name}", subject.name),
            base: base.to_owned(),
            now: now.to_owned(),
            sides: Sides::SENDS,
            either: Sides::SENDS,
            type_name: String::new(),
            snapshots: subject.snapshots.clone(),
        };
        let pairs = shape::renamed(&only_in(&before, &after), &only_in(&after, &before));
        for (old, (base, before)) in &before {
            let new = pairs.get(old).unwrap_or(old);
            let Some((now, after)) = after.get(new) else {
                self.removed(&at(old, base, base), Turn::Other, "parameter removed");
                continue;
            };
            let here = at(new, base, now);
            if old != new {
                self.changed(&here, Turn::Other, format!("renamed: {old} → {new}"));
            }
            self.parameter(&here, before, after);
        }
        let is_new = |name: &String| !before.contains_key(name) && !pairs.values().any(|taken| taken == name);
        for (name, (pointer, parameter)) in after.iter().filter(|(name, _)| is_new(name)) {
            let (turn, how) = if required(parameter) { (Turn::Narrower, "required") } else { (Turn::Same, "optional") };
            self.changed(&at(name, pointer, pointer), turn, format!("parameter added, {how}"));
        }
    }

    fn parameter(&mut self, subject: &Subject, base: &Value, now: &Value) {
        self.requiredness(subject, base, now);
        for key in ["style", "explode", "allowReserved", "allowEmptyValue"] {
            if base.get(key) != now.get(key) {
                self.changed(subject, Turn::Narrower, format!("{key}: {} → {}", said(base, key), said(now, key)));
            }
        }
        match [base, now].map(|of| of.get("deprecated") == Some(&Value::Bool(true))) {
            [false, true] => self.changed(subject, Turn::Same, "deprecated now"),
            [true, false] => self.changed(subject, Turn::Same, "no longer deprecated"),
            _ => {}
        }
        self.schema_below(subject, base, now);
        self.content(subject, base, now);
        let compared = [
            "name",
            "in",
            "required",
            "style",
            "explode",
            "allowReserved",
            "allowEmptyValue",
            "deprecated",
            "schema",
            "content",
        ];
        self.rest(subject, base, now, &compared);
        self.tier(&Subject { snapshots: Vec::new(), ..subject.clone() }, base, now);
    }

    /// What an object says under `required`.
    pub(super) fn requiredness(&mut self, subject: &Subject, base: &Value, now: &Value) {
        match (required(base), required(now)) {
            (false, true) => self.changed(subject, Turn::Narrower, "required now"),
            (true, false) => self.changed(subject, Turn::Wider, "optional now"),
            _ => {}
        }
    }

    /// What an object holds under `schema`.
    pub(super) fn schema_below(&mut self, subject: &Subject, base: &Value, now: &Value) {
        let here = subject.below("schema");
        match (base.get("schema"), now.get("schema")) {
            (Some(before), Some(after)) => self.schema(&here, before, after),
            (None, Some(_)) => self.changed(&here, Turn::Narrower, "type: any → of one type"),
            (Some(_), None) => self.removed(&here, Turn::Wider, "type: of one type → any"),
            (None, None) => {}
        }
    }
}

fn said(of: &Value, key: &str) -> String {
    of.get(key).map_or_else(|| "by default".to_owned(), ToString::to_string)
}

pub(super) fn required(of: &Value) -> bool {
    of.get("required") == Some(&Value::Bool(true))
}

fn only_in<'a>(all: &'a Parameters, others: &Parameters) -> BTreeMap<String, Named<'a>> {
    let only = all.iter().filter(|(name, _)| !others.contains_key(*name));
    only.map(|(name, (_, value))| {
        let mut shape = shape::of(value);
        if let Some(members) = shape.as_object_mut() {
            members.remove("name");
        }
        (name.clone(), Named { shape, value })
    })
    .collect()
}

/// The parameters of an operation, those of its path included.
fn parameters(document: &Value, operation: &Operation<'_>) -> Parameters {
    let mut found = Parameters::new();
    let path = operation.pointer.rsplit_once('/').map_or("", |(path, _)| path);
    for (holder, pointer) in [(operation.path_item, path), (operation.value, operation.pointer.as_str())] {
        let list = holder.get("parameters").and_then(Value::as_array).into_iter().flatten();
        for (index, parameter) in list.enumerate() {
            let (parameter, pointer) = shape::resolved(document, parameter, &format!("{pointer}/parameters/{index}"));
            let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
            found.insert(format!("{} {}", text("in"), text("name")), (pointer, parameter.clone()));
        }
    }
    found
}
