//! Pairs of documents, and whom the change from one to the other breaks, in both directions: according to `spec diff`, to
//! instances on the wire, and to the compiler.
//!
//! A pair has `edits` of base.yaml, each a pointer and a value (`null` removes, `-` appends); the edits in `from` come first and
//! apply to both documents. `there` and `back` are the rows of `spec diff`, each with whom it breaks. `requests`, `responses`
//! and `deliveries` are instances: one that only one of the documents accepts breaks somebody. `callers` are programs for the
//! older document where caller.rs does not fit. `wire` and `compile` name the directions that instances and the compiler cannot
//! show, each with the reason in a comment.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::LazyLock,
};

use hb_portal_tests::scratch::{PROFILE, Scratch};
use serde_json::Value;
use xtask::{
    diff::{Change, classes::classes, diff},
    foreign::{self, RUNTIME},
    load,
};

use super::validator::{expects_delivery, expects_response, understood};

const FOLDER: &str = "tests/fixtures/diff";
const DIRECTIONS: [&str; 2] = ["there", "back"];

struct Pair {
    name: String,
    spec: Value,
    /// The older and the newer document in the direction `there`.
    documents: [Value; 2],
}

impl Pair {
    /// Returns each direction with its older and its newer document.
    fn directions(&self) -> [(&'static str, &Value, &Value); 2] {
        let [one, other] = &self.documents;
        [("there", one, other), ("back", other, one)]
    }

    fn is_excepted(&self, test: &str, direction: &str) -> bool {
        self.spec[test].get(direction).is_some()
    }
}

fn yaml(name: &str) -> Value {
    load::parse(name, &Scratch::text(&format!("{FOLDER}/{name}"))).unwrap().value
}

static PAIRS: LazyLock<Vec<Pair>> = LazyLock::new(|| {
    let base = yaml("base.yaml");
    let all = ["operations.yaml", "types.yaml", "values.yaml"].map(|name| yaml(name).as_array().unwrap().clone());
    let pair = |spec: Value| {
        let name = spec["name"].as_str().unwrap().to_owned();
        let from = edited(base.clone(), &spec["from"]);
        let mut now = edited(from.clone(), &spec["edits"]);
        for (old, new) in spec["rename"].as_object().into_iter().flatten() {
            let new = new.as_str().unwrap();
            let text = now.to_string().replace(&format!("schemas/{old}"), &format!("schemas/{new}"));
            now = serde_json::from_str(&text.replace(&format!("\"{old}\":"), &format!("\"{new}\":"))).unwrap();
        }
        Pair { name, spec, documents: [from, now] }
    };
    all.into_iter().flatten().map(pair).collect()
});

fn edited(mut document: Value, edits: &Value) -> Value {
    for (pointer, value) in edits.as_object().into_iter().flatten() {
        let pointer = ["S /components/schemas", "O /paths/~1things~1{id}/put", "D /paths/~1things~1{id}/delete"]
            .iter()
            .filter_map(|short| short.split_once(' '))
            .find_map(|(short, long)| Some(format!("{long}{}", pointer.strip_prefix(short)?)))
            .unwrap_or_else(|| pointer.clone());
        let (holder, key) = pointer.rsplit_once('/').unwrap();
        let holder = document.pointer_mut(holder).unwrap_or_else(|| panic!("{pointer}"));
        let key = key.replace("~1", "/");
        match holder {
            Value::Array(items) if key == "-" => items.push(value.clone()),
            Value::Array(items) => items[key.parse::<usize>().unwrap()] = value.clone(),
            _ if value.is_null() => drop(holder.as_object_mut().unwrap().remove(&key).unwrap()),
            _ => drop(holder.as_object_mut().unwrap().insert(key, value.clone())),
        }
    }
    document
}

fn who(change: &Change) -> BTreeSet<&'static str> {
    let breaks = change.breaks;
    let all = [(breaks.senders, "senders"), (breaks.readers, "readers"), (breaks.callers, "callers")];
    all.into_iter().filter_map(|(is, who)| is.then_some(who)).collect()
}

fn expected(pair: &Pair, direction: &str) -> BTreeMap<String, BTreeSet<String>> {
    let rows = pair.spec[direction].as_object().unwrap_or_else(|| panic!("{}: no rows {direction}", pair.name));
    let who =
        |value: &Value| value.as_str().unwrap().split(' ').filter(|who| *who != "nobody").map(str::to_owned).collect();
    rows.iter().map(|(id, value)| (id.clone(), who(value))).collect()
}

#[test]
fn each_pair_has_the_rows_that_it_names() {
    rows_are_named("there");
}

#[test]
fn each_pair_has_the_rows_that_it_names_in_reverse() {
    rows_are_named("back");
}

fn rows_are_named(direction: &str) {
    let mut wrong = String::new();
    for pair in &*PAIRS {
        let (_, older, newer) = pair.directions().into_iter().find(|(name, ..)| *name == direction).unwrap();
        let changes = diff(older, newer);
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for change in &changes {
            found.entry(change.id.to_owned()).or_default().extend(who(change).into_iter().map(str::to_owned));
        }
        if found != expected(pair, direction) {
            writeln!(wrong, "{} {direction}: {found:?}\n  {changes:#?}", pair.name).unwrap();
        }
        let text = pair.spec["says"].as_str().filter(|_| direction == "there");
        assert!(text.is_none_or(|text| changes.iter().any(|change| change.what.contains(text))), "{changes:?}");
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn each_class_has_a_pair() {
    let rows = PAIRS.iter().flat_map(|pair| DIRECTIONS.map(|direction| expected(pair, direction)));
    let seen: BTreeSet<String> = rows.flat_map(BTreeMap::into_keys).collect();
    let listed: Vec<String> = classes().map(|(id, ..)| id.to_owned()).collect();
    assert_eq!(seen, listed.iter().cloned().collect());
    assert_eq!(seen.len(), listed.len(), "a class is listed twice");
}

#[test]
fn a_document_does_not_differ_from_itself() {
    // Most pairs share the older document.
    let documents: BTreeMap<String, &Value> =
        PAIRS.iter().map(|pair| (pair.documents[0].to_string(), &pair.documents[0])).collect();
    documents.into_values().for_each(|document| assert_eq!(diff(document, document), []));
}

#[test]
fn spec_diff_and_the_instances_agree_on_whom_a_change_breaks() {
    let mut wrong = String::new();
    for pair in &*PAIRS {
        for (direction, older, newer) in pair.directions() {
            let instances = |key: &str| pair.spec[key].as_array().cloned().unwrap_or_default();
            let requests = instances("requests");
            let lost = |request: &&Value| {
                let meant = understood(older, request);
                meant.is_some_and(|meant| !understood(newer, request).is_some_and(|now| holds(&now, &meant)))
            };
            let new = |response: &&Value| expects_response(newer, response) && !expects_response(older, response);
            let delivered = |body: &&Value| expects_delivery(newer, body) && !expects_delivery(older, body);
            let readers = instances("responses").iter().any(|one| new(&one))
                || instances("deliveries").iter().any(|one| delivered(&one));
            let broken = [("senders", requests.iter().any(|one| lost(&one))), ("readers", readers)];
            let rows = expected(pair, direction);
            for (who, broken) in broken {
                let named = rows.values().any(|all| all.contains(who));
                if named != broken && !pair.is_excepted("wire", direction) {
                    writeln!(wrong, "{} {direction}: {who}: {named} by spec diff, {broken} by an instance", pair.name)
                        .unwrap();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Returns whether `now` holds everything in `meant`. A list of one item equals the item, and the text of a value equals the
/// value.
fn holds(now: &Value, meant: &Value) -> bool {
    match (now, meant) {
        (Value::Object(now), Value::Object(meant)) => {
            meant.iter().all(|(key, value)| now.get(key).is_some_and(|now| holds(now, value)))
        }
        (Value::Array(now), Value::Array(meant)) => {
            now.len() == meant.len() && now.iter().zip(meant).all(|(now, meant)| holds(now, meant))
        }
        (Value::String(now), Value::Bool(_) | Value::Number(_)) => now.parse().is_ok_and(|now: Value| now == *meant),
        (Value::Array(now), meant) => matches!(now.as_slice(), [only] if only == meant),
        _ => now == meant,
    }
}

/// One crate has every client as a module of its library, and every caller as a module of a program, which is only checked. A
/// caller is broken if the compiler finds an error in its file.
#[test]
fn spec_diff_and_the_compiler_agree_on_which_callers_a_change_breaks() {
    let scratch = Scratch::new(env!("CARGO_TARGET_TMPDIR"), "pairs");
    let mut clients: BTreeMap<String, (String, String)> = BTreeMap::new();
    let (mut programs, mut modules) = (BTreeMap::new(), BTreeMap::new());
    let any = foreign::make("base.yaml", &yaml("base.yaml").to_string(), "pairs").unwrap();
    let file = |path: &str| any.files.iter().find(|file| file.path == path).unwrap().content.clone();
    let mut library =
        file("src/lib.rs").replace("mod generated;", "").replace("pub use generated::{operations, types};", "");
    let mut callers = "//! Callers.\n#![allow(dead_code)]\nfn main() {}\n".to_owned();
    let caller = Scratch::text(&format!("{FOLDER}/caller.rs"));
    for (path, text) in RUNTIME {
        scratch.write(path, text);
    }
    for pair in &*PAIRS {
        // Most pairs share the older document.
        let names = [0, 1].map(|at| {
            let document = pair.documents[at].to_string();
            let next = clients.len();
            let (name, _) = clients.entry(document.clone()).or_insert_with(|| (format!("client{next}"), document));
            name.clone()
        });
        for (direction, [older, newer]) in DIRECTIONS.into_iter().zip([[0, 1], [1, 0]]) {
            let own = pair.spec["callers"][direction].as_str().unwrap_or(&caller);
            for (version, at) in [("older", older), ("newer", newer)] {
                let uses = "#[allow(unused_imports)]\nuse pairs::{Operation, Request, Response, Unread, Unsendable";
                let text = format!("{uses}, {}::{{operations, types}}}};\n{own}\n", names[at]);
                let next = programs.len();
                // Callers of the same client are the same in each pair.
                let module = programs.entry(text).or_insert_with(|| format!("caller{next}"));
                modules.insert((pair.name.clone(), direction, version), module.clone());
            }
        }
    }
    for (text, module) in programs {
        scratch.write(&format!("src/bin/callers/{module}.rs"), &text);
        writeln!(callers, "mod {module};").unwrap();
    }
    for (name, document) in clients.into_values() {
        let client = foreign::make(&name, &document, "pairs").unwrap_or_else(|error| panic!("{document}: {error:#}"));
        scratch.write(&format!("src/{name}.rs"), &client.code);
        writeln!(library, "#[rustfmt::skip]\npub mod {name};").unwrap();
    }
    scratch.write("src/lib.rs", &library);
    scratch.write("src/bin/callers/main.rs", &callers);
    let manifest = file("Cargo.toml").replace("\"rustls\"]", "]").replace("rustls = [\"reqwest?/rustls\"]\n", "");
    scratch.write("Cargo.toml", &format!("{manifest}{PROFILE}"));
    scratch.cargo(&["check", "--no-default-features", "--lib"]);
    let output = scratch.output(&["check", "--no-default-features", "--bin", "callers", "--message-format=json"]);
    let mut wrong = String::new();
    let broken = errors(&String::from_utf8(output.stdout).unwrap());
    for pair in &*PAIRS {
        for direction in DIRECTIONS {
            let of = |version| broken.get(&modules[&(pair.name.clone(), direction, version)]);
            if let Some(errors) = of("older") {
                writeln!(wrong, "{} {direction}: the caller does not fit the older document: {errors:?}", pair.name)
                    .unwrap();
            }
            let named = expected(pair, direction).values().any(|all| all.contains("callers"));
            if named != of("newer").is_some() && !pair.is_excepted("compile", direction) {
                writeln!(wrong, "{} {direction}: {named} by spec diff, but {:?}", pair.name, of("newer")).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Returns the compiler's errors by file name.
fn errors(output: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in output.lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        let message = &message["message"];
        if message["level"] != "error" {
            continue;
        }
        for span in message["spans"].as_array().into_iter().flatten().filter(|span| span["is_primary"] == true) {
            let name =
                span["file_name"].as_str().unwrap().rsplit('/').next().unwrap().trim_end_matches(".rs").to_owned();
            found.entry(name).or_default().push(message["message"].as_str().unwrap().to_owned());
        }
    }
    found
}

/// Every difference has a row, in both directions.
#[test]
fn a_change_to_any_leaf_of_a_document_has_a_row() {
    let document = yaml("base.yaml");
    for pointer in leaves(&document) {
        let changed = changed(&document, &pointer);
        assert!(!diff(&document, &changed).is_empty(), "{pointer}");
        assert!(!diff(&changed, &document).is_empty(), "{pointer}, back");
    }
}

/// Changes one leaf of each kind that base.yaml does not have. The previous test shows that a row in one direction implies one in
/// the other.
#[test]
fn a_change_to_any_leaf_of_the_contract_has_a_row() {
    let contract = load::parse("contract", &Scratch::text(xtask::CONTRACT)).unwrap().value;
    let mut kinds: BTreeSet<String> = leaves(&yaml("base.yaml")).iter().map(|pointer| kind(pointer)).collect();
    for pointer in leaves(&contract) {
        if kinds.insert(kind(&pointer)) {
            assert!(!diff(&contract, &changed(&contract, &pointer)).is_empty(), "{pointer}");
        }
    }
}

/// Returns the pointers to the values of a document that hold no others.
fn leaves(document: &Value) -> Vec<String> {
    fn add(value: &Value, pointer: &str, to: &mut Vec<String>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(key, member)| {
                add(member, &format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), to);
            }),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, item)| add(item, &format!("{pointer}/{index}"), to));
            }
            _ => to.push(pointer.to_owned()),
        }
    }
    let mut pointers = Vec::new();
    add(document, "", &mut pointers);
    assert!(pointers.len() > 60, "{}", pointers.len());
    pointers
}

/// Returns the document with another value at the pointer.
fn changed(document: &Value, pointer: &str) -> Value {
    let mut changed = document.clone();
    let leaf = changed.pointer_mut(pointer).unwrap();
    *leaf = match leaf.take() {
        Value::Bool(is) => Value::from(!is),
        Value::Number(number) => Value::from(number.as_i64().unwrap() + 1),
        Value::String(text) if text.starts_with("#/") => Value::from("#/components/schemas/Elsewhere"),
        other => Value::from(format!("{}x", other.as_str().unwrap_or_default())),
    };
    changed
}

/// Returns the kind of a leaf: its pointer without the names, methods and numbers that the document chose.
fn kind(pointer: &str) -> String {
    let named = ["content", "headers", "parameters", "paths", "properties", "responses", "schemas", "securitySchemes"];
    let mut holder = "";
    let steps = pointer.split('/').map(|step| {
        let is_method = ["delete", "get", "post", "put"].contains(&step);
        let is_chosen =
            named.contains(&std::mem::replace(&mut holder, step)) || is_method || step.parse::<u8>().is_ok();
        if is_chosen { "*" } else { step }
    });
    steps.collect::<Vec<_>>().join("/")
}
