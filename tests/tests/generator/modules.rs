//! Imports go in one direction: no two files of a crate import each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use hb_portal_tests::root;
use syn::{
    Ident, Item, UseTree,
    visit::{self, Visit},
};

/// The path of a module in its crate; empty for the root.
type Module = Vec<String>;

/// The crates, each with the folder that contains its root.
const CRATES: [(&str, &str); 5] = [
    ("hb-portal", "crates/hb-portal/src"),
    ("hb-portal-cli", "crates/hb-portal-cli/src"),
    ("hb-portal-client", "crates/hb-portal-client/src"),
    ("hb-portal-sandbox", "crates/hb-portal-sandbox/src"),
    ("xtask", "xtask/src"),
];

#[test]
fn no_two_files_of_a_crate_import_each_other() {
    let pairs: Vec<String> = CRATES
        .iter()
        .flat_map(|(name, folder)| {
            mutual(&imports(&root().join(folder))).into_iter().map(move |pair| format!("{name}: {pair}"))
        })
        .collect();
    assert!(pairs.is_empty(), "these import each other: {pairs:#?}");
}

/// The facade's modules from top to bottom. Each imports only modules below it.
const FACADE: &[&str] = &[
    "test_util",
    "client",
    "recovery",
    "tokens",
    "webhooks",
    "pending",
    "call",
    "portal",
    "token",
    "exchange",
    "transport",
    "limits",
    "retry",
    "secret_file",
    "secret_command",
    "error",
    "response",
    "page",
    "sink",
    "created",
    "axum",
    "verify",
    "replay",
    "secret",
    "mask",
    "credentials",
    "webhook_call",
    "endpoint",
    "event",
];

#[test]
fn the_facades_modules_import_downwards_only() {
    let place = |module: &Module| {
        let name = module.first().expect("not the root");
        FACADE
            .iter()
            .chain(&["boxed"])
            .position(|known| known == name)
            .unwrap_or_else(|| panic!("{name} is not in FACADE"))
    };
    for (from, to) in imports(&root().join("crates/hb-portal/src")) {
        // The root only exports, so its imports do not matter.
        for to in to.iter().filter(|to| !from.is_empty() && to.first() != from.first()) {
            let (from, to) = (from.join("::"), to.join("::"));
            assert!(!to.is_empty(), "crate::{from} imports the root's exports: name the module that defines it");
        }
        let upwards: Vec<&Module> =
            to.iter().filter(|to| !from.is_empty() && to.first() != from.first() && place(to) < place(&from)).collect();
        assert!(upwards.is_empty(), "crate::{} imports upwards: {upwards:?}", from.join("::"));
    }
}

#[test]
fn every_way_to_write_an_import_is_detected() {
    let files = [("", "mod a; mod b;"), ("a", "use super::b::B;"), ("b", "mod c;"), ("b::c", "")];
    let modules: BTreeSet<Module> = files.iter().map(|(path, _)| module(path)).collect();
    for (within, text, target) in [
        ("a", "use super::b::B;", "b"),
        ("a", "use crate::{b::{self}};", "b"),
        ("a", "fn f() -> crate::b::B {}", "b"),
        ("a", "mod tests { use super::super::b; }", "b"),
        ("b", "pub use c::C;", "b::c"),
        ("b", "pub use self::c::*;", "b::c"),
        ("b::c", "use super::B as D;", "b"),
        ("b::c", "use crate::Root;", ""),
    ] {
        let found = imported(&module(within), text, &modules);
        assert_eq!(found, BTreeSet::from([module(target)]), "{text}");
    }
    for (within, text) in [("a", "mod tests { use super::*; }"), ("a", "use std::b::B;"), ("b", "mod c;")] {
        assert_eq!(imported(&module(within), text, &modules), BTreeSet::new(), "{text}");
    }
}

fn module(path: &str) -> Module {
    path.split("::").filter(|segment| !segment.is_empty()).map(str::to_owned).collect()
}

/// Returns the pairs of modules that import each other, each pair once.
fn mutual(imports: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<String> {
    let pairs = imports.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to)));
    pairs
        .filter(|(from, to)| from < to && imports.get(*to).is_some_and(|back| back.contains(*from)))
        .map(|(from, to)| format!("crate::{} and crate::{}", from.join("::"), to.join("::")))
        .collect()
}

/// Returns the files of the same crate that each file below `folder` imports. A program's `main.rs` is the root of another
/// crate.
fn imports(folder: &Path) -> BTreeMap<Module, BTreeSet<Module>> {
    let files: BTreeMap<Module, String> = sources(folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("main.rs"))
        .map(|path| (module_of(path.strip_prefix(folder).unwrap()), fs::read_to_string(&path).unwrap()))
        // Generated code names the runtime by the crate's root, because the same code is written into other crates.
        .filter(|(_, text)| !text.starts_with("// @generated"))
        .collect();
    let modules = files.keys().cloned().collect();
    files.iter().map(|(module, text)| (module.clone(), imported(module, text, &modules))).collect()
}

fn module_of(path: &Path) -> Module {
    let mut segments: Module =
        path.with_extension("").iter().map(|segment| segment.to_str().unwrap().to_owned()).collect();
    if matches!(segments.last().map(String::as_str), Some("lib" | "mod")) {
        segments.pop();
    }
    segments
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// Returns the modules among `modules` that the file `text` of `module` imports from, other than itself.
fn imported(module: &Module, text: &str, modules: &BTreeSet<Module>) -> BTreeSet<Module> {
    let mut found = Imports { within: module.clone(), modules, found: BTreeSet::new() };
    found.visit_file(&syn::parse_file(text).unwrap());
    found.found.remove(module);
    found.found
}

struct Imports<'a> {
    /// The current module: the file's, or one inside the file.
    within: Module,
    modules: &'a BTreeSet<Module>,
    found: BTreeSet<Module>,
}

impl Imports<'_> {
    /// Records the file that defines the target of `path`, if it is in this crate.
    fn note(&mut self, path: &[String]) {
        let mut at = self.within.clone();
        let mut rest = path;
        match path.first().map(String::as_str) {
            Some("crate") => (at, rest) = (Module::new(), &path[1..]),
            Some("self") => rest = &path[1..],
            Some("super") => {}
            // A child of the current module, or another crate.
            Some(first) if self.modules.contains(&[&at[..], &[first.to_owned()]].concat()) => {}
            _ => return,
        }
        while rest.first().is_some_and(|segment| segment == "super") {
            at.pop();
            rest = &rest[1..];
        }
        at.extend_from_slice(rest);
        while !self.modules.contains(&at) {
            at.pop();
        }
        self.found.insert(at);
    }

    fn note_tree(&mut self, before: &[String], tree: &UseTree) {
        let with = |ident: &Ident| [before, &[ident.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.note_tree(&with(&path.ident), &path.tree),
            UseTree::Name(name) if name.ident == "self" => self.note(before),
            UseTree::Name(name) => self.note(&with(&name.ident)),
            UseTree::Rename(rename) => self.note(&with(&rename.ident)),
            UseTree::Glob(_) => self.note(before),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.note_tree(before, tree)),
        }
    }
}

impl Visit<'_> for Imports<'_> {
    fn visit_item(&mut self, item: &Item) {
        match item {
            Item::Use(item) => self.note_tree(&[], &item.tree),
            Item::Mod(item) => {
                self.within.push(item.ident.to_string());
                visit::visit_item_mod(self, item);
                self.within.pop();
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.note(&segments);
        }
        visit::visit_path(self, path);
    }
}
