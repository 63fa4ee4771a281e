//! Bodies that a portal could answer a create with although no documentation shows them, each with the real secret in it.

use serde_json::{Deserializer, Value};

use crate::issued::Issued;

/// What a body makes of the documented one.
type Make = fn(Text, &Issued) -> Text;

/// More than a client should keep of an answer.
const MUCH: usize = 100 * 1024 * 1024;

/// Fourteen of the sixteen plausible answers; the other two are statuses.
pub(super) const PLAUSIBLE: &[(&str, Make)] = &[
    ("its dates are all there", |text, _| {
        let date = "\"2019-08-24T14:15:22.123Z\"";
        text.set("last_called_at", date).set("last_failed_at", date)
    }),
    ("last_called_at is null", |text, _| text.set("last_called_at", "null")),
    ("it has more members", |text, _| {
        text.before_end(",\"meta\":{\"version\":2},\"links\":[]")
            .set("is_active", "true,\"headers\":{},\"deleted_at\":null")
    }),
    ("its message is missing", |text, _| text.without("message")),
    ("its date has a space", |text, _| text.set("created_at", "\"2019-08-24 14:15:22\"")),
    ("its date is none", |text, _| text.set("created_at", "\"just now\"")),
    ("its id is a string", |text, issued| {
        let id = issued.endpoint().map_or(0, |endpoint| endpoint.id);
        text.set("id", &format!("\"{id}\""))
    }),
    ("its timeout is a string", |text, _| text.set("timeout_seconds", "\"30\"")),
    ("is_active is 1", |text, _| text.set("is_active", "1")),
    ("it is a one-element array", |text, _| text.around("[", "]")),
    ("its data is missing", |text, _| text.without("data")),
    ("its secret is inside data", |text, issued| {
        let secret = format!("true,\"secret\":\"{}\"", issued.secret_in_json());
        text.without(issued.secret_member()).set("is_active", &secret)
    }),
    ("it starts with a byte-order mark", |text, _| text.around("\u{feff}", "")),
    ("it is truncated after the secret", |text, _| text.truncated(20)),
];

/// More of the kind.
pub(super) const FURTHER: &[(&str, Make)] = &[
    ("it is not wrapped in data", |text, _| {
        let bare = text.0.replacen("{\"data\":{", "{", 1);
        Text(bare.replacen("},\"secret\"", ",\"secret\"", 1))
    }),
    ("it is truncated inside the secret", |text, issued| {
        let secret = issued.secret_in_json();
        let rest = text.0.len() - text.0.find(&secret).unwrap_or_default();
        text.truncated(rest.saturating_sub(secret.len() / 2))
    }),
    ("its slashes are escaped", |text, _| Text(text.0.replace('/', "\\/"))),
    ("its secret is written in escapes", |text, issued| {
        let units = issued.expose_secret().encode_utf16();
        let escaped: String = units.map(|unit| format!("\\u{unit:04x}")).collect();
        text.set(issued.secret_member(), &format!("\"{escaped}\""))
    }),
    ("its secret is missing", |text, issued| text.without(issued.secret_member())),
    ("its secret is null", |text, issued| text.set(issued.secret_member(), "null")),
    ("its secret is empty", |text, issued| text.set(issued.secret_member(), "\"\"")),
    ("it is empty", |_, _| Text(String::new())),
    ("it is HTML", |_, _| Text("<!doctype html><p>Created".to_owned())),
    ("it has 100 MB after the secret", |text, _| text.before_end(&format!(",\"padding\":\"{}\"", "x".repeat(MUCH)))),
    ("it has 100 MB before the secret", |text, _| {
        Text(text.0.replacen('{', &format!("{{\"padding\":\"{}\",", "x".repeat(MUCH)), 1))
    }),
];

/// Lists that no client should follow.
pub(super) const LISTS: &[(&str, Make)] =
    &[("next points elsewhere", |text, _| match text.0.contains("\"next\":\"") {
        true => text.set("next", "\"http://127.0.0.1:1/elsewhere?page=2\""),
        false => text,
    })];

/// The body that `make` makes of the documented one.
pub(super) fn made(make: Make, issued: &Issued) -> Vec<u8> {
    make(Text(issued.expose_body().to_owned()), issued).0.into_bytes()
}

/// Compact JSON, changed as text, so that its order stays.
pub(super) struct Text(String);

impl Text {
    /// Gives the first member of this name another value.
    fn set(self, member: &str, json: &str) -> Self {
        match self.around_member(member) {
            Some((before, after)) => Self(format!("{before}\"{member}\":{json}{after}")),
            None => self,
        }
    }

    /// Takes the first member of this name out, and the comma that divides it from its neighbour.
    fn without(self, member: &str) -> Self {
        match self.around_member(member) {
            Some((before, after)) => match after.strip_prefix(',') {
                Some(after) => Self(format!("{before}{after}")),
                None => Self(format!("{}{after}", before.strip_suffix(',').unwrap_or(before))),
            },
            None => self,
        }
    }

    /// What stands before and after the first member of this name. A string of the text cannot be taken for it: there the
    /// quotes are escaped.
    fn around_member(&self, member: &str) -> Option<(&str, &str)> {
        let (before, value) = self.0.split_once(&format!("\"{member}\":"))?;
        let mut values = Deserializer::from_str(value).into_iter::<Value>();
        values.next()?.ok()?;
        Some((before, value.get(values.byte_offset()..)?))
    }

    /// Adds at the end of the outermost object.
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
    fn a_member_is_taken_out_wherever_it_stands() {
        assert_eq!(text().without("data").0, r#"{"secret":"s","message":"m"}"#);
        assert_eq!(text().without("secret").0, r#"{"data":{"id":1,"at":null},"message":"m"}"#);
        assert_eq!(text().without("message").0, r#"{"data":{"id":1,"at":null},"secret":"s"}"#);
        assert_eq!(text().without("absent").0, text().0);
    }
}
