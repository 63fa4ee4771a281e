//! How generated types read one of several alternatives, and tell null from nothing. A document may have neither.
#![allow(dead_code, reason = "only generated types use it")]

use serde::{Deserialize, Deserializer};

/// The value of a tag, if the object has it as text.
pub(crate) fn tag(json: &str, name: &str) -> Option<String> {
    let mut members =
        serde_json::from_str::<std::collections::HashMap<String, &serde_json::value::RawValue>>(json).ok()?;
    serde_json::from_str(members.remove(name)?.get()).ok()
}

/// One alternative. What serde says of another is dropped: it quotes what it cannot read.
pub(crate) fn alternative<'de, T: Deserialize<'de>, E: serde::de::Error>(json: &'de str) -> Result<T, E> {
    serde_json::from_str(json).map_err(|_| none())
}

/// The error of what is none of the alternatives.
pub(crate) fn none<E: serde::de::Error>() -> E {
    E::custom("none of the documented alternatives")
}

/// A field that is there, be it null: one that is absent is `None` by default.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(json: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(json).map(Some)
}
