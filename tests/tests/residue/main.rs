//! No block that the SDK, serde or secrecy allocated still holds the signing secret when it is freed.

#![cfg(unix)]

mod allocator;
mod bench;
mod blame;
mod canary;
mod certificate;
mod clients;
mod planted;
mod responses;
mod server;
mod table;
mod watch;

use bench::{Bench, HTTP, Setting, Threads};
use clients::Authorization;
use hb_portal::{Attempt, BoxError, BoxFuture, CreatedWebhook, SecretCommand, SecretFile, SecretSink};
use responses::{CASES, Case, FEW_CASES, Outcome};
use table::{Residue, Table};

#[global_allocator]
static HEAP: allocator::Watched = allocator::Watched;

/// With a sink, the secret takes at least the paths that it takes without one.
#[test]
fn no_freed_block_holds_the_secret_whatever_the_response() {
    let bench = Bench::new();
    for case in CASES {
        let residue = measure(&bench, HTTP, case, true);
        let left = (residue.others.count(), residue.transport.count());
        assert_eq!(left, (0, 0), "{}: {}{}", case.name, residue.transport, residue.traces);
    }
}

#[test]
fn no_freed_block_holds_the_secret_over_http() {
    hold(HTTP, FEW_CASES);
}

#[test]
fn no_freed_block_holds_the_secret_with_a_minted_token() {
    hold(Setting { name: "http, token minted", authorization: Authorization::Minted, ..HTTP }, FEW_CASES);
}

/// One buffer in which rustls decrypts, and one for each record. Nothing outside rustls can reach them.
#[test]
fn no_freed_block_holds_the_secret_over_https() {
    hold(Setting { name: "https", scheme: "https", allowed: 3, ..HTTP }, FEW_CASES);
}

/// With the connection on another thread, it is unpredictable when the connection frees its buffer.
#[test]
fn no_freed_block_holds_the_secret_on_several_threads() {
    hold(Setting { name: "http, several threads", threads: Threads::Several, allowed: 2, ..HTTP }, FEW_CASES);
}

#[test]
fn no_freed_block_holds_the_secret_when_the_sink_fails() {
    let residue = Bench::new().measure(
        HTTP,
        || CASES[0].response(),
        async |run| {
            assert_eq!(clients::ours(run, HTTP.authorization, Some(Full)).await, Outcome::NotStored);
        },
    );
    assert_eq!((residue.others.count(), residue.transport.count()), (0, 0), "{}", residue.traces);
}

#[test]
fn no_freed_block_holds_the_secret_when_a_command_stores_it() {
    let residue = Bench::new().measure(
        HTTP,
        || CASES[0].response(),
        async |run| {
            let sink = SecretCommand::new("sh", ["-c", "cat > /dev/null"]);
            assert_eq!(clients::ours(run, HTTP.authorization, Some(sink)).await, Outcome::Ok);
        },
    );
    assert_eq!((residue.others.count(), residue.transport.count()), (0, 0), "{}", residue.traces);
}

#[test]
fn no_freed_block_holds_the_secret_when_it_is_loaded_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, canary::SECRET).unwrap();
    let residue = planted::residue(|| {
        let stored = SecretFile::new(&path).load().unwrap().unwrap();
        assert_eq!(stored.secret.expose_secret(), canary::SECRET);
    });
    assert_eq!(residue.others.count(), 0, "{}", residue.traces);
}

/// Nothing else can wipe the bytes that hyper has read but not yet passed on.
#[test]
fn no_freed_block_holds_the_secret_when_the_call_is_dropped_with_half_the_response_read() {
    let residue = Bench::new().measure(HTTP, responses::unfinished, clients::ours_dropped);
    assert_eq!(residue.others.count(), 0, "{}", residue.traces);
    assert!(residue.transport.count() <= 1, "{}", residue.transport);
}

/// A sink that fails only when it stores.
struct Full;

impl SecretSink for Full {
    fn prepare<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { Ok(()) })
    }

    fn store<'a>(&'a self, _: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { Err("it is full".into()) })
    }
}

/// Measures our client and the raw one with each response, prints the blocks that are left, and checks ours.
fn hold(setting: Setting, cases: &'static [Case]) {
    let bench = Bench::new();
    let mut table = Table::default();
    for case in cases {
        let given = Setting { authorization: Authorization::Given, ..setting };
        let raw = bench.measure(given, || case.response(), clients::raw);
        let [ours, stored] = [false, true].map(|stores| measure(&bench, setting, case, stores));
        table.add(case.name, raw, ours, stored);
    }
    table.print(setting.name);
    table.hold(setting.allowed);
}

/// Measures our client with one response, whose secret it stores or not.
fn measure(bench: &Bench, setting: Setting, case: &'static Case, stores: bool) -> Residue {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let residue = bench.measure(
        setting,
        || case.response(),
        async |run| {
            let file = stores.then(|| SecretFile::new(&path));
            assert_eq!(clients::ours(run, setting.authorization, file).await, case.outcome, "{}", case.name);
        },
    );
    assert_eq!(path.exists(), stores && case.outcome == Outcome::Ok, "{}", case.name);
    residue
}
