//! Invariant 2: nothing that a program prints or logs contains a secret, a token or a key that passed through an outcome.

mod canary;
mod carried;
mod command;
#[cfg(unix)]
mod env;
mod lacks;
mod minting;
mod operations;
mod outcomes;
mod planted;
mod portal;
mod record;
mod sweep;
mod unknown;
mod values;
