//! Objects: their properties and their parts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Reader, keywords,
    names::{self, Taken},
    schemas::{Name, docs},
    site::Site,
};
use crate::api::{Definition, Field, Shape};

/// The parts of an object before they are merged.
#[derive(Clone, Default)]
pub(super) struct Parts<'a> {
    /// Each property with its places, one for every part that has it.
    pub(super) properties: BTreeMap<&'a str, Vec<Site<'a>>>,
    /// The names of required properties, each with the places that list it.
    pub(super) required: BTreeMap<&'a str, Vec<Site<'a>>>,
    pub(super) rest: Option<Site<'a>>,
    /// The alternatives next to the properties.
    pub(super) alternatives: Vec<Site<'a>>,
}

impl<'a> Reader<'a, '_> {
    /// Reads a schema with `type: object`.
    pub(super) fn object(&mut self, site: &Site<'a>, name: Name<'_>) -> Shape {
        let mut parts = Parts::default();
        parts.add(site);
        self.whole(parts, site, name)
    }

    /// Merges parts into an object, or into a map if there are no properties.
    pub(super) fn whole(&mut self, mut parts: Parts<'a>, site: &Site<'a>, name: Name<'_>) -> Shape {
        let rest = parts.rest.filter(|rest| rest.value != &Value::Bool(false));
        let is_map = parts.properties.is_empty() && rest.is_some();
        if parts.properties.is_empty() && rest.is_none() {
            let named = parts.required.iter().filter(|(wire, _)| !is_identifier(wire));
            parts.properties = named.map(|(wire, places)| (*wire, places.clone())).collect();
        }
        for (wire, places) in &parts.required {
            if !parts.properties.contains_key(wire) && (!is_map || is_identifier(wire)) {
                let what = format!("`{wire}` is required but not among the properties: dropped");
                places.iter().for_each(|place| self.note(place, "required", what.clone()));
            }
        }
        if parts.properties.is_empty() {
            let inner = rest.map(|rest| self.schema(&rest, || format!("{}Value", name.text)));
            return Shape::Map(Box::new(inner.unwrap_or(Shape::Any.required())));
        }
        let own = self.type_name(site, name);
        let mut taken = Taken::of(rest.is_some().then_some("extra"));
        let properties = parts.properties.into_iter().map(|(wire, sites)| (names::field_name(wire), wire, sites));
        let mut properties: Vec<_> = properties.collect();
        // A property whose name is an identifier keeps it.
        properties.sort_by_key(|(base, wire, _)| base != wire);
        let fields = properties.into_iter().filter_map(|(base, wire, sites)| {
            let required = parts.required.contains_key(wire);
            Some(Field { required, ..self.field(wire, base, &sites, &own, &mut taken)? })
        });
        let mut fields: Vec<Field> = fields.collect();
        fields.sort_by(|one, other| one.name.cmp(&other.name));
        let rest = rest.map(|rest| self.schema(&rest, || format!("{own}Value")));
        self.define(&own, Definition::Object(fields, rest), site)
    }

    /// A name for a Rust field that no other has.
    pub(super) fn field_name(&mut self, base: String, taken: &mut Taken, at: &str) -> String {
        let name = taken.numbered(base.clone(), "_");
        if name != base {
            self.notes.add(at, "name", format!("another field has that name: this one is named {name}"));
        }
        name
    }

    fn field(&mut self, wire: &str, base: String, sites: &[Site<'a>], owner: &str, taken: &mut Taken) -> Option<Field> {
        // A constant is narrower than a type, and a type narrower than an empty schema; of equals, the last one refines the others.
        let narrowness = |site: &&Site<'a>| {
            let site = site.followed().unwrap_or_else(|_| (*site).clone());
            let is_typed = site.value.is_object() && !keywords::says_nothing(site.value);
            let is_wide = match site.text("type") {
                Some("array") => site.get("items").is_none_or(|items| keywords::says_nothing(items.value)),
                kind => kind == Some("number"),
            };
            (!keywords::listed(site.value).is_empty(), is_typed, !is_wide)
        };
        let site = sites.iter().max_by_key(narrowness)?;
        let name = self.field_name(base, taken, &site.at);
        let schema = self.schema(site, || format!("{owner}{}", names::type_name_or("Property", wire)));
        for other in sites.iter().filter(|other| other.at != site.at) {
            if effective(site.value) != effective(other.value) && !keywords::says_nothing(other.value) {
                let what = format!("`{wire}` is described twice: the description at {} applies", site.at);
                self.note(other, "all of", what);
            }
        }
        let says = |key| sites.iter().any(|site| says(site, key, &mut BTreeSet::new()));
        let (read_only, write_only) = (says("readOnly"), says("writeOnly"));
        let (wire, docs, at) = (wire.to_owned(), docs(site, "The field is"), site.at.clone());
        Some(Field { wire, name, schema, required: false, read_only, write_only, docs, at })
    }

    /// Reads `allOf`: its only part that says something, or all of them merged.
    pub(super) fn all_of(&mut self, site: &Site<'a>, name: Name<'_>) -> Shape {
        match keywords::parts(site).as_slice() {
            [only] if keywords::has_only(site.value, &["allOf", "type"]) => self.shape(only, name),
            _ => self.merged(site, name),
        }
    }

    /// Reads a schema as one object of all its parts, or as alternatives of such objects. If its parts cannot be merged, it is
    /// any JSON.
    pub(super) fn merged(&mut self, site: &Site<'a>, name: Name<'_>) -> Shape {
        if self.merging.contains(&site.at) {
            let Some(name) = self.named.get(&site.at) else {
                self.note(site, "reference", "it contains itself: any JSON value");
                return Shape::Any;
            };
            return Shape::Named(name.clone());
        }
        let mut parts = Parts::default();
        if parts.collect(site, &[]).is_none() {
            self.note(site, "untyped", "its parts are not all objects: any JSON value");
            return Shape::Any;
        }
        self.merging.push(site.at.clone());
        let shape = if parts.alternatives.is_empty() {
            let count = site.items("allOf").len();
            self.note(site, "all of", format!("{count} schemas are merged into one object"));
            self.whole(parts, site, name)
        } else {
            self.distributed(&parts, site, name)
        };
        self.merging.pop();
        shape
    }
}

impl<'a> Parts<'a> {
    /// Adds an object with all its parts; `None` if one of them is not an object. `within` are the references that lead to it.
    pub(super) fn collect(&mut self, site: &Site<'a>, within: &[String]) -> Option<()> {
        if site.has(&["$ref"]) {
            let to = site.target().filter(|to| !within.contains(&to.at))?;
            return self.collect(&to, &[within, std::slice::from_ref(&to.at)].concat());
        }
        let types = keywords::words(site.value);
        let is_object = types.is_empty() || types.contains(&"object");
        if !is_object || site.has(&["items"]) || !keywords::listed(site.value).is_empty() {
            return None;
        }
        for found in ["oneOf", "anyOf"].map(|key| site.items(key)) {
            let is_known = |one: &Site<'a>| self.alternatives.iter().any(|known| known.at == one.at);
            if self.alternatives.is_empty() {
                self.alternatives = found;
            } else if !found.iter().all(|one| is_known(one) || keywords::only_requires(one.value)) {
                return None;
            }
        }
        for part in site.items("allOf") {
            self.collect(&part, within)?;
        }
        self.add(site);
        Some(())
    }

    /// Adds an object without the parts of its `allOf`.
    fn add(&mut self, site: &Site<'a>) {
        for (wire, property) in site.members("properties") {
            self.properties.entry(wire).or_default().push(property);
        }
        // A boolean `required` is about the property itself, in drafts that OpenAPI never used.
        let required = site.value.get("required").and_then(Value::as_array).into_iter().flatten();
        let at = format!("{}/required", site.at);
        for wire in required.filter_map(Value::as_str) {
            self.required.entry(wire).or_default().push(site.any(&at));
        }
        let pattern = || site.get("patternProperties").map(|rest| site.any(&rest.at));
        let rest = || site.get("additionalProperties").or_else(pattern);
        self.rest = self.rest.take().or_else(rest);
    }
}

/// Whether a schema, or one that it refers to, has a flag.
fn says(site: &Site<'_>, flag: &str, seen: &mut BTreeSet<String>) -> bool {
    let target = site.target().filter(|to| seen.insert(to.at.clone()));
    site.flag(flag) || site.items("allOf").iter().chain(&target).any(|part| says(part, flag, seen))
}

/// Whether a name is an identifier that Apidog writes where a property was.
fn is_identifier(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    name.len() >= 10 && name.starts_with("01") && name.bytes().all(is_part)
}

/// What has an effect in a schema; `None` if it is not a mapping, which is any JSON.
fn effective(schema: &Value) -> Option<Vec<(&String, &Value)>> {
    let members = schema.as_object()?.iter();
    Some(members.filter(|(key, _)| keywords::effect(key) != keywords::Effect::None).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        api::{Definition, Field, Shape},
        notes::Notes,
        read::{Dialect, read},
    };

    #[test]
    fn an_object_that_is_merged_from_itself_is_one_type() {
        let own = json!({"$ref": "#/components/schemas/Node"});
        for key in ["allOf", "oneOf"] {
            let child = json!({"properties": {"note": {"type": "string"}}, key: [own]});
            let document = json!({"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/": {"get": {
                "responses": {"200": {"description": "", "content": {"application/json": {"schema": own}}}}}}},
                "components": {"schemas": {"Node": {"type": "object", "properties": {"child": child}}}}});
            let api = read(&document, Dialect::Foreign, &mut Notes::default());
            let objects = api.types.values().filter_map(|of| match &of.definition {
                Definition::Object(fields, _) => Some(fields),
                _ => None,
            });
            let child = |fields: &Vec<Field>| fields.iter().find(|field| field.wire == "child").cloned();
            let shapes: Vec<Shape> = objects.filter_map(|fields| Some(child(fields)?.schema.shape)).collect();
            assert_eq!(shapes, [Shape::Named("NodeChild".to_owned()), Shape::Named("NodeChild".to_owned())], "{key}");
        }
    }
}
