//! What the portal may extend: a closed enum in an answer would refuse the answer on the day a value is added.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::walk::{Kind, walk, walk_mut};

/// Turns string enums that an answer reaches into strings.
pub(super) fn open_response_enums(document: &mut Value) {
    let reached = reached_by_responses(document);
    walk_mut(document, &mut |pointer, kind, value| {
        let in_answer = pointer.contains("/responses/") || reached.iter().any(|component| within(pointer, component));
        if let (Kind::Schema, true, Some(schema)) = (kind, in_answer, value.as_object_mut())
            && schema.get("type").and_then(Value::as_str) == Some("string")
        {
            schema.remove("enum");
        }
    });
}

/// The pointers of the components that an answer reaches, directly or through others.
fn reached_by_responses(document: &Value) -> BTreeSet<String> {
    let mut references = Vec::new();
    walk(document, &mut |pointer, node| {
        if let Some(target) = node.value.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix('#')) {
            references.push((pointer.to_owned(), target.to_owned()));
        }
    });
    let mut reached: BTreeSet<String> = BTreeSet::new();
    loop {
        let before = reached.len();
        for (from, to) in &references {
            if from.contains("/responses/") || reached.iter().any(|component| within(from, component)) {
                reached.insert(to.clone());
            }
        }
        if reached.len() == before {
            return reached;
        }
    }
}

fn within(pointer: &str, component: &str) -> bool {
    pointer.strip_prefix(component).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn enums_that_an_answer_reaches_open_up_and_others_stay_closed() {
        let closed = json!({"type": "string", "enum": ["a"]});
        let open = json!({"type": "string"});
        let content = |name: &str| json!({"content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}}});
        let mut document = json!({
            "paths": {"/a": {"post": {"requestBody": content("Sent"), "responses": {"200": content("Got")}}}},
            "components": {"schemas": {
                "Got": {"type": "object", "properties": {"a": closed, "b": {"$ref": "#/components/schemas/Deep"}}},
                "Deep": {"type": "array", "items": closed},
                "Sent": {"type": "object", "properties": {"a": closed}},
            }},
        });
        open_response_enums(&mut document);
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Got"]["properties"]["a"], open);
        assert_eq!(schemas["Deep"]["items"], open);
        assert_eq!(schemas["Sent"]["properties"]["a"], closed);
    }
}
