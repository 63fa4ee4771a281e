//! Bodies of requests: optional ones, forms with files, several media types, and JSON under another name.

use serde_json::{Map, Value, json};

use super::{JSON, case::snake, idents::operations, plan::Plan};
use crate::notes::Notes;

const NAME: &str = "one_request_body";
const BYTES: &str = "application/octet-stream";
const FORM: &str = "application/x-www-form-urlencoded";

/// Leaves each request one body in one media type, one that the generator knows: it panics at a second, and refuses all
/// but JSON, forms, text and bytes. What it is not told is written into the code by harden: the media type's own name,
/// that the body is optional, that it is a multipart form.
pub(crate) fn one_request_body(document: &mut Value, plan: &mut Plan, notes: &mut Notes) {
    operations(document, &mut |pointer, operation| {
        let Some(mut body) = operation.remove("requestBody") else { return };
        let place = format!("{pointer}/requestBody");
        let mut content =
            body.get_mut("content").and_then(Value::as_object_mut).map(std::mem::take).unwrap_or_default();
        let Some(media_type) = preferred(&content) else {
            return notes.add(&place, NAME, "a body without a media type is none");
        };
        if content.len() > 1 {
            let others: Vec<&str> = content.keys().filter(|key| **key != media_type).map(String::as_str).collect();
            notes.add(&place, NAME, format!("it is sent as {media_type}; not as {}", others.join(", ")));
        }
        let essence = essence(&media_type);
        let schema = content.get_mut(&media_type).and_then(|body| body.as_object_mut()?.remove("schema"));
        let schema = schema.unwrap_or_else(|| json!({}));
        let known = plan
            .operations
            .entry(operation.get("operationId").and_then(Value::as_str).map(snake).unwrap_or_default())
            .or_default();
        let (kind, schema) = if is_json(&essence) {
            if essence != JSON && !essence.contains('*') {
                notes.add(&place, NAME, format!("{media_type} is JSON, and is sent under that name"));
                known.content_type = Some(media_type.clone());
            }
            (JSON, schema)
        } else if essence == FORM {
            (FORM, schema)
        } else if essence == "multipart/form-data" {
            notes.add(&place, NAME, "a multipart form, which the caller fills");
            known.multipart = true;
            (BYTES, binary())
        } else if essence == "text/plain" {
            (&*essence, json!({"type": "string"}))
        } else {
            if essence != BYTES {
                notes.add(&place, NAME, format!("the bytes of {media_type}: nothing here writes it"));
                known.content_type = Some(media_type.clone());
            }
            (BYTES, binary())
        };
        if body.get("required") != Some(&Value::Bool(true)) {
            notes.add(&place, NAME, "it may be left out");
            known.optional_body = true;
        }
        let mut made = json!({"required": true, "content": {kind: {}}});
        if let Some(place) = made.pointer_mut("/content").and_then(|content| content.get_mut(kind)?.as_object_mut()) {
            place.insert("schema".to_owned(), schema);
        }
        if let (Some(description), Some(made)) = (body.get("description"), made.as_object_mut()) {
            made.insert("description".to_owned(), description.clone());
        }
        operation.insert("requestBody".to_owned(), made);
    });
    plan.operations.retain(|_, operation| *operation != super::plan::OperationPlan::default());
}

/// Plans for bodies that may be left out, which the generator takes for required.
pub(crate) fn optional_bodies(document: &mut Value, plan: &mut Plan, notes: &mut Notes) {
    operations(document, &mut |pointer, operation| {
        let id = operation.get("operationId").and_then(Value::as_str).map(snake).unwrap_or_default();
        let Some(body) = operation.get_mut("requestBody").and_then(Value::as_object_mut) else { return };
        if body.contains_key("content") && body.get("required") != Some(&Value::Bool(true)) {
            notes.add(&format!("{pointer}/requestBody"), "optional_bodies", "it may be left out");
            plan.operations.entry(id).or_default().optional_body = true;
        }
    });
}

fn binary() -> Value {
    json!({"type": "string", "format": "binary"})
}

/// The media type that a client does best with.
fn preferred(content: &Map<String, Value>) -> Option<String> {
    let rank = |media_type: &str| {
        let essence = essence(media_type);
        match essence.as_str() {
            JSON => 0,
            FORM => 3,
            "multipart/form-data" => 4,
            BYTES => 5,
            "text/plain" => 6,
            _ if essence.contains('*') => 2,
            _ if is_json(&essence) => 1,
            _ => 7,
        }
    };
    content.keys().min_by_key(|name| rank(name)).cloned()
}

/// A media type without its parameters.
pub(super) fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether what has this media type is JSON; an open one (`*/*`) is taken for it, which is what tools mean by it.
pub(super) fn is_json(essence: &str) -> bool {
    matches!(essence, JSON | "text/json" | "*/*" | "application/*" | "*") || essence.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::plan::OperationPlan;

    fn lowered(body: Value) -> (Value, OperationPlan) {
        let mut document = json!({"paths": {"/a": {"post": {"operationId": "send", "requestBody": body}}}});
        let mut plan = Plan::default();
        one_request_body(&mut document, &mut plan, &mut Notes::default());
        let body = document["paths"]["/a"]["post"].get("requestBody").cloned().unwrap_or_default();
        (body["content"].clone(), plan.operations.remove("send").unwrap_or_default())
    }

    #[test]
    fn a_body_that_is_not_required_is_planned_as_optional() {
        let body = |required: bool| json!({"required": required, "content": {JSON: {"schema": {}}}});
        let mut document = json!({"paths": {"/a": {
            "post": {"operationId": "mayDo", "requestBody": body(false)},
            "put": {"operationId": "mustDo", "requestBody": body(true)},
        }}});
        let mut plan = Plan::default();
        optional_bodies(&mut document, &mut plan, &mut Notes::default());
        assert!(plan.operations["may_do"].optional_body && plan.operations.len() == 1);
    }

    #[test]
    fn one_body_in_one_media_type_is_left_and_the_rest_is_planned() {
        let schema = json!({"schema": {"$ref": "#/components/schemas/A"}});
        let optional = OperationPlan { optional_body: true, ..OperationPlan::default() };
        let (content, plan) = lowered(json!({"content": {"application/json": schema, "application/xml": schema}}));
        assert_eq!((content, plan), (json!({"application/json": schema}), optional));

        let (content, plan) = lowered(json!({"required": true, "content": {"application/vnd.api+json": schema}}));
        assert_eq!(content, json!({"application/json": schema}));
        assert_eq!(
            plan,
            OperationPlan { content_type: Some("application/vnd.api+json".to_owned()), ..OperationPlan::default() }
        );

        let bytes = json!({"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}});
        let (content, plan) = lowered(json!({"required": true, "content": {"multipart/form-data": schema}}));
        assert_eq!(content, bytes);
        assert_eq!(plan, OperationPlan { multipart: true, ..OperationPlan::default() });

        let (content, plan) = lowered(json!({"required": true, "content": {"image/png": {}}}));
        assert_eq!(content, bytes);
        assert_eq!(plan.content_type.as_deref(), Some("image/png"));

        let (content, _) = lowered(json!({"required": true, "content": {"application/json": {}}}));
        assert_eq!(content, json!({"application/json": {"schema": {}}}));
        assert_eq!(lowered(json!({"content": {}})).0, Value::Null);
    }
}
