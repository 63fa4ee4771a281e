//! Writes the code that the suite `generated` compiles: the client of every fixture, sample values for types that hold a secret,
//! and a comparison of each operation with progenitor's.

#[path = "build/canary.rs"]
mod canary;
#[path = "src/exports.rs"]
mod exports;
#[path = "build/oracle.rs"]
mod oracle;
#[path = "build/samples.rs"]
mod samples;

use std::{collections::BTreeMap, env, fmt::Write as _, fs, path::Path};

use xtask::{
    CONTRACT,
    foreign::{self, RUNTIME},
    import::{Selection, import},
    read::Dialect,
};

fn main() {
    // The generated code has operations behind one feature, and `send` behind the other.
    println!("cargo::rustc-check-cfg=cfg(feature, values(\"preview\", \"reqwest\"))");
    println!("cargo::rustc-cfg=feature=\"preview\"");
    println!("cargo::rustc-cfg=feature=\"reqwest\"");
    let contract = format!("../{CONTRACT}");
    for path in ["build.rs", "build", "fixtures", "src/exports.rs", &contract] {
        println!("cargo::rerun-if-changed={path}");
    }
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let write = |path: &str, text: &str| {
        let path = Path::new(&out).join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder can be created");
        fs::write(path, text).expect("the file can be written");
    };

    let mut fixtures = fixtures();
    let growth = foreign::make("growth.yaml", &fixtures["growth.yaml"], "fixture").expect("growth.yaml is valid");
    let library = &growth.files.iter().find(|file| file.path == "src/lib.rs").expect("a crate has a library").content;
    // An included file cannot have crate attributes. The modules of all clients replace the one module of this crate.
    let mut clients: String = library
        .replace("#[rustfmt::skip]\nmod generated;", "")
        .replace("pub use generated::{operations, types};", "")
        .lines()
        .filter(|line| !line.starts_with("//!") && !line.starts_with("#!["))
        .fold(String::new(), |text, line| text + line + "\n");
    for file in growth.files.iter().filter(|file| RUNTIME.iter().any(|(path, _)| *path == file.path)) {
        write(file.path.trim_start_matches("src/"), &file.content);
    }

    let contract = fs::read_to_string(contract).expect("the contract can be read");
    let selection = Selection { operations: Vec::new(), tags: Vec::new(), tier: "inferred".to_owned() };
    let grown =
        import("growth.yaml", &fixtures["growth.yaml"], &contract, &selection).expect("growth.yaml can be imported");
    assert_eq!(grown.replaced, [""; 0], "the import adds operations and replaces none");

    let compared = oracle::compare(&fixtures, &contract);
    // Only the first operations of the large documents, because more would repeat the same code. The oracle does not need them.
    fixtures.insert("whole-project.json".to_owned(), exports::whole_project(8).to_string());
    fixtures.insert("with-components.json".to_owned(), exports::with_components(8).to_string());
    let (mut checks, mut types) = (String::new(), 0);
    let mut add = |module: &str, code: &str, api: &xtask::api::Api| {
        write(&format!("{module}.rs"), code);
        writeln!(clients, "#[allow(clippy::all, dead_code, missing_docs)]\npub mod {module};")
            .expect("text is writable");
        let (calls, holding) = canary::calls(module, api);
        checks.push_str(&calls);
        types += holding;
    };
    for (name, text) in &fixtures {
        let made = foreign::make(name, text, "fixture").unwrap_or_else(|error| panic!("{name}: {error:#}"));
        add(&module(name), &made.code, &made.model.api);
    }
    for (module, text) in [("strict", &fixtures["known-errors-contract.yaml"]), ("grown", &grown.contract)] {
        let model = xtask::model(module, text, Dialect::Contract).unwrap_or_else(|error| panic!("{error:#}"));
        add(module, &model.client().expect(module), &model.api);
    }
    // The operations on the runtime of the contract's client, for the facade's `call`.
    write("called.rs", &growth.code.replace("crate::", "::hb_portal_client::"));
    clients.push_str("#[allow(clippy::all, dead_code, missing_docs)]\npub mod called;\n");

    for (module, code) in &compared.modules {
        write(&format!("compared/{module}.rs"), code);
    }
    let modules: String = compared.modules.keys().map(|module| format!("    pub mod {module};\n")).collect();
    write!(clients, "#[allow(clippy::all, dead_code, missing_docs)]\npub mod compared {{\n{modules}}}\n")
        .expect("text is writable");
    write("clients.rs", &clients);
    write("canary.rs", &format!("{{\n{checks}{types}\n}}\n"));
    write("oracle.rs", &compared.tests);
    write(
        "skipped.json",
        &serde_json::json!({"documents": compared.refused, "operations": compared.skipped}).to_string(),
    );
}

/// Returns each fixture's name and text.
fn fixtures() -> BTreeMap<String, String> {
    let paths =
        fs::read_dir("fixtures").expect("there are fixtures").map(|entry| entry.expect("a readable entry").path());
    let documents = paths.filter(|path| path.extension().is_some_and(|end| end == "yaml" || end == "json"));
    let named = documents.map(|path| {
        let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
        (name, fs::read_to_string(path).expect("a fixture is text"))
    });
    named.collect()
}

/// Returns the name of a fixture's module.
fn module(name: &str) -> String {
    name.replace(|char: char| !char.is_ascii_alphanumeric(), "_")
}
