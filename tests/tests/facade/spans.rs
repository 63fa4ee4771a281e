//! The spans of a call: method, path, status, attempt, duration, the portal's request id and deviations; no headers
//! and no bodies.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use hb_portal::{
    Attempt, BoxError, BoxFuture, Client, ClientCredentials, CreatedWebhook, RetryPolicy, SecretSink, SigningSecret,
};
use hb_portal_sandbox::{Fault, Response, Sandbox};
use hb_portal_tests::{
    documented,
    logs::{self, Fields, Recorded, Warnings},
    operations::OPERATIONS,
};
use serde_json::json;
use tracing::{
    Subscriber,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context};

/// The spans in the order in which they were opened, with their recorded fields.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Span>>>);

#[derive(Clone)]
struct Span {
    id: Id,
    name: &'static str,
    fields: Fields,
}

impl<S: Subscriber> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        if attributes.metadata().target().starts_with("hb_portal") {
            let mut fields = Fields::new();
            attributes.record(&mut Recorded(&mut fields));
            self.0.lock().unwrap().push(Span { id: id.clone(), name: attributes.metadata().name(), fields });
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        // A later span may reuse the id of a closed one.
        if let Some(span) = self.0.lock().unwrap().iter_mut().rev().find(|span| span.id == *id) {
            values.record(&mut Recorded(&mut span.fields));
        }
    }
}

#[tokio::test]
async fn each_attempt_is_a_span_below_that_of_the_call() {
    let sandbox = Sandbox::start().await.unwrap();
    let slow = Response::new(429).header("x-request-id", "req-1").body("slow").slowly(32, Duration::from_millis(60));
    sandbox.inject(Fault::responds(slow));
    let policy = RetryPolicy::default().base_delay(Duration::ZERO);
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .access_token(sandbox.access_token())
        .retry(policy)
        .build()
        .unwrap();
    let spans = Spans::default();
    let guard = logs::subscribe(spans.clone());
    let created =
        client.webhooks().create("https://your-app.com/webhooks", ["reference.submitted"]).send().await.unwrap();
    drop(guard);
    assert!(!created.secret.expose_secret().is_empty());

    let mut seen: Vec<(&str, Fields)> =
        spans.0.lock().unwrap().iter().map(|span| (span.name, span.fields.clone())).collect();
    let durations: Vec<u64> = seen
        .iter_mut()
        .map(|(name, fields)| {
            let duration = fields.remove("duration_ms").unwrap_or_else(|| panic!("{name} has no duration: {fields:?}"));
            duration.parse().unwrap()
        })
        .collect();
    // The first response takes at least this long, and the call contains it.
    assert!(durations[1] >= 100 && durations[0] >= durations[1], "{durations:?}");
    let fields = |fields: &[(&'static str, &str)]| {
        fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect::<Fields>()
    };
    let sent = [("method", "POST"), ("path", "/api/v2/webhooks")];
    let first = [&sent[..], &[("attempt", "1"), ("status", "429"), ("request_id", "req-1")]].concat();
    let second = [&sent[..], &[("attempt", "2"), ("status", "201")]].concat();
    assert_eq!(
        seen,
        [
            ("create_webhook", fields(&[("status", "201"), ("attempts", "2")])),
            ("request", fields(&first)),
            ("request", fields(&second)),
        ]
    );
}

#[tokio::test]
async fn a_deviation_is_logged_once_for_each_pointer_in_a_process() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token()).build().unwrap();
    let (warnings, _guard) = Warnings::collect();
    // Pointers that no other test of this process has.
    for (deviating, expected) in [
        (json!({"logged_one": 1}), 1),
        (json!({"logged_one": 1}), 1),
        (json!({"logged_one": "another kind", "logged_two": 2}), 2),
    ] {
        let mut body = documented::response_with("a");
        body.as_object_mut().unwrap().extend(deviating.as_object().unwrap().clone());
        sandbox.inject(Fault::responds(Response::new(201).json(&body.to_string())));
        // A borrowed list is accepted.
        let events = &["reference.submitted"];
        let created = client.webhooks().create("https://your-app.com/webhooks", events).send().await;
        assert_eq!(created.unwrap().secret.expose_secret(), "a");
        let logged = warnings.fields("deviation");
        assert_eq!(logged.len(), expected, "{logged:?}");
        assert!(logged.iter().any(|deviation| deviation.starts_with("/logged_one: ")), "{logged:?}");
    }
}

/// A sink that reads the secret, and stores it or not.
struct Sink {
    stores: bool,
}

impl SecretSink for Sink {
    fn prepare<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { Ok(()) })
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        assert!(!created.secret.expose_secret().is_empty());
        Box::pin(async { if self.stores { Ok(()) } else { Err("it is full".into()) } })
    }
}

#[tokio::test]
async fn a_secret_that_is_dropped_unread_and_not_stored_is_warned_about() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token()).build().unwrap();
    let (warnings, _guard) = Warnings::collect();
    let create = || client.webhooks().create("https://your-app.com/webhooks", ["reference.submitted"]);
    let mut expected = 0;
    for (what, is_lost, outcome) in [
        ("dropped unread", true, create().send().await),
        ("stored", false, create().store_secret_in(Sink { stores: true }).send().await),
        ("not stored", true, create().store_secret_in(Sink { stores: false }).send().await),
    ] {
        let secret = sandbox.endpoints().last().map(|endpoint| endpoint.expose_secret().to_owned()).unwrap();
        drop(outcome);
        expected += usize::from(is_lost);
        let messages = warnings.fields("message");
        let count = messages.iter().filter(|message| message.contains("dropped unread")).count();
        assert_eq!(count, expected, "{what}: {messages:?}");
        assert!(!format!("{messages:?}").contains(&secret));
    }
    let created = create().send().await.unwrap();
    let _ = format!("{created:?} {}", created.secret.fingerprint());
    drop(created);
    assert_eq!(
        warnings.fields("message").len(),
        expected + 1,
        "neither `Debug` nor the fingerprint counts as reading it"
    );
    let created = create().send().await.unwrap();
    assert!(!created.secret.expose_secret().is_empty());
    drop(created);
    drop(SigningSecret::new("mine"));
    assert_eq!(warnings.fields("message").len(), expected + 1, "a secret that was read is not lost");
}

#[tokio::test]
async fn each_operation_is_a_span_with_its_name_above_its_requests() {
    for row in OPERATIONS {
        let sandbox = Sandbox::start().await.unwrap();
        let credentials = ClientCredentials::new(sandbox.client_id(), sandbox.api_key());
        let client = Client::builder().base_url(sandbox.base_url()).credentials(credentials);
        let client = client.retry(RetryPolicy::default().base_delay(Duration::ZERO)).build().unwrap();
        // This mints the token with a separate request.
        client.tokens().info().send().await.unwrap();
        let busy = Response::new(429).header("x-request-id", "req-1");
        sandbox.inject(Fault::responds(busy).on(row.operation));
        let spans = Spans::default();
        let guard = logs::subscribe(spans.clone());
        // No endpoint exists, so some operations are refused, which is a response as well.
        let _ = (row.call)(&client, &"1".into(), "https://user:canary@your-app.com/?canary").await;
        drop(guard);
        let spans = spans.0.lock().unwrap();
        let (method, path) = row.request;
        let repeats = row.id != "refreshAccessToken";
        assert_eq!(spans.len(), if repeats { 3 } else { 2 }, "{}", row.id);
        assert_eq!((spans[0].name, spans[0].fields["operation"].as_str()), ("call", row.id));
        assert_eq!(spans[0].fields["attempts"], if repeats { "2" } else { "1" }, "{}", row.id);
        for span in &spans[1..] {
            let sent = [span.name, &span.fields["method"], &span.fields["path"]];
            assert_eq!(sent, ["request", method, &format!("/api/v2{path}")], "{}", row.id);
        }
        assert_eq!((spans[1].fields["status"].as_str(), spans[1].fields["request_id"].as_str()), ("429", "req-1"));
        assert!(spans.iter().all(|span| !format!("{:?}", span.fields).contains("canary")), "{}", row.id);
    }
}
