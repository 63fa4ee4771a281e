//! Which sides a schema stands on: whether requests or answers reach it, through however many references.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::walk::last_step;

/// Where something stands: in what is sent, in what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sides {
    /// A request holds it.
    pub sends: bool,
    /// An answer holds it.
    pub reads: bool,
}

impl Sides {
    /// In requests.
    pub const SENDS: Self = Self { sends: true, reads: false };
    /// In answers.
    pub const READS: Self = Self { sends: false, reads: true };
    /// In both.
    pub const BOTH: Self = Self { sends: true, reads: true };

    /// Where either stands.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { sends: self.sends || other.sends, reads: self.reads || other.reads }
    }

    /// Where both stand.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { sends: self.sends && other.sends, reads: self.reads && other.reads }
    }
}

/// The sides of each of the document's schemas, by name; those that nothing reaches are on none.
pub(super) fn of_schemas(document: &Value) -> BTreeMap<String, Sides> {
    let mut sides = BTreeMap::new();
    for name in document.pointer(SCHEMAS).and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name) {
        sides.insert(name.clone(), Sides::default());
    }
    for (_, path) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for (key, value) in path.as_object().into_iter().flatten() {
            if key == "parameters" {
                reach(document, value, Sides::SENDS, &mut sides, &mut Vec::new());
                continue;
            }
            for (key, value) in value.as_object().into_iter().flatten() {
                let side = match key.as_str() {
                    "parameters" | "requestBody" => Sides::SENDS,
                    "responses" => Sides::READS,
                    // The portal sends it, and answers are sent back: the sides are turned round, and no client has them.
                    _ => continue,
                };
                reach(document, value, side, &mut sides, &mut Vec::new());
            }
        }
    }
    sides
}

/// Marks what `value` refers to; `passed` are the references to other things than schemas that lead here.
fn reach(document: &Value, value: &Value, side: Sides, sides: &mut BTreeMap<String, Sides>, passed: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                let Some(pointer) = reference.strip_prefix('#') else { return };
                let Some(target) = document.pointer(pointer) else { return };
                if pointer.strip_prefix(SCHEMAS).is_some_and(|rest| rest.matches('/').count() == 1) {
                    let known = sides.entry(last_step(pointer)).or_default();
                    if known.and(side) == side {
                        return;
                    }
                    *known = known.or(side);
                    reach(document, target, side, sides, passed);
                } else if !passed.iter().any(|passed| passed == pointer) {
                    passed.push(pointer.to_owned());
                    reach(document, target, side, sides, passed);
                    passed.pop();
                }
                return;
            }
            for (key, member) in members {
                // An example may hold anything, and `$ref` in it refers to nothing.
                if !matches!(key.as_str(), "example" | "examples" | "default" | "enum") && !key.starts_with("x-") {
                    reach(document, member, side, sides, passed);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| reach(document, item, side, sides, passed)),
        _ => {}
    }
}

/// Where the schemas are.
pub(super) const SCHEMAS: &str = "/components/schemas";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sides_follow_references_through_bodies_components_and_recursion() {
        let schema = |name: &str| json!({"schema": {"$ref": format!("#/components/schemas/{name}")}});
        let document = json!({
            "paths": {"/a": {
                "parameters": [schema("Parameter")],
                "post": {
                    "requestBody": {"content": {"application/json": schema("Sent")}},
                    "responses": {"200": {"$ref": "#/components/responses/Ok"}},
                },
            }},
            "components": {
                "responses": {"Ok": {"content": {"application/json": schema("Read")}}},
                "schemas": {
                    "Parameter": {}, "Unused": {"items": {"$ref": "#/components/schemas/Sent"}},
                    "Sent": {"properties": {"both": {"$ref": "#/components/schemas/Both"}}},
                    "Read": {"items": {"$ref": "#/components/schemas/Both"},
                        "example": {"$ref": "#/components/schemas/Unused"}},
                    "Both": {"properties": {"self": {"$ref": "#/components/schemas/Both"}}},
                },
            },
        });
        let sides = of_schemas(&document);
        let named = |name: &str| sides[name];
        assert_eq!(named("Parameter"), Sides::SENDS);
        assert_eq!(named("Sent"), Sides::SENDS);
        assert_eq!(named("Read"), Sides::READS);
        assert_eq!(named("Both"), Sides::BOTH);
        assert_eq!(named("Unused"), Sides::default());
    }
}
