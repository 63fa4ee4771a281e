//! `ensure` returns the secret of one endpoint to every caller, and leaves unexpected files in place.

use std::{fs, process::Stdio, time::Duration};

use hb_portal::{CreateError, Ensured, EventType, NotSentReason, SigningSecret};
use hb_portal_sandbox::{Fault, Response, Sandbox};

use super::{
    child,
    scene::{self, JOURNAL, Scene, URL, events},
};

async fn ensure(scene: &Scene, url: &str, events: &[EventType], deadline: Duration) -> Result<Ensured, CreateError> {
    let client = scene::client(scene.sandbox.base_url(), scene.sandbox.access_token());
    client.webhooks().ensure(url, events, scene.secret_file()).deadline(deadline).send().await
}

const LONG: Duration = Duration::from_secs(300);

fn secret(ensured: Ensured) -> SigningSecret {
    match ensured {
        Ensured::Stored(stored) => stored.secret,
        Ensured::Created(created) => created.secret,
    }
}

#[tokio::test]
async fn the_first_call_creates_and_later_calls_load() {
    let scene = Scene::new().await;
    let created = ensure(&scene, URL, &events(), LONG).await.unwrap();
    assert!(matches!(created, Ensured::Created(_)));
    scene.assert_loaded();
    let requests = scene.sandbox.requests().len();
    let mut reversed = events();
    reversed.reverse();
    // URLs are compared after parsing, and events as a set.
    for (url, events) in [(URL, events()), (URL, reversed), ("HTTPS://Your-App.com/webhooks", events())] {
        let stored = ensure(&scene, url, &events, LONG).await.unwrap();
        assert!(matches!(stored, Ensured::Stored(_)));
        assert_eq!(secret(stored).expose_secret(), scene.sandbox.endpoints()[0].expose_secret());
    }
    assert_eq!(scene.sandbox.requests().len(), requests, "something was sent");
}

#[tokio::test]
async fn another_url_or_other_events_or_a_missing_record_is_an_error_and_changes_nothing() {
    let scene = Scene::new().await;
    drop(scene.create().await.unwrap());
    let before = scene.sandbox.requests().len();
    let one = [EventType::ReferenceSubmitted];
    for (url, events) in [
        ("https://your-app.com/other?key=canary", &events()[..]),
        ("https://your-app.com/webhooks?key=canary", &events()),
        (URL, &one),
    ] {
        let why = refused(ensure(&scene, url, events, LONG).await);
        assert!(why.contains(scene.path().to_str().unwrap()) && !why.contains("canary"), "{why}");
        scene.assert_loaded();
    }
    fs::remove_file(scene.folder().join(scene::RECORD)).unwrap();
    let why = refused(ensure(&scene, URL, &events(), LONG).await);
    assert!(why.contains("nothing records"), "{why}");
    scene.assert_stored();
    assert_eq!(scene.sandbox.requests().len(), before, "something was sent");
}

#[tokio::test]
async fn invalid_input_is_rejected_even_if_the_file_has_a_secret() {
    let scene = Scene::new().await;
    drop(scene.create().await.unwrap());
    match ensure(&scene, "your-app.com", &events(), LONG).await {
        Err(CreateError::NotSent(error)) => assert_eq!(error.reason(), NotSentReason::Input),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_unfinished_attempt_is_reported_immediately() {
    let scene = Scene::new().await;
    scene.sandbox.inject(Fault::responds(Response::new(500).committing()));
    assert!(matches!(ensure(&scene, URL, &events(), LONG).await, Err(CreateError::Unconfirmed(_))));
    let why = refused(ensure(&scene, URL, &events(), LONG).await);
    assert!(why.contains("SecretFile::acknowledge"), "{why}");
    assert_eq!(scene.sandbox.endpoints().len(), 1);
}

/// A crash between storing the secret and removing the journal leaves both.
#[tokio::test]
async fn a_stored_secret_is_returned_even_if_its_attempt_was_killed_afterwards() {
    let scene = Scene::new().await;
    scene.sandbox.inject(Fault::responds(Response::new(500)));
    drop(scene.create().await);
    let journal = fs::read(scene.folder().join(JOURNAL)).unwrap();
    scene.secret_file().acknowledge().unwrap();
    drop(scene.create().await.unwrap());
    fs::write(scene.folder().join(JOURNAL), journal).unwrap();
    assert!(matches!(ensure(&scene, URL, &events(), LONG).await, Ok(Ensured::Stored(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn ensure_waits_for_a_running_attempt_until_the_deadline() {
    let reached = std::sync::Arc::new(tokio::sync::Notify::new());
    let (blocked, released) = std::sync::mpsc::channel::<()>();
    let (there, released) = (reached.clone(), std::sync::Mutex::new(released));
    let scene = Scene::with(Sandbox::builder().on_request(move |_| {
        there.notify_one();
        // It returns when the other end is dropped.
        let _ = released.lock().unwrap().recv();
    }))
    .await;
    let (base_url, token, path) =
        (scene.sandbox.base_url().to_owned(), scene.sandbox.access_token().to_owned(), scene.path());
    let first = tokio::spawn(async move { scene::create(&base_url, &token, path).await });
    reached.notified().await;
    match ensure(&scene, URL, &events(), Duration::from_millis(300)).await {
        Err(CreateError::NotSent(error)) => {
            assert_eq!(error.reason(), NotSentReason::Deadline);
            let why = std::error::Error::source(&error).unwrap().to_string();
            assert!(why.contains("running since") && why.contains(&std::process::id().to_string()), "{why}");
        }
        other => panic!("{other:?}"),
    }
    let wanted = events();
    let second = ensure(&scene, URL, &wanted, LONG);
    let release = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        drop(blocked);
    };
    let (second, ()) = tokio::join!(second, release);
    assert!(matches!(&second, Ok(Ensured::Stored(_))), "{second:?}");
    let created = first.await.unwrap().unwrap();
    assert_eq!(secret(second.unwrap()).expose_secret(), created.secret.expose_secret());
    assert_eq!(scene.sandbox.endpoints().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_tasks_create_one_endpoint_and_all_get_its_secret() {
    for _ in 0..10 {
        let scene = std::sync::Arc::new(Scene::new().await);
        let start = || {
            let scene = scene.clone();
            tokio::spawn(async move { ensure(&scene, URL, &events(), LONG).await })
        };
        for attempt in (0..8).map(|_| start()).collect::<Vec<_>>() {
            let secret = secret(attempt.await.unwrap().unwrap());
            assert_eq!(secret.expose_secret(), scene.sandbox.endpoints()[0].expose_secret());
        }
        assert_eq!(scene.sandbox.endpoints().len(), 1);
        scene.assert_loaded();
    }
}

#[tokio::test]
async fn two_concurrent_processes_create_one_endpoint_and_both_get_its_secret() {
    for _ in 0..10 {
        let scene = Scene::new().await;
        let children: Vec<_> = (0..2)
            .map(|_| {
                let mut command = child::command(&scene);
                child::ensure(&mut command);
                command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code().and_then(child::Ended::from_code), Some(child::Ended::Ok), "{stderr}");
            let fingerprint = SigningSecret::new(scene.sandbox.endpoints()[0].expose_secret()).fingerprint();
            assert!(stderr.contains(&fingerprint), "{stderr}");
        }
        assert_eq!(scene.sandbox.endpoints().len(), 1);
        scene.assert_loaded();
    }
}

/// Asserts that the file was refused, and returns the reason.
fn refused(outcome: Result<Ensured, CreateError>) -> String {
    scene::refused(outcome.map(|_| panic!("the attempt was not refused")))
}
