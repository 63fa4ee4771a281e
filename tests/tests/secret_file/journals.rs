//! What each outcome leaves in the folder: nothing, a journal, or the secret; and what a journal is good for.

use std::{fs, time::Duration};

use hb_portal::{AccessToken, BoxError, BoxFuture, Client, CreateError, CreatedWebhook, RetryPolicy, TokenProvider};
use hb_portal_sandbox::{Answer, Ending, Fault, Moment};

use super::scene::{Found, JOURNAL, NAME, Scene, URL};

/// A fault, and which outcome it has.
type Case = (fn() -> Fault, fn(&CreateError) -> bool);

const REJECTED: fn(&CreateError) -> bool = |error| matches!(error, CreateError::Rejected(_));
const UNCONFIRMED: fn(&CreateError) -> bool = |error| matches!(error, CreateError::Unconfirmed(_));
const SECRET_MISSING: fn(&CreateError) -> bool = |error| matches!(error, CreateError::SecretMissing(_));

#[tokio::test]
async fn a_rejected_create_leaves_no_trace() {
    const CASES: &[Case] = &[
        (|| Fault::answers(Answer::new(401)), REJECTED),
        (|| Fault::answers(Answer::new(422).json(r#"{"message":"The url is taken."}"#)), REJECTED),
        (|| Fault::answers(Answer::new(429).header("retry-after", "3600")), REJECTED),
        (|| Fault::answers(Answer::new(308).header("location", "/elsewhere")), REJECTED),
    ];
    for (fault, expected) in CASES {
        let scene = Scene::new().await;
        scene.sandbox.inject(fault());
        let error = scene.create().await.unwrap_err();
        assert!(expected(&error), "{error}");
        assert_eq!(scene.files(), [], "{error}");
        // And it stands in nobody's way.
        drop(scene.create().await.unwrap());
        scene.assert_stored();
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

#[tokio::test]
async fn an_endpoint_that_may_exist_without_its_secret_leaves_a_journal_until_it_is_acknowledged() {
    const CASES: &[Case] = &[
        (|| Fault::answers(Answer::new(500).committing()), UNCONFIRMED),
        (|| Fault::answers(Answer::new(502).html("<h1>502</h1>")), UNCONFIRMED),
        (|| Fault::answers(Answer::new(204).committing()), UNCONFIRMED),
        (|| Fault::breaks(Moment::AfterCommit, Ending::Reset), UNCONFIRMED),
        (|| Fault::breaks(Moment::AfterRequest, Ending::Close), UNCONFIRMED),
        (|| Fault::answers(Answer::documented().body("{}")), SECRET_MISSING),
        (|| Fault::answers(Answer::documented().body(r#"{"data":{"id":1},"secret":null}"#)), SECRET_MISSING),
    ];
    for (fault, expected) in CASES {
        let scene = Scene::new().await;
        scene.sandbox.inject(fault());
        let error = scene.create().await.unwrap_err();
        assert!(expected(&error), "{error}");
        assert_eq!(scene.files(), [Found::private(JOURNAL)], "{error}");

        let journal = scene.secret_file().journal().unwrap().unwrap();
        scene.assert_journal(&journal);
        scene.assert_refused().await;
        assert_eq!(scene.secret_file().journal().unwrap().as_ref(), Some(&journal), "reading it leaves it");

        assert_eq!(scene.secret_file().acknowledge().unwrap(), Some(journal));
        assert_eq!(scene.files(), []);
        assert_eq!(scene.secret_file().acknowledge().unwrap(), None, "once is enough");
        drop(scene.create().await.unwrap());
        scene.assert_stored();
        assert_eq!(scene.files(), [Found::private(NAME)]);
    }
}

#[tokio::test]
async fn acknowledging_removes_no_secret_that_is_stored() {
    let scene = Scene::new().await;
    drop::<CreatedWebhook>(scene.create().await.unwrap());
    assert_eq!(scene.secret_file().acknowledge().unwrap(), None);
    scene.assert_stored();
    scene.assert_refused().await;
    assert_eq!(scene.files(), [Found::private(NAME)]);
}

#[tokio::test]
async fn a_journal_that_cannot_be_read_is_an_error_and_stays() {
    for text in ["", "{}", "secret", r#"{"url":1,"events":[],"started_at":"2026-02-17T18:56:15Z"}"#] {
        let scene = Scene::new().await;
        let journal = scene.folder().join(JOURNAL);
        fs::write(&journal, text).unwrap();
        assert!(scene.secret_file().journal().is_err(), "{text:?}");
        assert!(scene.secret_file().acknowledge().is_err(), "{text:?}");
        scene.assert_refused().await;
        assert_eq!(fs::read_to_string(journal).unwrap(), text);
    }
}

#[tokio::test]
async fn what_another_attempt_is_writing_is_not_mistaken_for_a_journal_or_a_secret() {
    let scene = Scene::new().await;
    for draft in [".journal-0123456789abcdef", ".secret-0123456789abcdef"] {
        fs::write(scene.folder().join(format!(".{NAME}{draft}")), "half").unwrap();
    }
    assert_eq!(scene.secret_file().journal().unwrap(), None);
    drop(scene.create().await.unwrap());
    scene.assert_stored();
    assert_eq!(scene.files(), [Found::private(NAME)], "what a crash left is cleared away");
}
