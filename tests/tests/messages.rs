//! What a person reads when a create does not give an endpoint with its secret.

use std::{error::Error, fmt::Write as _, time::Duration};

use hb_portal::{Attempt, BoxError, BoxFuture, Client, CreatedWebhook, RetryPolicy, SecretSink};
use hb_portal_sandbox::{Answer, Ending, Fault, Moment, Sandbox};

/// A sink that fails when it is asked, or when it is told.
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

async fn message(url: &str, fault: Option<Fault>, sink: Option<Broken>) -> String {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .access_token(sandbox.access_token())
        .timeout(Duration::from_secs(if fault.as_ref().is_some_and(Fault::hangs) { 2 } else { 60 }))
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    if let Some(fault) = fault {
        sandbox.inject(fault);
    }
    let create = client.webhooks().create(url, ["reference.submitted"]);
    let outcome = match sink {
        Some(sink) => create.store_secret_in(sink).send().await,
        None => create.send().await,
    };
    let error = outcome.expect_err("every case fails");
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, "\n  caused by: {cause}");
        source = cause.source();
    }
    text.replace(&sandbox.address().to_string(), "ADDRESS")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_says_what_happened_what_it_means_at_the_portal_and_what_to_do() {
    let url = "https://your-app.com/webhooks/references";
    let answers = |answer: Answer| Some(Fault::answers(answer));
    let invalid = r#"{"message":"The given data was invalid.","errors":{"url":["The url must be reachable."]}}"#;
    let cases = [
        ("input", message("your-app.com", None, None).await),
        ("sink not ready", message(url, None, Some(Broken { before: true })).await),
        ("401", message(url, answers(Answer::new(401).json(r#"{"message":"Unauthenticated."}"#)), None).await),
        ("404", message(url, answers(Answer::new(404).html("<h1>Not Found</h1>")), None).await),
        ("422", message(url, answers(Answer::new(422).json(invalid).header("x-request-id", "req-7")), None).await),
        ("429", message(url, answers(Answer::new(429).header("retry-after", "30")), None).await),
        ("307", message(url, answers(Answer::new(307).header("location", "https://elsewhere.example")), None).await),
        ("500", message(url, answers(Answer::new(500).json(r#"{"message":"Server Error"}"#)), None).await),
        ("reset", message(url, Some(Fault::breaks(Moment::AfterCommit, Ending::Close)), None).await),
        ("timeout", message(url, Some(Fault::breaks(Moment::AfterCommit, Ending::Hang)), None).await),
        ("200 without a secret", message(url, answers(Answer::new(200).json("{}")), None).await),
        ("201 without a secret", message(url, answers(Answer::new(201).json(r#"{"data":{"id":7}}"#)), None).await),
        ("sink failed", message(url, None, Some(Broken { before: false })).await),
    ];
    let text: String = cases.iter().map(|(name, message)| format!("{name}\n  {message}\n\n")).collect();
    let look_for =
        "What happened; what the portal holds now (nothing, perhaps one, one); what to do. No secret, no token.";
    insta::with_settings!({ description => look_for, omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("messages", text);
    });
}
