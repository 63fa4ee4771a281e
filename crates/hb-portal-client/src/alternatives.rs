//! Functions with which generated types read one of several alternatives, and distinguish null from absent.
#![allow(dead_code, reason = "a document may have neither")]

use std::collections::HashMap;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Returns the members of an object.
fn members(json: &str) -> Option<HashMap<String, &RawValue>> {
    serde_json::from_str(json).ok()
}

/// Returns the value of a tag, if the object has it: text, or a number or boolean as it is written.
pub(crate) fn tag(json: &str, name: &str) -> Option<String> {
    let value = members(json)?.remove(name)?.get();
    if value.starts_with('"') { serde_json::from_str(value).ok() } else { Some(value.to_owned()) }
}

/// Reads one alternative. serde's error is dropped, because it quotes the value that it cannot read.
pub(crate) fn alternative<'de, T: Deserialize<'de>, E: serde::de::Error>(json: &'de str) -> Result<T, E> {
    if is_too_deep(json) { Err(none()) } else { serde_json::from_str(json).map_err(|_| none()) }
}

/// Like [`alternative`], for objects. If `whole`, reads only an object whose members are all `known`, so that nothing is lost;
/// otherwise, reads only other objects.
pub(crate) fn object<'de, T, E>(json: &'de str, known: &[&str], whole: bool) -> Result<T, E>
where
    T: Deserialize<'de>,
    E: serde::de::Error,
{
    let members = members(json).ok_or_else(none)?;
    if members.keys().all(|name| known.contains(&&**name)) == whole { alternative(json) } else { Err(none()) }
}

/// Whether lists and objects are nested more deeply than serde_json allows. serde_json starts to count again in each alternative,
/// so nested alternatives would exhaust the stack.
fn is_too_deep(json: &str) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    json.bytes().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > 128
    })
}

/// Returns the error for a value that matches no alternative.
pub(crate) fn none<E: serde::de::Error>() -> E {
    E::custom("none of the documented alternatives")
}

/// Reads a field that is present, including null; an absent field is `None` by default.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(json: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(json).map(Some)
}
