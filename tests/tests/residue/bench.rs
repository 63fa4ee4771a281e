//! One run of a client against one response, and the blocks it leaves.

use std::hint;

use tokio::runtime;

use super::{
    certificate::Certificate,
    clients::{Authorization, Run},
    responses::{self, Response},
    server::Server,
    table::Residue,
    watch::{self, Turn},
};

/// The conditions of a measurement.
#[derive(Clone, Copy)]
pub struct Setting {
    pub name: &'static str,
    pub scheme: &'static str,
    pub threads: Threads,
    pub authorization: Authorization,
    /// The number of blocks allocated by the transport that may hold the secret.
    pub allowed: usize,
}

/// How the client's tasks run.
#[derive(Debug, Clone, Copy)]
pub enum Threads {
    One,
    Several,
}

pub const HTTP: Setting =
    Setting { name: "http", scheme: "http", threads: Threads::One, authorization: Authorization::Given, allowed: 0 };

/// Exclusive access to the heap for one test.
pub struct Bench {
    turn: Turn,
    certificate: Certificate,
}

impl Bench {
    /// Waits until no other test has access.
    pub fn new() -> Self {
        Self { turn: watch::take_turn(), certificate: Certificate::new() }
    }

    /// Runs a client against one response, until its runtime and its connections have ended.
    pub fn measure(
        &self,
        setting: Setting,
        response: impl FnOnce() -> Response + Send + 'static,
        client: impl AsyncFnOnce(Run<'_>),
    ) -> Residue {
        let minted = setting.authorization == Authorization::Minted;
        let responses = move || minted.then(responses::token).into_iter().chain([response()]).collect();
        let tls = (setting.scheme == "https").then(|| self.certificate.server.clone());
        let server = Server::start(responses, tls);
        let base_url = format!("{}://{}", setting.scheme, server.address);
        let mut builder = match setting.threads {
            Threads::One => runtime::Builder::new_current_thread(),
            Threads::Several => runtime::Builder::new_multi_thread(),
        };
        scrub_stack();
        let watch = self.turn.watch();
        let runtime = builder.enable_all().on_thread_start(scrub_stack).build().unwrap();
        let run = Run { base_url: &base_url, certificate: &self.certificate, watch: &watch, read: server.read };
        runtime.block_on(client(run));
        drop(runtime);
        server.thread.join().unwrap();
        Residue::of(watch.end())
    }
}

/// Overwrites the data that earlier calls left on the stack below this one. A future that is moved to the heap takes
/// its padding along, which may contain data of an earlier run. Threads inherit each other's stacks.
fn scrub_stack() {
    hint::black_box([0_u8; 256 * 1024]);
}
