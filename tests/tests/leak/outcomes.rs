//! Every outcome of a create, with the canaries in it.

use hb_portal::{
    AccessToken, BoxError, BoxFuture, Client, ClientCredentials, CreateError, NotSentReason, RetryPolicy, SecretFile,
    TokenProvider,
};
use hb_portal_sandbox::{Dialect, Ending, Fault, Moment, Response, Sandbox};
use serde_json::json;

use super::{
    canary::{API_KEY, PREFIX, SECRET, TOKEN},
    portal::{Sink, TOKENS, Token, builder, client, create, creates, echo, echo_in_other_spellings, sandbox},
    record,
    sweep::Sweep,
};

#[tokio::test]
async fn nothing_leaks_whatever_goes_wrong() {
    let mut sweep = Sweep::new("the catalogue of faults");
    let mut cases = Vec::new();
    for fault in Fault::all() {
        cases.push((fault.clone(), Token::Given, Dialect::Page));
        // The portal takes a long time to send this response, and a client reads only its beginning.
        if fault.name().contains("100 MB") {
            continue;
        }
        cases.push((fault.clone(), Token::Minted, Dialect::Page));
        // Only responses with an endpoint differ between dialects.
        if matches!(fault.status(), Some(200..=299)) {
            cases.extend([Dialect::Drifted, Dialect::House].map(|dialect| (fault.clone(), Token::Given, dialect)));
        }
    }
    while !cases.is_empty() {
        for (what, outcome) in creates(cases.split_off(cases.len().saturating_sub(40))).await {
            sweep.outcome(&what, outcome);
        }
    }
    sweep.finish();
}

#[tokio::test]
async fn nothing_leaks_when_the_portal_repeats_the_request() {
    let mut sweep = Sweep::new("responses that repeat the token and the key");
    let html = format!("<html><p>Bearer {TOKEN}</p><p>{API_KEY}</p></html>");
    for token in TOKENS {
        let bodies = [
            echo(token),
            format!("[{}]", echo(token)),
            echo_in_other_spellings(token),
            html.clone(),
            format!("{TOKEN} {API_KEY}"),
        ];
        let sandbox = sandbox().await;
        let client = client(sandbox.base_url(), token);
        for status in [301, 302, 303, 307, 308, 400, 401, 403, 404, 408, 413, 419, 422, 429, 499, 500, 501, 503] {
            for body in &bodies {
                // Two, because a call retries after one of these statuses.
                let response = Response::new(status).header("location", TOKEN).header("retry-after", TOKEN);
                sandbox.inject_n(Fault::responds(response.body(body.as_str())), 2);
                let outcome = create(&client).store_secret_in(Sink::Stores).send().await;
                let exposed = match &outcome {
                    Err(CreateError::Rejected(rejection)) => rejection.expose_body(),
                    Err(CreateError::Unconfirmed(unconfirmed)) => unconfirmed.expose_body(),
                    other => panic!("{status}: {other:?}"),
                };
                assert_eq!(exposed, body.as_bytes(), "the error does not hold the body, so it has nothing to leak");
                sweep.outcome(&format!("{status} that repeats, {token:?}"), outcome);
                sandbox.clear_faults().unwrap();
                sandbox.inject_always(super::portal::mints_the_canary());
            }
        }
    }
    sweep.finish();
}

#[tokio::test]
async fn nothing_leaks_from_an_endpoint_whose_message_repeats_its_secret() {
    let mut sweep = Sweep::new("endpoints");
    for token in TOKENS {
        let sandbox = sandbox().await;
        let client = client(sandbox.base_url(), token);
        let folder = tempfile::tempdir().unwrap();
        let file = SecretFile::new(folder.path().join("secret"));
        sweep.outcome("created and stored", create(&client).store_secret_in(file.clone()).send().await);
        sweep.debug("the file", &file);
        sweep.outcome("created", create(&client).send().await);
        for status in [200, 201] {
            let key = if token == Token::Minted { API_KEY } else { "no key" };
            let message = serde_json::to_string(&format!("Keep {SECRET}, {TOKEN} and {key}.")).unwrap();
            let body =
                move |secret: &str| format!("{{\"secret\":{secret},\"message\":{message},\"data\":{{\"id\":\"1\"}}}}");
            let secret = serde_json::to_string(SECRET).unwrap();
            sandbox.inject(Fault::responds(
                Response::documented().status(status).body_from(move |_| body(&secret).into()),
            ));
            let outcome = create(&client).send().await;
            assert!(outcome.as_ref().is_ok_and(|created| created.message.is_some()), "{outcome:?}");
            sweep.outcome("a message that repeats", outcome);
        }
        sandbox.inject(Fault::responds(Response::documented().status(200)));
        sweep.outcome("not stored", create(&client).store_secret_in(Sink::FailsToStore).send().await);
        // This sink cannot discard, which is logged.
        sandbox.inject(Fault::responds(Response::new(403)));
        sweep.outcome("not discarded", create(&client).store_secret_in(Sink::Stores).send().await);
    }
    sweep.finish();
}

/// The portal chooses the keys, which are shown in deviations and in the places of several secrets.
#[tokio::test]
async fn nothing_leaks_from_a_response_whose_keys_are_secrets() {
    let mut sweep = Sweep::new("keys");
    let sandbox = sandbox().await;
    let client = client(sandbox.base_url(), Token::Given);
    let upper = SECRET.to_uppercase();
    let keys = [SECRET, PREFIX, "Canary", &upper, "CanarySecret7Qx"];
    let odd: serde_json::Map<_, _> = keys.iter().map(|key| ((*key).to_owned(), json!(1))).collect();
    let nested = |key: &str, secret: &str| json!({key: {"secret": secret, "events": []}});
    let merged = |values: &[serde_json::Value]| {
        let objects = values.iter().flat_map(|value| value.as_object().unwrap().clone());
        json!(objects.collect::<serde_json::Map<_, _>>())
    };
    for (is_found, body) in [
        (true, merged(&[json!(odd), json!({"secret": SECRET, "secret_prefix": PREFIX, "data": odd})])),
        (true, merged(&[json!(odd), nested(SECRET, SECRET)])),
        (true, nested(PREFIX, SECRET)),
        (false, merged(&[nested(SECRET, SECRET), nested("a", "another-secret"), json!({"secret_prefix": PREFIX})])),
        (false, merged(&[json!(odd), json!({"data": {"id": 7, "secret_prefix": PREFIX}})])),
    ] {
        sandbox.inject(Fault::responds(Response::new(201).json(&body.to_string())));
        let outcome = create(&client).send().await;
        assert_eq!(outcome.is_ok(), is_found, "{body}");
        if let Err(CreateError::SecretMissing(missing)) = &outcome {
            sweep.debug("candidates", missing.candidates());
        }
        sweep.outcome("keys that are secrets", outcome);
    }
    sweep.finish();
}

/// Provides no usable token, and does not print the one that it has.
#[derive(Debug)]
enum Provider {
    Fails,
    GivesNoHeader,
    FailsToRefresh,
}

impl TokenProvider for Provider {
    fn token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>> {
        Box::pin(async {
            match self {
                Self::Fails => Err("the vault is sealed".into()),
                Self::GivesNoHeader => Ok(AccessToken::from(format!("{TOKEN}\n"))),
                Self::FailsToRefresh => Ok(AccessToken::from(TOKEN)),
            }
        })
    }

    fn refresh<'a>(&'a self, _: &'a AccessToken) -> BoxFuture<'a, Result<Option<AccessToken>, BoxError>> {
        Box::pin(async { Err("the vault is sealed".into()) })
    }
}

#[tokio::test]
async fn nothing_leaks_from_a_create_that_is_not_sent() {
    let mut sweep = Sweep::new("creates that are not sent");
    let sandbox = sandbox().await;
    let mut not_sent = |what: &str, reason: NotSentReason, outcome| {
        assert!(matches!(&outcome, Err(CreateError::NotSent(why)) if why.reason() == reason), "{what}: {outcome:?}");
        sweep.outcome(what, outcome);
    };
    for provider in [Provider::Fails, Provider::GivesNoHeader] {
        let client = builder(Token::Given).token_provider(provider).base_url(sandbox.base_url()).build().unwrap();
        not_sent("a provider that fails", NotSentReason::TokenUnavailable, create(&client).send().await);
    }
    for token in TOKENS {
        let client = client(sandbox.base_url(), token);
        let full = create(&client).store_secret_in(Sink::FailsToPrepare).send().await;
        not_sent("a sink that is full", NotSentReason::Sink, full);
        for url in [format!("{TOKEN} {SECRET}"), format!("ftp://{API_KEY}@a.example/{TOKEN}")] {
            let outcome = client.webhooks().create(&url, ["reference.submitted"]).send().await;
            not_sent("a bad URL", NotSentReason::Input, outcome);
        }
        let unreachable = super::portal::client(sandbox.refusing_base_url(), token);
        let reason = NotSentReason::Connection;
        not_sent("nothing listens", reason, create(&unreachable).send().await);
        let late = create(&client).deadline(std::time::Duration::ZERO).send().await;
        not_sent("no time", NotSentReason::Deadline, late);
    }
    assert!(sandbox.endpoints().is_empty());
    sandbox.inject(Fault::responds(Response::new(401).json(&echo(Token::Given))));
    let client = builder(Token::Given).token_provider(Provider::FailsToRefresh).base_url(sandbox.base_url());
    let client: Client = client.build().unwrap();
    let outcome = create(&client).send().await;
    sweep.outcome("a provider that fails to refresh", outcome);
    sweep.finish();
}

#[tokio::test]
async fn nothing_leaks_over_tls() {
    let mut sweep = Sweep::new("TLS");
    let sandbox = Sandbox::builder().access_token(TOKEN).credentials(7, API_KEY).secrets(|| SECRET.to_owned());
    let sandbox = sandbox.tls_self_signed().start().await.unwrap();
    let client = || Client::builder().base_url(sandbox.base_url()).retry(RetryPolicy::none());
    let credentials = || ClientCredentials::new(7, API_KEY);
    for untrusting in [client().access_token(TOKEN), client().credentials(credentials())] {
        let outcome = create(&untrusting.build().unwrap()).send().await;
        assert!(matches!(outcome, Err(CreateError::NotSent(_))), "{outcome:?}");
        sweep.outcome("a certificate that is not trusted", outcome);
    }
    let trusting = || client().root_certificates(sandbox.certificate_pem().unwrap());
    for trusting in [trusting().access_token(TOKEN), trusting().credentials(credentials())] {
        let trusting = trusting.build().unwrap();
        let outcome = create(&trusting).send().await;
        assert!(outcome.is_ok(), "{outcome:?}");
        sweep.outcome("created", outcome);
        sandbox.inject(Fault::breaks(Moment::AfterRequest, Ending::Reset));
        sweep.outcome("reset", create(&trusting).send().await);
    }
    sweep.finish();
}

/// The sweep of the log would prove nothing if nothing was logged.
#[tokio::test]
async fn the_log_is_recorded() {
    let sweep = Sweep::new("what a call logs");
    let sandbox = sandbox().await;
    let client = client(sandbox.base_url(), Token::Minted);
    sandbox.inject(Fault::responds(Response::documented().status(200)));
    drop(create(&client).send().await.unwrap());
    sandbox.inject(Fault::breaks(Moment::AfterRequest, Ending::Reset));
    drop(create(&client).send().await.unwrap_err());
    let records = record::records();
    for beginning in [
        "tracing INFO hb_portal::webhooks::call create_webhook",
        "tracing WARN hb_portal::created",
        "tracing WARN hb_portal::secret",
        "log DEBUG reqwest::connect",
    ] {
        assert!(records.iter().any(|record| record.starts_with(beginning)), "{beginning}");
    }
    sweep.finish();
}
