//! Invariant 2: a secret, a token or a key that went through an outcome is in nothing that a program prints or logs.

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
