//! The clients that `tests/build.rs` generates from the fixtures compile and behave as documented.

mod caller;
mod calls;
mod canary;
mod foreign;
mod growth;
mod known_errors;
mod oracle;
mod server;
mod unions;
mod variations;

/// Builds a client for loopback, without a proxy and with the TLS provider that the workspace compiles.
fn builder() -> reqwest::ClientBuilder {
    // Fails if another test has installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}

include!(concat!(env!("OUT_DIR"), "/clients.rs"));
