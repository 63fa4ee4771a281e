//! Shows an endpoint in results.

use hb_portal::{CreatedWebhook, WebhookEndpoint};
use serde_json::{Value, json};

use crate::{
    output::{Output, rows},
    shown,
};

/// All fields, including those that are missing from the response.
pub(crate) fn fields(endpoint: &WebhookEndpoint) -> Vec<(&'static str, String)> {
    let WebhookEndpoint { id, url, events, is_active, timeout_seconds, max_retries, created_at, .. } = endpoint;
    let shown =
        |value: Option<String>| value.map_or_else(|| "(not in the response)".to_owned(), |text| shown::text(&text));
    let events: Vec<&str> = events.iter().map(|event| event.as_str()).collect();
    vec![
        ("id", shown(id.as_ref().map(ToString::to_string))),
        ("url", shown(url.as_deref().map(shown::url))),
        ("events", shown::text(&events.join(", "))),
        ("active", shown(is_active.map(|active| active.to_string()))),
        ("timeout", shown(timeout_seconds.map(|seconds| format!("{seconds} s")))),
        ("max retries", shown(max_retries.map(|retries| retries.to_string()))),
        ("created at", shown(created_at.map(|at| shown::time(at.into())))),
    ]
}

/// Prints a created endpoint and where its secret is: the kind of place, and its path if it has one.
pub(crate) fn print_created(
    output: Output,
    created: &CreatedWebhook,
    outcome: &str,
    place: (&'static str, Option<&str>),
) {
    let fingerprint = created.secret.fingerprint();
    let (kind, path) = place;
    let text = || {
        let row = match path {
            Some(path) => ("secret file", path.to_owned()),
            None if kind == "command" => ("secret", "passed to the command".to_owned()),
            None => ("secret", "printed on standard output".to_owned()),
        };
        let secret = [row, ("fingerprint", fingerprint.clone())];
        format!("created a webhook endpoint\n{}", rows(fields(&created.endpoint).into_iter().chain(secret)))
    };
    output.result(text, || {
        let deviations: Vec<Value> = (created.deviations().iter())
            .map(|one| json!({"pointer": one.pointer(), "expected": one.expected(), "found": one.found()}))
            .collect();
        json!({
            "outcome": outcome,
            "endpoint": created.endpoint,
            "secret": {"fingerprint": fingerprint, "stored_in": kind, "path": path},
            "deviations": deviations,
            "request_id": created.request_id(),
        })
    });
    for deviation in created.deviations() {
        output.step(&format!("not as documented: {deviation}"));
    }
}
