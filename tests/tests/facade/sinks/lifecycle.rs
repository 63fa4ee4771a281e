//! Each attempt of a sink ends exactly once: its secret is stored, or the attempt is discarded or given up.

use std::{error::Error, sync::Arc};

use hb_portal::{CreateError, NotSentReason, SecretSink};
use hb_portal_sandbox::{Ending, Fault, Moment, Response};

use super::recorder::{Behaviour, Calls, Recorder, create};

/// A fault, and the calls that the sink receives.
type Case = (Option<Fault>, &'static [&'static str]);

fn cases() -> Vec<Case> {
    let responds = |response: Response| Some(Fault::responds(response));
    vec![
        (None, &["prepare", "store"]),
        (responds(Response::new(422)), &["prepare", "discard"]),
        (responds(Response::new(500).json("{}")), &["prepare", "give_up (Some(500), None)"]),
        (Some(Fault::breaks(Moment::AfterCommit, Ending::Close)), &["prepare", "give_up (None, None)"]),
        (
            responds(Response::new(200).json(r#"{"odd":1}"#)),
            &["prepare", r#"keep_response (Some(200), None) {"odd":1}"#, "give_up (Some(200), None)"],
        ),
        (
            responds(Response::documented().body(r#"{"data":{"id":7}}"#)),
            &[
                "prepare",
                r#"keep_response (Some(201), Some("7")) {"data":{"id":7}}"#,
                r#"give_up (Some(201), Some("7"))"#,
            ],
        ),
        (responds(Response::new(204)), &["prepare", "give_up (Some(204), None)"]),
    ]
}

#[tokio::test]
async fn each_outcome_ends_the_attempt_once_even_through_a_pointer() {
    let forms: [fn(Recorder) -> Box<dyn SecretSink>; 4] = [
        |sink| Box::new(sink),
        |sink| Box::new(Arc::new(sink)),
        |sink| Box::new(Arc::new(sink) as Arc<dyn SecretSink>),
        |sink| Box::new(Box::new(Box::new(sink) as Box<dyn SecretSink>)),
    ];
    for form in forms {
        for (fault, expected) in cases() {
            let calls = Calls::default();
            let _ = create(form(Recorder { calls: calls.clone(), ..Recorder::default() }), fault).await;
            assert_eq!(*calls.lock().unwrap(), expected);
        }
    }
}

#[tokio::test]
async fn the_error_names_the_place_where_a_response_was_kept() {
    for fault in [Response::new(200).json("{}"), Response::new(201).json("{}")] {
        let (outcome, _) = create(Recorder { keeps: true, ..Recorder::default() }, Some(Fault::responds(fault))).await;
        let error = outcome.unwrap_err();
        assert!(error.to_string().contains("is kept in vault"), "{error}");
    }
}

#[tokio::test]
async fn a_sink_that_cannot_prepare_prevents_the_request() {
    for prepare in [Behaviour::Fails, Behaviour::Panics, Behaviour::PanicsLater] {
        let calls = Calls::default();
        let (outcome, secrets) = create(Recorder { calls: calls.clone(), prepare, ..Recorder::default() }, None).await;
        let Err(CreateError::NotSent(error)) = outcome else { panic!("{prepare:?}: {outcome:?}") };
        assert_eq!((error.reason(), secrets.len()), (NotSentReason::Sink, 0));
        let cause = error.source().unwrap().to_string();
        let expected = if prepare == Behaviour::Fails { "the vault is sealed" } else { "the sink panicked" };
        assert!(cause.contains(expected) && !cause.contains("canary"), "{cause}");
        assert_eq!(*calls.lock().unwrap(), ["prepare"]);
    }
}

#[tokio::test]
async fn a_sink_that_cannot_store_leaves_the_secret_in_the_error() {
    for store in [Behaviour::Fails, Behaviour::Panics, Behaviour::PanicsLater] {
        let calls = Calls::default();
        let (outcome, secrets) = create(Recorder { calls: calls.clone(), store, ..Recorder::default() }, None).await;
        let Err(CreateError::NotStored(error)) = outcome else { panic!("{store:?}: {outcome:?}") };
        assert_eq!(error.created().secret.expose_secret(), secrets[0]);
        let cause = error.error().to_string();
        assert!(!cause.contains("canary") && !cause.contains(&secrets[0]), "{cause}");
        let id = error.created().endpoint.id.as_ref().unwrap();
        assert_eq!(*calls.lock().unwrap(), ["prepare", "store", &format!("give_up (Some(201), Some(\"{id}\"))")]);
    }
}

#[tokio::test]
async fn a_sink_that_fails_after_the_response_does_not_change_the_outcome() {
    for rest in [Behaviour::Fails, Behaviour::Panics, Behaviour::PanicsLater] {
        for (fault, expected) in cases() {
            let calls = Calls::default();
            let (with, _) =
                create(Recorder { calls: calls.clone(), rest, keeps: true, ..Recorder::default() }, fault.clone())
                    .await;
            let (without, _) = create(Recorder::default(), fault).await;
            let kind = |outcome: &Result<_, CreateError>| outcome.as_ref().map(drop).map_err(ToString::to_string);
            assert_eq!(kind(&with), kind(&without), "{rest:?}");
            assert_eq!(*calls.lock().unwrap(), expected, "{rest:?}");
        }
    }
}
