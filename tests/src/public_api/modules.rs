//! The modules of a crate, and the resolution of the names in them.

use std::{collections::BTreeMap, fmt, fs, path::Path};

use syn::{Attribute, Ident, Item, UseTree, Visibility};

use super::signatures::{arguments, parts};

/// A module, identified by the names on the path from the root.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(Vec<String>);

impl Place {
    pub(super) fn below(&self, name: impl fmt::Display) -> Self {
        let mut names = self.0.clone();
        names.push(name.to_string());
        Self(names)
    }

    fn above(&self) -> Self {
        Self(self.0.split_last().map(|(_, above)| above.to_vec()).unwrap_or_default())
    }
}

/// The target of a path.
#[derive(Debug)]
pub(super) enum Found {
    Item(Place, String),
    Module(Place),
    /// In another crate, or nowhere.
    Elsewhere,
}

/// One name that a `use` declares.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) public: bool,
    pub(super) is_glob: bool,
    pub(super) name: String,
    pub(super) path: Vec<String>,
    pub(super) cfgs: Vec<String>,
}

struct Module {
    items: Vec<Item>,
    imports: Vec<Import>,
    cfgs: Vec<String>,
}

pub(super) struct Crate(BTreeMap<Place, Module>);

impl Crate {
    pub(super) fn read(src: &Path) -> Self {
        let mut modules = BTreeMap::new();
        read_file(src, &src.join("lib.rs"), Place::default(), Vec::new(), &mut modules);
        Self(modules)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&Place, &Item)> {
        self.0.iter().flat_map(|(place, module)| module.items.iter().map(move |item| (place, item)))
    }

    pub(super) fn items(&self, module: &Place) -> impl Iterator<Item = &Item> {
        self.0.get(module).into_iter().flat_map(|module| &module.items)
    }

    pub(super) fn imports(&self, module: &Place) -> impl Iterator<Item = &Import> {
        self.0.get(module).into_iter().flat_map(|module| &module.imports)
    }

    pub(super) fn cfgs_of(&self, module: &Place) -> &[String] {
        self.0.get(module).map_or(&[], |module| &module.cfgs)
    }

    pub(super) fn item(&self, module: &Place, of: &str) -> Option<&Item> {
        let is_it = |item: &&Item| parts(item).is_some_and(|(name, ..)| name == of && !matches!(item, Item::Mod(_)));
        self.items(module).find(is_it)
    }

    /// Resolves `path` as it is written in `module`.
    pub(super) fn resolve(&self, module: &Place, path: &[String]) -> Found {
        self.resolve_within(module, path, 16)
    }

    /// `steps` limits how many imports are followed, because imports can form a cycle.
    fn resolve_within(&self, module: &Place, path: &[String], steps: usize) -> Found {
        let Some((first, rest)) = path.split_first() else { return Found::Module(module.clone()) };
        let next = |module: &Place| self.resolve_within(module, rest, steps);
        match first.as_str() {
            "crate" => return next(&Place::default()),
            "self" => return next(module),
            "super" => return next(&module.above()),
            _ => {}
        }
        if self.0.contains_key(&module.below(first)) {
            return next(&module.below(first));
        }
        if self.item(module, first).is_some() {
            return Found::Item(module.clone(), first.clone());
        }
        if steps == 0 {
            return Found::Elsewhere;
        }
        for import in self.imports(module) {
            let mut path = import.path.clone();
            if import.is_glob {
                path.push(first.clone());
            } else if import.name != *first || path.first() == Some(first) {
                continue;
            }
            path.extend_from_slice(rest);
            match self.resolve_within(module, &path, steps - 1) {
                Found::Elsewhere => {}
                found => return found,
            }
        }
        Found::Elsewhere
    }
}

fn read_file(src: &Path, file: &Path, place: Place, cfgs: Vec<String>, to: &mut BTreeMap<Place, Module>) {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    add(src, place, parsed.items, cfgs, to);
}

fn add(src: &Path, place: Place, items: Vec<Item>, own: Vec<String>, to: &mut BTreeMap<Place, Module>) {
    let mut imports = Vec::new();
    for item in &items {
        match item {
            Item::Mod(module) => {
                let here = cfgs(&module.attrs);
                if here.iter().any(|cfg| cfg == "test") {
                    continue;
                }
                let all = super::both(&own, &here);
                let below = place.below(&module.ident);
                match &module.content {
                    Some((_, items)) => add(src, below, items.clone(), all, to),
                    None => {
                        let stem = below.0.iter().fold(src.to_owned(), |path, name| path.join(name));
                        let file = stem.with_extension("rs");
                        let file = if file.is_file() { file } else { stem.join("mod.rs") };
                        read_file(src, &file, below, all, to);
                    }
                }
            }
            Item::Use(import) => {
                let public = matches!(import.vis, Visibility::Public(_));
                let cfgs = cfgs(&import.attrs);
                flatten(&import.tree, &mut Vec::new(), &mut |path, name, is_glob| {
                    imports.push(Import { public, is_glob, name, path, cfgs: cfgs.clone() });
                });
            }
            _ => {}
        }
    }
    to.insert(place, Module { items, imports, cfgs: own });
}

fn flatten(tree: &UseTree, path: &mut Vec<String>, each: &mut impl FnMut(Vec<String>, String, bool)) {
    let whole = |last: &Ident| path.iter().cloned().chain((last != "self").then(|| last.to_string())).collect();
    match tree {
        UseTree::Path(below) => {
            path.push(below.ident.to_string());
            flatten(&below.tree, path, each);
            path.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, path, each)),
        UseTree::Name(name) if name.ident == "self" => {
            each(path.clone(), path.last().cloned().unwrap_or_default(), false);
        }
        UseTree::Name(name) => each(whole(&name.ident), name.ident.to_string(), false),
        UseTree::Rename(name) => each(whole(&name.ident), name.rename.to_string(), false),
        UseTree::Glob(_) => each(path.clone(), String::new(), true),
    }
}

/// Returns the names in a path, without generic arguments.
pub(super) fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

/// Returns the conditions under which an item is compiled.
pub(super) fn cfgs(attrs: &[Attribute]) -> Vec<String> {
    let is_cfg = |attr: &&Attribute| attr.path().is_ident("cfg");
    attrs.iter().filter(is_cfg).map(arguments).collect()
}
