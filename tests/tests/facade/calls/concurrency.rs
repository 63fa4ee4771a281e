//! Many concurrent creates with one client: each gets its own endpoint and secret, and the token is minted once.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use hb_portal::{
    Attempt, BoxError, BoxFuture, Client, ClientCredentials, CreateError, CreatedWebhook, NotSentReason, RetryPolicy,
    SecretFile, SecretSink,
};
use hb_portal_sandbox::{Ending, Fault, Moment, Operation, Response, Sandbox};
use hb_portal_tests::inputs;
use tokio::{
    sync::{Barrier, Mutex},
    task::JoinSet,
};

const AT_ONCE: usize = 200;

/// Each test opens hundreds of sockets. All tests together would exceed the limit of a process.
static ONE_TEST_AT_A_TIME: Mutex<()> = Mutex::const_new(());

type Outcome = Result<CreatedWebhook, CreateError>;

fn client(sandbox: &Sandbox, api_key: &str) -> Client {
    let credentials = ClientCredentials::new(sandbox.client_id(), api_key);
    let client = Client::builder().base_url(sandbox.base_url()).credentials(credentials);
    client.retry(RetryPolicy::none()).build().unwrap()
}

/// Starts the given number of creates, each in a task with a clone of the client. None begins before all tasks are
/// ready.
async fn create_at_once<S: SecretSink + 'static>(
    client: &Client,
    count: usize,
    sink: impl Fn(usize) -> Option<S>,
) -> HashMap<String, Outcome> {
    let begin = Arc::new(Barrier::new(count));
    let mut calls = JoinSet::new();
    for number in 0..count {
        let (client, begin, sink) = (client.clone(), Arc::clone(&begin), sink(number));
        calls.spawn(async move {
            let url = format!("https://your-app.com/webhooks/{number}");
            begin.wait().await;
            let call = client.webhooks().create(&url, ["reference.submitted"]);
            let outcome = match sink {
                Some(sink) => call.store_secret_in(sink).send().await,
                None => call.send().await,
            };
            (url, outcome)
        });
    }
    calls.join_all().await.into_iter().collect()
}

fn no_sink(_: usize) -> Option<SecretFile> {
    None
}

/// Compares each outcome with the endpoint that has its URL.
fn check(sandbox: &Sandbox, outcomes: &HashMap<String, Outcome>) {
    let endpoints = sandbox.endpoints();
    let secrets: HashSet<&str> = endpoints.iter().map(|endpoint| endpoint.expose_secret()).collect();
    assert_eq!(secrets.len(), endpoints.len(), "the sandbox issued a secret twice");
    for (url, outcome) in outcomes {
        let created = outcome.as_ref().unwrap();
        let [endpoint] = endpoints.iter().filter(|endpoint| endpoint.url == *url).collect::<Vec<_>>()[..] else {
            panic!("there is not exactly one endpoint for {url}");
        };
        assert_eq!(created.secret.expose_secret(), endpoint.expose_secret(), "{url}");
        assert_eq!(created.endpoint.id.as_ref().unwrap().as_str(), endpoint.id.to_string(), "{url}");
    }
}

fn requests_for(sandbox: &Sandbox, operation: &str) -> usize {
    sandbox.requests().iter().filter(|request| request.path().ends_with(operation)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_of_many_concurrent_creates_makes_one_endpoint_and_all_use_one_token() {
    let _turn = ONE_TEST_AT_A_TIME.lock().await;
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox, sandbox.api_key());
    let outcomes = create_at_once(&client, AT_ONCE, no_sink).await;
    check(&sandbox, &outcomes);
    assert_eq!(sandbox.endpoints().len(), AT_ONCE);
    assert_eq!(requests_for(&sandbox, "/webhooks"), AT_ONCE);
    assert_eq!((sandbox.tokens_minted(), requests_for(&sandbox, "/auth/token")), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_revoked_token_is_replaced_once_for_all_creates() {
    let _turn = ONE_TEST_AT_A_TIME.lock().await;
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox, sandbox.api_key());
    for round in 1..=2 {
        let before = sandbox.endpoints().len();
        let outcomes = create_at_once(&client, AT_ONCE, no_sink).await;
        assert_eq!(sandbox.endpoints().len() - before, AT_ONCE, "round {round}");
        let secrets: HashSet<_> = sandbox.endpoints()[before..].iter().map(|e| e.expose_secret().to_owned()).collect();
        let given: HashSet<_> = outcomes.values().map(|o| o.as_ref().unwrap().secret.expose_secret().into()).collect();
        assert_eq!(given, secrets, "round {round}");
        assert_eq!((sandbox.tokens_minted(), requests_for(&sandbox, "/auth/token")), (round, round));
        sandbox.revoke_tokens();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_that_cannot_be_minted_is_not_requested_by_each_create() {
    let _turn = ONE_TEST_AT_A_TIME.lock().await;
    for (fault, reason) in [
        (None, NotSentReason::TokenRefused),
        (Some(Fault::responds(Response::new(500))), NotSentReason::TokenUnavailable),
        (Some(Fault::responds(Response::new(429).header("retry-after", "1"))), NotSentReason::RateLimited),
        (Some(Fault::responds(Response::new(200).json("{}"))), NotSentReason::TokenUnavailable),
        (Some(Fault::breaks(Moment::AfterRequest, Ending::Reset)), NotSentReason::TokenUnavailable),
    ] {
        let sandbox = Sandbox::start().await.unwrap();
        let client = client(&sandbox, if fault.is_none() { "another key" } else { sandbox.api_key() });
        let case = fault.as_ref().map_or_else(|| "a wrong key".to_owned(), |fault| fault.to_string());
        fault.into_iter().for_each(|fault| sandbox.inject_always(fault.on(Operation::Token)));
        for (url, outcome) in create_at_once(&client, AT_ONCE, no_sink).await {
            let Err(CreateError::NotSent(not_sent)) = &outcome else { panic!("{case}, {url}: {outcome:?}") };
            assert_eq!(not_sent.reason(), reason, "{case}, {url}: {outcome:?}");
        }
        assert_eq!((requests_for(&sandbox, "/webhooks"), sandbox.endpoints().len()), (0, 0), "{case}");
        // A create that begins after a failure may request a token again; one that waited for the failed request may
        // not.
        let requested = requests_for(&sandbox, "/auth/token");
        assert!((1..=AT_ONCE / 10).contains(&requested), "{case}: requested {requested} times");

        // A failure is remembered only while creates wait for it.
        sandbox.clear_faults().unwrap();
        let outcome = client.webhooks().create("https://your-app.com/", ["reference.submitted"]).send().await;
        assert_eq!(outcome.is_ok(), case != "a wrong key", "{case}: {outcome:?}");
        assert_eq!(requests_for(&sandbox, "/auth/token"), requested + 1, "{case}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_of_many_sinks_stores_the_secret_of_its_own_endpoint() {
    let _turn = ONE_TEST_AT_A_TIME.lock().await;
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox, sandbox.api_key());
    let folder = tempfile::tempdir().unwrap();
    let path = |number: usize| folder.path().join(format!("secret-{number}"));
    let outcomes = create_at_once(&client, 50, |number| Some(SecretFile::new(path(number)))).await;
    check(&sandbox, &outcomes);
    for number in 0..50 {
        let created = outcomes[&format!("https://your-app.com/webhooks/{number}")].as_ref().unwrap();
        assert_eq!(std::fs::read_to_string(path(number)).unwrap(), created.secret.expose_secret());
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        100,
        "there must be a secret and a record for each, and no journal"
    );
}

/// The journal coordinates the creates.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn only_one_of_many_creates_that_share_a_file_is_sent() {
    let _turn = ONE_TEST_AT_A_TIME.lock().await;
    for _ in 0..10 {
        let sandbox = Sandbox::start().await.unwrap();
        let client = client(&sandbox, sandbox.api_key());
        let folder = tempfile::tempdir().unwrap();
        let file = SecretFile::new(folder.path().join("secret"));
        let outcomes = create_at_once(&client, 20, |_| Some(file.clone())).await;
        let (stored, refused): (Vec<_>, Vec<_>) = outcomes.into_values().partition(Result::is_ok);
        assert_eq!((stored.len(), sandbox.endpoints().len()), (1, 1), "{refused:?}");
        let secret = std::fs::read_to_string(file.path()).unwrap();
        assert_eq!(secret, sandbox.endpoints()[0].expose_secret());
        assert!(file.unfinished().unwrap().is_none());
        for outcome in refused {
            let is_about_the_sink =
                matches!(&outcome, Err(CreateError::NotSent(why)) if why.reason() == NotSentReason::Sink);
            assert!(is_about_the_sink, "{outcome:?}");
        }
    }
}

/// A sink that keeps its attempt, for use with a [`SecretFile`] that is called directly.
struct KeepAttempt(Arc<std::sync::Mutex<Vec<Attempt>>>);

impl SecretSink for KeepAttempt {
    fn prepare<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        self.0.lock().unwrap().push(attempt.clone());
        Box::pin(async { Ok(()) })
    }

    fn store<'a>(&'a self, _: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { Ok(()) })
    }
}

/// Between the check for the secret and the check for the journal, the secret may be stored and the journal removed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_that_is_being_stored_is_not_prepared_again() {
    let _turn = ONE_TEST_AT_A_TIME.lock().await;
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox, sandbox.api_key());
    let attempts = Arc::new(std::sync::Mutex::new(Vec::new()));
    let create = || client.webhooks().create("https://your-app.com/", ["reference.submitted"]);
    let created = create().store_secret_in(KeepAttempt(Arc::clone(&attempts))).send().await.unwrap();
    for _ in 0..6 {
        drop(create().store_secret_in(KeepAttempt(Arc::clone(&attempts))).send().await.unwrap());
    }
    // Each attempt has its own nonce, so the names of its files differ from those of the others.
    let mut attempts: Vec<Attempt> = std::mem::take(&mut attempts.lock().unwrap());
    let attempt = attempts.remove(0);
    // The race is closest where a sync takes no time.
    let memory = std::path::Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    for round in 0..inputs(400, 1500) {
        let file = SecretFile::new(folder.path().join(format!("secret-{round}")));
        file.prepare(&attempt).await.unwrap();
        let mut others = JoinSet::new();
        for attempt in attempts.clone() {
            let file = file.clone();
            others.spawn(async move { file.prepare(&attempt).await.is_ok() });
        }
        file.store(&created).await.unwrap();
        let prepared = others.join_all().await.into_iter().filter(|prepared| *prepared).count();
        assert_eq!(prepared, 0, "round {round}: a call that cannot store its secret would be sent");
        assert!(file.unfinished().unwrap().is_none(), "round {round}");
        std::fs::remove_file(file.path()).unwrap();
    }
}
