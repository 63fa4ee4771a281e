//! The files that each outcome leaves in the folder (none, a journal, or the secret), and how a journal is used.

use std::{
    fs,
    os::unix::fs::symlink,
    sync::{Arc, Mutex},
    time::Duration,
};

use hb_portal::{
    AccessToken, Attempt, BoxError, BoxFuture, Client, CreateError, CreatedWebhook, Liveness, RetryPolicy, SecretFile,
    SecretSink, TokenProvider,
};
use hb_portal_sandbox::{Ending, Fault, Moment, Response, Sandbox};

use super::scene::{Found, JOURNAL, NAME, RECORD, Scene, URL, client, events};

/// A fault, and a check for the outcome it leads to.
type Case = (fn() -> Fault, fn(&CreateError) -> bool);

const REJECTED: fn(&CreateError) -> bool = |error| matches!(error, CreateError::Rejected(_));
const UNCONFIRMED: fn(&CreateError) -> bool = |error| matches!(error, CreateError::Unconfirmed(_));
const SECRET_MISSING: fn(&CreateError) -> bool = |error| matches!(error, CreateError::SecretMissing(_));

#[tokio::test]
async fn a_rejected_create_leaves_no_trace() {
    const CASES: &[Case] = &[
        (|| Fault::responds(Response::new(401)), REJECTED),
        (|| Fault::responds(Response::new(422).json(r#"{"message":"The url is taken."}"#)), REJECTED),
        (|| Fault::responds(Response::new(429).header("retry-after", "3600")), REJECTED),
        (|| Fault::responds(Response::new(308).header("location", "/elsewhere")), REJECTED),
    ];
    for (fault, expected) in CASES {
        let scene = Scene::new().await;
        scene.sandbox.inject(fault());
        let error = scene.create().await.unwrap_err();
        assert!(expected(&error), "{error}");
        assert_eq!(scene.files(), [], "{error}");
        // The rejection does not block the next attempt.
        drop(scene.create().await.unwrap());
        scene.assert_loaded();
    }
}

#[tokio::test]
async fn a_create_that_was_not_sent_leaves_no_trace() {
    let scene = Scene::new().await;
    let (base_url, refusing) = (scene.sandbox.base_url(), scene.sandbox.refusing_base_url());
    for builder in [
        Client::builder().base_url(refusing).access_token("token").retry(RetryPolicy::none()),
        Client::builder().base_url(base_url).access_token("token").deadline(Duration::ZERO),
        Client::builder().base_url(base_url).token_provider(NoToken),
    ] {
        let client = builder.build().unwrap();
        let create = client.webhooks().create(URL, ["reference.submitted"]).store_secret_in(scene.secret_file());
        let error = create.send().await.unwrap_err();
        assert!(matches!(error, CreateError::NotSent(_)), "{error}");
        assert_eq!(scene.files(), [], "{error}");
    }
    assert!(scene.sandbox.requests().is_empty());
}

struct NoToken;

impl TokenProvider for NoToken {
    fn token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>> {
        Box::pin(async { Err("there is none".into()) })
    }
}

/// A fault, a check for the outcome it leads to, the status and the id in the journal, and the message for the next
/// attempt.
type Doubtful = (fn() -> Fault, fn(&CreateError) -> bool, Option<u16>, Option<&'static str>, &'static str);

#[tokio::test]
async fn a_possible_endpoint_without_its_secret_leaves_a_journal_until_it_is_acknowledged() {
    const MAY: &str = "an endpoint for https://your-app.com/webhooks may have been created";
    const CASES: &[Doubtful] = &[
        (|| Fault::responds(Response::new(500).committing()), UNCONFIRMED, Some(500), None, MAY),
        (|| Fault::responds(Response::new(502).html("<h1>502</h1>")), UNCONFIRMED, Some(502), None, MAY),
        (|| Fault::responds(Response::new(204).committing()), UNCONFIRMED, Some(204), None, "received 204 No Content"),
        (|| Fault::breaks(Moment::AfterCommit, Ending::Reset), UNCONFIRMED, None, None, MAY),
        (|| Fault::breaks(Moment::AfterRequest, Ending::Close), UNCONFIRMED, None, None, MAY),
        (
            || Fault::responds(Response::documented().body("{}")),
            SECRET_MISSING,
            Some(201),
            None,
            "received 201 Created",
        ),
        (
            || Fault::responds(Response::documented().body(r#"{"data":{"id":71},"secret":null}"#)),
            SECRET_MISSING,
            Some(201),
            Some("71"),
            "delete endpoint 71 at the portal",
        ),
    ];
    for (fault, expected, status, id, message) in CASES {
        let scene = Scene::new().await;
        scene.sandbox.inject(fault());
        let error = scene.create().await.unwrap_err();
        assert!(expected(&error), "{error}");
        let response = scene.folder().join(format!("{NAME}.response"));
        if response.exists() {
            // A test below covers the kept response.
            fs::remove_file(response).unwrap();
        }
        assert_eq!(scene.files(), [Found::private(JOURNAL)], "{error}");

        let attempt = scene.secret_file().unfinished().unwrap().unwrap();
        scene.assert_journal(&attempt);
        assert_eq!(attempt.process, std::process::id());
        assert_eq!(attempt.status.map(|status| status.as_u16()), *status, "{error}");
        assert_eq!(attempt.id.as_ref().map(|id| id.as_str()), *id, "{error}");
        let why = scene.assert_refused().await;
        assert!(why.contains(message) && why.contains("SecretFile::acknowledge"), "{why}");
        assert_eq!(
            scene.secret_file().unfinished().unwrap().as_ref(),
            Some(&attempt),
            "reading a journal does not remove it"
        );

        assert_eq!(scene.secret_file().acknowledge().unwrap(), Some(attempt));
        assert_eq!(scene.files(), []);
        assert_eq!(scene.secret_file().acknowledge().unwrap(), None, "acknowledging again finds nothing");
        drop(scene.create().await.unwrap());
        scene.assert_loaded();
    }
}

#[tokio::test]
async fn a_secret_that_could_not_be_stored_leaves_a_journal_with_the_id() {
    let folder = tempfile::tempdir().unwrap();
    let (path, there) = (folder.path().join(NAME), folder.path().join(NAME));
    let scene = Scene::with(Sandbox::builder().on_request(move |_| fs::write(&there, "mine").unwrap())).await;
    let Err(CreateError::NotStored(error)) = scene.create_in(&path).await else { panic!("the secret was stored") };
    let attempt = SecretFile::new(&path).unfinished().unwrap().unwrap();
    assert_eq!(attempt.id, error.created().endpoint.id);
    assert!(attempt.id.is_some());
    assert_eq!(attempt.liveness, Liveness::Dead);
}

/// A response that holds the secret in a form that no parser can foresee.
const UNREADABLE: &str = "the secret of endpoint 7 is whsec_hidden_in_words";

#[tokio::test]
async fn a_response_without_a_readable_secret_is_kept_and_never_replaced() {
    for status in [200, 201] {
        let scene = Scene::new().await;
        scene.sandbox.inject(Fault::responds(Response::new(status).html(UNREADABLE).committing()));
        let error = scene.create().await.unwrap_err();
        let place = match &error {
            CreateError::SecretMissing(missing) => missing.response_kept_in(),
            CreateError::Unconfirmed(unconfirmed) => unconfirmed.response_kept_in(),
            other => panic!("{other}"),
        };
        let response = scene.folder().join(format!("{NAME}.response"));
        assert_eq!(place, response.to_str());
        assert!(error.to_string().contains(response.to_str().unwrap()), "{error}");
        assert!(!error.to_string().contains("whsec"), "{error}");
        assert_eq!(fs::read_to_string(&response).unwrap(), UNREADABLE);
        assert_eq!(Found::new(&response).mode, 0o600);

        scene.secret_file().acknowledge().unwrap();
        assert_eq!(fs::read_to_string(&response).unwrap(), UNREADABLE, "acknowledging does not remove it");
        let why = scene.assert_refused().await;
        assert!(why.contains(response.to_str().unwrap()), "{why}");
        fs::remove_file(&response).unwrap();
        drop(scene.create().await.unwrap());
        scene.assert_loaded();
    }
}

#[tokio::test]
async fn an_empty_response_or_one_of_a_failure_or_a_rejection_is_not_kept() {
    for status in [500, 422, 204] {
        let scene = Scene::new().await;
        let response = if status == 204 { Response::new(status) } else { Response::new(status).html(UNREADABLE) };
        scene.sandbox.inject(Fault::responds(response));
        scene.create().await.unwrap_err();
        assert!(!scene.folder().join(format!("{NAME}.response")).exists(), "{status}");
    }
}

#[tokio::test]
async fn a_kept_response_that_appears_meanwhile_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (path, there) = (folder.path().join(NAME), folder.path().join(format!("{NAME}.response")));
    let mine = there.clone();
    let scene = Scene::with(Sandbox::builder().on_request(move |_| fs::write(&there, "mine").unwrap())).await;
    scene.sandbox.inject(Fault::responds(Response::new(201).html(UNREADABLE)));
    let Err(CreateError::SecretMissing(missing)) = scene.create_in(&path).await else { panic!("a secret was found") };
    assert_eq!(missing.response_kept_in(), None);
    assert_eq!(fs::read_to_string(mine).unwrap(), "mine");
    assert_eq!(missing.expose_body(), UNREADABLE.as_bytes());
}

/// A receiver's URL may contain credentials, and recovery compares the whole URL.
#[tokio::test]
async fn the_whole_url_is_in_the_journal_and_in_no_message() {
    const SECRET_URL: &str = "https://user:canary@your-app.com/webhooks?key=canary";
    let scene = Scene::new().await;
    let file = scene.secret_file();
    let client = client(scene.sandbox.base_url(), scene.sandbox.access_token());
    let create = |url| client.webhooks().create(url, events()).store_secret_in(file.clone()).send();
    scene.sandbox.inject(Fault::responds(Response::new(500)));
    create(SECRET_URL).await.unwrap_err();
    let attempt = file.unfinished().unwrap().unwrap();
    assert_eq!(attempt.url, SECRET_URL);
    let why = super::scene::refused(create(URL).await);
    let shown = format!("{why} {attempt:?} {file:?}");
    assert!(shown.contains("https://your-app.com/webhooks") && !shown.contains("canary"), "{shown}");

    file.acknowledge().unwrap();
    drop(create(SECRET_URL).await.unwrap());
    let stored = file.load().unwrap().unwrap();
    assert_eq!(stored.endpoint.as_ref().unwrap().url, SECRET_URL);
    let shown = format!("{stored:?}");
    assert!(shown.contains("https://your-app.com/webhooks") && !shown.contains("canary"), "{shown}");
}

/// A program can keep the sink that it passed to a call.
#[tokio::test]
async fn an_attempt_ends_with_its_call_even_if_its_sink_lives_on() {
    let scene = Scene::new().await;
    let file = Arc::new(scene.secret_file());
    let client = client(scene.sandbox.base_url(), scene.sandbox.access_token());
    scene.sandbox.inject(Fault::responds(Response::new(500)));
    client.webhooks().create(URL, events()).store_secret_in(Arc::clone(&file)).send().await.unwrap_err();
    assert_eq!(file.unfinished().unwrap().unwrap().liveness, Liveness::Dead);
    file.acknowledge().unwrap().unwrap();
    let created = client.webhooks().create(URL, events()).store_secret_in(Arc::clone(&file)).send().await.unwrap();
    assert_eq!(file.load().unwrap().unwrap().secret.expose_secret(), created.secret.expose_secret());
}

#[tokio::test]
async fn acknowledging_removes_no_stored_secret() {
    let scene = Scene::new().await;
    drop::<CreatedWebhook>(scene.create().await.unwrap());
    assert_eq!(scene.secret_file().acknowledge().unwrap(), None);
    scene.assert_refused().await;
    scene.assert_loaded();
}

#[tokio::test]
async fn an_unreadable_journal_is_an_error_and_stays() {
    for text in ["", "{}", "secret", r#"{"url":1,"events":[],"started_at":"2026-02-17T18:56:15Z"}"#] {
        let scene = Scene::new().await;
        let journal = scene.folder().join(JOURNAL);
        fs::write(&journal, text).unwrap();
        assert!(scene.secret_file().unfinished().is_err(), "{text:?}");
        assert!(scene.secret_file().acknowledge().is_err(), "{text:?}");
        let why = scene.assert_refused().await;
        assert!(why.contains(journal.to_str().unwrap()), "{why}");
        assert_eq!(fs::read_to_string(journal).unwrap(), text);
    }
}

/// An attempt that was killed before its journal had its final name sent nothing.
#[tokio::test]
async fn the_draft_of_an_attempt_that_crashed_before_sending_is_removed() {
    let scene = Scene::new().await;
    let draft = |nonce: &str| scene.folder().join(format!(".{NAME}.journal-{nonce}"));
    let dead = draft("0123456789abcdef0123456789abcdef");
    let live = draft("0123456789abcdef0123456789abcde0");
    let link = draft("0123456789abcdef0123456789abcde1");
    fs::write(&dead, "half").unwrap();
    fs::write(&live, "half").unwrap();
    symlink(&dead, &link).unwrap();
    let writing = fs::File::options().write(true).open(&live).unwrap();
    writing.lock().unwrap();
    assert_eq!(scene.secret_file().unfinished().unwrap(), None);
    drop(scene.create().await.unwrap());
    scene.assert_stored();
    assert!(!dead.exists() && live.exists() && link.is_symlink());
    drop(writing);
    for left in [live, link, scene.folder().join(RECORD), scene.path()] {
        fs::remove_file(left).unwrap();
    }
    assert_eq!(scene.files(), []);
}

/// A sink that keeps its attempts, for use with a [`SecretFile`] that is called directly.
#[derive(Clone, Default)]
struct KeepAttempts(Arc<Mutex<Vec<Attempt>>>);

impl SecretSink for KeepAttempts {
    fn prepare<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        self.0.lock().unwrap().push(attempt.clone());
        Box::pin(async { Ok(()) })
    }

    fn store<'a>(&'a self, _: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn an_attempt_removes_only_its_own_journal() {
    let scene = Scene::new().await;
    let client = client(scene.sandbox.base_url(), scene.sandbox.access_token());
    let sink = KeepAttempts::default();
    for _ in 0..2 {
        drop(client.webhooks().create(URL, events()).store_secret_in(sink.clone()).send().await.unwrap());
    }
    let attempts = sink.0.lock().unwrap().clone();
    let [first, second] = &attempts[..] else { panic!("there are two attempts") };
    assert_ne!(first.nonce, second.nonce);

    // If two calls share a sink, the refused one discards nothing.
    let file = scene.secret_file();
    file.prepare(first).await.unwrap();
    assert!(file.prepare(second).await.is_err());
    file.discard(second).await.unwrap();
    assert_eq!(file.unfinished().unwrap().unwrap().nonce, first.nonce);
    // On a file system without locks, an attempt can be acknowledged while it is still running, and another one can
    // begin.
    fs::remove_file(scene.folder().join(JOURNAL)).unwrap();
    let other = scene.secret_file();
    other.prepare(second).await.unwrap();
    file.discard(first).await.unwrap();
    assert_eq!(other.unfinished().unwrap().unwrap().nonce, second.nonce);
    other.discard(second).await.unwrap();
    assert_eq!(scene.files(), []);
}
