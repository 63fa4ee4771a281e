//! spec import: merges the export of a documentation tool, or a page, into the contract.

pub mod command;
mod contract;
mod merge;
mod names;
mod report;
mod security;
mod selection;
mod splice;
mod yaml;

pub use selection::{Selection, TIERS};

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    CONTRACT,
    api::{Api, Definition, Type},
    load::Document,
    model,
    notes::{Note, Notes},
    openapi,
    read::{self, Dialect},
    walk::{Kind, push_step, walk},
};
use contract::Writer;

/// The result of an import.
#[derive(Debug)]
pub struct Import {
    /// The text of the new contract.
    pub contract: String,
    /// The parts of the document that were dropped or changed, one per line.
    pub changed: String,
    /// The places of documented facts that the import replaces.
    pub replaced: Vec<String>,
    /// The names of the new parts, as people write them.
    pub new: Vec<String>,
    /// The names of the new parts that are secret.
    pub secret: Vec<String>,
    /// The places of documented facts that the document no longer states, unless another document is their origin. They stay in
    /// the contract.
    pub gone: Vec<String>,
    /// The places of other facts about the same subjects that the document does not state. They stay in the contract.
    pub kept: Vec<String>,
}

/// Merges `text` into `contract`. Errors and the origins of imported facts refer to it as `name`.
///
/// # Errors
///
/// `text` is not an OpenAPI document or lacks a selected operation or tag, or the result would not be a valid contract.
pub fn import(name: &str, text: &str, contract: &str, selection: &Selection) -> Result<Import> {
    // A page that was saved on Windows, and a checkout of the contract there, may have other line endings.
    let text = text.replace("\r\n", "\n");
    let has_crlf = contract.contains("\r\n");
    let contract = contract.replace("\r\n", "\n");
    let source = openapi(name, &fenced(name, &text)?, Dialect::Foreign)?;
    let present = well_formed(&contract).context("the contract is invalid before the import")?;
    let mut notes = Notes::default();
    let mut document = source.value;
    selection.apply(&mut document)?;
    let left = selection::remove_unreached(&mut document);
    if left > 0 {
        notes.add("/components", "import", format!("left out {left} components that none of these operations uses"));
    }
    dropped(&document, &mut notes);
    names::keep_ids(&mut document, &present.value);
    let origin = Path::new(name).file_name().map_or_else(|| name.into(), |name| name.to_string_lossy());
    let (api, mut value) = as_contract(&document, &selection.tier, &origin, &mut notes);
    notes.check(&source.places)?;
    names::keep_names(&mut value, &present.value, &api, &mut notes);
    let merged = merge::merge(&value, &present.value, &origin, selection.is_all());
    let mut text = splice::Text::new(&contract);
    for merge::Edit { parents, key, value } in &merged.edits {
        text.put(parents, key, value)?;
    }
    let mut text = text.finish();
    model(CONTRACT, &text, Dialect::Contract).context("the import would make the contract invalid")?;
    if has_crlf {
        text = text.replace('\n', "\r\n");
    }
    let places = |pointers: BTreeSet<String>| pointers.iter().map(|pointer| present.places.place(pointer)).collect();
    let subjects = |pointers: BTreeSet<String>| pointers.iter().map(|pointer| Import::subject(pointer)).collect();
    Ok(Import {
        contract: text,
        changed: summarised(&notes).explained(&source.places),
        replaced: places(merged.replaced),
        new: subjects(merged.new),
        secret: subjects(merged.secret),
        gone: places(merged.gone),
        kept: places(merged.kept),
    })
}

/// The contract, whether or not a client can be generated from it.
fn well_formed(contract: &str) -> Result<Document> {
    let present = openapi(CONTRACT, contract, Dialect::Contract)?;
    let mut notes = Notes::default();
    read::check(&present.value, Dialect::Contract, &mut notes);
    notes.check(&present.places)?;
    Ok(present)
}

/// The notes for a maintainer: one for each kind, with its first place, but every new name and every possible secret. Names that
/// exist only during the import, and notes about facts that the contract has, are left out.
fn summarised(notes: &Notes) -> Notes {
    let all = notes.as_slice();
    let is_name = |note: &Note| note.kind == "import" && note.what.starts_with("it is called");
    let renamed = |pointer: &str| all.iter().any(|note| note.pointer == pointer && is_name(note));
    let is_shown = |note: &&Note| match note.kind {
        "name" => !renamed(&note.pointer),
        // A merged component is in the types that contain it, and the contract has the headers.
        kind => !["headers", "unreached"].contains(&kind),
    };
    let mut alike: Vec<((&str, String), &Note, usize)> = Vec::new();
    let mut seen = BTreeSet::new();
    for note in all.iter().filter(is_shown).filter(|note| seen.insert((&note.pointer, &note.what))) {
        // Notes that differ only in names are alike.
        let is_word =
            |word: &&str| !word.contains(|char: char| char == '`' || char.is_uppercase() || char.is_numeric());
        let what = match note.kind == "suspect" || is_name(note) {
            true => note.what.clone(),
            false => note.what.split(' ').filter(is_word).collect::<Vec<_>>().join(" "),
        };
        let key = (note.kind, what);
        match alike.iter_mut().find(|(known, ..)| *known == key && note.kind != "suspect") {
            Some((.., count)) => *count += 1,
            None => alike.push((key, note, 0)),
        }
    }
    let mut summary = Notes::default();
    for (_, note, more) in alike {
        let more = if more == 0 { String::new() } else { format!(" (and {more} more like it)") };
        summary.add(&note.pointer, note.kind, format!("{}{more}", note.what));
    }
    summary
}

/// The model of a document as written, and the document in the form of the contract, in which each fact has this tier and origin.
#[must_use]
pub fn as_contract(document: &Value, tier: &str, origin: &str, notes: &mut Notes) -> (Api, Value) {
    let api = read::as_written(document, notes);
    let security = security::security(document, &api, notes);
    discriminators(document, &api, notes);
    let value = Writer { api: &api, document, tier, origin, security }.contract();
    (api, value)
}

/// Notes each discriminator that does not distinguish alternatives.
fn discriminators(document: &Value, api: &Api, notes: &mut Notes) {
    let kept = |pointer: &str| {
        let is = |of: &Type| of.at == pointer && matches!(of.definition, Definition::Union(_, Some(_)));
        api.types.values().any(is)
    };
    walk(document, &mut |pointer, kind, value| {
        if kind == Kind::Schema && value.get("discriminator").is_some() && !kept(pointer) {
            notes.add(pointer, "import", "dropped discriminator: it does not distinguish alternatives");
        }
    });
}

/// The text of the document. In a Markdown page, it is the only fenced block of YAML; line numbers stay those of the page.
fn fenced<'a>(name: &str, text: &'a str) -> Result<Cow<'a, str>> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("\n```yaml\n").or_else(|| rest.split_once("\n```yml\n")) {
        let Some((block, after_it)) = after.split_once("\n```") else { bail!("{name}: the YAML block has no end") };
        let before = text.len() - after.len();
        blocks.push((text.get(..before).unwrap_or_default(), block));
        rest = after_it;
    }
    match blocks.as_slice() {
        [] => Ok(text.into()),
        [(before, block)] => Ok(format!("{}{block}", "\n".repeat(before.matches('\n').count())).into()),
        blocks => bail!("{name}: expected one block of YAML in the page, found {}", blocks.len()),
    }
}

/// Notes the keys that the contract does not have, which are dropped: each once, with its first place.
fn dropped(document: &Value, notes: &mut Notes) {
    fn find(value: &Value, pointer: &str, found: &mut BTreeMap<String, Vec<String>>) {
        let below = |step: &str| {
            let mut pointer = pointer.to_owned();
            push_step(&mut pointer, step);
            pointer
        };
        match value {
            Value::Object(members) => {
                for (key, member) in members {
                    let gone = (key.starts_with("x-") && status_key(key).is_none())
                        || matches!(key.as_str(), "example" | "examples" | "servers");
                    if gone && !pointer.ends_with("/properties") && !pointer.ends_with("/headers") {
                        found.entry(key.clone()).or_default().push(pointer.to_owned());
                    } else {
                        find(member, &below(key), found);
                    }
                }
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, item)| find(item, &below(&index.to_string()), found));
            }
            _ => {}
        }
    }
    let mut found = BTreeMap::new();
    find(document, "", &mut found);
    for (key, places) in found {
        let more = match places.len() {
            1 => String::new(),
            several => format!(" (and in {} more places)", several - 1),
        };
        let first = places.first().map_or("", String::as_str);
        notes.add(first, "import", format!("dropped {key}{more}"));
    }
}

fn status_key(key: &str) -> Option<&str> {
    key.strip_prefix("x-").filter(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{load, read::MARK};

    const PRESENT: &str = "\
# The contract.
openapi: 3.0.3
info:
  title: t
  version: '1'
paths:
  /a:
    get:
      operationId: keepThis
      x-hb-source: documented
      responses:
        '200':
          description: ok
          x-hb-source: documented
components:
  schemas:
    # Kept.
    Known:
      type: object
      x-hb-source: documented
";

    const PAGE: &str = "# Page\n\n```yaml\nopenapi: 3.0.1\ninfo: {title: '', version: 1.0.0}\npaths:\n  /a:\n    get:\n      summary: Other name\n      x-apidog-status: released\n      responses:\n        '200': {description: new}\n    post:\n      summary: Make it\n      tags: [A]\n      security: [{b: [], x-apidog: {}}]\n      requestBody:\n        required: true\n        content: {application/json: {schema: {type: object, properties: {secret: {type: string}, n: {type: [string, 'null']}}}}}\n      responses:\n        '201': {description: ok, content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}}\ncomponents: {securitySchemes: {b: {type: bearer}}}\n```\n";

    fn selection(operations: &[&str]) -> Selection {
        Selection {
            operations: operations.iter().map(|name| (*name).to_owned()).collect(),
            tags: Vec::new(),
            tier: "corroborated".to_owned(),
        }
    }

    #[test]
    fn a_page_becomes_part_of_the_contract_and_the_rest_stays_as_it_is() {
        let import = import("page.md", PAGE, PRESENT, &selection(&["POST /a"])).unwrap();
        assert!(import.contract.starts_with("# The contract.\n") && import.contract.contains("    # Kept.\n"));
        assert!(import.replaced.is_empty(), "{:?}", import.replaced);
        let document = load::parse("c", &import.contract).unwrap().value;
        let operation = &document["paths"]["/a"]["post"];
        assert_eq!(operation["operationId"], "makeIt");
        assert_eq!(operation["tags"], json!(["A"]));
        assert_eq!(operation["security"], json!([{"bearerAuth": []}]));
        assert_eq!(operation["x-hb-source"], "corroborated");
        assert_eq!(operation["x-hb-origin"], "page.md (#/paths/~1a/post)");
        let body = &document["components"]["schemas"]["MakeItBody"]["properties"];
        assert_eq!(body["secret"][MARK], json!(true));
        assert_eq!(body["n"]["nullable"], json!(true));
        assert_eq!(document["paths"]["/a"]["get"]["operationId"], "keepThis");
        assert!(import.changed.contains("named like a secret"), "{}", import.changed);
    }

    #[test]
    fn a_documented_fact_that_is_replaced_is_listed() {
        let documented = Selection { tier: "documented".to_owned(), ..selection(&[]) };
        let import = import("page.md", PAGE, PRESENT, &documented).unwrap();
        assert_eq!(import.replaced, ["spec/openapi.yaml:13:11 (#/paths/~1a/get/responses/200/description)"]);
        assert!(import.contract.contains("description: new"), "{}", import.contract);
        assert!(import.changed.contains("dropped x-apidog-status"), "{}", import.changed);
        assert!(import.contract.contains("operationId: keepThis"), "its id is ours");
    }

    #[test]
    fn a_less_certain_source_does_not_reword_a_documented_fact() {
        let import = import("page.md", PAGE, PRESENT, &selection(&[])).unwrap();
        assert_eq!(import.replaced, [""; 0]);
        assert_eq!(import.kept, ["spec/openapi.yaml:13:11 (#/paths/~1a/get/responses/200/description)"]);
        assert!(!import.contract.contains("description: new"), "{}", import.contract);
    }

    #[test]
    fn a_page_may_have_windows_line_endings() {
        let import = |page: &str| import("page.md", page, PRESENT, &selection(&[])).unwrap().contract;
        assert_eq!(import(&PAGE.replace('\n', "\r\n")), import(PAGE));
    }

    #[test]
    fn places_are_lines_of_the_page() {
        let changed = import("page.md", PAGE, PRESENT, &selection(&["POST /a"])).unwrap().changed;
        let line = PAGE.lines().position(|line| line.contains("x-apidog: {}")).unwrap() + 1;
        assert!(changed.contains(&format!("page.md:{line}:")), "{line}: {changed}");
    }

    #[test]
    fn importing_twice_changes_nothing() {
        let once = import("page.md", PAGE, PRESENT, &selection(&[])).unwrap().contract;
        assert_eq!(import("page.md", PAGE, &once, &selection(&[])).unwrap().contract, once);
    }

    #[test]
    fn an_unknown_operation_and_a_page_of_two_documents_are_refused() {
        let error = import("page.md", PAGE, PRESENT, &selection(&["nothing"])).unwrap_err().to_string();
        assert!(error.contains("no operation or tag {\"nothing\"}"), "{error}");
        let error = import("page.md", &PAGE.repeat(2), PRESENT, &selection(&[])).unwrap_err().to_string();
        assert!(error.contains("found 2"), "{error}");
    }
}
