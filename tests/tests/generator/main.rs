//! The suites for maintainers and reviewers: contract, generator, import, diff, snapshots, and the promises of the workspace.

mod codegen;
mod contract;
mod fixtures;
mod growth;
mod guides;
mod import;
mod modules;
mod properties;
mod review;
mod snapshots;
mod workflows;
mod workspace;

/// Generates the client of a contract.
fn client(contract: &str) -> Result<String, String> {
    let model = xtask::model(xtask::CONTRACT, contract, xtask::read::Dialect::Contract);
    model.and_then(|model| model.client()).map_err(|error| format!("{error:#}"))
}
