//! Functions with which generated types read one of several alternatives, and distinguish null from absent.
#![allow(dead_code, reason = "a document may have neither")]

use serde::{Deserialize, Deserializer};

/// The value of a tag, if the object has it and it is text.
pub(crate) fn tag(json: &str, name: &str) -> Option<String> {
    let mut members =
        serde_json::from_str::<std::collections::HashMap<String, &serde_json::value::RawValue>>(json).ok()?;
    serde_json::from_str(members.remove(name)?.get()).ok()
}

/// Reads one alternative. serde's error is dropped, because it quotes the value that it cannot read.
pub(crate) fn alternative<'de, T: Deserialize<'de>, E: serde::de::Error>(json: &'de str) -> Result<T, E> {
    serde_json::from_str(json).map_err(|_| none())
}

/// The error for a value that matches no alternative.
pub(crate) fn none<E: serde::de::Error>() -> E {
    E::custom("none of the documented alternatives")
}

/// Reads a field that is present, including null; an absent field is `None` by default.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(json: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(json).map(Some)
}
