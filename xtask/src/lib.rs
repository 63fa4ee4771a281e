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
pub mod problem;
pub mod read;
mod terminal;
pub mod walk;

use anyhow::Result;

/// The path of the contract, from the workspace's root.
pub const CONTRACT: &str = "spec/openapi.yaml";
/// The path of the generated client, from the workspace's root.
pub const GENERATED: &str = "crates/hb-portal-client/src/generated.rs";
/// The path of the copy of the contract that the client was generated from, from the workspace's root.
pub const GENERATED_FROM: &str = "crates/hb-portal-client/src/openapi.yaml";

/// The text of the generated client for a contract; errors refer to the contract as `name`.
///
/// # Errors
///
/// All problems of the contract, each with its place and fix, or the error that stopped the generator.
pub fn client_source(name: &str, contract: &str) -> Result<String> {
    explained_source(name, contract).map(|(code, _)| code)
}

/// As [`client_source`], with a line for each note about the contract.
///
/// # Errors
///
/// As [`client_source`].
pub fn explained_source(name: &str, contract: &str) -> Result<(String, String)> {
    let (document, api, notes) = model(name, contract)?;
    let code = generate::client(&api, true, document.places())?;
    Ok((format::format(&code, name), notes.explained(document.places())))
}

/// The model of a contract, to which stricter rules apply than to other documents.
///
/// # Errors
///
/// As [`client_source`].
pub fn model(name: &str, contract: &str) -> Result<(load::Document, api::Api, notes::Notes)> {
    let document = load::parse(name, contract)?;
    let mut notes = notes::Notes::default();
    let api = read::read(&document.value, read::Dialect::Contract, &mut notes);
    notes.forbid_all_but(HARMLESS);
    notes.check(document.places())?;
    Ok((document, api, notes))
}

/// The kinds of notes that the contract may have: none of them drops, guesses or renames anything.
const HARMLESS: &[&str] = &[
    "all of",
    "alternatives",
    "argument",
    "default",
    "headers",
    "media type",
    "enum",
    "limits",
    "name",
    "one side",
    "open enum",
    "optional body",
    "response",
    "status",
];

/// The files that codegen writes for a contract.
///
/// # Errors
///
/// As [`client_source`].
pub fn artifacts(contract: &str) -> Result<Vec<emit::Artifact>> {
    Ok(vec![
        emit::Artifact { path: GENERATED, content: client_source(CONTRACT, contract)? },
        emit::Artifact { path: GENERATED_FROM, content: contract.to_owned() },
    ])
}
