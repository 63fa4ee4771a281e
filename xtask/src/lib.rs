//! From a document to a generated client, in pure stages: load → read → generate → format → emit.
//!
//! Only [`load::read`] and [`emit`] touch the disk; what is between is a function from text to text, which the tests
//! call. This crate depends on none of the crates that it generates or that depend on them: a client that is stale does
//! not build, and could not be repaired otherwise.

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

/// Where the contract lies, from the workspace's root.
pub const CONTRACT: &str = "spec/openapi.yaml";
/// Where the generated client is written, from the workspace's root.
pub const GENERATED: &str = "crates/hb-portal-client/src/generated.rs";
/// Where the copy of the contract is written that the client was generated from, from the workspace's root.
pub const GENERATED_FROM: &str = "crates/hb-portal-client/src/openapi.yaml";

/// The text of the generated client for a contract; `name` is what errors call the contract.
///
/// # Errors
///
/// Every problem of the contract at once, each with its place and fix; or what stopped the generator.
pub fn client_source(name: &str, contract: &str) -> Result<String> {
    explained_source(name, contract).map(|(code, _)| code)
}

/// The same, with what the model notes about the contract, a line for each.
///
/// # Errors
///
/// As [`client_source`].
pub fn explained_source(name: &str, contract: &str) -> Result<(String, String)> {
    let (document, api, notes) = model(name, contract)?;
    let file = generate::client(&api, true, document.places())?;
    Ok((format::format(&file, name), notes.explained(document.places())))
}

/// The model of a contract, which is held to more rules than other documents are.
///
/// # Errors
///
/// As [`client_source`].
pub fn model(name: &str, contract: &str) -> Result<(load::Document, api::Api, notes::Notes)> {
    let document = load::parse(name, contract)?;
    read::unmarked(&document)?;
    let mut notes = notes::Notes::default();
    let api = read::read(&document.value, read::Dialect::Contract, &mut notes);
    notes.forbid_all_but(HARMLESS);
    notes.check(document.places())?;
    Ok((document, api, notes))
}

/// What a note about the contract may be about: nothing is dropped, guessed or renamed by these.
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

/// What codegen writes for a contract: each file's place and content.
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
