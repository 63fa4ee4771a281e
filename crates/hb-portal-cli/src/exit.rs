//! The outcomes of commands: exit codes, and the messages of failed commands.

use std::{error::Error, fmt::Write as _, process::ExitCode};

use hb_portal::{
    AtPortal, BuildError, CallError, CreateError, NotSent, NotSentReason, SecretMissing, http::StatusCode,
};
use serde_json::{Map, Value, json};

use crate::shown;

macro_rules! exits {
    ($($exit:ident = $code:literal, $name:literal, $meaning:literal;)*) => {
        /// The codes that this program exits with.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Exit {
            $(#[doc = $meaning] $exit = $code,)*
        }

        impl Exit {
            /// All of them, and what they mean.
            const ALL: &[(Self, &str)] = &[$((Self::$exit, $meaning)),*];

            /// The `outcome` in JSON.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$exit => $name,)*
                }
            }
        }
    };
}

exits! {
    Done = 0, "done", "done";
    No = 1, "failed", "a negative result (not verified, not found), or a failure on this machine";
    Usage = 2, "usage", "wrong usage, or the environment is incomplete; nothing was sent";
    NotSent = 3, "not_sent", "not sent: nothing was created or changed";
    Rejected = 4, "rejected", "rejected by the portal: nothing was created or changed";
    Unconfirmed = 5, "unconfirmed", "unconfirmed: the portal may have done what was asked";
    SecretMissing = 6, "secret_missing", "secret missing: an endpoint exists, but the response has no secret";
    NotStored = 7, "not_stored", "not stored: an endpoint exists, but its secret is lost";
    StoredElsewhere = 8, "stored_elsewhere", "stored elsewhere: the endpoint's secret is in the state folder";
    LeftToPerson = 9, "left_to_person", "left to a person: `recover` could not decide";
    Interrupted = 130, "interrupted", "interrupted by Ctrl-C (`listen` and `sandbox` stop with 0)";
    Terminated = 143, "interrupted", "interrupted by SIGTERM (`listen` and `sandbox` stop with 0)";
}

impl Exit {
    /// The section of `--help` that explains the codes.
    pub(crate) fn help() -> String {
        Self::ALL.iter().fold("Exit codes:".to_owned(), |mut help, (exit, meaning)| {
            // Writing to a `String` cannot fail.
            let _ = write!(help, "\n{:>5}  {meaning}", *exit as u8);
            help
        })
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        (exit as u8).into()
    }
}

/// The failure of a command: what happened, what that means at the portal, and what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    /// The causes, outermost first.
    pub(crate) causes: Vec<String>,
    /// The next step with this program.
    pub(crate) hint: Option<String>,
    /// Additional fields for `--json`.
    pub(crate) details: Map<String, Value>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), causes: Vec::new(), hint: None, details: Map::new() }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    pub(crate) fn of(exit: Exit, error: &(dyn Error + 'static)) -> Self {
        Self::new(exit, error.to_string()).because(error.source())
    }

    /// A create that sent nothing, because its secret could not be stored now.
    pub(crate) fn no_place(cause: &(dyn Error + 'static)) -> Self {
        Self::nothing_sent("the signing secret could not be stored; nothing was sent").because(Some(cause))
    }

    /// A create that sent nothing.
    pub(crate) fn nothing_sent(message: impl Into<String>) -> Self {
        Self::new(Exit::NotSent, message).with("at_portal", "nothing".into())
    }

    /// Adds a cause and its own causes.
    fn because(mut self, cause: Option<&(dyn Error + 'static)>) -> Self {
        let causes = std::iter::successors(cause, |&cause| cause.source());
        self.causes.extend(causes.map(|cause| shown::text(&cause.to_string())));
        self
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        self.details.insert(name.to_owned(), value);
        self
    }

    pub(crate) fn json(&self) -> Value {
        let mut object = self.details.clone();
        object.insert("outcome".to_owned(), self.exit.name().into());
        object.insert("message".to_owned(), self.message.as_str().into());
        object.insert("causes".to_owned(), self.causes.clone().into());
        object.insert("hint".to_owned(), self.hint.clone().into());
        object.into()
    }
}

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
///
/// Where the facade's message explains what a program does with its error, this one says what a person does with this program.
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
            let id = not_stored.created().endpoint.id.as_ref().map(|id| shown::text(id.as_str()));
            let which = id.as_ref().map_or_else(|| "an endpoint".to_owned(), |id| format!("endpoint {id}"));
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

fn secret_missing(missing: &SecretMissing, recover: &str) -> Failure {
    let id = missing.id().map(|id| shown::text(id.as_str()));
    let found = match missing.candidates() {
        [] => "no complete signing secret was found in the response".to_owned(),
        several => format!(
            "several strings in the response could be the signing secret ({}), so none was stored",
            several.join(", ")
        ),
    };
    let which = id.as_ref().map_or_else(|| "an endpoint".to_owned(), |id| format!("endpoint {id}"));
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

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn every_code_is_in_the_readme() {
        for (exit, _) in Exit::ALL {
            let row = format!("\n| {} | ", *exit as u8);
            assert!(include_str!("../README.md").contains(&row), "{exit:?}");
        }
    }
}
