//! Which values are secret: by a mark, or by a name.

use std::collections::BTreeSet;

use heck::ToSnakeCase as _;
use serde_json::Value;

use super::site::Site;

/// The extension that marks a schema as secret (`true`), or as not secret despite its name (`false`).
pub const MARK: &str = "x-hb-secret";

/// Words that make a name secret.
const WORDS: &str = "secret password passwd passphrase credential apikey";
/// Words that make a name secret if `key` follows them.
const KEYS: &str = "api access secret signing signature private encryption";
/// Words directly before `token` that make it public.
const OPEN_TOKENS: &str = "page next cursor sync continuation previous prev";
/// Last words of names that are about a secret, but do not hold it.
const ABOUT: &str = "id ids type at count length required expiry expires url uri name enabled";

/// Whether a name looks like that of a secret.
#[must_use]
pub fn looks_secret(name: &str) -> bool {
    let snake = name.to_snake_case();
    let words: Vec<&str> = snake.split('_').filter(|word| !word.is_empty()).collect();
    let Some((last, before)) = words.split_last() else { return false };
    let is_in = |list: &str, word: &str| list.split(' ').any(|known| known == word);
    let is_key = |word: &str| matches!(word, "key" | "keys");
    // Names in lower case alone do not show where their words begin.
    let has = |word: &&str| WORDS.split(' ').any(|known| word.strip_suffix('s').unwrap_or(word).ends_with(known));
    match last.strip_suffix('s').unwrap_or(last).strip_suffix("token") {
        _ if is_in(ABOUT, last) => false,
        Some("") => !before.last().is_some_and(|word| is_in(OPEN_TOKENS, word)),
        Some(before) => !is_in(OPEN_TOKENS, before),
        None => {
            words.iter().any(has)
                || words.windows(2).any(|pair| matches!(pair, [of, key] if is_key(key) && is_in(KEYS, of)))
        }
    }
}

/// The mark of a schema, if it has one: whether it is secret.
pub(super) fn marked(schema: &Value) -> Option<bool> {
    let is_password = schema.get("format").and_then(Value::as_str).is_some_and(|format| format.trim() == "password");
    schema.get(MARK).and_then(Value::as_bool).or(is_password.then_some(true))
}

/// Whether a schema contains a secret, by a mark or by the name of a property, at any depth.
pub(super) fn is_within(site: &Site<'_>, seen: &mut BTreeSet<String>) -> bool {
    if let Some(to) = site.target() {
        return seen.insert(to.at.clone()) && is_within(&to, seen);
    }
    let is_named = |site: &Site<'_>| site.value.is_object() && looks_secret(&site.name());
    let mut holds = |site: &Site<'_>| (marked(site.value).is_none() && is_named(site)) || is_within(site, seen);
    marked(site.value).unwrap_or_else(|| site.children().iter().any(&mut holds))
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
            "clientsecret",
            "userpassword",
            "accesstoken",
            "page_access_token",
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
            "api_monkey",
            "pagetoken",
        ] {
            assert!(!looks_secret(name), "{name}");
        }
    }
}
