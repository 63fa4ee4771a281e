//! Translates the facade's errors for a person: an exit code, a message, and the next command.
//!
//! Where the facade's message says what a program does with its error, this one says what to do with this program.

use std::error::Error as _;

use hb_portal::{
    AtPortal, BuildError, CallError, CreateError, EndpointId, NotSent, NotSentReason, SecretMissing, http::StatusCode,
};
use serde_json::{Value, json};

use crate::{
    exit::{Exit, Failure},
    shown,
};

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        let failure = Self::of(Exit::Usage, &error);
        match error {
            BuildError::Environment { why, .. } if why.starts_with("is not set") => failure
                .hint("`hb-portal sandbox` starts a local portal to experiment with, and prints the variables to set"),
            _ => failure,
        }
    }
}

/// Why nothing was sent, in JSON.
fn reason(not_sent: &NotSent) -> &'static str {
    match not_sent.reason() {
        NotSentReason::Input => "input",
        NotSentReason::TokenRefused => "token_refused",
        NotSentReason::TokenUnavailable => "token_unavailable",
        NotSentReason::RateLimited => "rate_limited",
        NotSentReason::Sink => "sink",
        NotSentReason::Connection => "connection",
        NotSentReason::Deadline => "deadline",
        _ => "request",
    }
}

fn status(status: Option<StatusCode>) -> Value {
    status.map(|status| status.as_u16()).into()
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let failure = match &error {
            CallError::NotSent(not_sent) => Self::of(Exit::NotSent, &error).with("reason", reason(not_sent).into()),
            CallError::Rejected(rejection) => {
                Self::of(Exit::Rejected, &error).with("field_errors", json!(rejection.field_errors()))
            }
            CallError::Unreadable(_) => Self::new(
                Exit::Unconfirmed,
                format!(
                    "the portal responded {}, in a form that cannot be read; if it was asked to change something, it probably did: \
                     check with `hb-portal webhooks list`",
                    error.status().unwrap_or_default()
                ),
            ),
            _ => Self::of(Exit::Unconfirmed, &error),
        };
        failure
            .with("status", status(error.status()))
            .with("request_id", error.request_id().into())
            .with("retryable", error.is_retryable().into())
    }
}

/// The next step after a create that may have left an endpoint at the portal.
pub(crate) fn look(recover: &str) -> String {
    format!("`{recover}` looks for the endpoint at the portal, then allows the next attempt")
}

/// A create that failed. `recover` is the command that searches the portal for an endpoint that the create may have left there.
pub(crate) fn of_create(error: CreateError, recover: &str) -> Failure {
    let at_portal = match error.at_portal() {
        AtPortal::Nothing => "nothing",
        AtPortal::PerhapsOne => "perhaps_one",
        _ => "one",
    };
    let failure = match &error {
        CreateError::NotSent(not_sent) => {
            let failure = match (not_sent.reason(), not_sent.source()) {
                (NotSentReason::Sink, Some(cause)) => Failure::no_place(cause),
                _ => Failure::of(Exit::NotSent, &error),
            };
            failure
                .with("reason", reason(not_sent).into())
                .with("retry_after_seconds", not_sent.retry_after().map(|wait| wait.as_secs()).into())
        }
        CreateError::Rejected(rejection) => Failure::of(Exit::Rejected, &error)
            .with("status", status(Some(rejection.status())))
            .with("retry_after_seconds", rejection.retry_after().map(|wait| wait.as_secs()).into())
            .with("field_errors", json!(rejection.field_errors())),
        CreateError::Unconfirmed(unconfirmed) => Failure::of(Exit::Unconfirmed, &error)
            .with("status", status(unconfirmed.status()))
            .with("response_kept_in", unconfirmed.response_kept_in().into())
            .hint(look(recover)),
        CreateError::SecretMissing(missing) => secret_missing(missing, recover),
        CreateError::NotStored(not_stored) => {
            let (id, which) = endpoint(not_stored.created().endpoint.id.as_ref());
            let message = format!(
                "the signing secret could not be stored anywhere, and is lost; {which} was created: delete it and create it again, \
                 because the portal does not show its secret again"
            );
            Failure::new(Exit::NotStored, message)
                .because(error.source())
                .with("endpoint_id", id.into())
                .hint(look(recover))
        }
        _ => Failure::of(Exit::Unconfirmed, &error),
    };
    failure
        .with("at_portal", at_portal.into())
        .with("retryable", error.is_retryable().into())
        .with("request_id", error.request_id().into())
}

/// The id of an endpoint, if it is known, and the endpoint in words.
fn endpoint(id: Option<&EndpointId>) -> (Option<String>, String) {
    let id = id.map(|id| shown::text(id.as_str()));
    let which = id.as_ref().map_or_else(|| "an endpoint".to_owned(), |id| format!("endpoint {id}"));
    (id, which)
}

fn secret_missing(missing: &SecretMissing, recover: &str) -> Failure {
    let (id, which) = endpoint(missing.id());
    let found = match missing.candidates() {
        [] => "no complete signing secret was found in the response".to_owned(),
        several => format!(
            "several strings in the response could be the signing secret ({}), so none was stored",
            several.join(", ")
        ),
    };
    let (responded, url) = (missing.status(), shown::url(missing.url()));
    let hint = match missing.response_kept_in() {
        Some(path) => format!(
            "the response is in {path}: if the secret is in it, store the secret and run `{recover} --acknowledge`; otherwise, \
             remove that file and run `{recover}`, which looks for the endpoint at the portal, then allows the next attempt"
        ),
        None => look(recover),
    };
    Failure::new(
        Exit::SecretMissing,
        format!("the portal responded {responded}, but {found}; {which} for {url} was created"),
    )
    .with("status", status(Some(responded)))
    .with("endpoint_id", id.into())
    .with("response_kept_in", missing.response_kept_in().into())
    .hint(hint)
}
