//! `a.or(b)`: one sink that can store is enough, and the other is discarded.

use hb_portal::{Attempt, BoxError, BoxFuture, CreateError, CreatedWebhook, SecretFile, SecretSink};
use hb_portal_sandbox::{Fault, Response};
use hb_portal_tests::logs::Warnings;

use super::recorder::{Behaviour, Calls, Recorder, create};

/// The outcome of a create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ok,
    NotSent,
    NotStored,
}

fn kind(outcome: &Result<CreatedWebhook, CreateError>) -> Kind {
    match outcome {
        Ok(_) => Kind::Ok,
        Err(CreateError::NotSent(_)) => Kind::NotSent,
        Err(CreateError::NotStored(_)) => Kind::NotStored,
        Err(other) => panic!("{other}"),
    }
}

fn recorder(name: &'static str, calls: &Calls, prepare: Behaviour, store: Behaviour) -> Recorder {
    Recorder { name, calls: calls.clone(), prepare, store, ..Recorder::default() }
}

const W: Behaviour = Behaviour::Works;
const F: Behaviour = Behaviour::Fails;
const P: Behaviour = Behaviour::Panics;

/// The behaviour of two sinks when they prepare and store; the outcome; and the calls after both have prepared.
type Case = ([Behaviour; 4], Kind, &'static [&'static str]);

const CASES: &[Case] = &[
    ([W, W, W, W], Kind::Ok, &["a.store", "b.discard"]),
    ([W, W, F, W], Kind::Ok, &["a.store"]),
    ([F, W, W, W], Kind::Ok, &["b.store"]),
    ([P, W, W, W], Kind::Ok, &["b.store"]),
    ([W, F, W, W], Kind::Ok, &["a.store", "b.store", "a.discard"]),
    ([W, P, W, W], Kind::Ok, &["a.store", "b.store", "a.discard"]),
    ([W, F, F, W], Kind::NotStored, &["a.store", "a.give_up"]),
    ([W, F, W, F], Kind::NotStored, &["a.store", "b.store", "a.give_up", "b.give_up"]),
    ([F, W, W, F], Kind::NotStored, &["b.store", "b.give_up"]),
    ([F, W, F, W], Kind::NotSent, &[]),
    ([P, W, P, W], Kind::NotSent, &[]),
];

#[tokio::test]
async fn the_first_sink_that_can_store_gets_the_secret_and_the_other_is_discarded() {
    for ([prepare_a, store_a, prepare_b, store_b], expected, after) in CASES {
        let calls = Calls::default();
        let sink = recorder("a.", &calls, *prepare_a, *store_a).or(recorder("b.", &calls, *prepare_b, *store_b));
        let (outcome, secrets) = create(sink, None).await;
        let calls = calls.lock().unwrap();
        let names: Vec<_> = calls.iter().map(|call| call.split(' ').next().unwrap()).collect();
        assert_eq!(kind(&outcome), *expected, "{calls:?}");
        assert_eq!(names, [&["a.prepare", "b.prepare"], *after].concat());
        assert_eq!(secrets.len(), usize::from(*expected != Kind::NotSent));
        if let Err(CreateError::NotStored(error)) = outcome {
            assert_eq!(error.created().secret.expose_secret(), secrets[0]);
        }
    }
}

/// The call proceeds without the sink that refuses, and a warning reports that.
#[tokio::test]
async fn a_sink_that_refuses_is_warned_about_if_the_other_does_not() {
    for prepare in [[F, W], [W, F]] {
        let (warnings, _guard) = Warnings::collect();
        let calls = Calls::default();
        let sink = recorder("a.", &calls, prepare[0], W).or(recorder("b.", &calls, prepare[1], W));
        let (outcome, _) = create(sink, None).await;
        assert_eq!(kind(&outcome), Kind::Ok);
        drop(outcome);
        let [warning] = &*warnings.all() else { panic!("{warnings:?}") };
        assert!(warning["step"] == "prepare" && warning["error"].contains("the vault is sealed"), "{warning:?}");
    }
}

#[tokio::test]
async fn both_errors_are_reported_if_neither_sink_can_store() {
    let calls = Calls::default();
    let (outcome, _) = create(recorder("a.", &calls, F, W).or(recorder("b.", &calls, P, W)), None).await;
    let Err(CreateError::NotSent(error)) = outcome else { panic!("{outcome:?}") };
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("the vault is sealed") && cause.contains("the sink panicked"), "{cause}");
}

#[tokio::test]
async fn a_response_is_kept_by_the_first_that_keeps_it() {
    for ([keeps_a, keeps_b], place) in [
        ([true, true], Some("a.vault")),
        ([true, false], Some("a.vault")),
        ([false, true], Some("b.vault")),
        ([false, false], None),
    ] {
        let calls = Calls::default();
        let sink = |name, keeps| Recorder { keeps, ..recorder(name, &calls, W, W) };
        let fault = Fault::responds(Response::new(201).json("{}"));
        let (outcome, _) = create(sink("a.", keeps_a).or(sink("b.", keeps_b)), Some(fault)).await;
        let Err(CreateError::SecretMissing(missing)) = outcome else { panic!("{outcome:?}") };
        assert_eq!(missing.response_kept_in(), place);
        let kept = |name| calls.lock().unwrap().iter().any(|call| call.starts_with(&format!("{name}keep_response")));
        assert_eq!((kept("a."), kept("b.")), (true, !keeps_a));
    }
}

#[tokio::test]
async fn a_rejection_discards_both() {
    let calls = Calls::default();
    let sink = recorder("a.", &calls, W, W).or(recorder("b.", &calls, W, W));
    let _ = create(sink, Some(Fault::responds(Response::new(422)))).await;
    assert_eq!(*calls.lock().unwrap(), ["a.prepare", "b.prepare", "a.discard", "b.discard"]);
}

#[tokio::test]
async fn three_sinks_are_tried_in_order() {
    let calls = Calls::default();
    let [a, b, c] = [("a.", F), ("b.", F), ("c.", W)].map(|(name, store)| recorder(name, &calls, W, store));
    let (outcome, _) = create(a.or(b).or(c), None).await;
    assert_eq!(kind(&outcome), Kind::Ok);
    let expected = ["a.prepare", "b.prepare", "c.prepare", "a.store", "b.store", "c.store", "a.discard", "b.discard"];
    assert_eq!(*calls.lock().unwrap(), expected);
}

/// A file whose path is taken between `prepare` and `store`.
struct Taken(SecretFile);

impl SecretSink for Taken {
    fn prepare<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        self.0.prepare(attempt)
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        std::fs::write(self.0.path(), "mine").unwrap();
        self.0.store(created)
    }

    fn discard<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        self.0.discard(attempt)
    }
}

#[tokio::test]
async fn a_file_that_could_not_store_leaves_no_journal_if_another_could() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| SecretFile::new(folder.path().join(name)));
    let (outcome, secrets) = create(Taken(first.clone()).or(second.clone()), None).await;
    assert_eq!(kind(&outcome), Kind::Ok);
    assert!(first.unfinished().unwrap().is_none() && second.unfinished().unwrap().is_none());
    assert_eq!(second.load().unwrap().unwrap().secret.expose_secret(), secrets[0]);
    assert_eq!(std::fs::read_to_string(first.path()).unwrap(), "mine");
}
