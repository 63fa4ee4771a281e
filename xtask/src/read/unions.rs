//! Alternatives: `oneOf`, `anyOf` and several types, distinguished by a tag, a constant, or the first that fits.

use std::{cmp::Reverse, collections::BTreeSet};

use serde_json::Value;

use super::{Reader, forms, names, objects::Parts, schemas::Name, secrecy, site::Site};
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
        let mut all = site.alternatives();
        if site.value.get("properties").is_some_and(Value::is_object) {
            if all.iter().all(|one| forms::only_requires(one.value)) {
                self.note(site, "alternatives", "the service checks which of its properties may be combined");
                return self.object(site, name);
            }
            return self.merged(site, name);
        }
        all.retain(|one| !forms::is_null(one.value));
        if let [only] = all.as_slice() {
            return self.shape(only, name);
        }
        if let Some(texts) = all_texts(&all) {
            return if texts.is_empty() { Shape::Text } else { self.values(&texts, site, name) };
        }
        let union = self.type_name(site, name);
        // Named before its alternatives are read, since one of them may refer to it.
        self.named.entry(site.at.clone()).or_insert_with(|| union.clone());
        let read = |(index, one)| (self.schema(&one, || format!("{union}Variant{}", index + 1)), one);
        let all = all.into_iter().enumerate().map(read).collect();
        self.union(all, site, &union)
    }

    /// Reads the several types of one schema as alternatives.
    pub(super) fn of_types(&mut self, types: &[&str], site: &Site<'a>, name: Name<'_>) -> Shape {
        self.note(site, "type", format!("several types become alternatives: {}", types.join(", ")));
        let union = self.type_name(site, name);
        let read = |kind: &&str| {
            let name = format!("{union}{}", names::pascal_case(kind));
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
        for (index, one) in parts.alternatives.iter().enumerate().filter(|(_, one)| !forms::is_null(one.value)) {
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
            None => {
                all.sort_by_key(|one| Reverse(one.parts.required.len()));
                format!(
                    "the first of {count} alternatives that fits is used, those with more required properties first"
                )
            }
        };
        self.note(site, "alternatives", what);
        let mut taken = names::Taken::of(["Self"]);
        let variants = all.into_iter().map(|one| Variant {
            name: taken.unique(variant_name(&one.schema.shape, union)),
            tags: tag.as_deref().map(|tag| one.tags(tag, site)).unwrap_or_default(),
            at: one.site.at,
            schema: one.schema,
        });
        Definition::Union(variants.collect(), tag)
    }
}

impl Alternative<'_> {
    /// The values of the tag that select this alternative of a union.
    fn tags(&self, tag: &str, union: &Site<'_>) -> Vec<String> {
        let place = self.site.target().unwrap_or_else(|| self.site.clone());
        let mapping = union.get("discriminator").map(|discriminator| discriminator.members("mapping"));
        let means = |to: &Site<'_>| {
            let to = to.value.as_str().unwrap_or_default();
            union.to(to).map_or_else(|| format!("/components/schemas/{to}"), |to| to.at) == place.at
        };
        let mapped = mapping.into_iter().flatten().filter(|(_, to)| means(to)).map(|(name, _)| name.to_owned());
        let known = [mapped.collect(), self.constants(tag)];
        known.into_iter().find(|tags: &Vec<String>| !tags.is_empty()).unwrap_or_else(|| vec![place.name()])
    }

    /// The constants that one of its properties allows.
    fn constants(&self, property: &str) -> Vec<String> {
        let sites = self.parts.properties.get(property).into_iter().flatten();
        let constants = sites.filter_map(|site| Some(forms::texts(site.followed().ok()?.value)));
        constants.filter(|texts| !texts.is_empty()).min_by_key(Vec::len).unwrap_or_default()
    }
}

/// The property that distinguishes the alternatives: the discriminator, or one whose constants differ.
fn tag(all: &[Alternative<'_>], union: &Site<'_>) -> Option<String> {
    if !all.iter().all(|one| one.is_object && matches!(one.schema.shape, Shape::Named(_))) {
        return None;
    }
    if let Some(name) = union.value.pointer("/discriminator/propertyName").and_then(Value::as_str) {
        return Some(name.to_owned());
    }
    let differs = |name: &&&str| {
        let mut seen = BTreeSet::new();
        all.iter().all(|one| {
            let constants = one.constants(name);
            !constants.is_empty() && constants.into_iter().all(|constant| seen.insert(constant))
        })
    };
    all.first()?.parts.properties.keys().find(differs).map(|name| (*name).to_owned())
}

/// The texts of all alternatives; empty if one of them is any text, `None` if one is not text.
fn all_texts(all: &[Site<'_>]) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut open = false;
    for one in all {
        let one = one.followed().ok()?;
        let (listed, texts) = (forms::listed(one.value), forms::texts(one.value));
        let is_text = forms::words(one.value) == ["string"] || (!texts.is_empty() && texts.len() == listed.len());
        let is_more = one.has(&["allOf", "oneOf", "anyOf", "properties"]) || secrecy::marked(&one).is_some();
        if !is_text || is_more {
            return None;
        }
        open |= listed.is_empty();
        found.extend(texts);
    }
    Some(if open { Vec::new() } else { found })
}

/// The name of a variant: that of its type without the union's, or the kind of its values.
fn variant_name(shape: &Shape, union: &str) -> String {
    match shape {
        Shape::Named(name) => name.strip_prefix(union).filter(|rest| !rest.is_empty()).unwrap_or(name).to_owned(),
        shape => format!("{shape:?}").split('(').next().unwrap_or_default().to_owned(),
    }
}
