//! Answers: under keys that are no status, in media types that are JSON by another name, and of several types at once.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    JSON,
    bodies::{essence, is_json},
    case::snake,
    errors::{component_names, component_schemas},
    idents::{operation_type, operations},
    names::unique,
    plan::{ByStatus, Payload, Plan},
    references::reference_name,
};
use crate::{notes::Notes, walk::push_step};

/// Files each answer under the status that its key means (`x-200:Name`, `2xx`, `200:OK`). Several for one status are
/// alternatives: that is how Apidog writes them. What no status is in goes.
pub(crate) fn status_keys(document: &mut Value, notes: &mut Notes) {
    operations(document, &mut |pointer, operation| {
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
        let mut filed: Map<String, Value> = Map::new();
        for (key, response) in std::mem::take(responses) {
            let mut place = format!("{pointer}/responses");
            push_step(&mut place, &key);
            let Some(status) = status(&key) else {
                if !key.starts_with("x-") {
                    notes.add(&place, "status_keys", format!("`{key}` is no status"));
                }
                continue;
            };
            if status != key {
                notes.add(&place, "status_keys", format!("it is an answer with status {status}"));
            }
            match filed.get_mut(&status) {
                None => {
                    let mut to = format!("{pointer}/responses");
                    push_step(&mut to, &status);
                    if to != place {
                        notes.moved(&place, to);
                    }
                    filed.insert(status, response);
                }
                Some(known) => {
                    notes.add(
                        &place,
                        "status_keys",
                        format!("status {status} has an answer already: they are alternatives"),
                    );
                    join(known, &response);
                }
            }
        }
        *responses = filed;
    });
}

fn status(key: &str) -> Option<String> {
    let key = key.trim();
    let bare = key.strip_prefix("x-").unwrap_or(key);
    let head: String = bare.split([':', ' ']).next().unwrap_or_default().to_ascii_uppercase();
    if head.eq_ignore_ascii_case("default") && !key.starts_with("x-") {
        return Some("default".to_owned());
    }
    let mut chars = head.chars();
    let (first, rest) = (chars.next()?, chars.as_str());
    let known = matches!(first, '1'..='5')
        && (rest == "XX" || (rest.len() == 2 && rest.bytes().all(|byte| byte.is_ascii_digit())));
    known.then_some(head)
}

/// Makes the JSON of two answers with one status alternatives.
fn join(known: &mut Value, other: &Value) {
    let schema = |response: &Value| json_schema(response).map(|(_, schema)| schema);
    let Some(new) = schema(other) else { return };
    let Some(members) = known.as_object_mut() else { return };
    let both = match schema(&Value::Object(members.clone())) {
        Some(old) if old == new => return,
        Some(old) => match old.get("oneOf").and_then(Value::as_array) {
            Some(list) => json!({"oneOf": list.iter().chain([&new]).collect::<Vec<_>>()}),
            None => json!({"oneOf": [old, new]}),
        },
        None => new,
    };
    members.insert("content".to_owned(), json!({JSON: {"schema": both}}));
}

/// The media types of an answer that are JSON, and the schema of the first.
fn json_schema(response: &Value) -> Option<(Vec<String>, Value)> {
    let content = response.get("content")?.as_object()?;
    let names: Vec<String> = content.keys().filter(|name| is_json(&essence(name))).cloned().collect();
    let first = names.iter().find(|name| essence(name) == JSON).or(names.first())?;
    let schema = content.get(first)?.get("schema").cloned().unwrap_or_else(|| json!({}));
    Some((names, schema))
}

/// Whether an answer is JSON, by that name and no other, and has a schema: nothing is to be done about it.
fn is_plain_json(response: &Map<String, Value>) -> bool {
    let Some(content) = response.get("content").and_then(Value::as_object) else { return false };
    let body = content.get(JSON).and_then(Value::as_object);
    content.len() == 1 && body.is_some_and(|body| body.len() == 1 && body.contains_key("schema"))
}

/// Calls JSON what is JSON, and asks for it by its own name; tells of what stays bytes, and takes bodies from answers
/// that cannot have one.
pub(crate) fn json_answers(document: &mut Value, plan: &mut Plan, notes: &mut Notes) {
    operations(document, &mut |pointer, operation| {
        let mut accept: BTreeSet<String> = BTreeSet::new();
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
        for (status, response) in responses.iter_mut() {
            let place = format!("{pointer}/responses/{status}");
            if !response.is_object() {
                *response = json!({});
            }
            let Some(members) = response.as_object_mut() else { continue };
            if !members.get("description").is_some_and(Value::is_string) {
                members.insert("description".to_owned(), Value::from(""));
            }
            let empty = members.get("content").and_then(Value::as_object).is_none_or(Map::is_empty);
            if empty {
                members.remove("content");
                continue;
            }
            if pointer.ends_with("/head") || matches!(status.as_str(), "204" | "205" | "304") {
                members.remove("content");
                notes.add(&place, NAME, "an answer of this kind has no body");
                continue;
            }
            if is_plain_json(members) {
                accept.insert(JSON.to_owned());
                continue;
            }
            match json_schema(&Value::Object(members.clone())) {
                Some((names, schema)) => {
                    let names = names
                        .into_iter()
                        .map(|name| essence(&name))
                        .map(|name| if name.contains('*') { JSON.to_owned() } else { name });
                    for name in names {
                        if name != JSON {
                            notes.add(&place, NAME, format!("{name} is JSON"));
                        }
                        accept.insert(name);
                    }
                    members.insert("content".to_owned(), json!({JSON: {"schema": schema}}));
                }
                None => {
                    let names: Vec<String> = members
                        .get("content")
                        .and_then(Value::as_object)
                        .into_iter()
                        .flatten()
                        .map(|(name, _)| name.clone())
                        .collect();
                    notes.add(&place, NAME, format!("the bytes of {}: it is not JSON", names.join(", ")));
                    members.insert("content".to_owned(), json!({"application/octet-stream": {}}));
                }
            }
        }
        if !accept.is_empty() && accept.iter().any(|name| name != JSON) {
            let id = operation.get("operationId").and_then(Value::as_str).map(snake).unwrap_or_default();
            plan.operations.entry(id).or_default().accept = Some(accept.into_iter().collect::<Vec<_>>().join(", "));
        }
    });
}

const NAME: &str = "json_answers";

/// Says of each answer whether it is a success: `default` is for what is not listed, so for failures, and for success
/// only where no success is listed. What is neither comes to the caller as it is.
pub(crate) fn split_by_kind(document: &mut Value, notes: &mut Notes) {
    operations(document, &mut |pointer, operation| {
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
        if let Some(default) = responses.remove("default") {
            let success = responses.keys().any(|status| status.starts_with('2'));
            let ranges: &[&str] = if success { &["4XX", "5XX"] } else { &["2XX", "4XX", "5XX"] };
            for range in ranges {
                responses.entry(*range).or_insert_with(|| default.clone());
                notes.moved(&format!("{pointer}/responses/default"), format!("{pointer}/responses/{range}"));
            }
            notes.add(
                &format!("{pointer}/responses/default"),
                "split_by_kind",
                format!("`default` is {}", ranges.join(" and ")),
            );
        }
        responses.retain(|status, _| {
            let either = status.starts_with(['2', '4', '5']);
            if !either {
                notes.add(
                    &format!("{pointer}/responses/{status}"),
                    "split_by_kind",
                    "neither success nor failure: it comes as `UnexpectedResponse`",
                );
            }
            either
        });
        if !responses.keys().any(|status| status.starts_with('2')) {
            notes.add(
                &format!("{pointer}/responses"),
                "split_by_kind",
                "no answer for success is described: whatever comes is kept as it is",
            );
        }
    });
}

/// Gives an operation whose answers differ a type that has one variant for each status: progenitor allows one type for
/// success and one for failure, and panics at a second. Harden writes the type, and decodes by status.
pub(crate) fn types_by_status(document: &mut Value, plan: &mut Plan, notes: &mut Notes) {
    let mut taken = component_names(document);
    let mut new: Vec<(String, Value)> = Vec::new();
    operations(document, &mut |pointer, operation| {
        let name = operation_type(operation);
        let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
        for (is_failure, suffix) in [(false, "Answer"), (true, "Error")] {
            let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
            let statuses: Vec<String> = sorted(responses.keys().filter(|status| is_failure != status.starts_with('2')));
            let payloads: Vec<Value> = statuses
                .iter()
                .filter_map(|status| responses.get(status))
                .map(|response| response.get("content").cloned().unwrap_or_default())
                .collect();
            let differ = payloads.windows(2).any(|pair| matches!(pair, [left, right] if left != right));
            // The generator looks at a range before the statuses in it.
            if !differ {
                continue;
            }
            let type_name = unique(format!("{name}{suffix}"), &taken);
            taken.insert(type_name.clone());
            let mut answers = Vec::new();
            for status in &statuses {
                let Some(response) = responses.get_mut(status).and_then(Value::as_object_mut) else { continue };
                let json = response.get("content").and_then(|content| content.get(JSON)?.get("schema")).cloned();
                let payload = match json {
                    Some(schema) => Payload::Json(match reference_name(&schema) {
                        Some(name) => name,
                        None => {
                            let body = unique(format!("{name}{}", status_name(status)), &taken);
                            taken.insert(body.clone());
                            notes.moved(
                                &format!("{pointer}/responses/{status}/content/application~1json/schema"),
                                format!("/components/schemas/{body}"),
                            );
                            new.push((body.clone(), schema));
                            body
                        }
                    }),
                    None if response.contains_key("content") => Payload::Bytes,
                    None => Payload::Nothing,
                };
                response.insert(
                    "content".to_owned(),
                    json!({JSON: {"schema": {"$ref": format!("#/components/schemas/{type_name}")}}}),
                );
                answers.push((status.clone(), payload));
            }
            notes.add(
                &format!("{pointer}/responses"),
                "types_by_status",
                format!("{type_name} is one of {}, by status", statuses.join(", ")),
            );
            new.push((type_name.clone(), json!({"type": "object", "description": "Chosen by status."})));
            let planned = plan.operations.entry(snake(&id)).or_default();
            let by_status = Some(ByStatus { name: type_name, operation: id.clone(), answers });
            if is_failure {
                planned.failures = by_status;
            } else {
                planned.answers = by_status;
            }
        }
    });
    if let Some(schemas) = component_schemas(document) {
        schemas.extend(new);
    }
}

/// Statuses before the ranges that hold them.
fn sorted<'a>(statuses: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut statuses: Vec<String> = statuses.cloned().collect();
    statuses.sort_by_key(|status| (status.ends_with('X'), status.clone()));
    statuses
}

/// What an answer with this status is called in names: `Status404`, `Status4xx`.
pub(crate) fn status_name(status: &str) -> String {
    format!("Status{}", status.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(responses: Value) -> Value {
        json!({"paths": {"/a": {"get": {"operationId": "getA", "responses": responses}}}})
    }

    fn responses(document: &Value) -> &Value {
        &document["paths"]["/a"]["get"]["responses"]
    }

    fn answer(schema: &str) -> Value {
        json!({"description": "", "content": {JSON: {"schema": {"$ref": format!("#/components/schemas/{schema}")}}}})
    }

    #[test]
    fn answers_are_filed_under_their_status() {
        let mut document = document(json!({
            "200": answer("A"), "x-200:Other": answer("B"), "4xx": {}, "500:Oops": {}, "default": {}, "x-note": 1, "ok": {},
        }));
        status_keys(&mut document, &mut Notes::default());
        let keys: Vec<&String> = responses(&document).as_object().unwrap().keys().collect();
        assert_eq!(keys, ["200", "4XX", "500", "default"]);
        let alternatives = responses(&document)["200"]["content"][JSON]["schema"]["oneOf"].as_array().unwrap();
        assert_eq!(alternatives.len(), 2);
    }

    #[test]
    fn json_under_any_name_is_json_and_is_asked_for_by_that_name() {
        let mut document = document(json!({
            "200": {"content": {"application/vnd.api+json": {"schema": {"type": "object"}}}},
            "400": {"content": {"application/problem+json; charset=utf-8": {}}},
            "404": {"content": {"*/*": {"schema": {"type": "string"}}}},
            "500": {"content": {"text/html": {"schema": {"type": "string"}}}},
            "204": {"content": {JSON: {"schema": {}}}},
        }));
        let (mut plan, mut notes) = (Plan::default(), Notes::default());
        json_answers(&mut document, &mut plan, &mut notes);
        for (status, content) in [
            ("200", json!({JSON: {"schema": {"type": "object"}}})),
            ("400", json!({JSON: {"schema": {}}})),
            ("404", json!({JSON: {"schema": {"type": "string"}}})),
            ("500", json!({"application/octet-stream": {}})),
            ("204", Value::Null),
        ] {
            assert_eq!(responses(&document)[status].get("content").cloned().unwrap_or_default(), content, "{status}");
        }
        let accept = plan.operations["get_a"].accept.as_deref();
        assert_eq!(accept, Some("application/json, application/problem+json, application/vnd.api+json"));
        assert!(notes.as_slice().iter().any(|note| note.what.contains("the bytes of text/html")), "{notes:?}");
    }

    #[test]
    fn default_is_for_what_is_not_listed() {
        let mut listed = document(json!({"201": answer("A"), "default": answer("E"), "302": {}}));
        split_by_kind(&mut listed, &mut Notes::default());
        assert_eq!(*responses(&listed), json!({"201": answer("A"), "4XX": answer("E"), "5XX": answer("E")}));
        let mut alone = document(json!({"default": answer("A"), "404": answer("E")}));
        split_by_kind(&mut alone, &mut Notes::default());
        assert_eq!(
            *responses(&alone),
            json!({"2XX": answer("A"), "404": answer("E"), "4XX": answer("A"), "5XX": answer("A")})
        );
    }

    #[test]
    fn answers_that_differ_get_a_type_by_status_and_every_schema_is_in_it() {
        let mut document = document(json!({
            "200": answer("A"), "204": {}, "404": answer("NotFound"), "4XX": answer("Problem"), "500": {"content": {JSON: {"schema": {"type": "string"}}}},
        }));
        let mut plan = Plan::default();
        types_by_status(&mut document, &mut plan, &mut Notes::default());
        let planned = &plan.operations["get_a"];
        let failures = planned.failures.as_ref().unwrap();
        assert_eq!(failures.name, "GetAError");
        assert_eq!(
            failures.answers,
            [
                ("404".to_owned(), Payload::Json("NotFound".to_owned())),
                ("500".to_owned(), Payload::Json("GetAStatus500".to_owned())),
                ("4XX".to_owned(), Payload::Json("Problem".to_owned())),
            ]
        );
        let answers = planned.answers.as_ref().unwrap();
        assert_eq!(answers.answers[1], ("204".to_owned(), Payload::Nothing));
        assert_eq!(responses(&document)["404"]["content"][JSON]["schema"]["$ref"], "#/components/schemas/GetAError");
        assert_eq!(document["components"]["schemas"]["GetAStatus500"], json!({"type": "string"}));
    }

    #[test]
    fn answers_that_agree_keep_their_one_type() {
        let whole = document(json!({"200": answer("A"), "201": answer("A"), "404": answer("E"), "422": answer("E")}));
        let mut lowered = whole.clone();
        let mut plan = Plan::default();
        types_by_status(&mut lowered, &mut plan, &mut Notes::default());
        assert_eq!(responses(&lowered), responses(&whole));
        assert!(plan.operations.is_empty());
    }
}
