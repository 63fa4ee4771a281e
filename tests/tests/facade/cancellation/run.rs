//! Runs one call, drops it as planned, and records the state once everything is idle.

use std::{
    future::poll_fn,
    path::Path,
    pin::{Pin, pin},
    sync::{Arc, Mutex},
    task::Poll,
};

use hb_portal::{Client, ClientCredentials, CreateError, CreatedWebhook, SecretFile};
use hb_portal_sandbox::{Dialect, Fault, Sandbox};
use hb_portal_tests::logs::Warnings;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime::Builder,
    sync::oneshot,
};

use super::hooks::{Moment, Provider, Stop, Watched};

/// The source of a client's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Given,
    Minted,
    Provided,
    /// From a provider whose first token is refused.
    Stale,
}

pub(crate) const TOKENS: [Token; 4] = [Token::Given, Token::Minted, Token::Provided, Token::Stale];

/// A call to make.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) token: Token,
    pub(crate) sink: bool,
    pub(crate) fails_to_store: bool,
    pub(crate) fault: Option<Fault>,
    pub(crate) dialect: Dialect,
}

impl Plan {
    pub(crate) fn new(token: Token, sink: bool) -> Self {
        Self { token, sink, fails_to_store: false, fault: None, dialect: Dialect::Page }
    }
}

/// When the call is dropped.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dropped {
    At(Moment),
    /// After this many polls, each when something woke the call.
    AfterPolls(usize),
    /// After this many turns of the runtime, in each of which the call is polled.
    AfterTurns(usize),
    /// After one poll, and this many turns of the runtime in which the call is not polled.
    LeftFor(usize),
}

/// Returns numbers of turns, further and further apart, because the portal takes many.
pub(crate) fn turns() -> impl Iterator<Item = usize> {
    std::iter::successors(Some(0), |turns| Some(turns + 1 + turns / 4)).take_while(|turns| *turns < 20_000)
}

/// The state after a run.
#[derive(Debug)]
#[allow(dead_code, reason = "shown when a test fails")]
pub(crate) struct Seen {
    pub(crate) plan: Plan,
    pub(crate) dropped: Dropped,
    /// `None` if the call was dropped.
    pub(crate) outcome: Option<Result<CreatedWebhook, CreateError>>,
    /// Whether the call reached the moment at which it was to be dropped.
    pub(crate) reached: bool,
    pub(crate) warnings: Vec<String>,
    /// The calls of the sink.
    pub(crate) notes: Vec<&'static str>,
    /// The secret that the sink stored.
    pub(crate) file: Option<String>,
    /// The names of the files in the folder of the sink.
    pub(crate) files: Vec<String>,
    /// The secrets of the endpoints that the portal holds.
    pub(crate) secrets: Vec<String>,
    /// How many creates the portal received, and how many of them with a token that it refuses.
    pub(crate) requests: usize,
    pub(crate) refusals: usize,
}

impl Seen {
    pub(crate) fn warns_of_an_endpoint(&self) -> bool {
        self.warnings.iter().any(|warning| warning.contains("may exist"))
    }

    pub(crate) fn last_note(&self) -> &'static str {
        self.notes.last().copied().unwrap_or_default()
    }
}

pub(crate) fn run(plan: Plan, dropped: Dropped) -> Seen {
    // One thread runs the call and the task that finishes it, so the log of both is collected.
    let (warnings, _guard) = Warnings::collect();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let stop = Stop::new(if let Dropped::At(moment) = dropped { Some(moment) } else { None });
    let sandbox = runtime.block_on(sandbox(plan.dialect, &stop));
    plan.fault.iter().for_each(|fault| sandbox.inject(fault.clone()));
    let folder = tempfile::tempdir().unwrap();
    let file = SecretFile::new(folder.path().join("secret"));
    let notes = Arc::new(Mutex::new(Vec::new()));
    let (signal, sink_is_dropped) = oneshot::channel();
    let outcome = runtime.block_on(async {
        let client = client(&sandbox, &stop, plan.token);
        let mut call = client.webhooks().create("https://your-app.com/webhooks", ["reference.submitted"]);
        if plan.sink {
            let (stop, file, notes) = (stop.clone(), file.clone(), Arc::clone(&notes));
            let fails_to_store = plan.fails_to_store;
            call = call.store_secret_in(Watched { stop, file, fails_to_store, notes, _dropped: signal });
        } else {
            drop(signal);
        }
        let outcome = drive(call.send(), &stop, dropped).await;
        stop.dropped();
        // The sink is dropped with the call or with the task that finishes it.
        let _ = sink_is_dropped.await;
        settle(&sandbox).await;
        outcome
    });
    // Nothing can send anything any more.
    drop(runtime);
    Builder::new_current_thread().enable_all().build().unwrap().block_on(settle(&sandbox));
    let is_stale = |head: &[u8]| String::from_utf8_lossy(head).contains("Bearer stale");
    let requests = sandbox.requests();
    let creates: Vec<_> = requests.iter().filter(|request| request.path().ends_with("/webhooks")).collect();
    let notes = notes.lock().unwrap().clone();
    Seen {
        outcome,
        reached: stop.was_reached(),
        warnings: warnings.texts(),
        notes,
        file: std::fs::read_to_string(file.path()).ok(),
        files: names(folder.path()),
        secrets: sandbox.endpoints().iter().map(|endpoint| endpoint.expose_secret().to_owned()).collect(),
        requests: creates.len(),
        refusals: creates.iter().filter(|request| is_stale(request.raw_head())).count(),
        plan,
        dropped,
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

/// Starts a portal that passes the moments of `stop` before it responds.
pub(crate) async fn sandbox(dialect: Dialect, stop: &Stop) -> Sandbox {
    let stop = stop.clone();
    let responses =
        Sandbox::builder().dialect(dialect).on_request(move |request| match request.path.rsplit('/').next() {
            Some("webhooks") if request.status != Some(401) => stop.pass_blocking(Moment::Created),
            Some("token") => stop.pass_blocking(Moment::Minting),
            _ => {}
        });
    responses.start().await.unwrap()
}

pub(crate) fn client(sandbox: &Sandbox, stop: &Stop, token: Token) -> Client {
    let good = sandbox.access_token();
    let client = Client::builder().base_url(sandbox.base_url());
    let provider =
        |first: &str| Provider { stop: stop.clone(), first: first.into(), second: sandbox.access_token().into() };
    let client = match token {
        Token::Given => client.access_token(good),
        Token::Minted => client.credentials(ClientCredentials::new(sandbox.client_id(), sandbox.api_key())),
        Token::Provided => client.token_provider(provider(good)),
        Token::Stale => client.token_provider(provider("stale")),
    };
    client.build().unwrap()
}

/// Polls a call until it is done or to be dropped. Returns the outcome if it is done.
async fn drive<T>(call: impl Future<Output = T>, stop: &Stop, dropped: Dropped) -> Option<T> {
    let mut call = pin!(call);
    match dropped {
        Dropped::At(_) => tokio::select! {
            biased;
            () = stop.reached() => None,
            outcome = call => Some(outcome),
        },
        Dropped::AfterPolls(polls) => poll_at_most(call, polls, false).await,
        Dropped::AfterTurns(turns) => poll_at_most(call, turns, true).await,
        Dropped::LeftFor(turns) => {
            let outcome = poll_at_most(call.as_mut(), 1, false).await;
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            outcome
        }
    }
}

/// Polls a call at most `most` times: when something wakes it, or in every turn.
async fn poll_at_most<T>(mut call: Pin<&mut impl Future<Output = T>>, most: usize, every_turn: bool) -> Option<T> {
    let mut polls = 0;
    poll_fn(|context| {
        if polls < most {
            polls += 1;
            if let Poll::Ready(outcome) = call.as_mut().poll(context) {
                return Poll::Ready(Some(outcome));
            }
        }
        if polls == most {
            return Poll::Ready(None);
        }
        if every_turn {
            context.waker().wake_by_ref();
        }
        Poll::Pending
    })
    .await
}

/// Waits until the portal has processed every request. It accepts connections in order, so it has accepted all earlier ones
/// when it accepts the probe. Closing connections waits for requests in progress.
async fn settle(sandbox: &Sandbox) {
    let mut probe = TcpStream::connect(sandbox.address()).await.unwrap();
    probe.write_all(b"GET /probe HTTP/1.1\r\nhost: probe\r\nconnection: close\r\n\r\n").await.unwrap();
    probe.read_to_end(&mut Vec::new()).await.unwrap();
    sandbox.close_connections().await;
}
