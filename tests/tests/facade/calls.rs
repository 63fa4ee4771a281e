//! The SDK's calls: their requests, the number of attempts, and the outcomes that they report.

mod attempts;
mod concurrency;
mod messages;
mod mock;
mod not_sent;
mod preview;
mod truth;
mod wire;
