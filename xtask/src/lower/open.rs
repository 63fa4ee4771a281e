//! What the portal may extend: a closed enum in an answer would refuse the answer on the day a value is added.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::each_schema;
use crate::{notes::Notes, walk::walk};

/// Runs `lowering` over each schema that an answer reaches.
pub(super) fn each_in_answers(
    document: &mut Value,
    notes: &mut Notes,
    lowering: impl Fn(&mut Value, &str, &mut Notes),
) {
    let reached = reached_by_responses(document);
    each_schema(document, notes, |schema, pointer, notes| {
        if reached.holds(pointer) {
            lowering(schema, pointer, notes);
        }
    });
}

/// Turns a string enum in an answer into a string.
pub(super) fn open_enum(schema: &mut Value, pointer: &str, notes: &mut Notes) {
    let Some(members) = schema.as_object_mut() else { return };
    if members.get("type").and_then(Value::as_str) == Some("string") && members.remove("enum").is_some() {
        notes.add(pointer, "open_response_enums", "an answer may have values that are not listed: a string");
    }
}

/// What answers reach.
struct Reached(BTreeSet<String>);

impl Reached {
    /// Whether an answer reaches what stands at `pointer`.
    fn holds(&self, pointer: &str) -> bool {
        if pointer.starts_with("/paths/") {
            return pointer.contains("/responses/");
        }
        // A component is at three steps, and what is inside belongs to it.
        component(pointer).is_some_and(|component| self.0.contains(component)) || pointer.contains("/responses/")
    }
}

/// The pointer of the component that `pointer` leads into.
fn component(pointer: &str) -> Option<&str> {
    let end = pointer.match_indices('/').nth(3).map_or(pointer.len(), |(at, _)| at);
    pointer.get(..end).filter(|component| component.starts_with("/components/"))
}

/// The components that an answer reaches, directly or through others.
fn reached_by_responses(document: &Value) -> Reached {
    let mut reached = BTreeSet::new();
    if super::errors::component_names(document).is_empty() {
        return Reached(reached);
    }
    let mut from_components: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut next = Vec::new();
    walk(document, &mut |pointer, node| {
        let Some(target) = node.value.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix('#')) else {
            return;
        };
        if pointer.contains("/responses/") {
            next.push(target.to_owned());
        } else if let Some(component) = component(pointer) {
            from_components.entry(component.to_owned()).or_default().push(target.to_owned());
        }
    });
    while let Some(pointer) = next.pop() {
        if reached.insert(pointer.clone()) {
            next.extend(from_components.get(&pointer).into_iter().flatten().cloned());
        }
    }
    Reached(reached)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::lower::limits::text_date;

    #[test]
    fn enums_and_dates_that_an_answer_reaches_open_up_and_others_stay_closed() {
        for closed in [json!({"type": "string", "enum": ["a"]}), json!({"type": "string", "format": "date-time"})] {
            reached_and_not(&closed);
        }
    }

    fn reached_and_not(closed: &Value) {
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
        each_in_answers(&mut document, &mut Notes::default(), |schema, pointer, notes| {
            open_enum(schema, pointer, notes);
            text_date(schema, pointer, notes);
        });
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Got"]["properties"]["a"], open);
        assert_eq!(schemas["Deep"]["items"], open);
        assert_eq!(schemas["Sent"]["properties"]["a"], *closed);
    }
}
