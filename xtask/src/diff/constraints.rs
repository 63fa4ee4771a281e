//! What a value is limited to: bounds, lengths, patterns, enums.

use serde_json::Value;

use super::{Diff, Subject, Turn};

/// Each limit, and how more of it turns what is allowed.
const LIMITS: &[(&str, More)] = &[
    ("minimum", More::Narrows),
    ("minLength", More::Narrows),
    ("minItems", More::Narrows),
    ("minProperties", More::Narrows),
    ("maximum", More::Widens),
    ("maxLength", More::Widens),
    ("maxItems", More::Widens),
    ("maxProperties", More::Widens),
    ("exclusiveMinimum", More::IsOnOrOff),
    ("exclusiveMaximum", More::IsOnOrOff),
    ("uniqueItems", More::IsOnOrOff),
    ("pattern", More::IsAnother),
    ("multipleOf", More::IsAnother),
    ("not", More::IsAnother),
];

/// What a higher value of a limit does.
#[derive(Clone, Copy)]
enum More {
    Narrows,
    Widens,
    IsOnOrOff,
    IsAnother,
}

/// The keys that are compared here.
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    LIMITS.iter().map(|(key, _)| *key).chain(["enum"])
}

impl Diff<'_> {
    pub(super) fn constraints(&mut self, subject: &Subject, base: &Value, now: &Value) {
        for (key, more) in LIMITS {
            let of = |schema: &Value| schema.get(key).filter(|value| *value != &Value::Bool(false)).cloned();
            let (before, after) = (of(base), of(now));
            if before == after {
                continue;
            }
            let turn = match (&before, &after, more) {
                (None, _, _) => Turn::Narrower,
                (_, None, _) => Turn::Wider,
                (Some(before), Some(after), More::Narrows | More::Widens) => {
                    let grew = after.as_f64() > before.as_f64();
                    if grew == matches!(more, More::Narrows) { Turn::Narrower } else { Turn::Wider }
                }
                (Some(_), Some(_), More::IsOnOrOff | More::IsAnother) => Turn::Other,
            };
            let said = |value: Option<Value>| value.map_or_else(|| "none".to_owned(), |value| value.to_string());
            self.changed(subject, turn, format!("{key}: {} → {}", said(before), said(after)));
        }
        self.enumeration(subject, base, now);
    }

    fn enumeration(&mut self, subject: &Subject, base: &Value, now: &Value) {
        // Answers' enums of strings are opened when the contract is lowered, so a reader has been told to take any.
        let open = now.get("type").and_then(Value::as_str) == Some("string");
        let mut subject = subject.shown_as_type();
        if open && subject.either.reads {
            // So the generated code has the string, and no value of it.
            subject.snapshots.clear();
        }
        let subject = &subject;
        let wider = |diff: &mut Self, what: String| {
            if open {
                diff.changed(subject, Turn::Same, format!("{what} (an answer may hold any value)"));
            } else {
                diff.changed(subject, Turn::Wider, what);
            }
        };
        let values = |schema: &Value| schema.get("enum").and_then(Value::as_array).cloned();
        match (values(base), values(now)) {
            (Some(before), Some(after)) => {
                let shown = |values: Vec<&Value>| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                let added: Vec<&Value> = after.iter().filter(|value| !before.contains(value)).collect();
                let gone: Vec<&Value> = before.iter().filter(|value| !after.contains(value)).collect();
                if !added.is_empty() {
                    wider(self, format!("enum: {} added", shown(added)));
                }
                if !gone.is_empty() {
                    self.changed(subject, Turn::Narrower, format!("enum: {} removed", shown(gone)));
                }
            }
            (None, Some(after)) => {
                let shown = Value::Array(after).to_string();
                self.changed(subject, Turn::Narrower, format!("enum: any value → one of {shown}"));
            }
            (Some(_), None) => wider(self, "enum: any value is allowed now".to_owned()),
            (None, None) => {}
        }
    }
}
