//! Finds a top-level member of a JSON body, without copying it.

use std::{borrow::Cow, fmt};

use serde_core::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Returns the text of the member `name`: a string, or an integer as it is written. `None` if the body is not a JSON object, or
/// does not have this member exactly once.
pub(super) fn text_of<'b>(body: &'b [u8], name: &str) -> Option<Cow<'b, str>> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = Member(name).deserialize(&mut json).ok()??;
    json.end().ok()?;
    let text = value.get();
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    match inner {
        Some(inner) if !inner.contains('\\') => Some(Cow::Borrowed(inner)),
        Some(_) => serde_json::from_str(text).ok().map(Cow::Owned),
        None => text.bytes().all(|byte| byte.is_ascii_digit()).then_some(Cow::Borrowed(text)),
    }
}

struct Member<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(is_it) = map.next_key_seed(Is(self.0))? {
            match (is_it, found) {
                (false, _) => drop(map.next_value::<IgnoredAny>()?),
                (true, None) => found = Some(map.next_value()?),
                (true, Some(_)) => return Err(A::Error::custom("a member occurs twice")),
            }
        }
        Ok(found)
    }
}

/// Compares a key with this name while it is deserialised.
struct Is<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_found_where_there_is_exactly_one() {
        for (body, text) in [
            (r#"{"a":{"id":"x"},"id":"evt_1"}"#, Some("evt_1")),
            (r#" {"\u0069d" : "a\u002fb\"" } "#, Some("a/b\"")),
            (r#"{"id":0012}"#, None),
            (r#"{"id":12,"b":[]}"#, Some("12")),
            (r#"{"id":1.5}"#, None),
            (r#"{"id":-1}"#, None),
            (r#"{"id":null}"#, None),
            (r#"{"id":{"x":"y"}}"#, None),
            (r#"{"id":"a","id":"b"}"#, None),
            (r#"{"id":"a"} x"#, None),
            (r#"{"id":"a""#, None),
            (r#"["id"]"#, None),
            ("", None),
        ] {
            assert_eq!(text_of(body.as_bytes(), "id").as_deref(), text, "{body}");
        }
        assert_eq!(text_of(b"{\"id\":\"\xff\"}", "id"), None);
    }
}
