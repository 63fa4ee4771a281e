//! Tests of the sandbox as its users see it, over a socket and through its handle.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot continue fails"
)]

mod bodies;
mod breaks;
mod client;
mod deliveries;
mod faults;
mod http;
mod life;
mod operations;
mod responses;
mod rules;
mod statuses;
#[cfg(feature = "tls")]
mod tls;
