//! A sandbox that knows the canaries, and the clients that carry them to it.

use std::time::Duration;

use hb_portal::{
    Attempt, BoxError, BoxFuture, Client, ClientBuilder, ClientCredentials, CreateError, CreateWebhook, CreatedWebhook,
    RetryPolicy, SecretSink,
};
use hb_portal_sandbox::{Dialect, Fault, Operation, Response, Sandbox};
use serde_json::json;
use tokio::task::JoinSet;

use super::canary::{API_KEY, REFRESH_TOKEN, SECRET, TOKEN, URL, percent_encoded};

/// How a client gets its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Given,
    Minted,
}

type Outcome = Result<CreatedWebhook, CreateError>;

pub(crate) const TOKENS: [Token; 2] = [Token::Given, Token::Minted];

pub(crate) async fn sandbox() -> Sandbox {
    sandbox_in(Dialect::Page).await
}

pub(crate) async fn sandbox_in(dialect: Dialect) -> Sandbox {
    let sandbox = Sandbox::builder().access_token(TOKEN).credentials(7, API_KEY).secrets(|| SECRET.to_owned());
    let sandbox = sandbox.dialect(dialect).start().await.unwrap();
    sandbox.inject_always(mints_the_canary());
    sandbox
}

/// Mints the canary as the token, which the sandbox accepts.
pub(crate) fn mints_the_canary() -> Fault {
    let minted = json!({"access_token": TOKEN, "refresh_token": REFRESH_TOKEN, "expires_in": 3600}).to_string();
    Fault::responds(Response::documented().body_from(move |_| minted.clone().into())).on(Operation::Token)
}

pub(crate) fn client(base_url: &str, token: Token) -> Client {
    builder(token).base_url(base_url).build().unwrap()
}

/// Returns a client for a portal with this fault. Its timeout is short if the portal hangs.
pub(crate) fn client_for(fault: &Fault, base_url: &str, token: Token) -> Client {
    let timeout = if fault.hangs() { Duration::from_millis(300) } else { Duration::from_secs(30) };
    builder(token).base_url(base_url).timeout(timeout).build().unwrap()
}

/// Returns a builder whose HTTP client would log every byte if the SDK allowed it.
pub(crate) fn builder(token: Token) -> ClientBuilder {
    let http = reqwest::Client::builder().connection_verbose(true);
    let builder = Client::builder().http_client(http).retry(RetryPolicy::none());
    match token {
        Token::Given => builder.access_token(TOKEN),
        Token::Minted => builder.credentials(ClientCredentials::new(7, API_KEY)),
    }
}

/// Creates an endpoint at a separate portal for each case, all at once, because some portals hang. Returns each case with its
/// outcome.
pub(crate) async fn creates(cases: impl IntoIterator<Item = (Fault, Token, Dialect)>) -> Vec<(String, Outcome)> {
    let mut creates = JoinSet::new();
    for (fault, token, dialect) in cases {
        creates.spawn(async move {
            let sandbox = sandbox_in(dialect).await;
            sandbox.inject(fault.clone());
            // Longer than all requests together take.
            let timeout = Duration::from_secs(if fault.hangs() { 2 } else { 30 });
            let client = builder(token).base_url(sandbox.base_url()).timeout(timeout).build().unwrap();
            let outcome = create(&client).send().await;
            (format!("{fault}, {token:?}, {dialect}"), outcome)
        });
    }
    creates.join_all().await
}

pub(crate) fn create(client: &Client) -> CreateWebhook {
    client.webhooks().create(URL, ["reference.submitted"])
}

/// Returns a response that repeats the request in every place from which the client passes text on. It repeats the key only
/// if the client has one to send.
pub(crate) fn echo(token: Token) -> String {
    echo_with_url(token, URL)
}

/// The same for another endpoint: the URL is masked only if it is the one that was sent.
pub(crate) fn echo_with_url(token: Token, url: &str) -> String {
    let key = if token == Token::Minted { API_KEY } else { "no key" };
    let message = format!("Bearer {TOKEN} and {key} are invalid for {url}, {TOKEN}");
    let errors = json!({TOKEN: [key], "url": [message, message], (key): message, "events": [[TOKEN], 7]});
    json!({"message": message, "errors": errors, "error": message, "exception": TOKEN}).to_string()
}

/// The same in other spellings: in another case, percent- and HTML-encoded, and without the part before the `|`.
pub(crate) fn echo_in_other_spellings(token: Token) -> String {
    echo_spelled(&[TOKEN, if token == Token::Minted { API_KEY } else { "no key" }])
}

/// The same for these secrets.
pub(crate) fn echo_spelled(secrets: &[&str]) -> String {
    let html =
        |text: &str| text.replace('&', "&amp;").replace('"', "&quot;").replace('/', "&#47;").replace('=', "&#x3D;");
    let spellings: Vec<String> = secrets
        .iter()
        .copied()
        .flat_map(|text| {
            let after_bar = text.split_once('|').map_or(text, |(_, after)| after);
            let encoded = percent_encoded(text.as_bytes(), "-._~");
            [
                text.to_uppercase(),
                text.to_lowercase(),
                encoded.to_uppercase(),
                encoded,
                html(text),
                after_bar.to_owned(),
            ]
        })
        .collect();
    json!({"message": spellings.join(" "), "errors": {(spellings[0].as_str()): spellings}}).to_string()
}

/// A sink that fails at the chosen step. Its errors do not contain the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sink {
    Stores,
    FailsToPrepare,
    FailsToStore,
}

impl SecretSink for Sink {
    fn prepare<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { if *self == Self::FailsToPrepare { Err("the sink is full".into()) } else { Ok(()) } })
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        assert_eq!(created.secret.expose_secret(), SECRET);
        Box::pin(async { if *self == Self::FailsToStore { Err("the sink broke".into()) } else { Ok(()) } })
    }

    fn discard<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { Err("the sink cannot forget".into()) })
    }
}
