//! Tokens that the client mints: the failures, and the portal's messages about them.

use hb_portal::{CreateError, NotSentReason};
use hb_portal_sandbox::{Fault, Operation, Response};
use serde_json::json;

use super::{
    canary::{API_KEY, REFRESH_TOKEN, TOKEN},
    portal::{Token, client, client_for, create, echo, mints_the_canary, sandbox},
    sweep::Sweep,
};

/// Returns a response that repeats the key, the only secret in a request for a token.
fn repeated() -> String {
    let message = format!("{API_KEY} is unknown: {API_KEY}");
    json!({"message": message, "errors": {"api_key": [message], (API_KEY): [API_KEY]}}).to_string()
}

#[tokio::test]
async fn nothing_leaks_when_no_token_is_minted() {
    let mut sweep = Sweep::new("tokens that are not minted");
    let sandbox = sandbox().await;
    let mut faults = Fault::all_on(Operation::Token);
    let html = format!("<p>{API_KEY}</p>");
    let repeated = repeated();
    for status in [301, 302, 400, 401, 403, 404, 419, 422, 429, 500, 502, 503] {
        faults.push(Fault::responds(Response::new(status).json(&repeated)).on(Operation::Token));
        faults.push(Fault::responds(Response::new(status).html(&html)).on(Operation::Token));
    }
    for fault in faults {
        sandbox.clear_faults().unwrap();
        sandbox.inject(fault.clone());
        sandbox.inject_always(mints_the_canary());
        let client = client_for(&fault, sandbox.base_url(), Token::Minted);
        sweep.outcome(&format!("a mint for which {fault}"), create(&client).send().await);
        sweep.debug("the client", &client);
    }
    sweep.finish();
}

#[tokio::test]
async fn nothing_leaks_when_a_minted_token_cannot_be_sent() {
    let mut sweep = Sweep::new("tokens that cannot be sent");
    let sandbox = sandbox().await;
    for body in [
        json!({"access_token": format!("{TOKEN}\n"), "refresh_token": REFRESH_TOKEN}),
        json!({"access_token": [TOKEN], "refresh_token": 7}),
        json!({"access_token": null, "refresh_token": REFRESH_TOKEN}),
        json!({"access_token": "", "token": TOKEN}),
        json!(TOKEN),
    ] {
        sandbox.clear_faults().unwrap();
        sandbox.inject(Fault::responds(Response::new(200).json(&body.to_string())).on(Operation::Token));
        let client = client(sandbox.base_url(), Token::Minted);
        let outcome = create(&client).send().await;
        let is_about_the_token =
            matches!(&outcome, Err(CreateError::NotSent(why)) if why.reason() == NotSentReason::TokenUnavailable);
        assert!(is_about_the_token, "{body}: {outcome:?}");
        sweep.outcome("an unusable token", outcome);
    }
    sweep.finish();
}

#[tokio::test]
async fn nothing_leaks_when_a_token_is_refused_and_minted_again() {
    let mut sweep = Sweep::new("tokens that are minted again");
    let sandbox = sandbox().await;
    let refused = || Fault::responds(Response::new(401).json(&echo(Token::Minted)));
    let fails = || Fault::responds(Response::new(500).json(&repeated())).on(Operation::Token);
    for (what, faults) in [
        ("refused once", vec![refused()]),
        ("refused twice", vec![refused(), refused()]),
        ("refused, and none is minted", vec![refused()]),
        (
            "refused, and then something else is",
            vec![refused(), Fault::responds(Response::new(403).json(&echo(Token::Minted)))],
        ),
    ] {
        let client = client(sandbox.base_url(), Token::Minted);
        sweep.outcome("the first token", create(&client).send().await);
        faults.into_iter().for_each(|fault| sandbox.inject(fault));
        if what.ends_with("minted") {
            sandbox.clear_faults().unwrap();
            sandbox.inject(refused());
            sandbox.inject(fails());
            sandbox.inject_always(mints_the_canary());
        }
        sweep.outcome(what, create(&client).send().await);
        sweep.debug("the client", &client);
    }
    sweep.finish();
}
