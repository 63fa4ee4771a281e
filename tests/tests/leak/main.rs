//! Invariant 2: no output or log of a program contains a secret, a token or a key that passed through an outcome.

mod canary;
mod command;
#[cfg(unix)]
mod env;
mod minting;
mod operation_secrets;
mod operations;
mod outcomes;
mod planted;
mod portal;
mod record;
mod sweep;
mod traits;
mod unrecognised;
mod values;
