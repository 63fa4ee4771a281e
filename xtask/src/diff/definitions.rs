//! Compares named types: which exist, and their definitions.

use std::collections::{BTreeMap, BTreeSet};

use super::{Diff, Place, Turn, keywords, pairs};
use crate::{
    api::{Api, Definition, Field, Schema, Shape, Type, Variant},
    walk::push_step,
};

/// Whether callers build a request's type by naming each field, so that an added field breaks them.
const BUILT_BY_LITERAL: bool = true;

/// The definition of a type without documentation and places, in which other types have their new names.
fn made_of(own: &str, of: &Type, names: &BTreeMap<String, String>) -> String {
    let mut definition = of.definition.clone();
    for schema in definition.schemas_mut() {
        if let Shape::Named(name) = schema.innermost_mut() {
            let new = if name == own { "#" } else { names.get(name).unwrap_or(name) };
            *name = new.to_owned();
        }
    }
    match &mut definition {
        Definition::Object(fields, _) => {
            fields.iter_mut().for_each(|field| (field.docs, field.at) = (String::new(), String::new()));
        }
        // Variants are named after their types.
        Definition::Union(variants, _) => variants.iter_mut().for_each(|variant| variant.name.clear()),
        Definition::Values(_) | Definition::Is(_) => {}
    }
    format!("{definition:?}")
}

/// Whether a type is a component of the document; others are named after their places.
pub(super) fn is_component(of: &Type) -> bool {
    let at = whole(&of.at);
    at.starts_with("/components/schemas/") && at.matches('/').count() == 3
}

/// The place of the schema that contains this part, since other parts may add to it.
fn whole(at: &str) -> &str {
    let is_part = |(_, index): &(&str, &str)| index.bytes().all(|byte| byte.is_ascii_digit());
    at.rsplit_once("/allOf/").filter(is_part).map_or(at, |(whole, _)| whole)
}

fn holds_secret(of: &Type) -> bool {
    of.definition.schemas().into_iter().any(Schema::is_secret)
}

impl Diff<'_> {
    /// The types that were renamed: those with the same definition, if each is the only one of its document.
    pub(super) fn renames(base: &Api, now: &Api) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        // Types that refer to a renamed one match only once the new name is known, so this repeats until it finds nothing.
        loop {
            let only = |these: &Api, others: &Api, names: &BTreeMap<String, String>| -> Vec<[String; 3]> {
                let own = these.types.iter().filter(|(name, _)| !others.types.contains_key(*name));
                own.map(|(name, of)| [name.clone(), made_of(name, of, names), of.docs.clone()]).collect()
            };
            let more = pairs(&only(base, now, &found), &only(now, base, &BTreeMap::new()));
            if more.len() <= found.len() {
                return found;
            }
            found = more;
        }
    }

    pub(super) fn types(&mut self) {
        let (base, now) = (self.base, self.now);
        for (name, old) in &base.api.types {
            let new_name = self.renamed.get(name).unwrap_or(name).clone();
            let Some(new) = now.api.types.get(&new_name) else {
                if is_component(old) && !self.codeless() {
                    let place = self.type_place(name, old, old, true).gone();
                    self.row(&place.listed(holds_secret(old)), "type-removed", "type removed", Turn::NONE, true);
                }
                continue;
            };
            let place = self.type_place(&new_name, old, new, false);
            if self.codeless() && !(place.sends || place.reads) {
                continue;
            }
            let before = self.changes.len();
            if *name != new_name {
                let callers = is_component(old) || is_component(new);
                self.row(&place, "type-renamed", format!("renamed: {name} → {new_name}"), Turn::NONE, callers);
            }
            self.definition(&place, &new_name, old, new);
            if self.changes.len() > before || self.codeless() {
                continue;
            }
            let used = |of: &Type| (of.sent, of.read, of.patched, of.secret);
            if used(old) != used(new) {
                // The derives of a type, and whether its enums are open, depend on the sides that use it.
                let what = format!("now used {}, before {}", usage(new), usage(old));
                self.row(&place, "type-use", what, Turn::NONE, false);
            } else if made_of(name, old, &self.renamed) != made_of(&new_name, new, &BTreeMap::new()) {
                let what = "the same in another order: of alternatives, the first that fits is taken";
                self.row(&place, "type-order", what, Turn::NONE, false);
            }
        }
        let new_names: BTreeSet<String> = self.renamed.values().cloned().collect();
        for (name, new) in &now.api.types {
            let known = base.api.types.contains_key(name) || new_names.contains(name);
            if !known && is_component(new) && !self.codeless() {
                let place = self.type_place(name, new, new, false);
                self.row(&place.listed(holds_secret(new)), "type-added", "type added", Turn::NONE, false);
            }
        }
    }

    fn type_place(&self, name: &str, old: &Type, new: &Type, gone: bool) -> Place {
        let users = if gone { &self.base.users } else { &self.now.users };
        let users = users.get(name).cloned().unwrap_or_default();
        let mut place = Place::new(name, whole(&old.at), whole(&new.at), users, vec![format!("type.{name}")]);
        let old_name = self.base_name(name);
        place.sends = self.base.sent.contains(&old_name) && self.now.sent.contains(name);
        place.reads = self.base.read.contains(&old_name) && self.now.read.contains(name);
        place.used = (old.sent || old.read) && (new.sent || new.read);
        if let (true, false, Some(user)) = (self.codeless(), is_component(new), place.operations.first()) {
            // No code has a type of this name.
            place.name.clone_from(user);
        }
        place
    }

    fn definition(&mut self, place: &Place, name: &str, old: &Type, new: &Type) {
        match (&old.definition, &new.definition) {
            (Definition::Object(before, rest), Definition::Object(after, new_rest)) => {
                self.fields(place, name, (old, before), (new, after));
                let here = place.named(format!("{}.*", place.name)).below("additionalProperties");
                let refused = |document, at: &str| {
                    keywords::keywords_at(document, at).get("additionalProperties") == Some(&false.into())
                };
                match (rest, new_rest) {
                    (Some(old), Some(new)) => self.schema(&here, old, new),
                    (None, Some(new)) => {
                        // Any value was valid, unless further properties were forbidden.
                        let narrower = new.shape != Shape::Any && !refused(self.base.document, &place.base);
                        let turn = Turn { narrower, wider: false };
                        self.row(&here, "extra-typed", "further properties are kept now", turn, place.sends);
                    }
                    (Some(old), None) => {
                        let wider = old.shape != Shape::Any && !refused(self.now.document, &place.now);
                        let turn = Turn { narrower: false, wider };
                        self.row(&here.gone(), "extra-untyped", "further properties are not kept", turn, true);
                    }
                    (None, None) => {}
                }
                self.rules(place, None);
            }
            (Definition::Values(before), Definition::Values(after)) => {
                self.enumeration(place, Some([Some(before), Some(after)]));
            }
            (Definition::Union(before, old_tag), Definition::Union(after, new_tag)) => {
                self.alternatives(place, before, after);
                // Of the alternatives that both have.
                let tags = |these: &[Variant], others: &[Variant]| -> BTreeSet<(String, String)> {
                    let both = these.iter().filter(|one| others.iter().any(|other| other.name == one.name));
                    both.flat_map(|one| one.tags.iter().map(|tag| (one.name.clone(), tag.clone()))).collect()
                };
                let (before, after) = (tags(before, after), tags(after, before));
                let mut turn = Turn { narrower: !before.is_subset(&after), wider: !after.is_subset(&before) };
                if old_tag != new_tag {
                    turn = Turn::BOTH;
                }
                if turn != Turn::NONE {
                    self.row(place, "alternatives-tag", "what tells its alternatives apart changed", turn, false);
                }
                self.rules(place, None);
            }
            (Definition::Is(before), Definition::Is(after)) => self.schema(place, before, after),
            _ => self.remade(place, name),
        }
    }

    /// Reports a definition of another kind.
    fn remade(&mut self, place: &Place, name: &str) {
        let [old, new] = [self.base_name(name), name.to_owned()].map(|name| Shape::Named(name).required());
        let turn =
            Turn { narrower: !self.within(true, &old, false, &new), wider: !self.within(false, &new, true, &old) };
        let id = turn.of(["type-narrower", "type-wider", "type-changed"]);
        self.row(place, id, "its definition is of another kind", turn, true);
    }

    fn base_name(&self, name: &str) -> String {
        self.renamed.iter().find(|(_, new)| *new == name).map_or(name, |(old, _)| old).to_owned()
    }

    fn fields(&mut self, place: &Place, name: &str, (old, before): (&Type, &[Field]), (new, after): (&Type, &[Field])) {
        let key = |field: &Field, is_base: bool| {
            let schema = if is_base { self.with_new_names(&field.schema) } else { field.schema.clone() };
            [field.wire.clone(), format!("{schema:?} {}", field.required), field.docs.clone()]
        };
        let only = |these: &[Field], others: &[Field], is_base: bool| -> Vec<[String; 3]> {
            let own = these.iter().filter(|field| !others.iter().any(|other| other.wire == field.wire));
            own.map(|field| key(field, is_base)).collect()
        };
        let renamed = pairs(&only(before, after, true), &only(after, before, false));
        for one in before {
            let wire = renamed.get(&one.wire).unwrap_or(&one.wire);
            let Some(other) = after.iter().find(|field| field.wire == *wire) else {
                let here = field_place(place, one, one).gone().listed(one.schema.is_secret());
                let what = format!("property removed{}", self.was_deprecated(&one.at));
                // The portal ignores what senders still send; readers miss a property that was required.
                let turn = Turn { narrower: true, wider: one.required };
                self.row(&here, "property-removed", what, turn, true);
                continue;
            };
            let mut here = field_place(place, one, other);
            // Another part of the type may describe the same property.
            for (at, of, field, document) in
                [(&mut here.base, old, one, self.base.document), (&mut here.now, new, other, self.now.document)]
            {
                let mut whole = format!("{}/properties", of.at);
                push_step(&mut whole, &field.wire);
                if keywords::places(document, &whole).contains(&field.at) {
                    *at = whole;
                }
            }
            here.option = !(one.required && other.required || old.patched || new.patched);
            if one.wire != other.wire {
                let turn = Turn { narrower: true, wider: one.required };
                let what = format!("renamed: {} → {}", one.wire, other.wire);
                self.row(&here, "property-renamed", what, turn, one.name != other.name);
            }
            self.field(&here, (old, one), (new, other));
            match (self.base.boxes.has(&self.base_name(name), one), self.now.boxes.has(name, other)) {
                (false, true) => {
                    self.row(&here, "boxed", "now in a Box, since its type contains itself", Turn::NONE, true)
                }
                (true, false) => self.row(&here, "unboxed", "no longer in a Box", Turn::NONE, true),
                _ => {}
            }
        }
        for other in after.iter().filter(|field| !before.iter().any(|one| one.wire == field.wire)) {
            if renamed.values().any(|name| *name == other.wire) {
                continue;
            }
            let here = field_place(place, other, other).listed(other.schema.is_secret());
            let literal = BUILT_BY_LITERAL && place.sends;
            match other.required {
                true => {
                    let what = "property added, required";
                    self.row(&here, "property-added-required", what, Turn::NARROWER, place.sends);
                }
                false => self.row(&here, "property-added-optional", "property added, optional", Turn::NONE, literal),
            }
        }
    }

    fn field(&mut self, place: &Place, (old, one): (&Type, &Field), (new, other): (&Type, &Field)) {
        // How many `Option`s the field's type has.
        let layers = |field: &Field, of: &Type| {
            let nullable = field.schema.nullable && field.schema.shape != Shape::Any;
            usize::from(!field.required || nullable) + usize::from(!field.required && nullable && of.patched)
        };
        let callers = layers(one, old) != layers(other, new);
        match (one.required, other.required) {
            (false, true) => self.row(place, "property-required", "required now", Turn::NARROWER, callers),
            (true, false) => self.row(place, "property-optional", "optional now", Turn::WIDER, callers),
            _ => {}
        }
        for (was, is, on, off, turn) in [
            (one.read_only, other.read_only, "read-only", "not-read-only", Turn::NARROWER),
            (one.write_only, other.write_only, "write-only", "not-write-only", Turn::NONE),
        ] {
            let words = |id: &str| id.replace('-', " ");
            match (was, is) {
                (false, true) => self.row(&place.unshown(), on, format!("{} now", words(on)), turn, false),
                (true, false) => self.row(&place.unshown(), off, format!("{} any more", words(off)), Turn::NONE, false),
                _ => {}
            }
        }
        self.deprecation(&place.unshown());
        let mut inner = place.clone();
        inner.sends &= !(one.read_only || other.read_only);
        inner.reads &= !(one.write_only || other.write_only);
        if inner.sends || inner.reads || !(place.sends || place.reads) {
            self.schema(&inner, &one.schema, &other.schema);
        }
    }

    fn alternatives(&mut self, place: &Place, before: &[Variant], after: &[Variant]) {
        let known = |variants: &[Variant], schema: &Schema| variants.iter().any(|one| one.schema.shape == schema.shape);
        for one in before {
            let shape = self.with_new_names(&one.schema).shape;
            match after.iter().find(|other| other.schema.shape == shape) {
                // Alternatives that are several types of one schema share its place.
                Some(other) if other.at != place.now => {
                    let here = place.named(format!("{}::{}", place.name, other.name));
                    self.schema(&here.at(one.at.clone(), other.at.clone()), &one.schema, &other.schema);
                }
                Some(_) => {}
                None => {
                    let what = format!("alternative {} removed", one.name);
                    self.row(&place.gone(), "alternative-removed", what, Turn::NARROWER, true);
                }
            }
        }
        let old: Vec<Variant> =
            before.iter().map(|one| Variant { schema: self.with_new_names(&one.schema), ..one.clone() }).collect();
        for one in after.iter().filter(|one| !known(&old, &one.schema)) {
            // An exhaustive match lacks the new alternative.
            let what = format!("alternative {} added", one.name);
            self.row(place, "alternative-added", what, Turn::WIDER, place.reads);
        }
    }
}

fn field_place(place: &Place, one: &Field, other: &Field) -> Place {
    let mut here = place.named(format!("{}.{}", place.name, other.wire)).at(one.at.clone(), other.at.clone());
    here.required = one.required && other.required;
    here.sends &= !(one.read_only && other.read_only);
    here.reads &= !(one.write_only && other.write_only);
    here
}

fn usage(of: &Type) -> &'static str {
    match (of.sent, of.read) {
        (true, true) => "in requests and responses",
        (true, false) => "in requests",
        (false, true) => "in responses",
        (false, false) => "nowhere",
    }
}
