//! What the example says, and the code it exits with.

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use hb_portal::{CreateError, CreatedWebhook, WebhookEndpoint};

/// Prints the outcome to be had from standard output; a reader that went away is no failure.
pub(crate) fn out(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

/// Prints progress, beside the outcome.
pub(crate) fn step(text: &str) {
    let _ = writeln!(io::stderr().lock(), "… {text}");
}

/// Says what is missing.
pub(crate) fn usage(error: &str) -> ExitCode {
    let _ = writeln!(
        io::stderr().lock(),
        "error: {error}\n\nFor what there is: cargo run --example create_webhook -- --help"
    );
    ExitCode::from(2)
}

/// Shows the endpoint, and where the secret is.
pub(crate) fn created(created: &CreatedWebhook, path: &Path) {
    let WebhookEndpoint { id, url, events, is_active, timeout_seconds, max_retries, created_at, .. } =
        &created.endpoint;
    let shown = |value: Option<String>| value.unwrap_or_else(|| "(not in the answer)".to_owned());
    let events: Vec<&str> = events.iter().map(|event| event.as_str()).collect();
    let rows = [
        ("id", shown(id.as_ref().map(ToString::to_string))),
        ("url", shown(url.clone())),
        ("events", events.join(", ")),
        ("active", shown(is_active.map(|active| active.to_string()))),
        ("timeout", shown(timeout_seconds.map(|seconds| format!("{seconds} s")))),
        ("max retries", shown(max_retries.map(|retries| retries.to_string()))),
        ("created at", shown(created_at.map(|at| at.to_rfc3339()))),
        ("secret file", path.display().to_string()),
        ("fingerprint", created.secret.fingerprint()),
    ];
    out("created a webhook endpoint\n");
    show(&rows);
    for deviation in created.deviations() {
        step(&format!("not as documented: {deviation}"));
    }
}

/// Shows what became of the deliveries.
pub(crate) fn delivered(rows: &[(&str, String)]) -> ExitCode {
    out("delivered to it\n");
    show(rows);
    ExitCode::SUCCESS
}

/// Says why the sandbox could not deliver; the endpoint exists, and its secret is stored.
pub(crate) fn not_delivered(error: &dyn std::error::Error) -> ExitCode {
    let _ = writeln!(io::stderr().lock(), "error: created, and not delivered: {error}");
    ExitCode::FAILURE
}

fn show(rows: &[(&str, String)]) {
    for (name, value) in rows {
        out(&format!("  {name:<12} {value}\n"));
    }
}

/// Says what happened, what it means at the portal, and what to do: the error itself does.
pub(crate) fn failed(error: CreateError) -> ExitCode {
    let mut text = format!("error: {error}\n");
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text.push_str(&format!("  caused by: {cause}\n"));
        source = cause.source();
    }
    let _ = io::stderr().lock().write_all(text.as_bytes());
    ExitCode::from(match error {
        CreateError::NotSent(_) => 3,
        CreateError::Rejected(_) => 4,
        CreateError::Unconfirmed(_) => 5,
        CreateError::SecretMissing(_) => 6,
        CreateError::NotStored(_) => 7,
        _ => 1,
    })
}
