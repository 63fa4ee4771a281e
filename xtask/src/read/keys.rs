//! The keys of a document's objects. OpenAPI ignores unknown ones; in the contract, they and wrong values are problems.

use serde_json::Value;

use super::{
    dialect::Dialect,
    keywords::{listed, words},
    secrecy::{MARK, marked},
    site::below,
};
use crate::{
    notes::Notes,
    walk::{Key, Kind, json_type, walk},
};

/// Notes each key that objects of its kind do not have, except in schemas, where [`read`](super::read) does.
///
/// In the contract, adds a problem for each object that OpenAPI 3.0 does not allow, whether or not a client uses it.
pub fn check(document: &Value, dialect: Dialect, notes: &mut Notes) {
    if document.get("webhooks").and_then(Value::as_object).is_some_and(|calls| !calls.is_empty()) {
        notes.add("/webhooks", "operation", "the service makes these calls: they are not operations");
    }
    walk(document, &mut |pointer, kind, value| match dialect {
        _ if kind == Kind::Schema && is_elsewhere(value, pointer, notes) => {}
        Dialect::Foreign if kind == Kind::Schema => {}
        Dialect::Foreign => {
            for key in unknown(kind, value) {
                notes.add(&below(pointer, key), "key", format!("`{key}` is not a key of {}: ignored", kind.name()));
            }
        }
        Dialect::Contract => object(document, kind, value, &mut |key, what, fix| {
            let at = if value.get(key).is_some() { below(pointer, key) } else { pointer.to_owned() };
            notes.problem(&at, what, fix);
        }),
    });
}

/// Whether a schema refers to another file, which is a problem.
pub(super) fn is_elsewhere(schema: &Value, at: &str, notes: &mut Notes) -> bool {
    let Some(to) = schema.get("$ref").and_then(Value::as_str).filter(|to| !to.trim().starts_with('#')) else {
        return false;
    };
    let what = format!("\"{to}\" is in another file, and only one file is read");
    notes.problem(&below(at, "$ref"), what, "copy the target into this document and refer to it there");
    true
}

/// The keys of an object that its kind does not have.
fn unknown(kind: Kind, value: &Value) -> impl Iterator<Item = &str> {
    let keys = value.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    keys.filter(move |key| !key.starts_with("x-") && kind.key(key).is_none())
}

/// Checks one object of the contract. A problem is about one of its keys, or about the whole object if the key is empty.
fn object(document: &Value, kind: Kind, value: &Value, problem: &mut impl FnMut(&str, String, &str)) {
    let Some(members) = value.as_object() else {
        return problem("", format!("{} must be a mapping", kind.name()), "write a mapping, such as `type: string`");
    };
    let stray = "this mark of a secret is not on text, which alone is secret in the contract";
    let is_text = kind == Kind::Schema && words(value) == ["string"] && listed(value).is_empty();
    if !is_text && (marked(value) == Some(true) || value.get(MARK).is_some_and(|mark| !mark.is_boolean())) {
        problem("", stray.to_owned(), "move it to a schema with `type: string`");
    }
    if let Some(target) = members.get("$ref").and_then(Value::as_str)
        && target.strip_prefix('#').is_some_and(|to| document.pointer(to).is_none())
    {
        let fix = "refer to an existing component, as in '#/components/schemas/Name'";
        problem("$ref", format!("\"{target}\" is not in this document"), fix);
    }
    for key in unknown(kind, value) {
        problem(key, format!("`{key}` is not a key of {}", kind.name()), "correct its spelling, or begin it with `x-`");
    }
    for (key, member) in members {
        let Some(Key { json, several, .. }) = kind.key(key) else { continue };
        if several && member.get(MARK).is_some_and(Value::is_boolean) {
            problem(key, stray.to_owned(), "move it to a schema with `type: string`");
        }
        let is_allowed = json.is_empty() || [json, "null"].contains(&json_type(member));
        if !is_allowed && (key != "additionalProperties" || !member.is_boolean()) {
            problem(key, format!("`{key}` must hold the JSON type {json}"), "write it as OpenAPI 3.0.3 requires");
        }
    }
    let has_type = matches!(kind, Kind::Parameter | Kind::Header) && !members.contains_key("content");
    for key in kind.required().chain(has_type.then_some("schema")) {
        if !members.contains_key(key) && !members.contains_key("$ref") {
            problem(key, format!("missing field `{key}`"), "write it as OpenAPI 3.0.3 requires");
        }
    }
    if kind != Kind::Schema {
        return;
    }
    let types = ["array", "boolean", "integer", "number", "object", "string"];
    if let Some(of) = members.get("type").and_then(Value::as_str).filter(|of| !types.contains(of)) {
        problem("type", format!("\"{of}\" is not a type"), &format!("use one of {}", types.join(", ")));
    }
    let required = members.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    if let Some(properties) = members.get("properties").and_then(Value::as_object) {
        for name in required.filter(|name| !properties.contains_key(*name)) {
            let what = format!("`{name}` is required but not among the properties");
            problem("required", what, "add the property, or remove the name from `required`");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::parse;

    /// The problems of a contract with these paths and components.
    fn problems(rest: &str) -> String {
        let document = parse("s", &format!("openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\n{rest}")).unwrap();
        let mut notes = Notes::default();
        check(&document.value, Dialect::Contract, &mut notes);
        notes.check(&document.places).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn each_problem_of_a_contract_has_a_place_and_a_fix() {
        let schema = |schema: &str| format!("paths: {{}}\ncomponents: {{schemas: {{A: {schema}}}}}");
        let operation = |operation: &str| format!("paths: {{/a: {{get: {operation}}}}}");
        for (text, expected) in [
            ("components: {}".to_owned(), "s (#): missing field `paths`"),
            ("x: 1\npaths: []".to_owned(), "s:4:1 (#/paths): `paths` must hold the JSON type object"),
            (
                operation("{responses: {200: {}}}"),
                "s:3:32 (#/paths/~1a/get/responses/200): missing field `description`",
            ),
            (operation("{responses: 1}"), "(#/paths/~1a/get/responses): `responses` must hold the JSON type object"),
            (operation("{responses: {200: 1}}"), "/responses/200): a response must be a mapping"),
            (operation("{responses: {}, parameters: [{name: a, in: query}]}"), "/0): missing field `schema`"),
            (operation("{responses: {200: {$ref: '#/b'}}}"), "/200/$ref): \"#/b\" is not in this document"),
            (schema("{type: strnig}"), "(#/components/schemas/A/type): \"strnig\" is not a type"),
            (schema("{propertes: {}}"), "/A/propertes): `propertes` is not a key of a schema"),
            (schema("{const: a}"), "/A/const): `const` is not a key of a schema"),
            (schema("1"), "(#/components/schemas/A): a schema must be a mapping"),
            (schema("{nullable: 1}"), "(#/components/schemas/A/nullable): `nullable` must hold the JSON type boolean"),
            (schema("{properties: {}, required: [b]}"), "/A/required): `b` is required but not among"),
            (schema("{type: integer, x-hb-secret: true}"), "(#/components/schemas/A): this mark of a secret is not on"),
            (operation("{responses: {x-hb-secret: true}}"), "/get/responses): this mark of a secret is not on text"),
            (operation("{x-hb-secret: 1, responses: {}}"), "(#/paths/~1a/get): this mark of a secret is not on text"),
            (schema("{$ref: '#/b'}"), "(#/components/schemas/A/$ref): \"#/b\" is not in this document"),
        ] {
            let error = problems(&text);
            assert!(error.contains(expected) && error.contains("fix: "), "{text}\nexpected {expected}\nfound {error}");
        }
        for fine in
            ["{type: object, additionalProperties: false, x-a: 1, description: }", "{type: string, x-hb-secret: true}"]
        {
            assert_eq!(problems(&schema(fine)), "");
        }
    }
}
