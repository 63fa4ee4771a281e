//! Every operation except a create, with the canaries in it.

use hb_portal::{CallError, Client, Orphan, test_util};
use hb_portal_sandbox::{Fault, Operation, Response};
use hb_portal_tests::{
    every_case,
    operations::{OPERATIONS, Row},
};
use serde_json::json;

use super::{
    canary::{API_KEY, PREFIX, REFRESH_TOKEN, SECRET, TOKEN, URL},
    portal::{TOKENS, Token, client, client_for, create, echo, echo_in_other_spellings, mints_the_canary, sandbox},
    sweep::Sweep,
};

/// Calls an operation for the endpoint whose URL has the canaries, and sweeps the result.
async fn call(sweep: &mut Sweep, what: &str, row: &Row, client: &Client) -> Result<(), ()> {
    let outcome: Result<String, CallError> = (row.call)(client, &"1".into(), URL).await;
    match outcome {
        Ok(shown) => {
            sweep.text(what, &shown);
            Ok(())
        }
        Err(error) => {
            sweep.text(what, error.request_id().unwrap_or_default());
            if let CallError::Rejected(rejection) = &error {
                sweep.text(what, rejection.message().unwrap_or_default());
                sweep.debug(what, rejection.field_errors());
            }
            if let CallError::InTransit(in_transit) = &error {
                sweep.text(what, in_transit.message().unwrap_or_default());
            }
            sweep.failure(what, Err::<(), _>(error));
            Err(())
        }
    }
}

#[tokio::test]
async fn nothing_leaks_whatever_goes_wrong_with_any_operation() {
    for (index, row) in OPERATIONS.iter().enumerate() {
        let mut sweep = Sweep::new(row.id);
        for (number, fault) in Fault::all_on(row.operation).into_iter().enumerate() {
            // All operations read unsuccessful responses in the same way, so each such fault is tested with one operation.
            let is_for_another = !matches!(fault.status(), Some(200..=299)) && number % OPERATIONS.len() != index;
            // These differ from other faults only in how long they take.
            let is_slow = fault.hangs() && fault.status().is_some() || fault.name().contains("Retry-After");
            if is_slow || (is_for_another && !every_case()) {
                continue;
            }
            let sandbox = sandbox().await;
            drop(create(&client(sandbox.base_url(), Token::Given)).send().await);
            sandbox.inject(fault.clone());
            let client = client_for(&fault, sandbox.base_url(), Token::Minted);
            let _ = call(&mut sweep, &format!("{}, {fault}", row.id), row, &client).await;
        }
        sweep.finish();
    }
}

#[tokio::test]
async fn nothing_leaks_when_the_portal_repeats_the_request_of_any_operation() {
    let mut sweep = Sweep::new("operations whose requests are repeated");
    for row in OPERATIONS {
        for token in TOKENS {
            if row.operation == Operation::Refresh && token == Token::Given {
                continue;
            }
            let sandbox = sandbox().await;
            let client = client(sandbox.base_url(), token);
            let refresh =
                json!({"message": format!("{REFRESH_TOKEN} is spent"), "errors": {(REFRESH_TOKEN): [REFRESH_TOKEN]}});
            for status in [302, 400, 401, 404, 408, 409, 422, 429, 500, 503] {
                for body in [echo(token), echo_in_other_spellings(token), refresh.to_string()] {
                    // An operation cannot mask a token that it did not send.
                    if body.contains("is spent") && row.operation != Operation::Refresh {
                        continue;
                    }
                    let response = Response::new(status).header("x-request-id", TOKEN).body(body.as_str());
                    sandbox.inject_n(Fault::responds(response).on(row.operation), 2);
                    let outcome = call(&mut sweep, &format!("{}, {status}", row.id), row, &client).await;
                    assert!(outcome.is_err(), "{}: {status}", row.id);
                    sandbox.clear_faults().unwrap();
                    sandbox.inject_always(mints_the_canary());
                }
            }
        }
    }
    sweep.finish();
}

/// Returns a success with every value that a portal could put into one.
fn success() -> String {
    let object = json!({
        "id": 1, "url": URL, "events": ["x.y"], "secret": SECRET, "secret_prefix": PREFIX, "created_at": "2026-02-17T10:00:00Z",
        "error": format!("{TOKEN} and {API_KEY} at {URL}"), "event": "x.y", "success": false, "client_id": 7,
    });
    json!({"data": [object], "message": format!("{TOKEN} {API_KEY}"), "access_token": TOKEN, "refresh_token": REFRESH_TOKEN})
        .to_string()
}

#[tokio::test]
async fn nothing_leaks_from_the_result_of_any_operation() {
    let mut sweep = Sweep::new("results of operations");
    let sandbox = sandbox().await;
    let client = client(sandbox.base_url(), Token::Minted);
    let responses = |operation| sandbox.inject(Fault::responds(Response::new(200).json(&success())).on(operation));
    for row in OPERATIONS {
        responses(row.operation);
        assert!(call(&mut sweep, row.id, row, &client).await.is_ok(), "{}", row.id);
    }
    responses(Operation::Calls);
    let calls = client.webhooks().calls(&"1".into()).send().await.unwrap();
    sweep.text("a call, serialised", &serde_json::to_string(&calls.items).unwrap());
    responses(Operation::Test);
    let sent = client.webhooks().send_test(&"1".into()).send().await.unwrap();
    sweep.text("the message about a test", &sent.message.unwrap());
    responses(Operation::List);
    let mut attempt = test_util::attempt(URL, ["x.y"]).unwrap();
    attempt.base_url = sandbox.base_url().to_owned();
    let orphans = client.webhooks().find_orphans(&attempt).send().await.unwrap();
    assert!(matches!(&*orphans, [Orphan::Possible { .. }]), "{orphans:?}");
    sweep.debug("orphans", &orphans);
    sweep.debug("a stream", &client.webhooks().list().stream());
    sweep.debug("an update", &client.webhooks().update(&"1".into()).url(URL));
    sweep.debug("a search", &client.webhooks().find_orphans(&attempt));
    sweep.debug("a refresh", &client.tokens().refresh().refresh_token(REFRESH_TOKEN));
    sweep.debug("tokens", &client.tokens());
    sweep.finish();
}
