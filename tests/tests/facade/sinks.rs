//! The calls that a sink receives and their order, and the fate of a secret whose sink fails.

mod commands;
mod either;
mod lifecycle;
mod recorder;
