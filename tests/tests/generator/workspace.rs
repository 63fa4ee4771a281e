//! The crates that a dependent has to compile, and the Rust version it needs.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use hb_portal_tests::{public_api, root};
use serde_json::Value;
use syn::visit::{self, Visit};

const PUBLISHED: [&str; 4] = ["hb-portal", "hb-portal-cli", "hb-portal-client", "hb-portal-sandbox"];

fn cargo(args: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(args).arg("--offline").current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Checks the dependencies that the default features compile on this platform. Others may not have been downloaded.
///
/// The published code itself needs the declared Rust, which clippy's `incompatible_msrv` checks. Cargo picks the newest
/// versions that the declared Rust can build, so this test fails if there are none.
#[test]
fn no_dependency_needs_a_newer_rust_than_the_declared_one() {
    let host = host();
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--filter-platform", &host])).unwrap();
    let packages: BTreeMap<&str, &Value> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["id"].as_str().unwrap(), package))
        .collect();
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["id"].as_str().unwrap(), node))
        .collect();
    let is_published = |package: &Value| PUBLISHED.iter().any(|name| package["name"] == *name);
    let mut next: Vec<&str> = packages.iter().filter(|(_, package)| is_published(package)).map(|(id, _)| *id).collect();
    let mut compiled = BTreeSet::new();
    while let Some(id) = next.pop() {
        if !compiled.insert(id) {
            continue;
        }
        for dependency in nodes[id]["deps"].as_array().unwrap() {
            if dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"] != "dev") {
                next.push(dependency["pkg"].as_str().unwrap());
            }
        }
    }
    let declared = packages.values().find(|package| is_published(package)).unwrap()["rust_version"].as_str().unwrap();
    let newer: Vec<_> = compiled
        .iter()
        .map(|id| packages[id])
        .filter_map(|package| Some((package["name"].as_str()?, package["rust_version"].as_str()?)))
        .filter(|(_, needed)| version(needed) > version(declared))
        .collect();
    assert!(newer.is_empty(), "newer than {declared}: {newer:?}");
    assert!(compiled.len() > 50, "only {} packages were checked", compiled.len());
}

/// In the hosted workflow, cargo-deny checks every platform. This test checks only what is compiled here.
#[test]
fn every_dependency_has_an_allowed_licence_and_comes_from_crates_io() {
    let deny = fs::read_to_string(root().join(".cargo/deny.toml")).unwrap();
    let (_, licences) = deny.split_once("\nallow = [").unwrap();
    let quoted = |line: &str| line.split('"').nth(1).map(str::to_owned);
    let allowed: BTreeSet<String> = licences.lines().take_while(|line| *line != "]").filter_map(quoted).collect();
    let registry = deny.lines().find_map(|line| quoted(line.strip_prefix("allow-registry")?)).unwrap();

    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let sources: BTreeSet<String> =
        lock.lines().filter(|line| line.starts_with("source = ")).filter_map(quoted).collect();
    assert_eq!(sources, [format!("registry+{registry}")].into());

    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--filter-platform", &host()])).unwrap();
    // Every part joined by AND must be allowed, by one of its alternatives. A person must check any other form.
    let is_allowed = |licence: &str| {
        let mut parts = licence.split(" AND ").map(|part| part.trim_matches(['(', ')']).replace('/', " OR "));
        parts.all(|part| part.split(" OR ").any(|choice| allowed.contains(choice.trim())))
    };
    let refused: Vec<String> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| !is_allowed(package["license"].as_str().unwrap_or_default()))
        .map(|package| format!("{} is {}", package["name"], package["license"]))
        .collect();
    assert!(refused.is_empty(), "not in .cargo/deny.toml: {refused:#?}");
}

/// Returns the platform for which the tests are compiled.
fn host() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = String::from_utf8(Command::new(rustc).arg("-vV").output().unwrap().stdout).unwrap();
    output.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

fn version(text: &str) -> (u32, u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap());
    (parts.next().unwrap(), parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// Counts the crates with the client and rustls, the heavier of the two TLS implementations.
#[test]
fn a_dependent_compiles_at_most_94_crates() {
    let features = ["--no-default-features", "--features", "client,rustls"];
    let tree = cargo(
        &[&["tree", "-p", "hb-portal", "-e", "normal", "--prefix", "none", "--format", "{p}"], &features[..]].concat(),
    );
    let crates: BTreeSet<&str> =
        tree.lines().map(|line| line.trim_end_matches(" (*)")).filter(|line| !line.is_empty()).collect();
    assert!(crates.len() <= 94, "{} crates: {crates:#?}", crates.len());
}

/// Clippy compares library calls with the declared Rust, but nothing checks the syntax. `let` in a guard needs 1.95.
#[test]
fn published_code_is_written_in_the_declared_rust() {
    let mut newer = Vec::new();
    for name in PUBLISHED {
        for path in sources(&root().join("crates").join(name)) {
            let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
            let mut guards = Guards::default();
            guards.visit_file(&file);
            if guards.lets > 0 {
                newer.push(format!("{}: {}", path.display(), guards.lets));
            }
        }
    }
    assert!(newer.is_empty(), "`let` in a guard: {newer:#?}");
}

/// Counts each `let` in the guard of a `match` arm.
#[derive(Default)]
struct Guards {
    in_guard: bool,
    lets: usize,
}

impl Visit<'_> for Guards {
    fn visit_pat_guard(&mut self, guarded: &syn::PatGuard) {
        let outside = std::mem::replace(&mut self.in_guard, true);
        visit::visit_pat_guard(self, guarded);
        self.in_guard = outside;
    }

    fn visit_expr_let(&mut self, expr: &syn::ExprLet) {
        self.lets += usize::from(self.in_guard);
        visit::visit_expr_let(self, expr);
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.extension() {
            None if path.is_dir() => sources(&path),
            Some(extension) if extension == "rs" => vec![path],
            _ => Vec::new(),
        })
        .collect()
}

/// The foreign types and traits that the facade's public API names. A new major version of one of these crates requires
/// a new major version of ours.
const FOREIGN: &[&str] = &[
    "axum_core::extract::FromRef",
    "axum_core::extract::FromRequest",
    "axum_core::response::IntoResponse",
    "bytes::Bytes",
    "chrono::DateTime",
    "chrono::Utc",
    "futures_core::Stream",
    "hb_portal_client::Operation",
    "hb_portal_client::Request",
    "hb_portal_client::Response",
    "hb_portal_client::Secret",
    "hb_portal_client::Unread",
    "hb_portal_client::Unsendable",
    "http::HeaderMap",
    "http::HeaderName",
    "http::Request",
    "http::Response",
    "http::StatusCode",
    "http::request::Parts",
    "reqwest::ClientBuilder",
    "reqwest::Proxy",
    "serde::Deserialize",
    "serde::Serialize",
    "serde_core::Deserialize",
    "serde_core::Serialize",
    "serde_core::de::Deserialize",
    "serde_core::de::DeserializeOwned",
    "serde_json::Value",
];

/// Finds the foreign types that the sources import or name with their whole path, and that the public API mentions by
/// that name.
#[test]
fn the_facade_names_no_foreign_type_that_is_not_listed() {
    let src = root().join("crates/hb-portal/src");
    let mut imports = Imports::default();
    for path in sources(&src) {
        imports.visit_file(&syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap());
    }
    let manifest = fs::read_to_string(root().join("crates/hb-portal/Cargo.toml")).unwrap();
    let (_, dependencies) = manifest.split_once("\n[dependencies]\n").unwrap();
    let dependencies: BTreeSet<String> = dependencies
        .lines()
        .take_while(|line| !line.is_empty())
        .map(|line| line.split(' ').next().unwrap().replace('-', "_"))
        .collect();

    let api = public_api::of("hb_portal", &src);
    let (facts, items): (Vec<&str>, Vec<&str>) = api.lines().partition(|line| line.starts_with(' '));
    let own: BTreeSet<&str> = items.iter().filter_map(|item| item.split("  ").next()?.rsplit("::").next()).collect();
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let named: BTreeSet<&str> = facts
        .iter()
        // The names of variants and associated types are ours.
        .map(|fact| fact.trim_start().trim_start_matches(|letter: char| letter.is_uppercase()))
        .flat_map(|fact| fact.split(|letter| !is_name(letter) && letter != ':'))
        .filter(|name| !own.contains(name) && !["Error", "Output"].contains(name))
        .collect();
    let found: BTreeSet<&str> = imports
        .0
        .iter()
        .filter(|(path, _)| dependencies.contains(path.split("::").next().unwrap()))
        .filter(|(path, name)| named.contains(name.as_str()) || named.contains(path.as_str()))
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(found, BTreeSet::from_iter(FOREIGN.iter().copied()));
}

/// The items that are imported from other crates or named with their whole path: the path, and the name in scope.
#[derive(Default)]
struct Imports(BTreeSet<(String, String)>);

impl Imports {
    fn tree(&mut self, path: &str, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(next) => self.tree(&format!("{path}{}::", next.ident), &next.tree),
            syn::UseTree::Name(last) => self.add(format!("{path}{}", last.ident), last.ident.to_string()),
            syn::UseTree::Rename(last) => self.add(format!("{path}{}", last.ident), last.rename.to_string()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(path, tree)),
            syn::UseTree::Glob(_) => self.add(format!("{path}*"), "*".to_owned()),
        }
    }

    fn add(&mut self, path: String, name: String) {
        let last = path.rsplit("::").next();
        if name != "_" && last != Some(&*path) && last.is_some_and(|last| last.starts_with(char::is_uppercase)) {
            self.0.insert((path, name));
        }
    }
}

impl Visit<'_> for Imports {
    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        self.tree("", &item.tree);
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(segments.join("::"), segments.join("::"));
        visit::visit_path(self, path);
    }
}
