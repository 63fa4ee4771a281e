//! The suites for maintainers and reviewers: contract, generator, import, diff, snapshots, and what the workspace promises.

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

/// The client that is generated from a contract.
fn client(contract: &str) -> Result<String, String> {
    let model = xtask::model(xtask::CONTRACT, contract, xtask::read::Dialect::Contract);
    model.and_then(|model| model.client()).map_err(|error| format!("{error:#}"))
}
