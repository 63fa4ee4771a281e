//! One run of a client against one answer, and what it leaves.

use std::hint;

use tokio::runtime;

use super::{
    answers::{self, Answer},
    certificate::Certificate,
    clients::{Authorization, Run},
    server::Server,
    table::Residue,
    watch::{self, Turn},
};

/// What a client is measured in.
#[derive(Clone, Copy)]
pub struct Setting {
    pub name: &'static str,
    pub scheme: &'static str,
    pub threads: Threads,
    pub authorization: Authorization,
    /// How many blocks of the transport's may hold the secret.
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

/// The heap, for as long as a test has it.
pub struct Bench {
    turn: Turn,
    certificate: Certificate,
}

impl Bench {
    /// Waits for its turn.
    pub fn new() -> Self {
        Self { turn: watch::take_turn(), certificate: Certificate::new() }
    }

    /// Runs a client against one answer, to the end of its runtime and its connections.
    pub fn measure(
        &self,
        setting: Setting,
        answer: impl FnOnce() -> Answer + Send + 'static,
        client: impl AsyncFnOnce(Run<'_>),
    ) -> Residue {
        let minted = setting.authorization == Authorization::Minted;
        let answers = move || minted.then(answers::token).into_iter().chain([answer()]).collect();
        let tls = (setting.scheme == "https").then(|| self.certificate.server.clone());
        let server = Server::start(answers, tls);
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

/// Overwrites what earlier calls left below this one. A future that is moved into a block of memory takes with it what lies
/// between its parts, and that may be what an earlier run had there; threads inherit stacks from each other.
fn scrub_stack() {
    hint::black_box([0_u8; 256 * 1024]);
}
