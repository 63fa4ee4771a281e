//! The calls of the SDK: what is sent, how many times, and what is claimed afterwards.

mod attempts;
mod concurrency;
mod messages;
mod mock;
mod not_sent;
mod preview;
mod truth;
mod wire;
