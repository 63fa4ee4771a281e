//! Undocumented bodies with which a portal could respond to a create, made from the documented one with its real secret.

use serde_json::{Deserializer, Value};

use crate::issued::Issued;

/// Makes a body from the documented one.
type Make = fn(Text, &Issued) -> Text;

/// More of a response than a client should keep.
const PADDING: usize = 100 * 1024 * 1024;

/// Fourteen of the sixteen plausible responses; the other two differ in their status.
pub(super) const PLAUSIBLE: &[(&str, Make)] = &[
    ("all dates are set", |text, _| {
        let date = "\"2019-08-24T14:15:22.123Z\"";
        text.set("last_called_at", date).set("last_failed_at", date)
    }),
    ("last_called_at is null", |text, _| text.set("last_called_at", "null")),
    ("the body has extra members", |text, _| {
        text.before_end(",\"meta\":{\"version\":2},\"links\":[]")
            .set("is_active", "true,\"headers\":{},\"deleted_at\":null")
    }),
    ("the message is missing", |text, _| text.without("message")),
    ("created_at has a space instead of a T", |text, _| text.set("created_at", "\"2019-08-24 14:15:22\"")),
    ("created_at is not a date", |text, _| text.set("created_at", "\"just now\"")),
    ("the id is a string", |text, issued| {
        let id = issued.endpoint().map_or(0, |endpoint| endpoint.id);
        text.set("id", &format!("\"{id}\""))
    }),
    ("the timeout is a string", |text, _| text.set("timeout_seconds", "\"30\"")),
    ("is_active is 1", |text, _| text.set("is_active", "1")),
    ("the body is a one-element array", |text, _| text.around("[", "]")),
    ("data is missing", |text, _| text.without("data")),
    ("the secret is inside data", |text, issued| {
        let secret = format!("true,\"secret\":\"{}\"", issued.secret_in_json());
        text.without(issued.secret_member()).set("is_active", &secret)
    }),
    ("the body starts with a byte-order mark", |text, _| text.around("\u{feff}", "")),
    ("the body is truncated after the secret", |text, _| text.truncated(20)),
];

/// Further bodies, which are less plausible.
pub(super) const FURTHER: &[(&str, Make)] = &[
    ("the body is not wrapped in data", |text, _| {
        let bare = text.0.replacen("{\"data\":{", "{", 1);
        Text(bare.replacen("},\"secret\"", ",\"secret\"", 1))
    }),
    ("the body is truncated inside the secret", |text, issued| {
        let secret = issued.secret_in_json();
        let rest = text.0.len() - text.0.find(&secret).unwrap_or_default();
        text.truncated(rest.saturating_sub(secret.len() / 2))
    }),
    ("slashes are escaped", |text, _| Text(text.0.replace('/', "\\/"))),
    ("the secret is written in escapes", |text, issued| {
        let units = issued.expose_secret().encode_utf16();
        let escaped: String = units.map(|unit| format!("\\u{unit:04x}")).collect();
        text.set(issued.secret_member(), &format!("\"{escaped}\""))
    }),
    ("the secret is missing", |text, issued| text.without(issued.secret_member())),
    ("the secret is null", |text, issued| text.set(issued.secret_member(), "null")),
    ("the secret is empty", |text, issued| text.set(issued.secret_member(), "\"\"")),
    ("the body is empty", |_, _| Text(String::new())),
    ("the body is HTML", |_, _| Text("<!doctype html><p>Created".to_owned())),
    ("the body has 100 MB after the secret", |text, _| {
        text.before_end(&format!(",\"padding\":\"{}\"", "x".repeat(PADDING)))
    }),
    ("the body has 100 MB before the secret", |text, _| {
        Text(text.0.replacen('{', &format!("{{\"padding\":\"{}\",", "x".repeat(PADDING)), 1))
    }),
];

/// Lists with a link that no client should follow.
pub(super) const LISTS: &[(&str, Make)] =
    &[("next link points elsewhere", |text, _| match text.0.contains("\"next\":\"") {
        true => text.set("next", "\"http://127.0.0.1:1/elsewhere?page=2\""),
        false => text,
    })];

/// Applies `make` to the documented body.
pub(super) fn made(make: Make, issued: &Issued) -> Vec<u8> {
    make(Text(issued.expose_body().to_owned()), issued).0.into_bytes()
}

/// Compact JSON that is edited as text, to preserve its order.
pub(super) struct Text(String);

impl Text {
    /// Replaces the value of the first member with this name.
    fn set(self, member: &str, json: &str) -> Self {
        match self.around_member(member) {
            Some((before, after)) => Self(format!("{before}\"{member}\":{json}{after}")),
            None => self,
        }
    }

    /// Removes the first member with this name, and the comma between it and its neighbour.
    fn without(self, member: &str) -> Self {
        match self.around_member(member) {
            Some((before, after)) => match after.strip_prefix(',') {
                Some(after) => Self(format!("{before}{after}")),
                None => Self(format!("{}{after}", before.strip_suffix(',').unwrap_or(before))),
            },
            None => self,
        }
    }

    /// The text before and after the first member with this name. A string value cannot be mistaken for it, because quotes are
    /// escaped there.
    fn around_member(&self, member: &str) -> Option<(&str, &str)> {
        let (before, value) = self.0.split_once(&format!("\"{member}\":"))?;
        let mut values = Deserializer::from_str(value).into_iter::<Value>();
        values.next()?.ok()?;
        Some((before, value.get(values.byte_offset()..)?))
    }

    /// Adds `json` at the end of the outermost object.
    fn before_end(mut self, json: &str) -> Self {
        self.0.pop();
        self.0.push_str(json);
        self.0.push('}');
        self
    }

    fn around(self, before: &str, after: &str) -> Self {
        Self(format!("{before}{}{after}", self.0))
    }

    fn truncated(mut self, bytes: usize) -> Self {
        self.0.truncate(self.0.len().saturating_sub(bytes));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Text {
        Text(r#"{"data":{"id":1,"at":null},"secret":"s","message":"m"}"#.to_owned())
    }

    #[test]
    fn a_member_is_changed_in_place() {
        let changed = text().set("id", "\"1\"").0;
        assert_eq!(changed, r#"{"data":{"id":"1","at":null},"secret":"s","message":"m"}"#);
    }

    #[test]
    fn a_member_is_removed_at_any_position() {
        assert_eq!(text().without("data").0, r#"{"secret":"s","message":"m"}"#);
        assert_eq!(text().without("secret").0, r#"{"data":{"id":1,"at":null},"message":"m"}"#);
        assert_eq!(text().without("message").0, r#"{"data":{"id":1,"at":null},"secret":"s"}"#);
        assert_eq!(text().without("absent").0, text().0);
    }
}
