//! From a document to a generated client, in pure stages: load → read → generate → format → emit.
//!
//! Only [`load::read`] and [`emit`] touch the disk; the stages between them are functions from text to text, which the tests
//! call. This crate depends neither on the crates that it generates nor on their dependents: a stale client does not
//! build, so codegen could not fix it otherwise.

pub mod api;
pub mod cli;
pub mod diff;
pub mod emit;
pub mod foreign;
pub mod format;
pub mod generate;
pub mod import;
pub mod load;
pub mod notes;
pub mod read;
mod terminal;
pub mod walk;

use anyhow::Result;
use serde_json::Value;

use api::Api;
use load::{Document, Places};
use notes::Notes;
use read::Dialect;

/// The path of the contract, from the workspace's root.
pub const CONTRACT: &str = "spec/openapi.yaml";
/// The path of the generated client, from the workspace's root.
pub const GENERATED: &str = "crates/hb-portal-client/src/generated.rs";
/// The path of the copy of the contract that the client was generated from, from the workspace's root.
pub const GENERATED_FROM: &str = "crates/hb-portal-client/src/openapi.yaml";

/// The kinds of notes that the contract may have: none of them drops, guesses or renames anything.
const HARMLESS: &str = "all of, alternatives, argument, default, enum, headers, limits, media type, name, one side, open enum, \
    optional body, response, status";

/// A document as its client has it.
#[derive(Debug)]
pub struct Model {
    /// Its operations and types.
    pub api: Api,
    /// What was dropped, guessed or renamed.
    pub notes: Notes,
    /// The places that notes and errors name.
    pub places: Places,
}

impl Model {
    /// The text of the generated client.
    ///
    /// # Errors
    ///
    /// The error that stopped the generator.
    pub fn client(&self) -> Result<String> {
        Ok(format::format(&generate::client(&self.api, &self.places)?, &self.places.name))
    }

    /// A line, with its place, for each note.
    #[must_use]
    pub fn explained(&self) -> String {
        self.notes.explained(&self.places)
    }
}

/// The model of the document `text`, which errors call `name`; a note about the contract is an error, unless it is harmless.
///
/// # Errors
///
/// All places from which no client can be generated, each with its reason and fix.
pub fn model(name: &str, text: &str, dialect: Dialect) -> Result<Model> {
    let Document { value, places } = openapi(name, text, dialect)?;
    let mut notes = Notes::default();
    let api = read::read(&value, dialect, &mut notes);
    if dialect == Dialect::Contract {
        notes.forbid_all_but(HARMLESS);
    }
    notes.check(&places)?;
    Ok(Model { api, notes, places })
}

/// A document in a supported version of OpenAPI.
///
/// # Errors
///
/// The place where the text is not YAML, or that the version is another one.
pub fn openapi(name: &str, text: &str, dialect: Dialect) -> Result<Document> {
    let document = load::parse(name, text)?;
    let (supported, fix): (&[&str], _) = match dialect {
        Dialect::Contract => (&["3.0."], "write the contract as OpenAPI 3.0.3"),
        Dialect::Foreign => (&["3.0", "3.1"], "convert the document to OpenAPI 3.0 or 3.1"),
    };
    let written = |version: &Value| version.as_str().map_or_else(|| version.to_string(), str::to_owned);
    let version = document.value.get("openapi").map(written);
    let what = match version {
        Some(version) if supported.iter().any(|known| version.starts_with(known)) => return Ok(document),
        Some(version) => format!("OpenAPI {version} is not supported"),
        None if document.value.get("swagger").is_some() => "Swagger 2 is not supported".to_owned(),
        None => "not an OpenAPI document: the field `openapi` is missing".to_owned(),
    };
    let mut notes = Notes::default();
    notes.problem("/openapi", what, fix);
    notes.check(&document.places)?;
    Ok(document)
}

/// The files that codegen writes for a contract.
///
/// # Errors
///
/// As [`model`], or the error that stopped the generator.
pub fn artifacts(contract: &str) -> Result<Vec<emit::Artifact>> {
    Ok(vec![
        emit::Artifact { path: GENERATED, content: model(CONTRACT, contract, Dialect::Contract)?.client()? },
        emit::Artifact { path: GENERATED_FROM, content: contract.to_owned() },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsupported_version_is_rejected_with_a_fix() {
        for (text, dialect, expected) in [
            ("swagger: '2.0'", Dialect::Foreign, "Swagger 2 is not supported"),
            ("openapi: 4.0.0", Dialect::Foreign, "s:1:1 (#/openapi): OpenAPI 4.0.0 is not supported"),
            ("a: 1", Dialect::Foreign, "the field `openapi` is missing"),
            ("a: 1", Dialect::Contract, "the field `openapi` is missing"),
            ("openapi: 3.1.0", Dialect::Contract, "s:1:1 (#/openapi): OpenAPI 3.1.0 is not supported"),
        ] {
            let error = openapi("s", text, dialect).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("fix: "), "{error}");
        }
        for (text, dialect) in [
            ("openapi: 3.0", Dialect::Foreign),
            ("openapi: 3.1.0", Dialect::Foreign),
            ("openapi: 3.0.3", Dialect::Contract),
        ] {
            assert!(openapi("s", text, dialect).is_ok(), "{text}");
        }
    }
}
