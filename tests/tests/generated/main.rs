//! The clients that xtask generates from the fixtures, written by `tests/build.rs`: they compile and behave as documented.

mod caller;
mod calls;
mod canary;
mod foreign;
mod growth;
mod oracle;
mod rows;
mod server;
mod unions;
mod variations;

/// A client for loopback: it needs no proxy, and has the provider for TLS that the workspace compiles.
fn builder() -> reqwest::ClientBuilder {
    // It fails if another test installed it first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}

include!(concat!(env!("OUT_DIR"), "/clients.rs"));
