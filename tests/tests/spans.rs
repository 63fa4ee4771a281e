//! What a create leaves in traces: method, path, status, attempt, duration and the portal's request id; no headers, no bodies.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use hb_portal::{Client, RetryPolicy};
use hb_portal_sandbox::{Answer, Fault, Sandbox};
use tracing::{
    Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber,
};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

type Fields = BTreeMap<&'static str, String>;

/// The spans that were opened, in their order, with what was recorded in them.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Span>>>);

#[derive(Clone)]
struct Span {
    id: Id,
    name: &'static str,
    fields: Fields,
}

struct Recorded<'a>(&'a mut Fields);

impl Visit for Recorded<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}").trim_matches('"').to_owned());
    }
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
        // A later span may have the id of one that is closed.
        if let Some(span) = self.0.lock().unwrap().iter_mut().rev().find(|span| span.id == *id) {
            values.record(&mut Recorded(&mut span.fields));
        }
    }
}

#[tokio::test]
async fn each_try_is_a_span_below_that_of_the_call() {
    let sandbox = Sandbox::start().await.unwrap();
    let slow = Answer::new(429).header("x-request-id", "req-1").body("slow").slowly(1, Duration::from_millis(60));
    sandbox.inject(Fault::answers(slow));
    let policy = RetryPolicy::default().base_delay(Duration::ZERO);
    let client = Client::builder()
        .base_url(sandbox.base_url())
        .access_token(sandbox.access_token())
        .retry(policy)
        .build()
        .unwrap();
    let spans = Spans::default();
    let guard = subscriber::set_default(tracing_subscriber::registry().with(spans.clone()));
    let created =
        client.webhooks().create("https://your-app.com/webhooks", ["reference.submitted"]).send().await.unwrap();
    drop(guard);
    assert!(!created.secret.expose_secret().is_empty());

    let mut seen: Vec<(&str, Fields)> =
        spans.0.lock().unwrap().iter().map(|span| (span.name, span.fields.clone())).collect();
    for (name, fields) in &mut seen {
        let duration = fields.remove("duration_ms").unwrap_or_else(|| panic!("{name} has no duration: {fields:?}"));
        assert!(duration.parse::<u64>().is_ok(), "{duration}");
    }
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
