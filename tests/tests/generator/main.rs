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
