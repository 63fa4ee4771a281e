//! Which values are secret: what says so, and what is named like one.

use heck::ToSnakeCase as _;
use serde_json::Value;

use crate::{
    load::Document,
    problem::Problems,
    walk::{Kind, last_step, walk},
};

/// The extension that marks a schema secret (`true`), or says of a name that looks secret that it is not (`false`).
pub const MARK: &str = "x-hb-secret";

/// Words that make a secret of what has them in its name.
const WORDS: &str = "secret password passwd passphrase credential apikey";
/// Words that do before `key`.
const KEYS: &str = "api access secret signing signature private encryption";
/// What a token is for that is none to hide.
const OPEN_TOKENS: &str = "page next cursor sync continuation previous prev";
/// What a name ends in that says something about a secret, and does not hold it.
const ABOUT: &str = "id ids type at count length required expiry expires url uri name enabled";

/// Whether a name is one that secrets have.
#[must_use]
pub fn looks_secret(name: &str) -> bool {
    let snake = name.to_snake_case();
    let words: Vec<&str> = snake.split('_').filter(|word| !word.is_empty()).collect();
    let Some((last, before)) = words.split_last() else { return false };
    if ABOUT.split(' ').any(|about| about == *last) {
        return false;
    }
    if *last == "token" || *last == "tokens" {
        return !before.iter().any(|word| OPEN_TOKENS.split(' ').any(|open| open == *word));
    }
    let same = |word: &str, known: &str| word == known || word.strip_suffix('s') == Some(known);
    words.iter().any(|word| WORDS.split(' ').any(|known| same(word, known)))
        || words.windows(2).any(
            |pair| matches!(pair, [before, key] if same(key, "key") && KEYS.split(' ').any(|known| known == *before)),
        )
}

/// Whether a schema says that it is secret, or that it is not.
pub(super) fn marked(schema: &Value) -> Option<bool> {
    let mark = schema.get(MARK).and_then(Value::as_bool);
    mark.or_else(|| (super::values::text(schema, "format") == Some("password")).then_some(true))
}

/// Checks the marks of the contract: every name that looks secret has one, and every mark is on a text.
///
/// # Errors
///
/// Every mark that marks no text, and every name that looks secret without one.
pub fn unmarked(document: &Document) -> Result<(), Problems> {
    let mut problems = Problems::default();
    let mut parameter: Option<(String, String)> = None;
    let mut texts = Vec::new();
    walk(&document.value, &mut |pointer, node| {
        if node.kind == Kind::Parameter {
            let name = super::values::text(node.value, "name").unwrap_or_default().to_owned();
            if looks_secret(&name) && node.value.get("schema").and_then(marked).is_none() {
                let what = format!("`{name}` is named like a secret, and a parameter is no place for one");
                problems.push(
                    document.place(pointer),
                    what,
                    format!("put it into the body; or write `{MARK}: false` in its schema, if it is none"),
                );
            }
            parameter = Some((pointer.to_owned(), name));
        }
        if node.kind != Kind::Schema {
            return;
        }
        let text = node.value.get("type").and_then(Value::as_str) == Some("string");
        let in_parameter = parameter
            .as_ref()
            .is_some_and(|(at, _)| pointer.strip_prefix(&**at).is_some_and(|rest| rest.starts_with('/')));
        match marked(node.value) {
            Some(true) if in_parameter => {
                texts.push(pointer.to_owned());
                problems.push(
                    document.place(pointer),
                    "a parameter is no place for a secret: it is text in an address or a header",
                    "put it into the body; a token belongs into `security`",
                );
            }
            Some(true) if text => texts.push(pointer.to_owned()),
            None if !in_parameter && is_named(pointer) && holds_text(document, node.value, 0) => problems.push(
                document.place(pointer),
                format!("`{}` is named like a secret and is not marked", last_step(pointer)),
                format!("write `{MARK}: true` if it is one, `{MARK}: false` if not"),
            ),
            Some(true | false) | None => {}
        }
    });
    for pointer in marks(&document.value) {
        if !texts.contains(&pointer) {
            problems.push(
                document.place(&pointer),
                "a mark of secrecy that matches nothing",
                "put it on a schema with `type: string`",
            );
        }
    }
    problems.or(())
}

/// Whether a schema is a property, or a component, whose name looks secret.
fn is_named(pointer: &str) -> bool {
    let parent = pointer.rsplit('/').nth(1);
    let is_component = pointer.starts_with("/components/schemas/") && pointer.matches('/').count() == 3;
    (parent == Some("properties") || is_component) && looks_secret(&last_step(pointer))
}

/// Whether unmarked text, a list of it or a map of it, or anything at all, may be what a schema holds.
fn holds_text(document: &Document, schema: &Value, depth: usize) -> bool {
    if depth > 8 || marked(schema).is_some() || schema.get("enum").is_some() {
        return false;
    }
    if let Some(to) = schema.get("$ref").and_then(Value::as_str) {
        let target = to.strip_prefix('#').and_then(|to| document.value.pointer(to));
        return target.is_some_and(|schema| holds_text(document, schema, depth + 1));
    }
    let inner = |key: &str| schema.get(key).is_some_and(|inner| holds_text(document, inner, depth + 1));
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => true,
        Some("array") => inner("items"),
        Some("object") => schema.get("properties").is_none() && inner("additionalProperties"),
        Some(_) => false,
        None => ["properties", "allOf", "oneOf", "anyOf", "items"].iter().all(|key| schema.get(*key).is_none()),
    }
}

/// The JSON pointers of every object of the document, wherever it is, that carries a mark.
fn marks(document: &Value) -> Vec<String> {
    fn visit(value: &Value, pointer: &str, to: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                if members.get(MARK).is_some_and(|mark| mark != &Value::Bool(false)) || marked(value) == Some(true) {
                    to.push(pointer.to_owned());
                }
                members.iter().for_each(|(key, member)| visit(member, &super::values::below(pointer, key), to));
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, item)| visit(item, &format!("{pointer}/{index}"), to));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    visit(document, "", &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_whatever_their_case_and_others_are_not() {
        for name in [
            "secret",
            "APIKey",
            "PASSWORD",
            "clientSECRET",
            "secret_key",
            "secret_access_key",
            "webhook_secret_key",
            "signature_key",
            "auth_token",
            "id_token",
            "session_token",
            "token",
            "passwd",
            "password_hash",
            "password_confirmation",
            "credentials",
            "secret_prefix",
            "secrets",
            "api_keys",
            "refresh-token",
            "x-api-key",
        ] {
            assert!(looks_secret(name), "{name}");
        }
        for name in [
            "page_token",
            "next_page_token",
            "cursor_token",
            "sync_token",
            "continuation_token",
            "token_type",
            "secret_id",
            "password_changed_at",
            "secretary",
            "key",
            "api_key_id",
            "password_required",
            "monkey",
        ] {
            assert!(!looks_secret(name), "{name}");
        }
    }
}
