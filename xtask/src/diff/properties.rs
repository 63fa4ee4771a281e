//! Properties: which came, went, have another name, must be there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    Diff, Subject, Turn,
    shape::{self, Named},
};

impl Diff<'_> {
    pub(super) fn properties(&mut self, subject: &Subject, base: &Value, now: &Value) {
        let subject = &subject.shown_as_type();
        let required = |schema: &Value, name: &str| {
            let names = schema.get("required").and_then(Value::as_array);
            names.is_some_and(|names| names.iter().any(|required| required == name))
        };
        let mut removed = BTreeMap::new();
        let mut added = BTreeMap::new();
        for entry in shape::entries_of_both(base.get("properties"), now.get("properties")) {
            let (to, value, required) = match (entry.base, entry.now) {
                (Some(before), Some(after)) => {
                    let required = [base, now].map(|of| required(of, &entry.key));
                    self.property(subject, [&entry.key; 2], [before, after], required);
                    continue;
                }
                (Some(value), None) => (&mut removed, value, required(base, &entry.key)),
                (None, Some(value)) => (&mut added, value, required(now, &entry.key)),
                (None, None) => continue,
            };
            to.insert(entry.key, Named { shape: json!([shape::of(value), required]), value });
        }
        let pairs = shape::renamed(&removed, &added);
        for (old, one) in &removed {
            if let Some((new, other)) = pairs.get(old).and_then(|new| added.get_key_value(new)) {
                self.property(subject, [old, new], [one.value, other.value], [true; 2]);
                continue;
            }
            let mut gone = subject.below("properties").below(old).named(format!("{}.{old}", subject.name));
            self.secrets_listed(&mut gone, one.value);
            self.removed(&gone, Turn::Other, "property removed");
        }
        for (new, one) in added.iter().filter(|(new, _)| !pairs.values().any(|taken| taken == *new)) {
            let mut here = subject.below("properties").below(new).named(format!("{}.{new}", subject.name));
            self.secrets_listed(&mut here, one.value);
            let (turn, how) = if required(now, new) { (Turn::Narrower, "required") } else { (Turn::Same, "optional") };
            self.changed(&here, turn, format!("property added, {how}"));
        }
        self.required_beside_the_properties(subject, base, now);
    }

    fn property(&mut self, subject: &Subject, [old, new]: [&String; 2], [base, now]: [&Value; 2], required: [bool; 2]) {
        let here = subject.below("properties").below_each(old, new).named(format!("{}.{new}", subject.name)).typed(new);
        if old != new {
            self.changed(&here, Turn::Other, format!("renamed: {old} → {new}"));
        }
        match required {
            [false, true] => self.changed(&here, Turn::Narrower, "required now"),
            [true, false] => self.changed(&here, Turn::Wider, "optional now"),
            _ => {}
        }
        self.schema(&here, base, now);
    }

    /// Names in `required` that no property of the schema has, as beside `allOf`.
    fn required_beside_the_properties(&mut self, subject: &Subject, base: &Value, now: &Value) {
        let names = |schema: &Value| -> BTreeSet<String> {
            let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            let names = names.filter_map(|name| name.as_str().map(str::to_owned));
            names.filter(|name| schema.get("properties").and_then(|all| all.get(name)).is_none()).collect()
        };
        let (before, after) = (names(base), names(now));
        let has = |schema: &Value, name: &str| schema.get("properties").and_then(|all| all.get(name)).is_some();
        let here = |name: &str| subject.below("required").named(format!("{}.{name}", subject.name));
        for name in after.difference(&before).filter(|name| !has(base, name)) {
            self.changed(&here(name), Turn::Narrower, "required now");
        }
        for name in before.difference(&after).filter(|name| !has(now, name)) {
            self.changed(&here(name), Turn::Wider, "optional now");
        }
    }
}
