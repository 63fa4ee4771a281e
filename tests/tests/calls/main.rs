//! The suites for the calls of the SDK: what is sent, how many times, and what is claimed afterwards. Suites that depend on the process,
//! such as its environment or what it logged, are programs of their own.

mod attempts;
mod concurrency;
mod messages;
mod mock;
mod not_sent;
mod preview;
mod truth;
mod wire;
