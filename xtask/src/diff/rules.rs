//! Compares the constraints of a schema that no generated type enforces, and that senders must obey.

use serde_json::{Map, Value};

use super::{Diff, Place, Turn, turned};
use crate::{api::Shape, read::followed};

/// Each limit, and what a higher value of it does.
const LIMITS: &[(&str, More)] = &[
    ("minimum", More::Narrows),
    ("minLength", More::Narrows),
    ("minItems", More::Narrows),
    ("minProperties", More::Narrows),
    ("minContains", More::Narrows),
    ("maximum", More::Widens),
    ("maxLength", More::Widens),
    ("maxItems", More::Widens),
    ("maxProperties", More::Widens),
    ("maxContains", More::Widens),
    ("exclusiveMinimum", More::Narrows),
    ("exclusiveMaximum", More::Widens),
    ("uniqueItems", More::IsAnother),
    ("pattern", More::IsAnother),
    ("multipleOf", More::IsAnother),
    ("contains", More::IsAnother),
    ("propertyNames", More::IsAnother),
    ("prefixItems", More::IsAnother),
    ("patternProperties", More::IsAnother),
    ("dependentRequired", More::IsAnother),
    ("not", More::IsAnother),
];

#[derive(Clone, Copy)]
enum More {
    Narrows,
    Widens,
    IsAnother,
}

/// The values of the Rust enums of the two, each with the name of its variant.
type Enums<'v> = [Option<&'v Vec<(String, String)>>; 2];

/// The keys that are compared here.
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    LIMITS.iter().map(|(key, _)| *key)
}

/// All that a schema says itself, with what its references and `allOf` add.
fn said(document: &Value, value: &Value, depth: usize) -> Map<String, Value> {
    let Ok((value, _)) = followed(document, value, "") else { return Map::new() };
    let mut all = value.as_object().cloned().unwrap_or_default();
    let parts = value.get("allOf").and_then(Value::as_array).into_iter().flatten();
    // As deep as no schema is that anybody reads.
    for part in parts.filter(|_| depth < 16) {
        for (key, member) in said(document, part, depth + 1) {
            all.entry(key).or_insert(member);
        }
    }
    all
}

fn listed(said: &Map<String, Value>) -> Option<Vec<Value>> {
    let constant = said.get("const").map(|constant| vec![constant.clone()]);
    let all = constant.or_else(|| said.get("enum").and_then(Value::as_array).cloned())?;
    Some(all.into_iter().filter(|value| !value.is_null()).collect())
}

impl Diff<'_> {
    fn both(&self, place: &Place) -> (Map<String, Value>, Map<String, Value>) {
        let of =
            |document: &Value, at: &str| document.pointer(at).map(|value| said(document, value, 0)).unwrap_or_default();
        (of(self.base.document, &place.base), of(self.now.document, &place.now))
    }

    /// Compares what the two say of the values of a type; `shape` is that of a single value, if it is one.
    pub(super) fn rules(&mut self, place: &Place, shape: Option<&Shape>) {
        let shown = place;
        let place = &place.unshown();
        let (before, after) = self.both(place);
        for (key, more) in LIMITS {
            let of = |said: &Map<String, Value>| said.get(*key).filter(|value| **value != Value::Bool(false)).cloned();
            let (old, new) = (of(&before), of(&after));
            if old == new {
                continue;
            }
            let numbers = old.as_ref().and_then(Value::as_f64).zip(new.as_ref().and_then(Value::as_f64));
            let turn = match (&old, &new, more) {
                (None, _, _) => Turn::NARROWER,
                (_, None, _) => Turn::WIDER,
                (_, _, More::IsAnother) => Turn::BOTH,
                _ => match numbers {
                    Some((old, new)) if (new > old) == matches!(more, More::Narrows) => Turn::NARROWER,
                    Some(_) => Turn::WIDER,
                    None => Turn::BOTH,
                },
            };
            self.limit(place, turned(key, old.as_ref(), new.as_ref()), turn);
        }
        let format = |said: &Map<String, Value>| said.get("format").filter(|format| *format != "password").cloned();
        let (old, new) = (format(&before), format(&after));
        if old != new && shape.is_some() {
            let turn = match (&old, &new) {
                // Of what is no text, a format says how wide it is: that is its type.
                _ if shape != Some(&Shape::Text) => Turn::NONE,
                (None, _) => Turn::NARROWER,
                (_, None) => Turn::WIDER,
                _ => Turn::BOTH,
            };
            self.limit(place, turned("format", old.as_ref(), new.as_ref()), turn);
        }
        let (old, new) = (before.get("default"), after.get("default"));
        if old != new && !place.required {
            // Those who leave it out say something else from now on.
            self.row(place, "default-changed", turned("default", old, new), Turn::NARROWER, false);
        } else if old != new {
            self.row(place, "default-unused", turned("default", old, new), Turn::NONE, false);
        }
        let closed = |said: &Map<String, Value>| {
            ["additionalProperties", "unevaluatedProperties"]
                .iter()
                .any(|key| said.get(*key) == Some(&Value::Bool(false)))
        };
        match (closed(&before), closed(&after)) {
            (false, true) => self.row(place, "extra-refused", "no further properties now", Turn::NARROWER, false),
            (true, false) => self.row(place, "extra-accepted", "further properties now", Turn::WIDER, false),
            _ => {}
        }
        self.enumeration(shown, None);
    }

    fn limit(&mut self, place: &Place, what: String, turn: Turn) {
        self.row(place, turn.of(["limit-narrower", "limit-wider", "limit-changed"]), what, turn, false);
    }

    /// The values that a schema lists, or those of the Rust enums that have them.
    pub(super) fn enumeration(&mut self, place: &Place, typed: Option<Enums<'_>>) {
        let (before, after) = self.both(place);
        let (mut old, mut new) = (listed(&before), listed(&after));
        if let (None, None, Some(enums)) = (&old, &new, typed) {
            // Alternatives list them, each its own.
            let texts = |values: &Vec<(String, String)>| values.iter().map(|(wire, _)| wire.as_str().into()).collect();
            [old, new] = enums.map(|values| values.map(texts));
        }
        let typed = typed.is_some();
        let text = [&old, &new].into_iter().flatten().flatten().all(Value::is_string);
        let shown = |values: &[&Value]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        // A client takes any text for one that a response lists; the docs of its field name those that are known.
        let (more, open) = match text && place.reads {
            true => (Turn::NONE, " (a response may have any value)"),
            false => (Turn::WIDER, ""),
        };
        let place = &if typed || !open.is_empty() { place.clone() } else { place.unshown() };
        match (&old, &new) {
            (Some(old), Some(new)) => {
                let only = |these: &[Value], others: &[Value]| -> String {
                    shown(&these.iter().filter(|value| !others.contains(value)).collect::<Vec<_>>())
                };
                let (gone, come) = (only(old, new), only(new, old));
                if !come.is_empty() {
                    self.row(place, "enum-value-added", format!("enum: {come} added{open}"), more, false);
                }
                if !gone.is_empty() {
                    self.row(place, "enum-value-removed", format!("enum: {gone} removed"), Turn::NARROWER, typed);
                }
            }
            (None, Some(new)) => {
                let what = format!("enum: any value → one of {}", shown(&new.iter().collect::<Vec<_>>()));
                self.row(place, "enum-added", what, Turn::NARROWER, typed);
            }
            (Some(_), None) => {
                let what = format!("enum: any value is allowed now{open}");
                self.row(place, "enum-removed", what, more, typed);
            }
            (None, None) => {}
        }
    }
}
