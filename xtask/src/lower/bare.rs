//! Answers without a body that could be decoded, alone or beside others: progenitor allows one type for success and one for
//! failure, and panics where it would have to be a type or nothing.

use serde_json::{Map, Value, json};

use super::{JSON, case::snake, idents::operations, plan::Plan};
use crate::notes::Notes;

/// Leaves a body to answers in JSON alone: HTTP has none for some, and others are not decoded. Whatever comes is kept
/// beside the value, as with every answer.
pub(super) fn bare_answers(document: &mut Value, notes: &mut Notes) {
    operations(document, &mut |pointer, operation| {
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
        for (status, response) in responses.iter_mut() {
            let Some(members) = response.as_object_mut() else { continue };
            let Some(content) = members.get("content").and_then(Value::as_object) else { continue };
            let why = if pointer.ends_with("/head") || matches!(status.as_str(), "204" | "205" | "304") {
                "an answer of this kind has no body".to_owned()
            } else if content.contains_key(JSON) || content.is_empty() {
                continue;
            } else {
                let names: Vec<&str> = content.keys().map(String::as_str).collect();
                format!("{} is not JSON: it is kept, and not decoded", names.join(", "))
            };
            members.remove("content");
            notes.add(&format!("{pointer}/responses/{status}"), "bare_answers", why);
        }
        if !responses.keys().any(|status| status.starts_with('2')) {
            // The generator would make a stream of it.
            responses.insert("2XX".to_owned(), json!({"description": ""}));
        }
    });
}

/// Where some answers of an operation have a body and some have none, plans for a type that is optional. The generator is
/// told of one body for all of them.
pub(super) fn optional_answers(document: &mut Value, plan: &mut Plan, notes: &mut Notes) {
    operations(document, &mut |pointer, operation| {
        let id = operation.get("operationId").and_then(Value::as_str).map(snake).unwrap_or_default();
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
        for kind in [&['2'][..], &['4', '5']] {
            let content =
                |response: &Value| response.get("content").filter(|content| content.get(JSON).is_some()).cloned();
            let of_kind: Vec<(&String, Option<Value>)> = responses
                .iter()
                .filter(|(status, _)| status.starts_with(kind))
                .map(|(status, response)| (status, content(response)))
                .collect();
            let bare: Vec<String> =
                of_kind.iter().filter(|(_, content)| content.is_none()).map(|(status, _)| (*status).clone()).collect();
            let Some(content) = of_kind.into_iter().find_map(|(_, content)| content).filter(|_| !bare.is_empty())
            else {
                continue;
            };
            let what = format!("{} has no body: the type is optional", bare.join(", "));
            notes.add(&format!("{pointer}/responses"), "optional_answers", what);
            for status in &bare {
                let response = responses.get_mut(status).and_then(Value::as_object_mut);
                let _: Option<Option<Value>> = response
                    .map(|response: &mut Map<String, Value>| response.insert("content".to_owned(), content.clone()));
            }
            plan.operations.entry(id.clone()).or_default().bare.extend(bare);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lowered(method: &str, responses: Value) -> (Value, Vec<String>, Notes) {
        let mut document = json!({"paths": {"/a": {method: {"operationId": "listAll", "responses": responses}}}});
        let (mut plan, mut notes) = (Plan::default(), Notes::default());
        bare_answers(&mut document, &mut notes);
        optional_answers(&mut document, &mut plan, &mut notes);
        let bare = plan.operations.remove("list_all").map(|planned| planned.bare).unwrap_or_default();
        (document["paths"]["/a"][method]["responses"].clone(), bare, notes)
    }

    fn answer(schema: &str) -> Value {
        json!({"content": {JSON: {"schema": {"$ref": format!("#/components/schemas/{schema}")}}}})
    }

    #[test]
    fn a_204_beside_a_200_makes_the_type_optional_and_loses_neither() {
        let (responses, bare, notes) =
            lowered("get", json!({"200": answer("List"), "204": {}, "401": answer("Error"), "404": {}}));
        assert_eq!(bare, ["204", "404"]);
        let told =
            json!({"200": answer("List"), "204": answer("List"), "401": answer("Error"), "404": answer("Error")});
        assert_eq!(responses, told, "the generator is told of one type for each kind");
        assert_eq!(notes.as_slice().len(), 2, "{notes:?}");
    }

    #[test]
    fn answers_that_agree_are_left_alone() {
        for responses in [json!({"200": answer("A"), "401": answer("E")}), json!({"204": {}, "404": {}, "401": {}})] {
            let (after, bare, notes) = lowered("get", responses.clone());
            assert_eq!((after, bare.len(), notes.as_slice().len()), (responses, 0, 0));
        }
    }

    #[test]
    fn what_has_no_body_or_none_in_json_is_not_decoded() {
        let page = json!({"content": {"text/html": {"schema": {"type": "string"}}}});
        let (responses, bare, _) = lowered("get", json!({"204": answer("A"), "500": page, "422": answer("E")}));
        assert_eq!(responses, json!({"204": {}, "500": answer("E"), "422": answer("E")}));
        assert_eq!(bare, ["500"]);
        let (responses, ..) = lowered("head", json!({"200": answer("A")}));
        assert_eq!(responses, json!({"200": {}}));
    }

    #[test]
    fn where_no_success_is_described_there_is_one_that_is_not_decoded() {
        let (responses, bare, _) = lowered("delete", json!({"404": answer("E")}));
        assert_eq!(responses, json!({"2XX": {"description": ""}, "404": answer("E")}));
        assert!(bare.is_empty(), "{bare:?}");
    }
}
