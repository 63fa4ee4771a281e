//! What a sink is called with, in which order, and what becomes of a secret when a sink fails.

mod commands;
mod either;
mod lifecycle;
mod recorder;
