//! Finds the fields that typify, which writes the types, puts in a `Box` because their type contains itself.

use std::collections::BTreeSet;

use crate::api::{Api, Definition, Field, Schema, Shape};

/// A type that can contain another without indirection: a named type, or an `Option` of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Holder<'a> {
    name: &'a str,
    option: bool,
}

/// The holders that box a type, each with the name of that type.
pub(super) struct Boxes(BTreeSet<(String, bool, String)>);

impl Boxes {
    pub(super) fn of(api: &Api) -> Self {
        let mut search = Search { api, visited: BTreeSet::new(), active: Vec::new(), found: Self(BTreeSet::new()) };
        api.types.keys().for_each(|name| search.visit(&Holder { name, option: false }));
        search.found
    }

    /// Whether a field of the type `name` is boxed.
    pub(super) fn has(&self, name: &str, field: &Field) -> bool {
        let Shape::Named(of) = &field.schema.shape else { return false };
        let holder = if is_option(field) { of } else { name };
        self.0.contains(&(holder.to_owned(), is_option(field), of.clone()))
    }
}

fn is_option(field: &Field) -> bool {
    !field.required || field.schema.nullable
}

struct Search<'a> {
    api: &'a Api,
    visited: BTreeSet<Holder<'a>>,
    active: Vec<Holder<'a>>,
    found: Boxes,
}

impl<'a> Search<'a> {
    /// Visits the types that a holder contains, the last first. One that is being visited already is boxed.
    fn visit(&mut self, holder: &Holder<'a>) {
        if !self.visited.insert(holder.clone()) {
            return;
        }
        self.active.push(holder.clone());
        for held in held(self.api, holder).into_iter().rev() {
            if self.active.contains(&held) {
                self.found.0.insert((holder.name.to_owned(), holder.option, held.name.to_owned()));
            } else {
                self.visit(&held);
            }
        }
        self.active.pop();
    }
}

/// The types that a holder contains, ordered by the names of its fields.
fn held<'a>(api: &'a Api, holder: &Holder<'a>) -> Vec<Holder<'a>> {
    let of = |schema: &'a Schema, option: bool| match &schema.shape {
        Shape::Named(name) => Some(Holder { name, option }),
        _ => None,
    };
    if holder.option {
        return vec![Holder { name: holder.name, option: false }];
    }
    match api.types.get(holder.name).map(|of| &of.definition) {
        Some(Definition::Object(fields, _)) => {
            let mut fields: Vec<&Field> = fields.iter().collect();
            fields.sort_by_key(|field| &field.name);
            fields.into_iter().filter_map(|field| of(&field.schema, is_option(field))).collect()
        }
        Some(Definition::Union(variants, _)) => {
            variants.iter().filter_map(|variant| of(&variant.schema, variant.schema.nullable)).collect()
        }
        Some(Definition::Is(schema)) => of(schema, schema.nullable).into_iter().collect(),
        Some(Definition::Values(_)) | None => Vec::new(),
    }
}
