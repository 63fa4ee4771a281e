//! Responses with a secret that the client does not recognise, or no longer recognises.

use hb_portal::{ClientCredentials, CreateError};
use hb_portal_sandbox::{Fault, Operation, Response, Sandbox};
use serde_json::json;

use super::{
    canary::{REFRESH_TOKEN, SECRET, TOKEN},
    portal::{TOKENS, Token, builder, client, create, echo, sandbox},
    sweep::Sweep,
};

/// A secret that is missing from its place may be in the message for people, which is therefore returned only on request and not
/// printed.
#[tokio::test]
async fn the_message_of_a_success_is_not_printed_if_no_secret_was_found() {
    let mut sweep = Sweep::new("successes without a secret");
    let sandbox = sandbox().await;
    let client = client(sandbox.base_url(), Token::Given);
    for status in [200, 201, 202] {
        for data in [json!({"id": 1}), json!({"id": null})] {
            let response = Response::documented().status(status).body_from(move |issued| {
                let message = format!("Keep {} safe.", issued.expose_secret());
                json!({"data": data, "message": message, "errors": {"secret": [message]}, "key": message})
                    .to_string()
                    .into()
            });
            sandbox.inject(Fault::responds(response));
            let error = create(&client).send().await.unwrap_err();
            let body = match &error {
                CreateError::SecretMissing(missing) => missing.expose_body(),
                CreateError::Unconfirmed(unconfirmed) => unconfirmed.expose_body(),
                other => panic!("{other}"),
            };
            assert!(String::from_utf8_lossy(body).contains("CanarySecret"), "the error has nothing to leak");
            sweep.failure(&format!("a {status} whose message has the secret"), Err::<(), _>(error));
        }
    }
    sweep.finish();
}

/// A Laravel application in debug mode returns the failed statement with the values that it should insert.
#[tokio::test]
async fn the_message_of_a_failure_is_not_printed_if_an_endpoint_may_exist() {
    let mut sweep = Sweep::new("failures that may have made an endpoint");
    let sandbox = sandbox().await;
    let client = client(sandbox.base_url(), Token::Given);
    for status in [302, 500, 502, 503] {
        let response = Response::documented().status(status).body_from(|issued| {
            let message = format!("SQLSTATE[40001] (insert into `webhooks` values ('{}'))", issued.expose_secret());
            json!({"message": message, "exception": "QueryException", "errors": {"sql": [message]}}).to_string().into()
        });
        sandbox.inject(Fault::responds(response));
        let error = create(&client).send().await.unwrap_err();
        assert!(matches!(error, CreateError::Unconfirmed(_)), "{status}");
        sweep.failure(&format!("a {status} whose message has the secret"), Err::<(), _>(error));
    }
    sweep.finish();
}

#[tokio::test]
async fn the_message_of_a_mint_is_not_printed_if_no_token_was_found() {
    let mut sweep = Sweep::new("mints without a token");
    let sandbox = sandbox().await;
    for status in [200, 201] {
        let message = format!("Use {TOKEN}, and {REFRESH_TOKEN} after it.");
        let body = json!({"token": TOKEN, "message": message}).to_string();
        sandbox.clear_faults().unwrap();
        sandbox.inject(Fault::responds(Response::new(status).json(&body)).on(Operation::Token));
        let client = client(sandbox.base_url(), Token::Minted);
        sweep.outcome(&format!("a {status} with the token in another field"), create(&client).send().await);
    }
    sweep.finish();
}

#[tokio::test]
async fn a_request_id_that_repeats_what_was_sent_is_masked() {
    let mut sweep = Sweep::new("request ids");
    let repeats =
        |response: Response, what: &str| Fault::responds(response.header("x-request-id", &format!("req-{what}")));
    for token in TOKENS {
        let sandbox = sandbox().await;
        let repeats =
            |response: Response, what: &str| Fault::responds(response.header("x-request-id", &format!("req-{what}")));
        let client = client(sandbox.base_url(), token);
        for response in
            [Response::new(403), Response::new(500), Response::documented(), Response::documented().status(200)]
        {
            sandbox.inject(repeats(response, TOKEN));
            sweep.outcome("a response whose request id has the token", create(&client).send().await);
        }
    }
    // Unlike the other key, this one is valid in a header.
    let key = "CanaryKey2Zt-8";
    let sandbox = Sandbox::builder().credentials(7, key).start().await.unwrap();
    let builder = || builder(Token::Given).credentials(ClientCredentials::new(7, key)).base_url(sandbox.base_url());
    for response in [Response::new(403), Response::new(500), Response::documented()] {
        sandbox.inject(repeats(response, key).on(Operation::Token));
        sweep.outcome("a mint whose request id has the key", create(&builder().build().unwrap()).send().await);
    }
    assert!(sandbox.pending_faults().is_empty());
    sweep.finish();
}

/// Such a call knows two tokens.
#[tokio::test]
async fn the_token_that_was_refused_is_masked_like_the_one_after_it() {
    let mut sweep = Sweep::new("tokens that were refused");
    let sandbox = sandbox().await;
    let client = client(sandbox.base_url(), Token::Minted);
    let created = create(&client).send().await.unwrap();
    assert_eq!(created.secret.expose_secret(), SECRET);
    // The next token that is minted is not the canary.
    sandbox.clear_faults().unwrap();
    sandbox.inject(Fault::responds(Response::new(401)));
    sandbox.inject(Fault::responds(Response::new(403).json(&echo(Token::Minted))));
    let outcome = create(&client).send().await;
    assert!(matches!(&outcome, Err(CreateError::Rejected(why)) if why.status() == 403), "{outcome:?}");
    sweep.outcome("a refusal that repeats the previous token", outcome);
    sweep.finish();
}
