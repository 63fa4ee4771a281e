//! What an outcome claims equals what the portal holds and what reached it: every fault, without a sink, with one that works
//! and with one that fails, with a token that was given or one that is minted.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use hb_portal::{
    AtPortal, Attempt, BoxError, BoxFuture, Client, ClientCredentials, CreateError, CreatedWebhook, RetryPolicy,
    SecretSink,
};
use hb_portal_sandbox::{Dialect, Ending, Fault, Moment, Operation, Sandbox, StoredEndpoint};
use hb_portal_tests::{every_case, patience};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Sink {
    None,
    Works,
    Fails,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token {
    Given,
    Minted,
}

const SINKS: [Sink; 3] = [Sink::None, Sink::Works, Sink::Fails];
const TOKENS: [Token; 2] = [Token::Given, Token::Minted];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Scheme {
    Http,
    Https,
}

/// A sink in memory that records its calls.
#[derive(Clone, Default)]
struct Memory {
    fails: bool,
    prepared: Arc<Mutex<usize>>,
    discarded: Arc<Mutex<usize>>,
    stored: Arc<Mutex<Vec<String>>>,
}

impl SecretSink for Memory {
    fn prepare<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        *self.prepared.lock().unwrap() += 1;
        Box::pin(async { Ok(()) })
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            if self.fails {
                return Err("the sink is full".into());
            }
            self.stored.lock().unwrap().push(created.secret.expose_secret().to_owned());
            Ok(())
        })
    }

    fn discard<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        *self.discarded.lock().unwrap() += 1;
        Box::pin(async { Ok(()) })
    }
}

async fn sandbox(scheme: Scheme, dialect: Dialect) -> Sandbox {
    let builder = Sandbox::builder().dialect(dialect);
    if scheme == Scheme::Https { builder.tls_self_signed() } else { builder }.start().await.unwrap()
}

fn client(sandbox: &Sandbox, token: Token, timeout: Duration, retries: u32) -> Client {
    let mut builder = Client::builder().base_url(sandbox.base_url()).timeout(timeout).retry(
        RetryPolicy::default().max_retries(retries).base_delay(Duration::ZERO).max_delay(Duration::from_millis(1)),
    );
    if let Some(certificate) = sandbox.certificate_pem() {
        builder = builder.root_certificates(certificate);
    }
    match token {
        Token::Given => builder.access_token(sandbox.access_token()),
        Token::Minted => builder.credentials(ClientCredentials::new(sandbox.client_id(), sandbox.api_key())),
    }
    .build()
    .unwrap()
}

async fn create(client: &Client, sink: Option<Memory>) -> Result<CreatedWebhook, CreateError> {
    let create = client.webhooks().create("https://your-app.com/webhooks/references", ["reference.submitted"]);
    match sink {
        Some(sink) => create.store_secret_in(sink).send().await,
        None => create.send().await,
    }
}

/// Which outcome it is, in a word.
fn kind(outcome: &Result<CreatedWebhook, CreateError>) -> &'static str {
    match outcome {
        Ok(_) => "Ok",
        Err(CreateError::NotSent(_)) => "NotSent",
        Err(CreateError::Rejected(_)) => "Rejected",
        Err(CreateError::Unconfirmed(_)) => "Unconfirmed",
        Err(CreateError::SecretMissing(_)) => "SecretMissing",
        Err(CreateError::NotStored(_)) => "NotStored",
        Err(_) => "another",
    }
}

/// Holds an outcome against what the sandbox holds.
fn check(
    case: &str,
    outcome: &Result<CreatedWebhook, CreateError>,
    sink: &Memory,
    with: Sink,
    held: &[StoredEndpoint],
) {
    assert!(held.len() <= 1, "{case}: one send made {} endpoints", held.len());
    let stored = sink.stored.lock().unwrap().clone();
    let (prepared, discarded) = (*sink.prepared.lock().unwrap(), *sink.discarded.lock().unwrap());
    let created = match outcome {
        Ok(created) => Some(created),
        Err(CreateError::NotStored(not_stored)) => Some(not_stored.created()),
        Err(_) => None,
    };
    if let Some(created) = created {
        assert_eq!(held.len(), 1, "{case}");
        assert_eq!(created.secret.expose_secret(), held[0].expose_secret(), "{case}");
        if let Some(id) = &created.endpoint.id {
            assert_eq!(id.as_str(), held[0].id.to_string(), "{case}");
        }
    }
    match outcome {
        Ok(created) => {
            let expected = if with == Sink::Works { vec![created.secret.expose_secret().to_owned()] } else { vec![] };
            assert_eq!(stored, expected, "{case}");
        }
        Err(error) => {
            assert!(stored.is_empty(), "{case}");
            match error.at_portal() {
                AtPortal::Nothing => assert_eq!(held.len(), 0, "{case}: {error}"),
                AtPortal::One => assert_eq!(held.len(), 1, "{case}: {error}"),
                AtPortal::PerhapsOne => {}
                other => panic!("{case}: {other:?}"),
            }
            let nothing = error.at_portal() == AtPortal::Nothing;
            assert_eq!(
                discarded,
                usize::from(nothing && prepared > 0),
                "{case}: an attempt that did nothing is taken back"
            );
        }
    }
    assert_eq!(prepared, usize::from(with != Sink::None), "{case}");
}

/// Whether the whole secret was sent in clear within the first MiB, which is all that is read of a response.
fn went_out(fault: &Fault, held: &[StoredEndpoint]) -> bool {
    !fault.name().contains("100 MB before") && held.iter().any(|endpoint| endpoint.secret_went_out)
}

/// What reached the portal of the creates, as the sandbox recorded it.
#[derive(Debug)]
struct Reached {
    /// A create could be sent: a connection was accepted, and its TLS handshake, if there is one, ended.
    connected: bool,
    /// A byte of a create arrived.
    arrived: bool,
}

impl Reached {
    /// Looks when every connection is closed, and what was sent over it has been read. So the client has to be gone.
    async fn of(sandbox: &Sandbox, token: Token) -> Self {
        tokio::time::timeout(Duration::from_secs(30), sandbox.idle()).await.expect("the client closes its connections");
        // Nothing is sent to create an endpoint before there is a token.
        let authorised = token == Token::Given || sandbox.tokens_minted() > 0;
        let mut creates = sandbox.connections();
        creates.retain(|seen| authorised && !seen.first_line().starts_with(b"POST /api/v2/auth/"));
        Self {
            connected: creates.iter().any(|seen| seen.is_established()),
            arrived: creates.iter().any(|seen| seen.received_a_byte())
                || sandbox.requests().iter().any(|request| request.path() == "/api/v2/webhooks"),
        }
    }

    fn check(&self, case: &str, outcome: &Result<CreatedWebhook, CreateError>) {
        match kind(outcome) {
            "NotSent" => assert!(!self.arrived, "{case}: {self:?}: {outcome:?}"),
            "Unconfirmed" => assert!(self.connected, "{case}: {self:?}: {outcome:?}"),
            _ => {}
        }
    }
}

/// What may be claimed for the status that the client sees; whether it is true is for `check`.
fn expected(fault: &Fault, token: Token, with: Sink, scheme: Scheme, went_out: bool) -> Vec<&'static str> {
    let ok = if with == Sink::Fails { "NotStored" } else { "Ok" };
    let name = fault.name();
    // These hold the secret, though not in clear.
    let readable = went_out || name.contains("in escapes") || name.contains("UTF-16");
    let on_accept = |ending| name == Fault::breaks(Moment::Connected, ending).name();
    match fault.status() {
        Some(200..=299) if readable => vec![ok],
        Some(201) => vec!["SecretMissing"],
        Some(200..=299) => vec!["Unconfirmed"],
        // Once with another token, and a fault strikes once.
        Some(401) if token == Token::Minted => vec![ok],
        // Again at once where no Retry-After asks for more patience than this client has.
        Some(429) if !name.contains("Retry-After") => vec![ok],
        Some(status) if SAYS_NO.contains(&status) => vec!["Rejected"],
        Some(_) => vec!["Unconfirmed"],
        None if name == Fault::refuses().name() => vec!["NotSent"],
        // The client keeps no connection that this could strike, or knows that one was stale.
        None if fault.needs_a_kept_connection() => vec![ok],
        // Minting is repeated; so is a create that was not sent, because no handshake ended.
        None if on_accept(Ending::Hang) && (token == Token::Minted || scheme == Scheme::Https) => vec![ok],
        // The request may or may not have been written before the end was seen.
        None if on_accept(Ending::Reset) || on_accept(Ending::Close) => vec!["NotSent", "Unconfirmed", ok],
        None => vec!["Unconfirmed"],
    }
}

/// The statuses that say that nothing was done.
const SAYS_NO: [u16; 26] = [
    301, 307, 308, 501, 505, 400, 401, 403, 404, 405, 406, 409, 410, 411, 413, 414, 415, 417, 419, 421, 422, 426, 428,
    429, 431, 451,
];

/// Invariants 3 and 4.
#[tokio::test(flavor = "multi_thread")]
async fn the_outcome_is_true_at_the_portal_and_one_send_makes_at_most_one_endpoint() {
    let mut portals: Vec<(Fault, Scheme)> = Fault::all().into_iter().map(|fault| (fault, Scheme::Http)).collect();
    // Beneath the encryption, what strikes a connection strikes its handshake.
    let endings = [Ending::Reset, Ending::Close, Ending::Hang];
    let beneath = endings.map(|ending| Fault::breaks(Moment::Connected, ending));
    portals.extend([Fault::refuses()].into_iter().chain(beneath).map(|fault| (fault, Scheme::Https)));
    // Those that hang first, so that they wait while the others run.
    portals.sort_by_key(|(fault, _)| !fault.hangs());
    let mut cases = Vec::new();
    for (index, (fault, scheme)) in portals.into_iter().enumerate() {
        for (of_sink, with) in SINKS.into_iter().enumerate() {
            for (of_token, token) in TOKENS.into_iter().enumerate() {
                // The source of the token does not change what happens to a response: each fault meets each sink and each token,
                // and each pair of them meets every second fault. A fault without a response may also affect the minting.
                let is_every_second = (index + of_sink + of_token) % 2 == 0;
                if every_case()
                    || fault.status().is_none()
                    || is_every_second && (with == Sink::Works || !is_large(&fault))
                {
                    cases.push((fault.clone(), (with, token, scheme, Dialect::Page)));
                }
            }
        }
    }
    println!("{} faults, {} cases", Fault::all().len(), patience::all(cases, struck).await);
}

/// Only responses with an endpoint differ between dialects.
#[tokio::test(flavor = "multi_thread")]
async fn the_outcome_is_true_in_every_dialect() {
    let mut with_endpoint = Fault::all();
    with_endpoint.retain(|fault| matches!(fault.status(), Some(200..=299)) && !is_large(fault));
    with_endpoint.sort_by_key(|fault| !fault.hangs());
    let mut cases = Vec::new();
    for fault in with_endpoint {
        for (dialect, own) in [(Dialect::Drifted, Token::Given), (Dialect::House, Token::Minted)] {
            for with in SINKS {
                for token in TOKENS {
                    if every_case() || (with, token) == (Sink::Works, own) {
                        cases.push((fault.clone(), (with, token, Scheme::Http, dialect)));
                    }
                }
            }
        }
    }
    println!("{} cases", patience::all(cases, struck).await);
}

/// Whether the response is so large that the portal needs long for it; a client reads only its beginning.
fn is_large(fault: &Fault) -> bool {
    fault.name().contains("100 MB")
}

/// The settings of a case.
type Setting = (Sink, Token, Scheme, Dialect);

async fn struck(fault: Fault, (with, token, scheme, dialect): Setting, timeout: Duration) {
    let case = format!("{fault}; sink {with:?}; token {token:?}; {scheme:?}; dialect {dialect}");
    let sandbox = sandbox(scheme, dialect).await;
    let client = client(&sandbox, token, timeout, 1);
    let before = usize::from(fault.needs_a_kept_connection());
    if before > 0 {
        // Whether it keeps the connection of this one is the client's choice.
        let _ = create(&client, None).await.unwrap().secret.expose_secret();
    }
    sandbox.inject(fault.clone());
    let sink = Memory { fails: with == Sink::Fails, ..Memory::default() };
    let outcome = create(&client, (with != Sink::None).then(|| sink.clone())).await;
    drop(client);
    let held = sandbox.endpoints().split_off(before);
    check(&case, &outcome, &sink, with, &held);
    Reached::of(&sandbox, token).await.check(&case, &outcome);
    // The strongest claim: a secret that was sent in clear, to its last character, is not lost.
    let has_it = matches!(outcome, Ok(_) | Err(CreateError::NotStored(_)));
    let went_out = went_out(&fault, &held);
    assert!(has_it || !went_out, "{case}: the secret was sent, and the outcome is {}", kind(&outcome));
    let expected = expected(&fault, token, with, scheme, went_out);
    assert!(expected.contains(&kind(&outcome)), "{case}: expected {expected:?}, found {outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_minting_is_struck_nothing_is_claimed_that_is_not_so() {
    let faults = Fault::all_on(Operation::Token);
    let cases = faults.into_iter().map(|fault| (fault, ()));
    let run = |fault: Fault, (), timeout| async move {
        let case = format!("minting: {fault}");
        let sandbox = Sandbox::start().await.unwrap();
        let client = client(&sandbox, Token::Minted, timeout, 1);
        sandbox.inject(fault);
        let outcome = create(&client, None).await;
        drop(client);
        check(&case, &outcome, &Memory::default(), Sink::None, &sandbox.endpoints());
        Reached::of(&sandbox, Token::Minted).await.check(&case, &outcome);
        assert!(matches!(kind(&outcome), "Ok" | "NotSent"), "{case}: {outcome:?}");
    };
    println!("{} cases", patience::all(cases, run).await);
}

/// With a retry, a request that was lost and taken for unsent shows only as a second one. Here it shows as what it is.
#[tokio::test(flavor = "multi_thread")]
async fn without_retries_what_was_not_sent_did_not_arrive_and_doubt_needs_a_connection() {
    let silent = || Fault::all().into_iter().filter(|fault| fault.status().is_none());
    let http = silent().map(|fault| (fault, Scheme::Http));
    let cases = http.chain(silent().map(|fault| (fault, Scheme::Https)));
    let run = |fault: Fault, scheme, timeout| async move {
        let case = format!("without retries: {fault}; {scheme:?}");
        let sandbox = sandbox(scheme, Dialect::Page).await;
        let client = client(&sandbox, Token::Given, timeout, 0);
        sandbox.inject(fault);
        let outcome = create(&client, None).await;
        drop(client);
        check(&case, &outcome, &Memory::default(), Sink::None, &sandbox.endpoints());
        Reached::of(&sandbox, Token::Given).await.check(&case, &outcome);
    };
    println!("{} cases", patience::all(cases, run).await);
}

#[tokio::test]
async fn a_timeout_after_the_request_was_sent_is_unconfirmed_and_not_repeated() {
    patience::run(true, |timeout| async move {
        let sandbox = Sandbox::start().await.unwrap();
        sandbox.inject(Fault::breaks(Moment::AfterCommit, Ending::Hang));
        let client = client(&sandbox, Token::Given, timeout, 1);
        let outcome = create(&client, None).await;
        let Err(CreateError::Unconfirmed(unconfirmed)) = outcome else { panic!("{outcome:?}") };
        assert!(unconfirmed.is_timeout());
        assert_eq!((sandbox.requests().len(), sandbox.endpoints().len()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let sandbox = Sandbox::start().await.unwrap();
    for fault in Fault::all().into_iter().filter(|fault| matches!(fault.status(), Some(300..=399))) {
        let client = client(&sandbox, Token::Given, patience::LONG, 1);
        sandbox.forget_requests();
        sandbox.inject(fault.clone());
        assert!(create(&client, None).await.is_err());
        assert_eq!(sandbox.requests().len(), 1, "{fault}");
    }
}
