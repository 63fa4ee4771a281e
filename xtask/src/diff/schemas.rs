//! Compares schemas where they are used: the valid values, and the Rust type that holds them.

use std::collections::BTreeSet;

use super::{Diff, Place, Turn, definitions::is_component};
use crate::api::{Definition, Schema, Shape};

impl<'a> Diff<'a> {
    /// Compares a schema's type in the model, and the limits that the portal enforces.
    pub(super) fn schema(&mut self, place: &Place, old: &Schema, new: &Schema) {
        let retyped = self.with_new_names(old).shape != new.shape;
        match (old.nullable, new.nullable) {
            (false, true) => {
                let callers = !place.option && new.shape != Shape::Any;
                self.row(place, "nullable", "may be null now", Turn::WIDER, callers);
            }
            (true, false) => {
                let callers = !place.option && old.shape != Shape::Any;
                self.row(place, "not-nullable", "is never null now", Turn::NARROWER, callers);
            }
            _ => {}
        }
        if old.is_secret() != new.is_secret() && held(old, new).is_none() {
            let (id, what) = match new.is_secret() {
                true => ("secret", "now secret: it no longer prints, and only expose_secret reads it"),
                false => ("not-secret", "no longer secret: it prints again"),
            };
            self.row(&place.clone().listed(true), id, what, Turn::NONE, true);
            return self.rules(place, None);
        }
        if let Some((old, new, name, step)) = held(old, new) {
            let mut inner = place.named(format!("{}{name}", place.name)).below(step);
            (inner.option, inner.required) = (false, true);
            self.rules(place, None);
            return self.schema(&inner, old, new);
        }
        if !retyped {
            return match new.shape {
                // A named type is compared once, no matter how many places use it.
                Shape::Named(_) => {}
                _ => self.rules(place, Some(&new.shape)),
            };
        }
        let values = [self.values(self.base, &old.shape), self.values(self.now, &new.shape)];
        if values.iter().flatten().count() == 1 {
            // An enum next to text: only the listed values differ.
            return self.enumeration(place, Some(values));
        }
        if let Shape::List(item) = &new.shape
            && place.text
            && place.sends
            && self.is_scalar(true, old)
            && self.within(true, old, false, item)
        {
            let what = "now a list, which is sent in the same way";
            return self.row(place, "parameter-list", what, Turn::NONE, true);
        }
        let text =
            |is_base, small, big: &Schema| place.text && big.shape == Shape::Text && self.is_scalar(is_base, small);
        let turn = Turn {
            narrower: !self.within(true, old, false, new) && !text(true, old, new),
            wider: !self.within(false, new, true, old) && !text(false, new, old),
        };
        let id = turn.of(["type-narrower", "type-wider", "type-changed"]);
        self.row(
            place,
            id,
            format!("type: {} → {}", self.described(true, old), self.described(false, new)),
            turn,
            true,
        );
        if turn != Turn::BOTH {
            self.rules(place, Some(&new.shape).filter(|shape| place.text && **shape == Shape::Text));
        }
    }

    /// The values of an enum type.
    fn values(&self, side: &'a super::Read<'a>, shape: &Shape) -> Option<&'a Vec<(String, String)>> {
        let Shape::Named(name) = shape else { return None };
        match &side.api.types.get(name)?.definition {
            Definition::Values(values) => Some(values),
            _ => None,
        }
    }

    /// Whether it is written as plain text outside JSON.
    fn is_scalar(&self, is_base: bool, schema: &Schema) -> bool {
        match &schema.shape {
            Shape::Any | Shape::List(_) | Shape::Map(_) => false,
            Shape::Named(name) => match self.side(is_base).api.types.get(name).map(|of| &of.definition) {
                Some(Definition::Values(_)) => true,
                Some(Definition::Union(variants, _)) => {
                    variants.iter().all(|variant| self.is_scalar(is_base, &variant.schema))
                }
                _ => false,
            },
            _ => true,
        }
    }

    fn side(&self, is_base: bool) -> &'a super::Read<'a> {
        if is_base { self.base } else { self.now }
    }

    fn described(&self, is_base: bool, schema: &Schema) -> String {
        match &schema.shape {
            Shape::Any => "any".to_owned(),
            Shape::Text | Shape::Secret => "string".to_owned(),
            Shape::DateTime => "string (date-time)".to_owned(),
            Shape::Date => "string (date)".to_owned(),
            Shape::Integer(rust) => format!("integer ({rust})"),
            Shape::Number(rust) => format!("number ({rust})"),
            Shape::Boolean => "boolean".to_owned(),
            Shape::List(inner) => format!("list of {}", self.described(is_base, inner)),
            Shape::Map(inner) => format!("map of {}", self.described(is_base, inner)),
            Shape::Named(name) => match self.side(is_base).api.types.get(name) {
                // No code has a name for this type, so its kind identifies it.
                Some(of) if self.codeless() && !is_component(of) => match &of.definition {
                    Definition::Object(..) => "object".to_owned(),
                    Definition::Values(_) => "enum".to_owned(),
                    Definition::Is(schema) => self.described(is_base, schema),
                    Definition::Union(variants, _) => {
                        let all = variants.iter().map(|variant| self.described(is_base, &variant.schema));
                        all.collect::<Vec<_>>().join(" or ")
                    }
                },
                _ => name.clone(),
            },
        }
    }

    /// Whether every value of `small` is a value of `big`, judging by their types and ignoring null at the top.
    pub(super) fn within(&self, is_base: bool, small: &Schema, of_base: bool, big: &Schema) -> bool {
        self.holds(is_base, small, of_base, big, &mut BTreeSet::new())
    }

    fn holds(
        &self,
        small_is_base: bool,
        small: &Schema,
        big_is_base: bool,
        big: &Schema,
        seen: &mut BTreeSet<(String, String)>,
    ) -> bool {
        if let (Shape::Named(one), Shape::Named(other)) = (&small.shape, &big.shape)
            && !seen.insert((one.clone(), other.clone()))
        {
            return true;
        }
        let definition = |is_base: bool, schema: &Schema| match &schema.shape {
            Shape::Named(name) => self.side(is_base).api.types.get(name).map(|of| &of.definition),
            _ => None,
        };
        let mut inner = |small: &Schema, big: &Schema| {
            (big.nullable || !small.nullable) && self.holds(small_is_base, small, big_is_base, big, seen)
        };
        match (definition(small_is_base, small), definition(big_is_base, big)) {
            (Some(Definition::Is(schema)), _) => return inner(schema, big),
            (_, Some(Definition::Is(schema))) => return inner(small, schema),
            (Some(Definition::Union(variants, _)), _) => {
                return variants.iter().all(|variant| inner(&variant.schema, big));
            }
            (_, Some(Definition::Union(variants, _))) => {
                return variants.iter().any(|variant| inner(small, &variant.schema));
            }
            (Some(Definition::Values(small)), Some(Definition::Values(big))) => {
                return small.iter().all(|(wire, _)| big.iter().any(|(other, _)| other == wire));
            }
            (Some(Definition::Values(_)), None) => {
                return matches!(big.shape, Shape::Text | Shape::Secret | Shape::Any);
            }
            (Some(Definition::Object(small, _)), Some(Definition::Object(big, _))) => {
                return big.iter().all(|field| match small.iter().find(|other| other.wire == field.wire) {
                    Some(own) => {
                        let optional = Schema { nullable: true, ..field.schema.clone() };
                        let there = if field.required { &field.schema } else { &optional };
                        (own.required || !field.required) && inner(&own.schema, there)
                    }
                    None => !field.required,
                });
            }
            (Some(Definition::Object(small, _)), None) => {
                return match &big.shape {
                    Shape::Any => true,
                    Shape::Map(value) => small.iter().all(|field| inner(&field.schema, value)),
                    _ => false,
                };
            }
            (None, None) => {}
            _ => return false,
        }
        match (&small.shape, &big.shape) {
            (_, Shape::Any) => true,
            (Shape::Secret | Shape::DateTime | Shape::Date | Shape::Text, Shape::Text | Shape::Secret) => true,
            (Shape::Integer(_), Shape::Number(_)) => true,
            (Shape::Integer(small), Shape::Integer(big)) | (Shape::Number(small), Shape::Number(big)) => {
                range(small).0 >= range(big).0 && range(small).1 <= range(big).1
            }
            (Shape::List(small), Shape::List(big)) | (Shape::Map(small), Shape::Map(big)) => inner(small, big),
            (small, big) => small == big,
        }
    }
}

/// The exponents of the powers of two that bound the numbers of a Rust type.
fn range(rust: &str) -> (i32, i32) {
    let bits = rust.get(1..).and_then(|bits| bits.parse().ok()).unwrap_or(64);
    if rust.starts_with('u') { (0, bits) } else { (1 - bits, bits - 1) }
}

/// The schemas of the items, if both are lists or both are maps.
fn held<'s>(old: &'s Schema, new: &'s Schema) -> Option<(&'s Schema, &'s Schema, &'static str, &'static str)> {
    match (&old.shape, &new.shape) {
        (Shape::List(old), Shape::List(new)) => Some((old, new, "[]", "items")),
        (Shape::Map(old), Shape::Map(new)) => Some((old, new, ".*", "additionalProperties")),
        _ => None,
    }
}
