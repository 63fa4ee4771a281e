//! The message that a person reads when a create does not return an endpoint with its secret.

use std::{error::Error, fmt::Write as _, time::Duration};

use hb_portal::{
    Attempt, BoxError, BoxFuture, Client, ClientCredentials, CreateError, CreatedWebhook, RetryPolicy, SecretSink,
};
use hb_portal_sandbox::{Ending, Fault, Moment, Offset, Operation, Response, Sandbox};
use hb_portal_tests::patience;

/// A sink that fails when it prepares, or when it stores.
#[derive(Clone)]
struct Broken {
    before: bool,
}

impl SecretSink for Broken {
    fn prepare<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { if self.before { Err("the vault is sealed".into()) } else { Ok(()) } })
    }

    fn store<'a>(&'a self, _: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { Err("the vault is sealed".into()) })
    }
}

/// The settings of a create. With the defaults, it succeeds.
#[derive(Clone)]
struct Case {
    url: &'static str,
    fault: Option<Fault>,
    sink: Option<Broken>,
    mints: bool,
    refused: bool,
    deadline: Option<Duration>,
}

const WORKS: Case = Case {
    url: "https://user:canary@your-app.com/webhooks/references?key=canary",
    fault: None,
    sink: None,
    mints: false,
    refused: false,
    deadline: None,
};

fn responds(response: Response) -> Case {
    Case { fault: Some(Fault::responds(response)), ..WORKS }
}

fn mint_responds(response: Response) -> Case {
    Case { fault: Some(Fault::responds(response).on(Operation::Token)), mints: true, ..WORKS }
}

/// Returns the error of a create, and the address of the portal, which differs between runs.
async fn error(case: Case, timeout: Duration) -> (CreateError, String) {
    let sandbox = Sandbox::start().await.unwrap();
    let builder = Client::builder()
        .base_url(if case.refused { sandbox.refusing_base_url() } else { sandbox.base_url() })
        .timeout(timeout)
        .retry(RetryPolicy::none());
    let client = match case.mints {
        true => builder.credentials(ClientCredentials::new(sandbox.client_id(), sandbox.api_key())),
        false => builder.access_token(sandbox.access_token()),
    };
    if let Some(fault) = case.fault {
        sandbox.inject(fault);
    }
    let mut create = client.build().unwrap().webhooks().create(case.url, ["reference.submitted"]);
    if let Some(deadline) = case.deadline {
        create = create.deadline(deadline);
    }
    if let Some(sink) = case.sink {
        create = create.store_secret_in(sink);
    }
    let address = sandbox.refusing_base_url().trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let error = create.send().await.expect_err("every case fails");
    (error, if case.refused { address } else { sandbox.address().to_string() })
}

/// Returns the message with its causes. Text that differs between runs is replaced.
async fn message(case: Case, timeout: Duration) -> String {
    let (error, address) = error(case, timeout).await;
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, "\n  caused by: {cause}");
        source = cause.source();
    }
    let text = text.replace(&address, "HOST:PORT");
    match text.find(" UTC") {
        Some(end) => text.replace(&text[end - 5..end], "HH:MM"),
        None => text,
    }
}

/// Returns the section of the snapshot for a case. With a short timeout, a client may see less than what the portal sends, which
/// shows as another text.
async fn section(name: &str, case: Case, timeout: Duration) -> String {
    let text = format!("{name}\n  {}\n\n", message(case, timeout).await);
    assert!(timeout == patience::LONG || include_str!("../../snapshots/messages.snap").contains(&text), "{text}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_states_what_happened_what_the_portal_holds_and_what_to_do() {
    let invalid = r#"{"message":"The given data was invalid.","errors":{"url":["The url must be reachable."]}}"#;
    let refusal = |status: u16| Response::new(status).json(r#"{"message":"Not now."}"#);
    let several = r#"{"data":{"id":7,"secret":"a","signing_secret":"b"}}"#;
    let cases = [
        ("no URL", Case { url: "your-app.com", ..WORKS }),
        ("a URL in another form", Case { url: " https://your-app.com", ..WORKS }),
        ("sink not ready", Case { sink: Some(Broken { before: true }), ..WORKS }),
        ("connection refused", Case { refused: true, ..WORKS }),
        ("connection refused for the token", Case { refused: true, mints: true, ..WORKS }),
        ("the deadline", Case { deadline: Some(Duration::ZERO), ..WORKS }),
        ("token 401", mint_responds(refusal(401))),
        ("token 404", mint_responds(Response::new(404).html("<h1>Not Found</h1>"))),
        ("token 429", mint_responds(refusal(429).header("retry-after", "1"))),
        ("token 503", mint_responds(refusal(503))),
        ("token 200 without a token", mint_responds(Response::new(200).json("{}"))),
        ("401", responds(Response::new(401).json(r#"{"message":"Unauthenticated."}"#))),
        ("404", responds(Response::new(404).html("<h1>Not Found</h1>"))),
        ("409", responds(refusal(409))),
        ("419", responds(refusal(419))),
        ("422", responds(Response::new(422).json(invalid).header("x-request-id", "req-7"))),
        ("429", responds(Response::new(429).header("retry-after", "30"))),
        ("429 for a second", responds(Response::new(429).header("retry-after", "0.2"))),
        ("429 without a time", responds(Response::new(429))),
        ("307", responds(Response::new(307).header("location", "https://elsewhere.example"))),
        ("501", responds(Response::new(501))),
        ("408", responds(refusal(408))),
        ("499", responds(refusal(499))),
        ("500", responds(Response::new(500).json(r#"{"message":"Server Error"}"#))),
        ("reset", Case { fault: Some(Fault::breaks(Moment::AfterCommit, Ending::Close)), ..WORKS }),
        ("timeout", Case { fault: Some(Fault::breaks(Moment::AfterCommit, Ending::Hang)), ..WORKS }),
        ("200 without a secret", responds(Response::new(200).json("{}"))),
        ("201 without a secret", responds(Response::new(201).json(r#"{"data":{"id":7}}"#))),
        ("201 with several", responds(Response::new(201).json(several))),
        ("201 cut off", responds(Response::new(201).json(several).cut_at(Offset::Body(20)))),
        ("201 stalled", responds(Response::new(201).json(several).stalled_at(Offset::Body(20)))),
        ("sink failed", Case { sink: Some(Broken { before: false }), ..WORKS }),
    ];
    let mut text = String::new();
    for (name, case) in cases {
        let hangs = case.fault.as_ref().is_some_and(Fault::hangs);
        text += &patience::run(hangs, |timeout| section(name, case.clone(), timeout)).await;
    }
    assert!(!text.contains("canary"), "{text}");
    let description = "Each message states what happened, what the portal holds now (no endpoint, possibly one, or \
                       one) and what to do. No secret and no token is shown.";
    insta::with_settings!({ description => description, omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "../../snapshots" }, {
        insta::assert_snapshot!("messages", text);
    });
}

/// `fn main() -> Result<(), Box<dyn Error>>` prints `{:?}`.
#[tokio::test(flavor = "multi_thread")]
async fn debug_prints_the_message_with_its_causes_and_alternate_debug_the_fields() {
    let (refused, address) = error(Case { refused: true, ..WORKS }, patience::LONG).await;
    let line = format!("{refused:?}");
    assert!(line.starts_with(&refused.to_string()) && line.contains(&address), "{line}");
    assert!(line.ends_with("onnection refused (os error 111)") && line.lines().count() == 1, "{line}");
    let fields = format!("{refused:#?}");
    assert!(fields.starts_with("NotSent(\n    NotSent {") && fields.contains("reason: Connection"), "{fields}");

    let (uncertain, _) = error(responds(Response::new(500)), patience::LONG).await;
    let fields = format!("{uncertain:#?}");
    assert!(fields.contains("https://your-app.com/webhooks/references") && !fields.contains("canary"), "{fields}");
    let CreateError::Unconfirmed(uncertain) = uncertain else { panic!("the outcome is not unconfirmed") };
    assert_eq!(uncertain.url(), WORKS.url, "the hidden part of the URL is available for comparison");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_retryable_if_a_retry_may_succeed_and_cannot_create_a_second_endpoint() {
    for (expected, case) in [
        (true, Case { refused: true, ..WORKS }),
        (true, Case { deadline: Some(Duration::ZERO), ..WORKS }),
        (true, mint_responds(Response::new(429))),
        (true, mint_responds(Response::new(503))),
        (true, responds(Response::new(429))),
        (false, Case { url: "your-app.com", ..WORKS }),
        (false, Case { sink: Some(Broken { before: true }), ..WORKS }),
        (false, Case { sink: Some(Broken { before: false }), ..WORKS }),
        (false, mint_responds(Response::new(401))),
        (false, responds(Response::new(401))),
        (false, responds(Response::new(422))),
        (false, responds(Response::new(503))),
        (false, responds(Response::new(201))),
        (false, Case { fault: Some(Fault::breaks(Moment::AfterCommit, Ending::Close)), ..WORKS }),
    ] {
        let (error, _) = error(case, patience::LONG).await;
        assert_eq!(error.is_retryable(), expected, "{error}");
    }
}
