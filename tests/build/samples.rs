//! Sample values for a document's schemas, made from its model.

use serde_json::{Map, Value, json};
use xtask::api::{Api, Definition, Schema, Shape};

/// Makes values for the types of a model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Samples<'a> {
    /// The model.
    pub(crate) api: &'a Api,
    /// Returns the text for a field, given its name on the wire and whether the model marks it as a secret.
    pub(crate) text: fn(&str, bool) -> &'static str,
}

impl Samples<'_> {
    /// Returns a value of the schema of a field called `name`.
    #[must_use]
    pub(crate) fn of(&self, schema: &Schema, name: &str) -> Value {
        self.within(schema, name, 0)
    }

    /// Returns one value for each variant of the type called `name`. A type that is not a union has one value.
    ///
    /// # Panics
    ///
    /// Panics if the model has no such type.
    #[must_use]
    pub(crate) fn all(&self, name: &str) -> Vec<Value> {
        match &self.api.types[name].definition {
            Definition::Union(variants, _) => (0..variants.len()).map(|index| self.variant(name, index, 0)).collect(),
            _ => vec![self.within(&Shape::Named(name.to_owned()).required(), "", 0)],
        }
    }

    fn within(&self, schema: &Schema, name: &str, depth: usize) -> Value {
        match &schema.shape {
            Shape::Any | Shape::Text => json!((self.text)(name, false)),
            Shape::Secret => json!((self.text)(name, true)),
            Shape::DateTime => json!("2026-02-17T10:30:00Z"),
            Shape::Date => json!("2026-02-17"),
            Shape::Integer(_) => json!(7),
            Shape::Number(_) => json!(1.5),
            Shape::Boolean => json!(true),
            Shape::List(inner) if depth < 4 => {
                json!([self.within(inner, name, depth + 1), self.within(inner, name, depth + 1)])
            }
            Shape::List(_) => json!([]),
            Shape::Map(inner) if depth < 4 => json!({"key": self.within(inner, name, depth + 1)}),
            Shape::Map(_) => json!({}),
            Shape::Named(of) => match &self.api.types[of].definition {
                Definition::Object(fields, _) => fields
                    .iter()
                    .filter(|field| field.required || depth < 3)
                    .map(|field| (field.wire.clone(), self.within(&field.schema, &field.wire, depth + 1)))
                    .collect::<Map<_, _>>()
                    .into(),
                Definition::Values(values) => json!(values[0].0),
                // The first alternative may contain the union itself; the last one is the smallest.
                Definition::Union(variants, _) => {
                    self.variant(of, if depth < 8 { 0 } else { variants.len() - 1 }, depth)
                }
                Definition::Is(schema) => self.within(schema, of, depth + 1),
            },
        }
    }

    fn variant(&self, of: &str, index: usize, depth: usize) -> Value {
        let Definition::Union(variants, tag) = &self.api.types[of].definition else { return Value::Null };
        let mut value = self.within(&variants[index].schema, of, depth + 1);
        let selected = variants[index].tags.first();
        if let (Some(tag), Some(selected), Some(members)) = (tag, selected, value.as_object_mut()) {
            // A number or a boolean keeps its type.
            let sample = members.get(tag).filter(|sample| !sample.is_string());
            let selected = sample.and_then(|_| serde_json::from_str(selected).ok()).unwrap_or_else(|| json!(selected));
            members.insert(tag.clone(), selected);
        }
        value
    }
}
