//! The rules that all generated code follows.

use std::collections::BTreeSet;

use xtask::foreign::Made;

/// Checks that generated code follows the rules.
///
/// # Panics
///
/// Panics if the code breaks a rule.
pub fn check(name: &str, made: &Made) {
    let file = syn::parse_file(&made.code).unwrap_or_else(|error| panic!("{name}: does not parse: {error}"));
    let mut items = BTreeSet::new();
    let mut functions = BTreeSet::new();
    let types = file.items.iter().find_map(|item| match item {
        syn::Item::Mod(module) if module.ident == "types" => module.content.as_ref().map(|(_, items)| items),
        _ => None,
    });
    for item in types.unwrap() {
        let (ident, fields) = match item {
            syn::Item::Struct(item) => (&item.ident, item.fields.iter().collect::<Vec<_>>()),
            syn::Item::Enum(item) => (&item.ident, item.variants.iter().flat_map(|variant| &variant.fields).collect()),
            _ => continue,
        };
        assert!(items.insert(ident.to_string()), "{name}: {ident} twice");
        let names: Vec<String> = fields.iter().filter_map(|field| Some(field.ident.as_ref()?.to_string())).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{name}: {ident} has {names:?}");
        if let syn::Item::Enum(item) = item {
            let names: BTreeSet<String> = item.variants.iter().map(|variant| variant.ident.to_string()).collect();
            assert_eq!(names.len(), item.variants.len(), "{name}: {ident} has a variant twice");
        }
    }
    let operations = file.items.iter().find_map(|item| match item {
        syn::Item::Mod(module) if module.ident == "operations" => module.content.as_ref().map(|(_, items)| items),
        _ => None,
    });
    for item in operations.unwrap() {
        let syn::Item::Impl(item) = item else { continue };
        if item.trait_.as_ref().is_some_and(|(path, _)| path.is_ident("Operation")) {
            let name = prettyplease::unparse(&syn::File {
                frontmatter: None,
                shebang: None,
                attrs: Vec::new(),
                items: vec![syn::Item::Impl(syn::ItemImpl { items: Vec::new(), ..item.clone() })],
            });
            assert!(functions.insert(name.clone()), "{name} twice");
        }
    }
    assert_eq!(functions.len(), made.model.api.operations.len(), "{name}: an operation is missing");
    for unwanted in [".unwrap()", ".expect(", "panic!", "\"api-version\""] {
        assert!(!made.code.contains(unwanted), "{name}: {unwanted}");
    }
}
