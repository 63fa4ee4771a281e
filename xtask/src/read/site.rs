//! A place of the document, and the ways from it to others: members, items and the targets of references.

use std::{borrow::Cow, collections::BTreeSet};

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::walk::{last_step, push_step};

/// A value of the document and its place.
#[derive(Clone)]
pub(super) struct Site<'a> {
    pub(super) document: &'a Value,
    pub(super) value: &'a Value,
    /// The JSON pointer of the value.
    pub(super) at: String,
}

impl<'a> Site<'a> {
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        self.value.get(key).map(|value| self.below(key, value))
    }

    /// The members of the object in the member `key`.
    pub(super) fn members(&self, key: &str) -> Vec<(&'a str, Self)> {
        let Some(holder) = self.get(key) else { return Vec::new() };
        let members = holder.value.as_object().into_iter().flatten();
        members.map(|(name, value)| (name.as_str(), holder.below(name, value))).collect()
    }

    /// The items of the list in the member `key`.
    pub(super) fn items(&self, key: &str) -> Vec<Self> {
        self.get(key).filter(|holder| holder.value.is_array()).map(|holder| holder.children()).unwrap_or_default()
    }

    /// The members of an object, or the items of a list.
    pub(super) fn children(&self) -> Vec<Self> {
        match self.value {
            Value::Object(members) => members.iter().map(|(name, value)| self.below(name, value)).collect(),
            Value::Array(items) => (0_usize..).zip(items).map(|(at, item)| self.below(&at.to_string(), item)).collect(),
            _ => Vec::new(),
        }
    }

    /// The text of the member `key`, unless it is blank.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Whether the member `key` is `true`.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.value.get(key) == Some(&Value::Bool(true))
    }

    /// Whether it has one of these members.
    pub(super) fn has(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.value.get(key).is_some())
    }

    /// A schema of any JSON at another place.
    pub(super) fn any(&self, at: &str) -> Self {
        Self { value: &Value::Bool(true), at: at.to_owned(), ..*self }
    }

    pub(super) fn name(&self) -> String {
        last_step(&self.at)
    }

    /// The target of its own reference.
    pub(super) fn target(&self) -> Option<Self> {
        self.to(self.value.get("$ref")?.as_str()?)
    }

    /// The target of a reference: as written, percent-decoded, or with a stray space at the end of either name.
    pub(super) fn to(&self, reference: &str) -> Option<Self> {
        let written = reference.trim().strip_prefix('#')?;
        let decoded = percent_decode_str(written).decode_utf8().unwrap_or(Cow::Borrowed(written));
        let at = |at: &str| Some(Self { value: self.document.pointer(at)?, at: at.to_owned(), ..*self });
        let exact = [reference.strip_prefix('#').unwrap_or(written), &decoded];
        exact.into_iter().filter(|to| to.starts_with('/')).find_map(at).or_else(|| {
            let (parent, wanted) = (decoded.rsplit_once('/')?.0, last_step(&decoded));
            let (parent, is_wanted) = (at(parent)?, |name: &str| name.trim() == wanted.trim());
            parent.children().into_iter().find(|child| is_wanted(&child.name()))
        })
    }

    /// The place itself, or the one that its references lead to.
    ///
    /// # Errors
    ///
    /// The reference that has no target, or leads back to itself.
    pub(super) fn followed(&self) -> Result<Self, String> {
        let (mut site, mut seen) = (self.clone(), BTreeSet::new());
        while let Some(reference) = site.value.get("$ref") {
            let reference = reference.as_str().unwrap_or_default();
            site = site.to(reference).filter(|to| seen.insert(to.at.clone())).ok_or_else(|| reference.to_owned())?;
        }
        Ok(site)
    }

    /// A value one step deeper.
    pub(super) fn below(&self, step: &str, value: &'a Value) -> Self {
        Self { value, at: below(&self.at, step), ..*self }
    }
}

/// A JSON pointer one step deeper.
pub(super) fn below(at: &str, step: &str) -> String {
    let mut pointer = at.to_owned();
    push_step(&mut pointer, step);
    pointer
}

/// Follows the references of a value, and returns the target and its place.
///
/// # Errors
///
/// The reference that has no target, or leads back to itself.
pub fn followed<'a>(document: &'a Value, value: &'a Value, at: &str) -> Result<(&'a Value, String), String> {
    Site { document, value, at: at.to_owned() }.followed().map(|site| (site.value, site.at))
}
