//! Alternatives: `oneOf`, `anyOf` and several types, distinguished by a tag, a constant, or the first that fits.

use std::{cmp::Reverse, collections::BTreeSet, iter::successors};

use heck::ToUpperCamelCase as _;
use serde_json::Value;

use super::{Reader, keywords, names, objects::Parts, schemas::Name, secrecy, site::Site};
use crate::api::{Definition, Schema, Shape, Variant};

/// One alternative before it is named.
struct Alternative<'a> {
    schema: Schema,
    site: Site<'a>,
    /// Its properties, as far as they could be collected.
    parts: Parts<'a>,
    is_object: bool,
}

impl<'a> Reader<'a, '_> {
    /// Reads `oneOf` or `anyOf`.
    pub(super) fn alternatives(&mut self, site: &Site<'a>, name: Name<'_>) -> Shape {
        let all = keywords::alternatives(site);
        if site.value.get("properties").is_some_and(Value::is_object) {
            if all.iter().all(|one| keywords::only_requires(one.value)) {
                self.note(site, "alternatives", "the service checks which of its properties may be combined");
                return self.object(site, name);
            }
            return self.merged(site, name);
        }
        if let [only] = all.as_slice() {
            return self.shape(only, name);
        }
        if let Some(texts) = all_texts(&all, 0) {
            return if texts.is_empty() { Shape::Text } else { self.values(&texts, site, name) };
        }
        let union = self.type_name(site, name);
        let read = |(index, one)| (self.schema(&one, || format!("{union}Variant{}", index + 1)), one);
        let all = all.into_iter().enumerate().map(read).collect();
        self.union(all, site, &union)
    }

    /// Reads the several types of one schema as alternatives.
    pub(super) fn of_types(&mut self, types: &[&str], site: &Site<'a>, name: Name<'_>) -> Shape {
        self.note(site, "type", format!("several types become alternatives: {}", types.join(", ")));
        let union = self.type_name(site, name);
        let read = |kind: &&str| {
            let name = format!("{union}{}", kind.to_upper_camel_case());
            let shape = self.of_type(kind, site, Name { text: &name, own: false });
            (shape.required(), site.clone())
        };
        let all = types.iter().map(read).collect();
        self.union(all, site, &union)
    }

    /// Reads an object next to alternatives: each alternative is the object with its additions.
    pub(super) fn distributed(&mut self, parts: &Parts<'a>, site: &Site<'a>, name: Name<'_>) -> Shape {
        let union = self.type_name(site, name);
        let mut all = Vec::new();
        for (index, one) in parts.alternatives.iter().enumerate().filter(|(_, one)| !keywords::is_null(one.value)) {
            let mut whole = Parts { alternatives: Vec::new(), ..parts.clone() };
            if whole.collect(one, &[]).is_none() || !whole.alternatives.is_empty() {
                let what = "an alternative cannot be merged with the object next to it: any JSON value";
                self.note(site, "untyped", what);
                let any = self.any(site);
                return self.define(&union, Definition::Is(any.required()), site);
            }
            let name = format!("{union}Variant{}", index + 1);
            let shape = self.whole(whole, one, Name { text: &name, own: false });
            all.push((shape.required(), one.clone()));
        }
        self.note(site, "alternatives", "each of its alternatives is merged with its properties");
        self.union(all, site, &union)
    }

    /// Defines the union of schemas that are already read.
    pub(super) fn union(&mut self, mut all: Vec<(Schema, Site<'a>)>, site: &Site<'a>, name: &str) -> Shape {
        // A secret is read from any JSON.
        all.sort_by_key(|(schema, _)| schema.is_secret());
        // A union that contains itself adds no value by that.
        let mut seen = vec![Shape::Named(name.to_owned())];
        all.retain(|(schema, _)| {
            let is_new = !seen.contains(&schema.shape);
            seen.extend(is_new.then(|| schema.shape.clone()));
            is_new
        });
        let definition = match all.as_slice() {
            [(only, _)] if only.shape != Shape::Any => Definition::Is(only.clone()),
            _ if all.is_empty() || seen.contains(&Shape::Any) => {
                self.note(site, "alternatives", "one of its alternatives is any JSON, so it is any JSON value");
                Definition::Is(self.any(site).required())
            }
            _ => self.variants(all, site, name),
        };
        self.define(name, definition, site)
    }

    fn variants(&mut self, all: Vec<(Schema, Site<'a>)>, site: &Site<'a>, union: &str) -> Definition {
        let collected = all.into_iter().map(|(schema, site)| {
            let mut parts = Parts::default();
            let is_object = parts.collect(&site, &[]).is_some() && parts.alternatives.is_empty();
            Alternative { schema, site, parts, is_object }
        });
        let mut all: Vec<Alternative<'a>> = collected.collect();
        let tag = tag(&all, site);
        let count = all.len();
        let what = match &tag {
            Some(tag) => format!("`{tag}` selects one of {count} alternatives"),
            None => format!(
                "the first of {count} alternatives that fits is used, those with more required properties first"
            ),
        };
        self.note(site, "alternatives", what);
        let tags = |one: &Alternative<'a>| tag.as_deref().map(|tag| one.tags(tag, site)).unwrap_or_default();
        if all.iter().any(|one| tags(one).is_empty()) {
            all.sort_by_cached_key(|one| Reverse(one.size()));
        }
        let mut taken = names::Taken::of(["Self"]);
        let variants = all.into_iter().map(|one| Variant {
            name: taken.unique(variant_name(&one.schema.shape, union)),
            tags: tags(&one),
            at: one.site.at,
            schema: one.schema,
        });
        Definition::Union(variants.collect(), tag)
    }
}

impl<'a> Alternative<'a> {
    /// The values of the tag that select this alternative of a union.
    fn tags(&self, tag: &str, union: &Site<'_>) -> Vec<String> {
        let place = self.site.target().unwrap_or_else(|| self.site.clone());
        let mapping = union.get("discriminator").map(|discriminator| discriminator.members("mapping"));
        let means = |to: &Site<'_>| {
            let to = to.value.as_str().unwrap_or_default();
            union.to(to).map_or_else(|| format!("/components/schemas/{to}"), |to| to.at) == place.at
        };
        let mapped = mapping.into_iter().flatten().filter(|(_, to)| means(to)).map(|(name, _)| name.to_owned());
        // Only a discriminator names the component.
        let named = union.has(&["discriminator"]).then(|| place.name());
        let known = [mapped.collect(), self.constants(tag), Vec::from_iter(named)];
        known.into_iter().find(|tags: &Vec<String>| !tags.is_empty()).unwrap_or_default()
    }

    /// How many properties it, or each item of it, requires and has.
    fn size(&self) -> (usize, usize) {
        let mut parts = Parts::default();
        let items = |list: &Site<'a>| list.followed().ok()?.get("items");
        for site in successors(Some(self.site.clone()), items).take(8) {
            let _ = parts.collect(&site, &[]);
        }
        (parts.required.len(), parts.properties.len())
    }

    /// The constants that one of its properties allows.
    fn constants(&self, property: &str) -> Vec<String> {
        let sites = self.parts.properties.get(property).into_iter().flatten();
        let written = |constant: &Value| match constant {
            Value::String(text) => Some(text.clone()),
            Value::Bool(_) | Value::Number(_) => Some(constant.to_string()),
            _ => None,
        };
        let listed = sites.filter_map(|site| Some(keywords::listed(site.followed().ok()?.value)));
        let constants = listed.map(|listed| listed.into_iter().filter_map(written).collect());
        constants.filter(|constants: &Vec<_>| !constants.is_empty()).min_by_key(Vec::len).unwrap_or_default()
    }
}

/// The property that distinguishes the alternatives: the discriminator, or the one whose constants select most of them.
/// Alternatives that have no constant are for its other values.
fn tag(all: &[Alternative<'_>], union: &Site<'_>) -> Option<String> {
    let is_object = |one: &&Alternative<'_>| one.is_object && matches!(one.schema.shape, Shape::Named(_));
    let objects: Vec<&Alternative<'_>> = all.iter().filter(is_object).collect();
    let discriminator = union.value.pointer("/discriminator/propertyName").and_then(Value::as_str);
    if let Some(name) = discriminator.filter(|_| objects.len() == all.len()) {
        return Some(name.to_owned());
    }
    let ranked = |name: &str| {
        let selected = objects.iter().filter(|one| !one.constants(name).is_empty());
        let count = selected.clone().count();
        let is_always_there = count == all.len() || selected.clone().all(|one| one.parts.required.contains_key(name));
        let mut seen = BTreeSet::new();
        let differ = selected.flat_map(|one| one.constants(name)).all(|constant| seen.insert(constant));
        (count > 0 && is_always_there && differ).then(|| (Reverse(count), name.to_owned()))
    };
    let names = objects.iter().flat_map(|one| one.parts.properties.keys());
    names.filter_map(|name| ranked(name)).min().map(|(_, name)| name)
}

/// The texts of all alternatives; empty if one of them is any text, `None` if one is not text.
fn all_texts(all: &[Site<'_>], depth: usize) -> Option<Vec<String>> {
    let texts: Vec<Vec<String>> = all.iter().map(|one| texts(one, depth)).collect::<Option<_>>()?;
    Some(if texts.iter().any(Vec::is_empty) { Vec::new() } else { texts.concat() })
}

/// The texts of one alternative, which may have alternatives itself.
fn texts(one: &Site<'_>, depth: usize) -> Option<Vec<String>> {
    let one = one.followed().ok().filter(|_| depth < 8)?;
    if one.has(&["properties"]) || secrecy::marked(one.value).is_some() {
        return None;
    }
    match (keywords::parts(&one).as_slice(), keywords::alternatives(&one).as_slice()) {
        ([part], _) => texts(part, depth + 1),
        ([], []) => {
            let (listed, texts) = (keywords::listed(one.value).len(), keywords::texts(one.value));
            let is_text = keywords::words(one.value) == ["string"] || (listed > 0 && texts.len() == listed);
            is_text.then_some(texts)
        }
        ([], alternatives) => all_texts(alternatives, depth + 1),
        _ => None,
    }
}

/// The name of a variant: that of its type without the union's, or the kind of its values.
fn variant_name(shape: &Shape, union: &str) -> String {
    match shape {
        Shape::Named(name) => name.strip_prefix(union).filter(|rest| !rest.is_empty()).unwrap_or(name).to_owned(),
        shape => format!("{shape:?}").split('(').next().unwrap_or_default().to_owned(),
    }
}
