//! What a dependent has to compile, and with which Rust.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use hb_portal_tests::root;
use serde_json::Value;
use syn::visit::{self, Visit};

const PUBLISHED: [&str; 3] = ["hb-portal", "hb-portal-client", "hb-portal-sandbox"];

fn cargo(args: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(args).arg("--offline").current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Of what the default features compile on this platform; what they leave out may not have been downloaded.
///
/// The declared Rust is what the published code itself needs; clippy's `incompatible_msrv` sees to that. Cargo picks the newest
/// versions that the declared Rust can build, so this fails if there are none.
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
    assert!(compiled.len() > 50, "only {} packages were looked at", compiled.len());
}

/// The platform that this is compiled for.
fn host() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = String::from_utf8(Command::new(rustc).arg("-vV").output().unwrap().stdout).unwrap();
    said.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

fn version(text: &str) -> (u32, u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap());
    (parts.next().unwrap(), parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// With the client and TLS, what the lighter of the alternatives costs with the heavier TLS is the most.
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

/// Clippy checks what is called against the declared Rust, and nothing checks the syntax: a `let` in a guard came with 1.95.
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
