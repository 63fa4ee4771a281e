//! What a schema is put together of: items, further properties, alternatives.

use serde_json::Value;

use super::{Diff, Subject, Turn, shape};

impl Diff<'_> {
    pub(super) fn parts(&mut self, subject: &Subject, base: &Value, now: &Value) {
        let items = subject.below("items").named(format!("{}[]", subject.name)).typed("item");
        match (base.get("items"), now.get("items")) {
            (Some(before), Some(after)) => self.schema(&items, before, after),
            (None, Some(_)) => self.changed(&items, Turn::Narrower, "items are of one type now"),
            (Some(_), None) => self.removed(&items, Turn::Wider, "items are of any type now"),
            (None, None) => {}
        }
        self.further_properties(subject, base, now);
        for (key, added, removed) in [
            ("oneOf", Turn::Wider, Turn::Narrower),
            ("anyOf", Turn::Wider, Turn::Narrower),
            ("allOf", Turn::Narrower, Turn::Wider),
        ] {
            self.members(subject, key, [base, now], [added, removed]);
        }
        if base.get("discriminator") != now.get("discriminator") {
            self.changed(subject, Turn::Other, "discriminator changed");
        }
    }

    fn further_properties(&mut self, subject: &Subject, base: &Value, now: &Value) {
        let key = "additionalProperties";
        let here = subject.below(key).named(format!("{}.*", subject.name)).typed("value");
        match (base.get(key), now.get(key)) {
            (before, after) if before == after => {}
            (Some(before @ Value::Object(_)), Some(after @ Value::Object(_))) => self.schema(&here, before, after),
            (_, Some(Value::Bool(false))) => self.changed(&here, Turn::Narrower, "no further properties now"),
            (Some(Value::Bool(false)), _) => self.changed(&here, Turn::Wider, "further properties now"),
            (_, Some(Value::Object(_))) => {
                self.changed(&here, Turn::Narrower, "further properties are of one type now")
            }
            (Some(Value::Object(_)), _) => self.removed(&here, Turn::Wider, "further properties are of any type now"),
            _ => self.changed(&here, Turn::Docs, "additionalProperties changed"),
        }
    }

    /// Pairs the members that are the same, then the rest in their order.
    fn members(&mut self, subject: &Subject, key: &str, [base, now]: [&Value; 2], [added, removed]: [Turn; 2]) {
        let list = |schema: &Value| -> Vec<(usize, Value)> {
            let items = schema.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
            items.into_iter().enumerate().collect()
        };
        let (mut before, mut after) = (list(base), list(now));
        let at = |old: usize, new: usize| {
            subject.below(key).below_each(&old.to_string(), &new.to_string()).named(format!("{} ({key})", subject.name))
        };
        let mut pairs = Vec::new();
        before.retain(|(old, one)| {
            let same = after.iter().position(|(_, other)| shape::of(other) == shape::of(one));
            if let Some(position) = same {
                let (new, other) = after.remove(position);
                pairs.push((*old, one.clone(), new, other));
            }
            same.is_none()
        });
        // References to different types are different alternatives; what is written in place may have changed in place.
        let in_place = |all: &[(usize, Value)]| all.iter().all(|(_, schema)| schema.get("$ref").is_none());
        if before.len() == after.len() && in_place(&before) && in_place(&after) {
            let both = before.drain(..).zip(after.drain(..));
            pairs.extend(both.map(|((old, one), (new, other))| (old, one, new, other)));
        }
        for (old, one, new, other) in pairs {
            self.schema(&at(old, new), &one, &other);
        }
        let said = |schema: &Value| {
            let name = schema.get("$ref").and_then(Value::as_str).map(crate::walk::last_step);
            name.unwrap_or_else(|| "a schema".to_owned())
        };
        for (old, one) in before {
            let to = one.get("$ref").and_then(Value::as_str).map(crate::walk::last_step);
            let is_renamed = |(_, other): &(usize, Value)| {
                let name = other.get("$ref").and_then(Value::as_str).map(crate::walk::last_step);
                name.is_some() && name.as_ref() == to.as_ref().and_then(|to| self.renamed.get(to))
            };
            match after.iter().position(is_renamed) {
                Some(position) => drop(after.remove(position)),
                None => self.removed(&at(old, old), removed, format!("{key}: {} removed", said(&one))),
            }
        }
        for (new, one) in after {
            self.changed(&at(new, new), added, format!("{key}: {} added", said(&one)));
        }
    }
}
