//! Which values are secret: by a mark, or by a name.

use heck::ToSnakeCase as _;
use serde_json::Value;

use super::site::{Site, below, text};
use crate::{
    load::Document,
    problem::Problems,
    walk::{Kind, last_step, walk},
};

/// The extension that marks a schema as secret (`true`), or as not secret despite its name (`false`).
pub const MARK: &str = "x-hb-secret";

/// Words that make a name secret.
const WORDS: &str = "secret password passwd passphrase credential apikey";
/// Words that make a name secret if `key` follows them.
const KEYS: &str = "api access secret signing signature private encryption";
/// Words before `token` that make it public.
const OPEN_TOKENS: &str = "page next cursor sync continuation previous prev";
/// Last words of names that are about a secret, but do not hold it.
const ABOUT: &str = "id ids type at count length required expiry expires url uri name enabled";

/// Whether a name looks like that of a secret.
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

/// The mark of a schema, if it has one: whether it is secret.
pub(super) fn marked(schema: &Value) -> Option<bool> {
    let mark = schema.get(MARK).and_then(Value::as_bool);
    mark.or_else(|| (text(schema, "format") == Some("password")).then_some(true))
}

/// Whether a schema contains a secret, by a mark or by the name of a property, at any depth.
pub(super) fn is_within(site: &Site<'_>, seen: &mut Vec<String>) -> bool {
    if let Some(to) = site.target() {
        let is_new = !seen.contains(&to.at);
        seen.push(to.at.clone());
        return is_new && is_within(&to, seen);
    }
    match (marked(site.value), site.value) {
        (Some(is_secret), _) => is_secret,
        (None, Value::Object(members)) => members.iter().any(|(name, member)| {
            let is_named = member.is_object() && marked(member).is_none() && looks_secret(name);
            is_named || is_within(&site.below(name, member), seen)
        }),
        (None, Value::Array(items)) => items.iter().any(|item| is_within(&site.below("", item), seen)),
        (None, _) => false,
    }
}

/// Checks the marks of the contract: every name that looks secret has one, and every mark is on a text.
///
/// # Errors
///
/// Every mark on anything but text, and every name that looks secret and is not marked.
pub fn unmarked(document: &Document) -> Result<(), Problems> {
    let mut problems = Problems::default();
    let mut parameter: Option<(String, String)> = None;
    let mut texts = Vec::new();
    walk(&document.value, &mut |pointer, node| {
        if node.kind == Kind::Parameter {
            let name = text(node.value, "name").unwrap_or_default().to_owned();
            if looks_secret(&name) && node.value.get("schema").and_then(marked).is_none() {
                let what = format!("`{name}` is named like a secret, and a parameter must not hold one");
                problems.push(
                    document.place(pointer),
                    what,
                    format!("move it into the body, or write `{MARK}: false` in its schema if it is not a secret"),
                );
            }
            parameter = Some((pointer.to_owned(), name));
        }
        if node.kind != Kind::Schema {
            return;
        }
        let is_text = node.value.get("type").and_then(Value::as_str) == Some("string");
        let in_parameter = parameter
            .as_ref()
            .is_some_and(|(at, _)| pointer.strip_prefix(&**at).is_some_and(|rest| rest.starts_with('/')));
        match marked(node.value) {
            Some(true) if in_parameter => {
                texts.push(pointer.to_owned());
                problems.push(
                    document.place(pointer),
                    "a parameter must not be a secret: it is text in a URL or a header",
                    "move it into the body, or a token into `security`",
                );
            }
            Some(true) if is_text => texts.push(pointer.to_owned()),
            None if !in_parameter && is_named(pointer) && holds_text(document, node.value, 0) => problems.push(
                document.place(pointer),
                format!("`{}` is named like a secret but not marked", last_step(pointer)),
                format!("write `{MARK}: true` if it is a secret, `{MARK}: false` if not"),
            ),
            Some(true | false) | None => {}
        }
    });
    for pointer in marks(&document.value) {
        if !texts.contains(&pointer) {
            problems.push(
                document.place(&pointer),
                "this mark of a secret is not on text, so it has no effect",
                "move it to a schema with `type: string`",
            );
        }
    }
    problems.or(())
}

/// Whether a schema is a property or a component with a name that looks secret.
fn is_named(pointer: &str) -> bool {
    let parent = pointer.rsplit('/').nth(1);
    let is_component = pointer.starts_with("/components/schemas/") && pointer.matches('/').count() == 3;
    (parent == Some("properties") || is_component) && looks_secret(&last_step(pointer))
}

/// Whether a schema allows unmarked text, a list or a map of it, or any JSON.
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

/// The JSON pointers of all marked objects, anywhere in the document.
fn marks(document: &Value) -> Vec<String> {
    fn visit(value: &Value, pointer: &str, to: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                if members.get(MARK).is_some_and(|mark| mark != &Value::Bool(false)) || marked(value) == Some(true) {
                    to.push(pointer.to_owned());
                }
                members.iter().for_each(|(key, member)| visit(member, &below(pointer, key), to));
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
    fn names_of_secrets_are_recognised_in_any_case_and_other_names_are_not() {
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
