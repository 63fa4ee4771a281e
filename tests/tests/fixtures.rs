//! Documents that are each one trouble, and two as large as real ones: what is made of them compiles, and is true.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf, process::Command};

use hb_portal_tests::{exports, root};
use xtask::foreign::{self, Made, RUNTIME};

/// Each fixture's name and text.
fn fixtures() -> BTreeMap<String, String> {
    let mut fixtures: BTreeMap<String, String> = fs::read_dir(root().join("tests/fixtures"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "json"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap()))
        .collect();
    fixtures.insert("whole-project.json".to_owned(), exports::whole_project(200).to_string());
    fixtures.insert("with-components.json".to_owned(), exports::with_components(200).to_string());
    fixtures
}

fn made(name: &str, text: &str) -> Made {
    foreign::make(name, text, "fixture").unwrap_or_else(|error| panic!("{name}: {error:#}"))
}

/// All of them are modules of one crate, which is checked beside the workspace's other output so that it stays warm.
#[test]
fn what_is_generated_of_every_fixture_compiles() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 14, "{}", fixtures.len());
    let temporary = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let folder = temporary.join("fixtures");
    fs::create_dir_all(folder.join("src")).unwrap();
    let mut library = "//! The generated code of every fixture.\n".to_owned();
    let mut manifest = None;
    for (name, text) in &fixtures {
        let made = made(name, text);
        let module = name.replace(|char: char| !char.is_ascii_alphanumeric(), "_");
        replace(&folder.join(format!("src/{module}.rs")), &made.code);
        writeln!(library, "#[allow(unreachable_patterns)]\npub mod {module};").unwrap();
        let own = &made.files.iter().find(|file| file.path == "Cargo.toml").unwrap().content;
        if own.contains("multipart") || manifest.is_none() {
            manifest = Some(own.clone());
        }
    }
    let runtime = RUNTIME.replace("mod generated;", "").replace("pub use generated::*;", "");
    let runtime = runtime.split_once("\nuse std").unwrap().1;
    replace(&folder.join("src/lib.rs"), &format!("{library}\nuse std{runtime}"));
    replace(&folder.join("Cargo.toml"), &manifest.unwrap());
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(&folder)
        .args(["check", "--offline", "--quiet", "--no-default-features", "--target-dir"])
        .arg(temporary.join("fixtures-target"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Leaves alone what is the same, so that cargo need not look again.
fn replace(path: &std::path::Path, content: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(content) {
        fs::write(path, content).unwrap();
    }
}
