//! spec import: what a documentation tool gives, in the form of the contract, beside the contract as it is.

mod contract;
mod merge;
mod names;
mod select;
mod splice;
mod wish;
mod yaml;

pub use wish::{TIERS, Wish};

use std::{borrow::Cow, collections::BTreeSet, path::Path};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{CONTRACT, api::Api, load, notes::Notes, read, walk::push_step};
use contract::Writer;

/// The contract with what was imported.
#[derive(Debug)]
pub struct Import {
    /// The text of the new contract.
    pub contract: String,
    /// What was dropped or changed in the document, a line for each.
    pub changed: String,
    /// The places of facts that the contract calls documented, and that the import replaces.
    pub replaced: Vec<String>,
    /// The places of what the contract says of the same things and the import does not: it stays.
    pub kept: Vec<String>,
}

/// Brings `text` into `contract`; `name` is what errors and the imported facts call it.
///
/// # Errors
///
/// The document is none, has none of what is wished for, or leaves a contract that does not hold.
pub fn import(name: &str, text: &str, contract: &str, wish: &Wish) -> Result<Import> {
    // A page that was saved elsewhere may end its lines otherwise.
    let text = text.replace("\r\n", "\n");
    let source = load::source(name, &fenced(name, &text)?)?;
    crate::foreign::version(&source.value, &source.places)?;
    let present = load::parse(CONTRACT, contract).context("the present contract does not hold")?;
    let mut notes = Notes::default();
    let mut document = source.value;
    select::select(&mut document, wish)?;
    dropped(&document, "", &mut notes);
    names::keep_ids(&mut document, &present.value);
    let origin = Path::new(name).file_name().map_or_else(|| name.into(), |name| name.to_string_lossy());
    let (api, mut value) = in_the_form_of_the_contract(&document, &wish.tier, &origin, &mut notes);
    notes.check(&source.places)?;
    names::keep_names(&mut value, &present.value, &api, &mut notes);
    let merge::Merged { edits, replaced, kept } = merge::merge(&value, &present.value);
    let mut merged = splice::Text::new(contract);
    for merge::Edit { parents, key, value } in &edits {
        merged.put(parents, key, value)?;
    }
    let merged = merged.finish();
    crate::model(CONTRACT, &merged).context("what was imported does not make a contract")?;
    let places = |pointers: BTreeSet<String>| pointers.iter().map(|pointer| present.place(pointer)).collect();
    Ok(Import {
        contract: merged,
        changed: notes.explained(&source.places),
        replaced: places(replaced),
        kept: places(kept),
    })
}

/// The model of a document as it is written, and that in the form of the contract, its facts of this tier and from there.
#[must_use]
pub fn in_the_form_of_the_contract(document: &Value, tier: &str, origin: &str, notes: &mut Notes) -> (Api, Value) {
    let api = read::as_written(document, notes);
    let value = Writer { api: &api, document, tier, origin }.contract();
    (api, value)
}

/// The document itself, also where it is the one fenced YAML block of a Markdown page. Its lines are those of the page.
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

/// Notes what the contract has no place for, before it goes.
fn dropped(value: &Value, pointer: &str, notes: &mut Notes) {
    match value {
        Value::Object(members) => {
            let gone: Vec<&str> = members
                .keys()
                .map(String::as_str)
                .filter(|key| {
                    (key.starts_with("x-") && status_key(key).is_none())
                        || matches!(*key, "example" | "examples" | "servers")
                })
                .collect();
            if !gone.is_empty() && !pointer.ends_with("/properties") {
                notes.add(pointer, "import", format!("dropped {}", gone.join(", ")));
            }
            for (key, member) in members {
                if !gone.contains(&key.as_str()) {
                    let mut pointer = pointer.to_owned();
                    push_step(&mut pointer, key);
                    dropped(member, &pointer, notes);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                dropped(item, &format!("{pointer}/{index}"), notes);
            }
        }
        _ => {}
    }
}

fn status_key(key: &str) -> Option<&str> {
    key.strip_prefix("x-").filter(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::read::MARK;

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

    const PAGE: &str = "# Page\n\n```yaml\nopenapi: 3.0.1\ninfo: {title: '', version: 1.0.0}\npaths:\n  /a:\n    get:\n      summary: Other name\n      x-apidog-status: released\n      responses:\n        '200': {description: new}\n    post:\n      summary: Make it\n      tags: [A]\n      security: [{b: [], x-apidog: {}}]\n      requestBody:\n        required: true\n        content: {application/json: {schema: {type: object, properties: {secret: {type: string}, n: {type: [string, 'null']}}}}}\n      responses:\n        '201': {description: ok, content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}}\n```\n";

    fn wish(operations: &[&str]) -> Wish {
        Wish {
            operations: operations.iter().map(|name| (*name).to_owned()).collect(),
            tags: Vec::new(),
            tier: "corroborated".to_owned(),
        }
    }

    #[test]
    fn a_page_becomes_part_of_the_contract_and_the_rest_stays_as_it_is() {
        let import = import("page.md", PAGE, PRESENT, &wish(&["POST /a"])).unwrap();
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
    fn what_is_documented_is_told_of_when_it_is_replaced() {
        let documented = Wish { tier: "documented".to_owned(), ..wish(&[]) };
        let import = import("page.md", PAGE, PRESENT, &documented).unwrap();
        assert_eq!(import.replaced, ["spec/openapi.yaml:13:11 (#/paths/~1a/get/responses/200/description)"]);
        assert!(import.contract.contains("description: new"), "{}", import.contract);
        assert!(import.changed.contains("dropped x-apidog-status"), "{}", import.changed);
        assert!(import.contract.contains("operationId: keepThis"), "its id is ours");
    }

    #[test]
    fn what_is_known_less_well_does_not_reword_what_is_documented() {
        let import = import("page.md", PAGE, PRESENT, &wish(&[])).unwrap();
        assert_eq!(import.replaced, [""; 0]);
        assert_eq!(import.kept, ["spec/openapi.yaml:13:11 (#/paths/~1a/get/responses/200/description)"]);
        assert!(!import.contract.contains("description: new"), "{}", import.contract);
    }

    #[test]
    fn a_page_may_end_its_lines_as_windows_does() {
        let import = |page: &str| import("page.md", page, PRESENT, &wish(&[])).unwrap().contract;
        assert_eq!(import(&PAGE.replace('\n', "\r\n")), import(PAGE));
    }

    #[test]
    fn places_are_those_of_the_page() {
        let changed = import("page.md", PAGE, PRESENT, &wish(&["POST /a"])).unwrap().changed;
        let line = PAGE.lines().position(|line| line.contains("x-apidog: {}")).unwrap() + 1;
        assert!(changed.contains(&format!("page.md:{line}:")), "{line}: {changed}");
    }

    #[test]
    fn importing_twice_changes_nothing() {
        let once = import("page.md", PAGE, PRESENT, &wish(&[])).unwrap().contract;
        assert_eq!(import("page.md", PAGE, &once, &wish(&[])).unwrap().contract, once);
    }

    #[test]
    fn a_wish_that_nothing_fulfils_and_a_page_of_two_documents_are_refused() {
        let error = import("page.md", PAGE, PRESENT, &wish(&["nothing"])).unwrap_err().to_string();
        assert!(error.contains("nothing called {\"nothing\"}"), "{error}");
        let error = import("page.md", &PAGE.repeat(2), PRESENT, &wish(&[])).unwrap_err().to_string();
        assert!(error.contains("found 2"), "{error}");
    }
}
