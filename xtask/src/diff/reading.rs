//! One of the compared documents: its model, and the sides on which each type is used.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    boxes::Boxes,
    views::{MARK, View, title},
};
use crate::{
    api::{Api, Definition, Field, Schema, reached},
    notes::Notes,
    read::{Dialect, read},
};

/// The model of a document; its problems do not matter here.
pub(super) fn api(document: &Value) -> Api {
    read(document, Dialect::Contract, &mut Notes::default())
}

/// A document with its model.
pub(super) struct Read<'a> {
    pub(super) document: &'a Value,
    pub(super) api: Api,
    /// The operations that use each type.
    pub(super) users: BTreeMap<String, Vec<String>>,
    /// The types that requests may contain.
    pub(super) sent: BTreeSet<String>,
    /// The types that responses may contain.
    pub(super) read: BTreeSet<String>,
    pub(super) boxes: Boxes,
}

impl<'a> Read<'a> {
    pub(super) fn of(document: &'a Value, view: View) -> Self {
        let mut api = api(document);
        api.operations.retain(|operation| operation.path.starts_with(MARK) == (view != View::Client));
        let (mut users, mut sent, mut read) = (BTreeMap::<_, Vec<String>>::new(), BTreeSet::new(), BTreeSet::new());
        for operation in &api.operations {
            let requests = reached(&api.types, operation.sent(), without(|field| field.read_only));
            let responses = reached(&api.types, operation.read(), without(|field| field.write_only));
            for name in requests.union(&responses) {
                users.entry(name.clone()).or_default().push(title(operation));
            }
            sent.extend(requests);
            read.extend(responses);
        }
        let boxes = Boxes::of(&api);
        Self { document, api, users, sent, read, boxes }
    }
}

/// The schemas in a definition, without those of fields that exist only on the other side.
fn without(elsewhere: fn(&Field) -> bool) -> impl Fn(&Definition) -> Vec<&Schema> {
    move |definition| match definition {
        Definition::Object(fields, rest) => {
            fields.iter().filter(|field| !elsewhere(field)).map(|field| &field.schema).chain(rest).collect()
        }
        definition => definition.schemas(),
    }
}
