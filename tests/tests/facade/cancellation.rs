//! A create that is dropped at any await has sent nothing, or its secret is stored, or a warning says that an endpoint may exist.

mod deadline;
mod hooks;
mod run;

use std::time::Duration;

use hb_portal::CreateError;
use hb_portal_sandbox::{Dialect, Ending, Fault, Moment as When, Offset, Response};
use hb_portal_tests::logs::Warnings;
use hooks::{Moment, Stop};
use run::{Dropped, Plan, Seen, TOKENS, Token, run, turns};

const SINKS: [bool; 2] = [false, true];

/// Checks what is true for every call, wherever it was dropped.
fn check(seen: &Seen) {
    assert!(seen.secrets.len() <= 1, "{seen:?}");
    let secret = seen.secrets.first().map(String::as_str);
    let stored = seen.file.as_deref();
    match &seen.outcome {
        Some(Ok(created)) => {
            assert_eq!(secret, Some(created.secret.expose_secret()), "{seen:?}");
            assert!(!seen.plan.sink || stored == secret, "{seen:?}");
        }
        Some(Err(error)) => panic!("{error}: {seen:?}"),
        // With a sink: all or nothing. Not even a journal is left.
        None if seen.plan.sink => {
            assert_eq!(stored, secret, "{seen:?}");
            let files: &[_] = if secret.is_some() { &[".secret.record", "secret"] } else { &[] };
            assert_eq!(seen.files, files, "{seen:?}");
            assert!(seen.notes.is_empty() || seen.notes == ["prepared", seen.last_note()], "{seen:?}");
        }
        None => assert!(seen.requests == seen.refusals || seen.warns_of_an_endpoint(), "{seen:?}"),
    }
    assert!(seen.outcome.is_none() || seen.warnings.is_empty(), "{seen:?}");
}

#[test]
fn a_call_that_is_dropped_before_its_request_sends_none() {
    for sink in SINKS {
        for (token, moment) in [
            (Token::Given, Moment::Preparing),
            (Token::Given, Moment::Prepared),
            (Token::Minted, Moment::Prepared),
            (Token::Minted, Moment::Minting),
            (Token::Provided, Moment::Token),
            (Token::Stale, Moment::Token),
        ] {
            if !sink && matches!(moment, Moment::Preparing | Moment::Prepared) {
                continue;
            }
            let seen = run(Plan::new(token, sink), Dropped::At(moment));
            assert!(seen.reached && seen.outcome.is_none(), "{seen:?}");
            check(&seen);
            assert_eq!((seen.requests, seen.secrets.len()), (0, 0), "{seen:?}");
            assert!(seen.warnings.is_empty(), "there is nothing to warn about: {seen:?}");
            assert!(!sink || seen.last_note() == "discarded", "{seen:?}");
        }
    }
}

#[test]
fn a_call_that_is_dropped_between_two_attempts_is_not_retried() {
    for sink in SINKS {
        let seen = run(Plan::new(Token::Stale, sink), Dropped::At(Moment::Refreshing));
        assert!(seen.reached && seen.outcome.is_none(), "{seen:?}");
        check(&seen);
        assert_eq!((seen.requests, seen.secrets.len()), (1, 0), "{seen:?}");
        assert!(seen.warnings.is_empty(), "the portal refused, so there is nothing to warn about: {seen:?}");
        assert!(!sink || seen.last_note() == "discarded", "{seen:?}");
    }
}

#[test]
fn a_call_without_a_sink_that_is_dropped_after_its_request_warns_that_an_endpoint_may_exist() {
    for token in TOKENS {
        let seen = run(Plan::new(token, false), Dropped::At(Moment::Created));
        assert!(seen.reached && seen.outcome.is_none(), "{seen:?}");
        check(&seen);
        assert_eq!(seen.secrets.len(), 1, "{seen:?}");
        assert_eq!(seen.warnings.len(), 1, "{seen:?}");
    }
}

#[test]
fn a_call_with_a_sink_that_is_dropped_after_its_request_stores_the_secret() {
    let cases = TOKENS.map(|token| (token, Dialect::Page)).into_iter();
    for (token, dialect) in cases.chain([Dialect::Drifted, Dialect::House].map(|dialect| (Token::Given, dialect))) {
        for moment in [Moment::Created, Moment::Storing, Moment::Stored] {
            let seen = run(Plan { dialect, ..Plan::new(token, true) }, Dropped::At(moment));
            assert!(seen.reached && seen.outcome.is_none(), "{seen:?}");
            check(&seen);
            assert_eq!((seen.secrets.len(), seen.last_note()), (1, "stored"), "{seen:?}");
            let is_of_a_dialect = |warning: &String| dialect != Dialect::Page && warning.starts_with("deviation=");
            assert!(seen.warnings.iter().all(is_of_a_dialect), "nothing is lost: {seen:?}");
        }
    }
}

#[test]
fn wherever_a_call_is_dropped_it_leaves_nothing_or_everything() {
    for token in TOKENS {
        SINKS.into_iter().for_each(|sink| drop_everywhere(&Plan::new(token, sink)));
    }
}

/// While a response arrives, the source of the token no longer matters.
#[test]
fn wherever_a_call_is_dropped_while_its_response_arrives_it_leaves_nothing_or_everything() {
    let slowly = Fault::responds(Response::documented().slowly(60, Duration::from_millis(1)));
    for sink in SINKS {
        drop_everywhere(&Plan { fault: Some(slowly.clone()), ..Plan::new(Token::Given, sink) });
    }
}

/// Drops the call after every number of polls, so that it is dropped at each await.
fn drop_everywhere(plan: &Plan) {
    // The last run is done before it is dropped.
    let is_done = |dropped| {
        let seen = run(plan.clone(), dropped);
        check(&seen);
        seen.outcome.is_some()
    };
    let _ = (0..).map(Dropped::AfterPolls).any(is_done);
    let _ = turns().map(Dropped::AfterTurns).any(is_done);
    let _ = turns().step_by(3).map(Dropped::LeftFor).any(is_done);
}

/// Only the log reports it.
#[test]
fn a_call_that_fails_after_it_was_dropped_warns_that_an_endpoint_may_exist() {
    let mut silent = Vec::new();
    let committed = |response: Response| Some(Fault::responds(response));
    for (fault, fails_to_store) in [
        (Some(Fault::breaks(When::AfterCommit, Ending::Reset)), false),
        (committed(Response::new(500).committing()), false),
        (committed(Response::documented().cut_at(Offset::BeforeSecretEnd(1))), false),
        (None, true),
    ] {
        let plan = Plan { fault, fails_to_store, ..Plan::new(Token::Given, true) };
        let left_alone = turns().step_by(3).map(Dropped::LeftFor);
        for dropped in left_alone.chain([Dropped::At(Moment::Created)]) {
            let seen = run(plan.clone(), dropped);
            assert!(seen.outcome.is_none() && seen.file.is_none() && seen.secrets.len() <= 1, "{seen:?}");
            // As with an awaited call, the journal stays exactly if there is an endpoint to look for.
            let has_journal = seen.files.iter().any(|name| name == ".secret.journal");
            assert_eq!(has_journal, !seen.secrets.is_empty(), "{seen:?}");
            if !seen.secrets.is_empty() && !seen.warns_of_an_endpoint() {
                silent.push(format!("{seen:?}"));
            }
        }
    }
    assert!(
        silent.is_empty(),
        "{} calls without a warning that an endpoint may exist:\n{}",
        silent.len(),
        silent.join("\n")
    );
}

/// All calls wait for the one that mints, which may be dropped.
#[tokio::test]
async fn if_a_call_is_dropped_while_it_mints_a_token_the_next_one_mints_it() {
    let stop = Stop::new(Some(Moment::Minting));
    let sandbox = run::sandbox(Dialect::Page, &stop).await;
    let client = run::client(&sandbox, &stop, Token::Minted);
    let create = || Box::pin(client.webhooks().create("https://your-app.com/webhooks", ["reference.submitted"]).send());
    let (mut mints, mut waits) = (create(), create());
    tokio::select! {
        biased;
        _ = &mut mints => panic!("no token is sent"),
        _ = &mut waits => panic!("there is no token"),
        () = stop.reached() => {}
    }
    drop(mints);
    stop.dropped();
    let created = waits.await.unwrap();
    assert_eq!(created.secret.expose_secret(), sandbox.endpoints()[0].expose_secret());
    assert_eq!(sandbox.endpoints().len(), 1);
}

/// If a sink reads a secret and fails, the secret still counts as unread.
#[test]
fn a_secret_that_a_sink_read_but_did_not_store_is_warned_about_if_nobody_takes_it() {
    let plan = Plan { fails_to_store: true, ..Plan::new(Token::Given, true) };
    for takes in [false, true] {
        let seen = run(plan.clone(), Dropped::AfterTurns(usize::MAX));
        let Some(Err(CreateError::NotStored(not_stored))) = seen.outcome else { panic!("{seen:?}") };
        let (warnings, _guard) = Warnings::collect();
        let created = not_stored.into_created();
        if takes {
            assert_eq!(created.secret.expose_secret(), seen.secrets[0]);
        }
        drop(created);
        assert_eq!(warnings.all().len(), usize::from(!takes), "{warnings:?}");
    }
}
