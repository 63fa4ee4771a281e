//! The command as people and scripts run it: as a child process.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot continue fails"
)]

mod create;
mod demo;
mod fields;
mod help;
mod preview;
mod program;
mod receive;
mod receiver;
#[cfg(unix)]
mod recover;
mod sandbox;
mod shown;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod transcript;
