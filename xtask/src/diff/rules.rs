//! Compares the constraints of a schema that senders must obey and no generated type enforces.

use serde_json::{Map, Value, json};

use super::{
    Diff, Place, Turn,
    keywords::{keywords_at, listed},
    turned,
};
use crate::api::Shape;

/// Each limit, and the effect of a higher value. Bounds are compared separately, together with the keywords that exclude them.
const LIMITS: &[(&str, More)] = &[
    ("minLength", More::Narrows),
    ("minItems", More::Narrows),
    ("minProperties", More::Narrows),
    ("minContains", More::Narrows),
    ("maxLength", More::Widens),
    ("maxItems", More::Widens),
    ("maxProperties", More::Widens),
    ("maxContains", More::Widens),
    ("multipleOf", More::Divides),
    ("uniqueItems", More::IsAnother),
    ("pattern", More::IsAnother),
    ("contains", More::IsAnother),
    ("propertyNames", More::IsAnother),
    ("prefixItems", More::IsAnother),
    ("unevaluatedItems", More::IsAnother),
    ("patternProperties", More::IsAnother),
    ("dependentRequired", More::IsAnother),
    ("dependentSchemas", More::IsAnother),
    ("if", More::IsAnother),
    ("not", More::IsAnother),
    ("contentSchema", More::IsAnother),
    ("contentMediaType", More::Means),
    ("contentEncoding", More::Means),
];

/// The keywords whose members are limits of their own.
const PARTED: [&str; 4] = ["dependentRequired", "dependentSchemas", "if", "patternProperties"];

/// The bounds of numbers, each with the keyword that makes it exclusive.
const BOUNDS: [[&str; 2]; 2] = [["minimum", "exclusiveMinimum"], ["maximum", "exclusiveMaximum"]];

#[derive(Clone, Copy)]
enum More {
    Narrows,
    Widens,
    /// Narrows if the old value divides the new one.
    Divides,
    IsAnother,
    /// Changes the meaning of the same value.
    Means,
}

/// The values of both Rust enums, each with the name of its variant.
type Enums<'v> = [Option<&'v Vec<(String, String)>>; 2];

/// The keywords that this file compares.
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    LIMITS.iter().map(|(key, _)| *key).chain(BOUNDS.into_iter().flatten()).chain(["then", "else"])
}

/// The value of a keyword; `None` if it limits nothing.
fn limit(keywords: &Map<String, Value>, key: &str) -> Option<Value> {
    if key == "if" {
        let parts =
            ["if", "then", "else"].into_iter().filter_map(|key| Some((key.to_owned(), keywords.get(key)?.clone())));
        return Some(Value::Object(parts.collect())).filter(|parts| parts != &json!({}));
    }
    keywords.get(key).cloned().filter(|value| match key {
        "uniqueItems" => value != &Value::Bool(false),
        "unevaluatedItems" => value != &Value::Bool(true),
        "pattern" => !["", ".*", "^.*$"].iter().any(|any| value == any),
        _ => !(key.starts_with("min") && key != "minContains" && value.as_f64() == Some(0.0)),
    })
}

/// A bound of numbers, and whether it is exclusive; the higher of two is the narrower one.
fn bound(keywords: &Map<String, Value>, [plain, exclusive]: [&str; 2]) -> Option<(f64, bool)> {
    let sign = if plain == "minimum" { 1.0 } else { -1.0 };
    let excluded = keywords.get(exclusive) == Some(&Value::Bool(true));
    let own = keywords.get(plain).and_then(Value::as_f64).map(|bound| (sign * bound, excluded));
    let other = keywords.get(exclusive).and_then(Value::as_f64).map(|bound| (sign * bound, true));
    if own >= other { own } else { other }
}

impl Diff<'_> {
    fn both(&self, place: &Place) -> (Map<String, Value>, Map<String, Value>) {
        (keywords_at(self.base.document, &place.base), keywords_at(self.now.document, &place.now))
    }

    /// Compares the limits on the values of a type; `shape` is that of a single value, if it is one.
    pub(super) fn rules(&mut self, place: &Place, shape: Option<&Shape>) {
        let shown = place;
        let place = &place.unshown();
        let (before, after) = self.both(place);
        for (key, more) in LIMITS {
            let (old, new) = (limit(&before, key), limit(&after, key));
            if old == new {
                continue;
            }
            let numbers = old.as_ref().and_then(Value::as_f64).zip(new.as_ref().and_then(Value::as_f64));
            let turn = match (more, &old, &new, numbers) {
                (More::Means, ..) => Turn::BOTH,
                (_, None, ..) => Turn::NARROWER,
                (_, _, None, _) => Turn::WIDER,
                (More::Divides, _, _, Some((old, new))) => {
                    Turn { narrower: (old / new).fract() != 0.0, wider: (new / old).fract() != 0.0 }
                }
                (More::Narrows | More::Widens, _, _, Some((old, new))) => {
                    if (new > old) == matches!(more, More::Narrows) { Turn::NARROWER } else { Turn::WIDER }
                }
                (More::IsAnother, Some(Value::Object(old)), Some(Value::Object(new)), _) if PARTED.contains(key) => {
                    let within = |one: &Map<String, Value>, other: &Map<String, Value>| {
                        one.iter().all(|(key, member)| other.get(key) == Some(member))
                    };
                    Turn { narrower: !within(new, old), wider: !within(old, new) }
                }
                _ => Turn::BOTH,
            };
            self.limit(place, turned(key, old.as_ref(), new.as_ref()), turn);
        }
        for keys in BOUNDS {
            let (old, new) = (bound(&before, keys), bound(&after, keys));
            let [plain, _] = keys;
            let text = |bound: Option<(f64, bool)>| match bound {
                None => "none".to_owned(),
                Some((number, excluded)) => {
                    let number = if plain == "minimum" { number } else { -number };
                    format!("{number}{}", if excluded { " (exclusive)" } else { "" })
                }
            };
            if old != new {
                let turn = if new > old { Turn::NARROWER } else { Turn::WIDER };
                self.limit(place, format!("{plain}: {} → {}", text(old), text(new)), turn);
            }
        }
        let format =
            |keywords: &Map<String, Value>| keywords.get("format").filter(|format| *format != "password").cloned();
        let (old, new) = (format(&before), format(&after));
        if old != new && shape.is_some() {
            let turn = match (&old, &new) {
                // The format of a number is part of its type, which is compared with the shapes.
                _ if shape != Some(&Shape::Text) => Turn::NONE,
                (None, _) => Turn::NARROWER,
                (_, None) => Turn::WIDER,
                _ => Turn::BOTH,
            };
            self.limit(place, turned("format", old.as_ref(), new.as_ref()), turn);
        }
        let (old, new) = (before.get("default"), after.get("default"));
        if old != new && !place.required {
            // A request without the value now means something else.
            self.row(place, "default-changed", turned("default", old, new), Turn::NARROWER, false);
        } else if old != new {
            self.row(place, "default-unused", turned("default", old, new), Turn::NONE, false);
        }
        let closed = |keywords: &Map<String, Value>| {
            ["additionalProperties", "unevaluatedProperties"]
                .iter()
                .any(|key| keywords.get(*key) == Some(&Value::Bool(false)))
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

    /// Compares the values that a schema lists, or those of the Rust enums if there are any.
    pub(super) fn enumeration(&mut self, place: &Place, typed: Option<Enums<'_>>) {
        let (before, after) = self.both(place);
        let (mut old, mut new) = (listed(&before), listed(&after));
        if let (None, None, Some(enums)) = (&old, &new, typed) {
            // In a union, each alternative lists its own values.
            let texts = |values: &Vec<(String, String)>| values.iter().map(|(wire, _)| wire.as_str().into()).collect();
            [old, new] = enums.map(|values| values.map(texts));
        }
        let typed = typed.is_some();
        let text = [&old, &new].into_iter().flatten().flatten().all(Value::is_string);
        let shown = |values: &[&Value]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        // A client accepts any text where a response lists values; the docs of the field list the known ones.
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
