//! Alternatives: `oneOf`, `anyOf` and several types, distinguished by a tag, a constant, or the first that fits.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Reader, forms, names, objects::Parts, references};
use crate::{
    api::{Definition, Schema, Shape, Variant},
    walk::last_step,
};

/// One alternative before it is named.
struct Alternative<'a> {
    schema: Schema,
    value: &'a Value,
    at: String,
}

impl<'a> Reader<'a, '_> {
    /// Reads `oneOf` or `anyOf`, which are the same for a type: it holds one value at a time.
    pub(super) fn alternatives(&mut self, value: &'a Value, at: &str, name: &str, own: &str) -> Shape {
        let list = |key: &str| value.get(key).and_then(Value::as_array).filter(|list| !list.is_empty());
        let Some((key, list)) = ["oneOf", "anyOf"].into_iter().find_map(|key| Some((key, list(key)?))) else {
            return Shape::Any;
        };
        let object = value.get("properties").is_some_and(|properties| properties.is_object());
        if object {
            if list.iter().all(only_requires) {
                self.notes.add(at, "alternatives", "the service checks which of its properties may be combined");
                return self.object(value, at, name, own);
            }
            let mut parts = Parts::default();
            return match self.collect(value, at, &mut parts, &mut Vec::new()) {
                Ok(Some(alternatives)) => self.distributed(alternatives, parts, value, at, name, own),
                Ok(None) | Err(()) => Shape::Any,
            };
        }
        let places: Vec<(&Value, String)> =
            list.iter().enumerate().map(|(index, one)| (one, format!("{at}/{key}/{index}"))).collect();
        let places: Vec<_> = places.into_iter().filter(|(one, _)| !forms::is_null(one)).collect();
        if let [(only, place)] = places.as_slice() {
            return self.unnamed(only, place, name, own).shape;
        }
        if let Some(values) = self.all_texts(&places) {
            return match values {
                values if values.is_empty() => Shape::Text,
                values => self.values(&values, value, at, name, own),
            };
        }
        let union = self.type_name(at, name, own);
        // Named before its alternatives are read, since one of them may refer to it.
        self.named.entry(at.to_owned()).or_insert_with(|| union.clone());
        let mut alternatives = Vec::new();
        for (index, (one, place)) in places.iter().enumerate() {
            let schema = self.schema(one, place, &format!("{union}Variant{}", index + 1));
            alternatives.push(Alternative { schema, value: one, at: place.clone() });
        }
        self.union(alternatives, value, at, union)
    }

    /// Reads the several types of one schema as alternatives.
    pub(super) fn of_types(
        &mut self,
        types: &[&'static str],
        value: &'a Value,
        form: &forms::Form,
        at: &str,
        name: &str,
        own: &str,
    ) -> Shape {
        self.notes.add(at, "type", format!("several types become alternatives: {}", types.join(", ")));
        let union = self.type_name(at, name, own);
        let of = |reader: &mut Self, kind: &&'static str| {
            let form = forms::Form { types: vec![kind], nullable: false, values: form.values.clone() };
            let name = format!("{union}{}", names::pascal_case(kind));
            reader.of_type(kind, value, &form, at, &name, "").required()
        };
        let all: Vec<Schema> = types.iter().map(|kind| of(self, kind)).collect();
        let alternatives = all.into_iter().map(|schema| Alternative { schema, value, at: at.to_owned() }).collect();
        self.union(alternatives, value, at, union)
    }

    /// Reads an object next to alternatives: each alternative is the object with its additions.
    pub(super) fn distributed(
        &mut self,
        (holder, at_list): (&'a Value, String),
        parts: Parts<'a>,
        value: &'a Value,
        at: &str,
        name: &str,
        own: &str,
    ) -> Shape {
        let key = last_step(&at_list);
        let list = holder.get(&key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let union = self.type_name(at, name, own);
        let mut alternatives = Vec::new();
        for (index, one) in list.iter().enumerate().filter(|(_, one)| !forms::is_null(one)) {
            let place = format!("{at_list}/{index}");
            let mut own = parts.clone();
            let Ok(None) = self.collect(one, &place, &mut own, &mut Vec::new()) else {
                self.notes.add(
                    &place,
                    "alternatives",
                    "it cannot be merged with the object next to it: any JSON value",
                );
                return self.any(union, value, at);
            };
            let schema = self.whole(own, one, &place, &format!("{union}Variant{}", index + 1), "").required();
            alternatives.push(Alternative { schema, value: one, at: place });
        }
        self.notes.add(at, "alternatives", "each of its alternatives is merged with its properties");
        self.union(alternatives, value, at, union)
    }

    /// Makes a union of schemas that are already read.
    pub(super) fn union_of(&mut self, schemas: Vec<Schema>, value: &'a Value, at: &str, name: &str) -> Shape {
        let all = schemas.into_iter().map(|schema| Alternative { schema, value, at: at.to_owned() }).collect();
        let name = self.type_name(at, name, "");
        self.union(all, value, at, name)
    }

    fn any(&mut self, name: String, value: &'a Value, at: &str) -> Shape {
        self.define(&name, Definition::Is(Shape::Any.required()), value, at);
        Shape::Named(name)
    }

    fn union(&mut self, mut all: Vec<Alternative<'a>>, value: &'a Value, at: &str, name: String) -> Shape {
        let mut seen: Vec<Shape> = Vec::new();
        // A union that contains itself adds no value by that.
        all.retain(|one| {
            one.schema.shape != Shape::Named(name.clone()) && !seen.contains(&one.schema.shape) && {
                seen.push(one.schema.shape.clone());
                true
            }
        });
        if all.is_empty() || seen.contains(&Shape::Any) {
            self.notes.add(at, "alternatives", "one of its alternatives is any JSON, so it is any JSON value");
            return self.any(name, value, at);
        }
        if let [only] = all.as_slice() {
            self.define(&name, Definition::Is(only.schema.clone()), value, at);
            return Shape::Named(name);
        }
        let tag = self.tag(&all, value);
        match &tag {
            Some(tag) => {
                self.notes.add(at, "alternatives", format!("`{tag}` selects one of {} alternatives", all.len()))
            }
            None => {
                let what = format!(
                    "the first of {} alternatives that fits is used, those with more required properties first",
                    all.len()
                );
                self.notes.add(at, "alternatives", what);
                all.sort_by_cached_key(|one| std::cmp::Reverse(self.required(one.value)));
            }
        }
        let mut taken = names::Taken::of(["Self"]);
        let variants = all.iter().map(|one| Variant {
            name: taken.unique(variant_name(&one.schema.shape, &name)),
            schema: one.schema.clone(),
            tags: tag.as_deref().map(|tag| self.tags(one, tag, value)).unwrap_or_default(),
        });
        let variants = variants.collect();
        self.define(&name, Definition::Union(variants, tag), value, at);
        Shape::Named(name)
    }

    /// The property that distinguishes the alternatives: the discriminator, or one whose constants differ.
    fn tag(&self, all: &[Alternative<'a>], value: &'a Value) -> Option<String> {
        let discriminator = value.pointer("/discriminator/propertyName").and_then(Value::as_str);
        let all_objects =
            all.iter().all(|one| matches!(one.schema.shape, Shape::Named(_)) && self.properties(one.value).is_some());
        if !all_objects {
            return None;
        }
        if let Some(name) = discriminator {
            return Some(name.to_owned());
        }
        let first = self.properties(all.first()?.value)?;
        first.into_iter().find(|name| {
            let mut seen = BTreeSet::new();
            all.iter().all(|one| {
                let constants = self.constants(one.value, name);
                !constants.is_empty() && constants.into_iter().all(|constant| seen.insert(constant))
            })
        })
    }

    /// The values of the tag that select this alternative.
    fn tags(&self, one: &Alternative<'a>, tag: &str, value: &'a Value) -> Vec<String> {
        let reference = one.value.get("$ref").and_then(Value::as_str);
        let place =
            reference.and_then(|reference| references::target(self.document, reference)).unwrap_or(one.at.clone());
        let mapping = value.pointer("/discriminator/mapping").and_then(Value::as_object);
        let means = |to: &Value| {
            let to = to.as_str().unwrap_or_default();
            let target = references::target(self.document, to).unwrap_or_else(|| format!("/components/schemas/{to}"));
            target == place
        };
        let mapped: Vec<String> =
            mapping.into_iter().flatten().filter(|(_, to)| means(to)).map(|(name, _)| name.clone()).collect();
        if !mapped.is_empty() {
            return mapped;
        }
        let constants = self.constants(one.value, tag);
        if constants.is_empty() { vec![last_step(&place)] } else { constants }
    }

    /// The names of the properties of an alternative, if it is an object.
    fn properties(&self, value: &'a Value) -> Option<Vec<String>> {
        let mut parts = Parts::default();
        let Ok(None) = self.collect(value, "", &mut parts, &mut Vec::new()) else { return None };
        Some(parts.names())
    }

    /// The constants that a property of an alternative allows.
    fn constants(&self, value: &'a Value, property: &str) -> Vec<String> {
        let mut parts = Parts::default();
        let _ = self.collect(value, "", &mut parts, &mut Vec::new());
        let values = parts.of(property).into_iter().map(|value| self.constants_of(value, &mut Vec::new()));
        values.filter(|constants| !constants.is_empty()).min_by_key(Vec::len).unwrap_or_default()
    }

    fn constants_of(&self, value: &'a Value, seen: &mut Vec<String>) -> Vec<String> {
        let reference = value.get("$ref").and_then(Value::as_str);
        if let Some(to) = reference.and_then(|reference| references::target(self.document, reference)) {
            if seen.contains(&to) {
                return Vec::new();
            }
            seen.push(to.clone());
            return self.document.pointer(&to).map(|value| self.constants_of(value, seen)).unwrap_or_default();
        }
        forms::listed(value).into_iter().filter_map(|constant| constant.as_str().map(str::to_owned)).collect()
    }

    /// How many properties an alternative requires.
    fn required(&self, value: &'a Value) -> usize {
        let mut parts = Parts::default();
        let _ = self.collect(value, "", &mut parts, &mut Vec::new());
        parts.required_names().len()
    }

    /// The texts of all alternatives; empty if one of them is any text, `None` if one is not text.
    fn all_texts(&mut self, places: &[(&'a Value, String)]) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        let mut open = false;
        for (value, _) in places {
            let (value, _) = references::followed(self.document, value, "").ok()?;
            if ["allOf", "oneOf", "anyOf", "properties", super::MARK].iter().any(|key| value.get(*key).is_some()) {
                return None;
            }
            let listed = forms::listed(value);
            let text = value.get("type").is_some_and(|kind| kind == "string");
            if !text && (listed.is_empty() || !listed.iter().all(|one| one.is_string())) {
                return None;
            }
            if super::values::text(value, "format") == Some("password") {
                return None;
            }
            open |= listed.is_empty();
            texts.extend(listed.iter().filter_map(|constant| constant.as_str().map(str::to_owned)));
        }
        Some(if open { Vec::new() } else { texts })
    }
}

/// Whether an alternative only lists required properties.
fn only_requires(alternative: &Value) -> bool {
    alternative.as_object().is_some_and(|members| {
        members.iter().all(|(key, member)| match key.as_str() {
            "required" | "description" => true,
            "type" => member == "object",
            "properties" => member.as_object().is_some_and(|properties| {
                properties.values().all(|property| property.as_object().is_some_and(serde_json::Map::is_empty))
            }),
            _ => false,
        })
    })
}

fn variant_name(shape: &Shape, union: &str) -> String {
    match shape {
        Shape::Any => "Any".to_owned(),
        Shape::Text => "Text".to_owned(),
        Shape::Secret => "Secret".to_owned(),
        Shape::DateTime => "DateTime".to_owned(),
        Shape::Date => "Date".to_owned(),
        Shape::Integer(_) => "Integer".to_owned(),
        Shape::Number(_) => "Number".to_owned(),
        Shape::Boolean => "Boolean".to_owned(),
        Shape::List(_) => "List".to_owned(),
        Shape::Map(_) => "Map".to_owned(),
        Shape::Named(name) => name.strip_prefix(union).filter(|rest| !rest.is_empty()).unwrap_or(name).to_owned(),
    }
}
