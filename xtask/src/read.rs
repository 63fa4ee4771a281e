//! read: turns a document of any dialect into one typed model, in one recursive descent.

mod dialect;
mod keys;
mod keywords;
pub mod names;
mod objects;
mod operations;
mod parameters;
mod responses;
mod schemas;
mod secrecy;
mod sides;
mod site;
mod unions;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    api::{Api, Operation, Type},
    notes::Notes,
};
pub use dialect::Dialect;
pub use keys::check;
use names::Taken;
pub use secrecy::{MARK, looks_secret};
use site::Site;
pub use site::followed;

/// The extension that states the tier of a fact.
pub const SOURCE: &str = "x-hb-source";

/// The model of a document.
#[must_use]
pub fn read(document: &Value, dialect: Dialect, notes: &mut Notes) -> Api {
    check(document, dialect, notes);
    let mut reader = Reader::new(document, dialect, notes);
    let operations = reader.operations();
    if operations.is_empty() {
        reader.notes.problem("/paths", "the document has no operations", "describe them under `paths`");
    }
    reader.next.extend(reader.unread());
    reader.types();
    let mut api = reader.api(operations);
    reader.settle(&mut api);
    api
}

/// The model of a document as written: its operations and the types that they reach, with enums and dates unchanged.
#[must_use]
pub fn as_written(document: &Value, notes: &mut Notes) -> Api {
    let mut reader = Reader::new(document, Dialect::Foreign, notes);
    let operations = reader.operations();
    reader.types();
    for site in reader.unread() {
        reader.note(&site, "unreached", "no operation uses it: dropped");
    }
    reader.api(operations)
}

/// Reads one document.
struct Reader<'a, 'n> {
    root: Site<'a>,
    dialect: Dialect,
    notes: &'n mut Notes,
    /// The types read so far.
    types: BTreeMap<String, Type>,
    /// The names of types, by their places in the document.
    named: BTreeMap<String, String>,
    taken: Taken,
    /// Named types that are still to be read.
    next: Vec<Site<'a>>,
    begun: BTreeSet<String>,
    /// The targets of references that are being followed.
    following: Vec<String>,
    /// The places of objects that are being merged.
    merging: Vec<String>,
}

impl<'a, 'n> Reader<'a, 'n> {
    fn new(document: &'a Value, dialect: Dialect, notes: &'n mut Notes) -> Self {
        let mut reader = Self {
            root: Site { document, value: document, at: String::new() },
            dialect,
            notes,
            types: BTreeMap::new(),
            named: BTreeMap::new(),
            taken: Taken::of(names::TYPES.iter().copied()),
            next: Vec::new(),
            begun: BTreeSet::new(),
            following: Vec::new(),
            merging: Vec::new(),
        };
        reader.name_components();
        reader
    }

    /// The model of these operations and of the types read so far.
    fn api(&mut self, operations: Vec<Operation>) -> Api {
        let info = self.root.get("info");
        let title = info.and_then(|info| info.text("title")).unwrap_or("the API").to_owned();
        Api { title, operations, types: std::mem::take(&mut self.types) }
    }

    fn note(&mut self, site: &Site<'_>, kind: &'static str, what: impl Into<String>) {
        self.notes.add(&site.at, kind, what);
    }
}
