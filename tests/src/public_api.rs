//! A crate's public API as text: everything a dependent can name and call, one fact per line, without bodies and docs.
//!
//! The API is read from the source, so no nightly toolchain is needed. Items that macros generate are missing; no crate
//! here has public ones.

mod modules;
mod signatures;

use std::{collections::BTreeMap, path::Path};

use modules::{Crate, Found, Place};
use syn::{Item, Type, Visibility};

/// Returns the public API of the crate whose sources are in `src`, sorted by path.
///
/// # Panics
///
/// Panics if the sources cannot be read or do not parse.
#[must_use]
pub fn of(name: &str, src: &Path) -> String {
    let source = Crate::read(src);
    let mut api = Api { source: &source, entries: BTreeMap::new(), named: BTreeMap::new() };
    api.visit(&Place::default(), name, &[], &mut Vec::new());
    api.implementations();
    api.entries.iter().map(|(path, entry)| entry.text(path)).collect::<Vec<_>>().join("\n")
}

/// The item at one public path.
#[derive(Default)]
struct Entry {
    cfgs: Vec<String>,
    /// The item itself.
    lines: Vec<String>,
    /// Its implementations, unsorted.
    implemented: Vec<String>,
}

impl Entry {
    fn text(&self, path: &str) -> String {
        let mut implemented = self.implemented.clone();
        implemented.sort();
        let lines = self.lines.iter().chain(&implemented).map(|line| format!("    {line}\n"));
        format!("{path}{}\n{}", suffix(&self.cfgs), lines.collect::<String>())
    }
}

fn suffix(cfgs: &[String]) -> String {
    if cfgs.is_empty() { String::new() } else { format!("  [{}]", cfgs.join(", ")) }
}

struct Api<'a> {
    source: &'a Crate,
    entries: BTreeMap<String, Entry>,
    /// The public path of each item, by the place of its definition.
    named: BTreeMap<(Place, String), String>,
}

impl<'a> Api<'a> {
    /// Adds the public items of `module` under `path`. `ancestors` are the modules through which it was reached.
    fn visit(&mut self, module: &Place, path: &str, cfgs: &[String], ancestors: &mut Vec<Place>) {
        if ancestors.contains(module) {
            return;
        }
        ancestors.push(module.clone());
        let source = self.source;
        for item in source.items(module) {
            let Some((name, Visibility::Public(_), attrs)) = signatures::parts(item) else { continue };
            let (cfgs, here) = (both(cfgs, &modules::cfgs(attrs)), format!("{path}::{name}"));
            match item {
                Item::Mod(_) => self.visit(&module.below(name), &here, &cfgs, ancestors),
                item => self.add(module, &name.to_string(), item, here, &cfgs),
            }
        }
        for import in source.imports(module).filter(|import| import.public) {
            let cfgs = both(cfgs, &import.cfgs);
            let here = format!("{path}::{}", import.name);
            match source.resolve(module, &import.path) {
                Found::Module(target) if import.is_glob => self.visit(&target, path, &cfgs, ancestors),
                Found::Module(target) => {
                    self.visit(&target, &here, &both(&cfgs, source.cfgs_of(&target)), ancestors);
                }
                Found::Item(target, name) => {
                    let item = source.item(&target, &name).expect("a resolved item exists");
                    let cfgs = both(&cfgs, source.cfgs_of(&target));
                    let own = signatures::parts(item).map_or(&[][..], |(.., attrs)| attrs);
                    self.add(&target, &name, item, here, &both(&cfgs, &modules::cfgs(own)));
                }
                Found::Elsewhere => {
                    let line = format!("pub use {}", import.path.join("::"));
                    self.entries.insert(here, Entry { cfgs, lines: vec![line], implemented: Vec::new() });
                }
            }
        }
        ancestors.pop();
    }

    fn add(&mut self, module: &Place, name: &str, item: &Item, path: String, cfgs: &[String]) {
        let definition = (module.clone(), name.to_owned());
        let lines = match self.named.get(&definition) {
            Some(first) => vec![format!("the same as {first}")],
            None => signatures::item(item),
        };
        self.named.entry(definition).or_insert_with(|| path.clone());
        self.entries.insert(path, Entry { cfgs: cfgs.to_vec(), lines, implemented: Vec::new() });
    }

    /// Adds the implementations of each public type to its entry, and those for foreign types to the entry of the public trait.
    fn implementations(&mut self) {
        for (module, item) in self.source.all() {
            let Item::Impl(item) = item else { continue };
            let trait_ = item.trait_.as_ref().map(|(path, _)| self.source.resolve(module, &modules::segments(path)));
            let of_trait = trait_.as_ref().and_then(|found| self.public(found));
            // A trait that cannot be named outside the crate is not part of the API.
            if matches!(trait_, Some(Found::Item(..))) && of_trait.is_none() {
                continue;
            }
            let of_type = path_of(&item.self_ty)
                .and_then(|path| self.public(&self.source.resolve(module, &modules::segments(path))));
            let Some(entry) = of_type.or(of_trait).and_then(|path| self.entries.get_mut(&path)) else { continue };
            let cfgs = both(self.source.cfgs_of(module), &modules::cfgs(&item.attrs));
            let more = |attrs: &[syn::Attribute]| {
                let cfgs = both(&cfgs, &modules::cfgs(attrs));
                suffix(&cfgs.into_iter().filter(|cfg| !entry.cfgs.contains(cfg)).collect::<Vec<_>>())
            };
            let lines: Vec<String> = match &item.trait_ {
                Some(_) => vec![signatures::implementation(item) + &more(&[])],
                None => {
                    let members = item.items.iter().filter_map(signatures::member);
                    members.map(|(line, attrs)| format!("{line}{}{}", instance(item), more(attrs))).collect()
                }
            };
            entry.implemented.extend(lines);
        }
    }

    fn public(&self, found: &Found) -> Option<String> {
        match found {
            Found::Item(module, name) => self.named.get(&(module.clone(), name.clone())).cloned(),
            _ => None,
        }
    }
}

/// Returns the path of a type, looking through references.
fn path_of(of: &Type) -> Option<&syn::Path> {
    match of {
        Type::Path(path) => Some(&path.path),
        Type::Reference(reference) => path_of(&reference.elem),
        _ => None,
    }
}

/// Returns the type arguments of an implementation for one instance of a generic type, as in `  <A>`; empty if it
/// covers all.
fn instance(of: &syn::ItemImpl) -> String {
    let arguments = path_of(&of.self_ty).and_then(|path| path.segments.last()).map(|last| &last.arguments);
    let Some(syn::PathArguments::AngleBracketed(arguments)) = arguments else { return String::new() };
    let names = arguments.args.iter().filter_map(|argument| match argument {
        syn::GenericArgument::Type(of) => path_of(of)?.get_ident(),
        _ => None,
    });
    let names: Vec<String> = names.map(ToString::to_string).collect();
    let is_for_all = !of.generics.params.is_empty() || names.is_empty();
    if is_for_all { String::new() } else { format!("  <{}>", names.join(", ")) }
}

/// Combines two conditions, keeping each part once.
fn both(one: &[String], other: &[String]) -> Vec<String> {
    let mut both = one.to_vec();
    both.extend(other.iter().filter(|cfg| !one.contains(cfg)).cloned());
    both
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn exactly_the_items_that_a_dependent_can_name_are_shown() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write(
            "lib.rs",
            "mod hidden; pub mod open { pub const N: u8 = 3; fn private() {} }
             #[cfg(feature = \"x\")] mod gated; #[cfg(feature = \"x\")] pub use gated::*;
             pub use hidden::{Thing as Renamed, Kind}; pub use std::fmt::Debug; pub use open as also;
             #[cfg(test)] mod tests; trait Secret {} impl Secret for Renamed {}",
        );
        write(
            "hidden.rs",
            "/// Docs.
             #[derive(Clone, Debug)] pub struct Thing<T> { pub a: T, b: u8 }
             impl<T: Send> Thing<T> { #[must_use] pub fn take(mut self, long: &'static str) -> ::std::vec::Vec<T> { loop {} } fn no() {}
                 #[cfg(unix)] pub(crate) fn neither() {} #[cfg(unix)] pub const C: u8 = 1; }
             impl<T> std::fmt::Display for Thing<T> { fn fmt(&self) {} }
             #[non_exhaustive] pub enum Kind { A, B(u8), C { d: u8 } } pub struct Unreachable;",
        );
        write("gated.rs", "pub trait Way: Send { type Out; fn go(&self); fn stop(&self) {} } impl Way for String {}");
        assert_eq!(
            of("it", folder.path()),
            "it::Debug\n    pub use std::fmt::Debug\n\n\
             it::Kind\n    #[non_exhaustive] pub enum Kind\n    A\n    B(u8)\n    C { d: u8 }\n\n\
             it::Renamed\n    #[derive(Clone, Debug)] pub struct Thing<T>\n    pub a: T\n    (private fields)\n    \
             #[must_use] pub fn take(self, long: &'static str) -> Vec<T>\n    impl<T> std::fmt::Display for Thing<T>\n    \
             pub const C: u8 = 1  [unix]\n\n\
             it::Way  [feature = \"x\"]\n    pub trait Way: Send\n    type Out\n    fn go(&self)\n    fn stop(&self) (provided)\n    \
             impl Way for String\n\n\
             it::also::N\n    the same as it::open::N\n\n\
             it::open::N\n    pub const N: u8 = 3\n"
        );
    }
}
