//! Bodies: what a request carries, and what comes back for each status.

use serde_json::Value;

use super::{Diff, Sides, Subject, Turn, parameters::required, shape};

impl Diff<'_> {
    pub(super) fn request_body(&mut self, subject: &Subject, base: &Value, now: &Value) {
        let key = "requestBody";
        let sent = Subject { sides: Sides::SENDS, either: Sides::SENDS, ..subject.below(key) };
        let sent = sent.named(format!("{} request", subject.name));
        match (base.get(key), now.get(key)) {
            (Some(before), Some(after)) => {
                let (here, before, after) = self.resolved(&sent, before, after);
                self.requiredness(&here, &before, &after);
                self.content(&here, &before, &after);
                self.words(&here, &before, &after, &["required", "content"]);
            }
            (None, Some(after)) => {
                let (after, _) = shape::resolved(self.now, after, "");
                let (turn, how) = if required(after) { (Turn::Narrower, "required") } else { (Turn::Same, "optional") };
                self.changed(&sent, turn, format!("body added, {how}"));
            }
            (Some(_), None) => self.removed(&sent, Turn::Other, "body removed"),
            (None, None) => {}
        }
    }

    pub(super) fn answers(&mut self, subject: &Subject, base: &Value, now: &Value) {
        let read = Subject { sides: Sides::READS, either: Sides::READS, ..subject.below("responses") };
        for entry in shape::entries_of_both(base.get("responses"), now.get("responses")) {
            let here = read.below(&entry.key).named(format!("{} {}", subject.name, entry.key));
            if entry.key.starts_with("x-") {
                if entry.base != entry.now {
                    self.changed(&here, Turn::Docs, "changed");
                }
                continue;
            }
            // A failure by another status still is one, and is told apart by it.
            let of_success = entry.key.starts_with('2');
            match (entry.base, entry.now) {
                (Some(before), Some(after)) => {
                    let (here, before, after) = self.resolved(&here, before, after);
                    self.headers(&here, &before, &after);
                    self.content(&here, &before, &after);
                    self.rest(&here, &before, &after, &["headers", "content"]);
                    self.tier(&here, &before, &after);
                }
                (None, _) => self.changed(&here, if of_success { Turn::Wider } else { Turn::Same }, "status added"),
                (_, None) => self.removed(&here, if of_success { Turn::Other } else { Turn::Same }, "status removed"),
            }
        }
        let here = read.named(format!("{} failures", subject.name));
        match [(self.base, base), (self.now, now)].map(|(document, operation)| has_bare_failure(document, operation)) {
            [false, true] => self.changed(&here, Turn::Other, "one has no body now: their type is optional"),
            [true, false] => self.changed(&here, Turn::Other, "each has a body now: their type is no longer optional"),
            _ => {}
        }
    }

    fn headers(&mut self, subject: &Subject, base: &Value, now: &Value) {
        for entry in shape::entries_of_both(base.get("headers"), now.get("headers")) {
            let name = format!("{} header {}", subject.name, entry.key);
            let here = subject.below("headers").below(&entry.key).named(name);
            match (entry.base, entry.now) {
                (Some(before), Some(after)) => {
                    let (here, before, after) = self.resolved(&here, before, after);
                    self.requiredness(&here, &before, &after);
                    self.schema_below(&here, &before, &after);
                    self.content(&here, &before, &after);
                    self.words(&here, &before, &after, &["required", "schema", "content"]);
                }
                (None, _) => self.changed(&here, Turn::Same, "header added"),
                (_, None) => self.removed(&here, Turn::Other, "header removed"),
            }
        }
    }

    /// What an object holds in each media type.
    pub(super) fn content(&mut self, subject: &Subject, base: &Value, now: &Value) {
        let below = subject.below("content");
        let body = |old: &str, new: &str| below.below_each(old, new).named(format!("{} body", subject.name));
        let (mut gone, mut new) = (Vec::new(), Vec::new());
        for entry in shape::entries_of_both(base.get("content"), now.get("content")) {
            match (entry.base, entry.now) {
                (Some(before), Some(after)) => self.media_type(&body(&entry.key, &entry.key), before, after),
                (Some(before), None) => gone.push((entry.key, before)),
                (None, Some(after)) => new.push((entry.key, after)),
                (None, None) => {}
            }
        }
        // One gone and one new are the same body in another form.
        if let ([(old, before)], [(new, after)]) = (gone.as_slice(), new.as_slice()) {
            let here = body(old, new);
            self.changed(&here, Turn::Other, format!("media type: {old} → {new}"));
            self.media_type(&here, before, after);
            return;
        }
        for (name, _) in gone {
            self.removed(&body(&name, &name), Turn::Other, format!("media type {name} removed"));
        }
        for (name, _) in new {
            self.changed(&body(&name, &name), Turn::Same, format!("media type {name} added"));
        }
    }

    fn media_type(&mut self, subject: &Subject, base: &Value, now: &Value) {
        self.schema_below(subject, base, now);
        if base.get("encoding") != now.get("encoding") {
            self.changed(subject, Turn::Narrower, "encoding changed");
        }
        self.words(subject, base, now, &["schema", "encoding"]);
    }

    /// The words and the tier of what the generator does not copy into docs.
    fn words(&mut self, subject: &Subject, base: &Value, now: &Value, compared: &[&str]) {
        let subject = Subject { snapshots: Vec::new(), ..subject.clone() };
        self.rest(&subject, base, now, compared);
        self.tier(&subject, base, now);
    }

    /// What two references stand for, and where that is.
    fn resolved(&self, subject: &Subject, base: &Value, now: &Value) -> (Subject, Value, Value) {
        let (before, base_pointer) = shape::resolved(self.base, base, &subject.base);
        let (after, now_pointer) = shape::resolved(self.now, now, &subject.now);
        (Subject { base: base_pointer, now: now_pointer, ..subject.clone() }, before.clone(), after.clone())
    }
}

/// Whether an operation has failures with a body beside failures without one, which makes their type optional.
fn has_bare_failure(document: &Value, operation: &Value) -> bool {
    let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
    let has_body = |response: &Value| {
        let (response, _) = shape::resolved(document, response, "");
        response.get("content").and_then(Value::as_object).is_some_and(|content| !content.is_empty())
    };
    let bodies: Vec<bool> = responses
        .filter(|(status, _)| status.starts_with(['4', '5']))
        .map(|(_, response)| has_body(response))
        .collect();
    bodies.contains(&true) && bodies.contains(&false)
}
