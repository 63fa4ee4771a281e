//! What the contract marks secret, collected before lower drops the extensions that say so.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    load::Document,
    notes::Notes,
    problem::Problems,
    walk::{Kind, last_step, walk},
};

/// The extension that marks a schema secret (`true`), or says of a name that looks it that it is not (`false`).
pub const MARK: &str = "x-hb-secret";

/// Names, or what they end in, of values that are secret unless the contract says otherwise.
const SECRET_NAMES: &[&str] =
    &["secret", "access_token", "refresh_token", "api_key", "password", "signing_key", "private_key"];

/// The JSON pointers of the schemas that are secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets(pub BTreeSet<String>);

/// Collects the marks of a contract.
///
/// # Errors
///
/// A mark that marks no string, and every property that is named like a secret and not marked.
pub fn collect(document: &Document) -> Result<Secrets, Problems> {
    let mut problems = Problems::default();
    let mut secrets = BTreeSet::new();
    let mut parameter = String::new();
    walk(&document.value, &mut |pointer, node| {
        if node.kind == Kind::Parameter {
            pointer.clone_into(&mut parameter);
        }
        if node.kind != Kind::Schema {
            return;
        }
        let is_string = node.value.get("type").and_then(Value::as_str) == Some("string");
        match marked(node.value) {
            Some(true) if pointer.strip_prefix(&*parameter).is_some_and(|rest| rest.starts_with("/schema")) => {
                problems.push(
                    document.place(pointer),
                    "a parameter is no place for a secret: it is text in an address or a header",
                    "put it into the body; a token belongs into `security`",
                );
                secrets.insert(pointer.to_owned());
            }
            Some(true) if is_string => {
                secrets.insert(pointer.to_owned());
            }
            None if is_string && named_like_a_secret(pointer) => problems.push(
                document.place(pointer),
                format!("`{}` is named like a secret and is not marked", last_step(pointer)),
                format!("write `{MARK}: true` if it is one, `{MARK}: false` if not"),
            ),
            Some(true | false) | None => {}
        }
    });
    for pointer in marks(&document.value) {
        if !secrets.contains(&pointer) {
            problems.push(
                document.place(&pointer),
                "a mark of secrecy that matches nothing",
                "put it on a schema with `type: string`",
            );
        }
    }
    problems.or(Secrets(secrets))
}

/// Whether a schema of a document that is not ours is a secret: what is named like one is one, and is told of.
pub(crate) fn suspected(pointer: &str, schema: &Value, notes: &mut Notes) -> bool {
    let is_string = schema.get("type").and_then(Value::as_str) == Some("string");
    if !is_string || schema.get("enum").is_some() {
        return false;
    }
    let mark = marked(schema);
    let suspect = mark.is_none() && named_like_a_secret(pointer);
    if suspect {
        let what = format!("`{}` is named like a secret, and is treated as one", last_step(pointer));
        notes.add(pointer, "suspect", what);
    }
    mark == Some(true) || suspect
}

/// Whether a schema says that it is secret, or that it is not.
fn marked(schema: &Value) -> Option<bool> {
    let mark = schema.get(MARK).and_then(Value::as_bool);
    mark.or_else(|| (schema.get("format").and_then(Value::as_str) == Some("password")).then_some(true))
}

pub(crate) fn named_like_a_secret(pointer: &str) -> bool {
    if !pointer.contains("/properties/") {
        return false;
    }
    let name: String = last_step(pointer)
        .chars()
        .enumerate()
        .flat_map(|(at, char)| {
            let word = at > 0 && char.is_uppercase();
            word.then_some('_').into_iter().chain(char.to_lowercase())
        })
        .collect();
    let name = name.replace(['-', ' '], "_");
    SECRET_NAMES
        .iter()
        .any(|secret| name.strip_suffix(secret).is_some_and(|rest| rest.is_empty() || rest.ends_with('_')))
}

/// The JSON pointers of every object of the document, at whatever place, that carries a mark.
fn marks(document: &Value) -> Vec<String> {
    fn visit(value: &Value, pointer: &str, to: &mut Vec<String>) {
        let step = |key: &str| {
            let mut pointer = pointer.to_owned();
            crate::walk::push_step(&mut pointer, key);
            pointer
        };
        match value {
            Value::Object(members) => {
                if members.get(MARK).is_some_and(|mark| mark != &Value::Bool(false)) || marked(value) == Some(true) {
                    to.push(pointer.to_owned());
                }
                members.iter().for_each(|(key, member)| visit(member, &step(key), to));
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, item)| visit(item, &step(&index.to_string()), to));
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
    use crate::load::parse;

    fn collected(schemas: &str) -> Result<Vec<String>, String> {
        let text = format!(
            "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents: {{schemas: {{{schemas}}}}}"
        );
        match collect(&parse("s", &text).unwrap()) {
            Ok(secrets) => {
                Ok(secrets.0.into_iter().map(|pointer| pointer.replace("/components/schemas", "")).collect())
            }
            Err(problems) => Err(problems.to_string()),
        }
    }

    #[test]
    fn marks_and_password_formats_are_secret_wherever_they_stand() {
        let found = collected(
            "A: {properties: {a: {type: string, x-hb-secret: true}, b: {type: array, items: {type: string, format: \
             password}}, c: {type: string}, my_secret: {type: string, x-hb-secret: false}}}, B: {type: string, \
             x-hb-secret: true}",
        );
        assert_eq!(found.unwrap(), ["/A/properties/a", "/A/properties/b/items", "/B"]);
    }

    #[test]
    fn a_secret_parameter_is_refused() {
        let text = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      parameters:\n        - {name: key, in: query, schema: {type: string, x-hb-secret: true}}\n      responses: {'204': {description: ok}}\n";
        let error = collect(&parse("s", text).unwrap()).unwrap_err().to_string();
        assert!(error.contains("1 problem\n") && error.contains("s:7:"), "{error}");
        assert!(error.contains("/parameters/0/schema): a parameter is no place for a secret"), "{error}");
    }

    #[test]
    fn a_mark_that_matches_nothing_is_refused() {
        for schemas in [
            "A: {type: object, x-hb-secret: true}",
            "A: {properties: {a: {type: integer, format: password}}}",
            "A: {properties: {a: {type: string, x-hb-secret: 'yes'}}}",
            "A: {properties: {a: {type: string, x-note: {x-hb-secret: true}}}}",
        ] {
            let error = collected(schemas).unwrap_err();
            assert!(error.contains("a mark of secrecy that matches nothing"), "{schemas}: {error}");
        }
    }

    #[test]
    fn a_name_like_a_secret_without_a_mark_is_refused() {
        for name in ["secret", "clientSecret", "access_token", "refresh-token", "x_api_key", "apiKey", "password"] {
            let error = collected(&format!("A: {{properties: {{{name}: {{type: string}}}}}}")).unwrap_err();
            assert!(error.contains(&format!("`{name}` is named like a secret")), "{name}: {error}");
        }
        for name in ["token_type", "next_page_token", "secretary", "api_key_id"] {
            assert_eq!(
                collected(&format!("A: {{properties: {{{name}: {{type: string}}}}}}")).unwrap(),
                [""; 0],
                "{name}"
            );
        }
    }
}
