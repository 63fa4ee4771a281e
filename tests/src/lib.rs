//! Shared by the suites: the generated code in slices, public APIs as text, a server that keeps raw requests, what is
//! logged, operations on the wire, and the documented exchange.

pub mod capture;
pub mod documented;
pub mod exports;
pub mod logs;
pub mod operations;
pub mod patience;
pub mod public_api;
pub mod rules;
pub mod schemes;
pub mod scratch;
pub mod slices;
pub mod wire;
pub mod yaml;

/// Compiles the code in the READMEs.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[doc = include_str!("../../crates/hb-portal/README.md")]
#[doc = include_str!("../../crates/hb-portal-client/README.md")]
pub struct Readmes;

use std::{
    io,
    net::Ipv4Addr,
    path::{Path, PathBuf},
};

use proptest::test_runner::{Config, RngSeed};
use tokio::net::TcpSocket;

/// Returns whether every case runs, as `.ci/run` demands with `HB_PORTAL_TESTS_EVERY_CASE`. Otherwise suites combine faults, sinks,
/// tokens and operations pairwise, and generate fewer inputs.
#[must_use]
pub fn every_case() -> bool {
    std::env::var_os("HB_PORTAL_TESTS_EVERY_CASE").is_some()
}

/// Returns how many inputs to generate: `few`, or `every` if every case runs.
#[must_use]
pub fn inputs<N>(few: N, every: N) -> N {
    if every_case() { every } else { few }
}

/// Returns how property tests run: with `few` inputs, or `every` if every case runs.
///
/// The inputs are the same in each run, so that no change fails because of an input that it has nothing to do with. For others, set
/// `PROPTEST_RNG_SEED=$RANDOM`; for more, `PROPTEST_CASES`.
#[must_use]
pub fn properties(few: u32, every: u32) -> Config {
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = inputs(few, every);
    }
    config
}

/// Returns how many deliveries the suite `replay` sends.
#[must_use]
pub fn deliveries() -> usize {
    inputs(300, 1000)
}

/// Reserves a port of the loopback interface, to which connections are refused. While the socket exists, no other test gets the
/// port. On Linux a program that is told its number can listen there meanwhile.
///
/// The port of a closed listener is no substitute. Another test may get it, and a process that is being started has a copy of
/// the listener for a moment, which keeps the port in use and accepts connections.
///
/// # Panics
///
/// Panics if the system has no port left.
#[must_use]
pub fn reserved_port() -> (TcpSocket, u16) {
    reserve(0).expect("a port is free")
}

/// Reserves this port of the loopback interface, as [`reserved_port`] does any that is free.
///
/// # Errors
///
/// The port is in use.
pub fn reserve(port: u16) -> io::Result<(TcpSocket, u16)> {
    let socket = TcpSocket::new_v4()?;
    // So that a listener may share the port.
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    let port = socket.local_addr()?.port();
    Ok((socket, port))
}

/// The root of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are in the workspace").to_owned()
}
