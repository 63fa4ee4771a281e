//! The outcomes of commands: exit codes, and the messages of failed commands.

use std::{error::Error, process::ExitCode};

use hb_portal::{AtPortal, BuildError, CallError, CreateError, NotSent, NotSentReason};
use serde_json::{Map, Value, json};

use crate::shown;

/// The codes that this program exits with, as `exit_codes.txt` explains them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    No,
    Usage,
    NotSent,
    Rejected,
    Unconfirmed,
    SecretMissing,
    NotStored,
    StoredElsewhere,
    LeftToPerson,
    Interrupted,
    Terminated,
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::NotSent => 3,
            Self::Rejected => 4,
            Self::Unconfirmed => 5,
            Self::SecretMissing => 6,
            Self::NotStored => 7,
            Self::StoredElsewhere => 8,
            Self::LeftToPerson => 9,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// The `outcome` in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::No => "failed",
            Self::Usage => "usage",
            Self::NotSent => "not_sent",
            Self::Rejected => "rejected",
            Self::Unconfirmed => "unconfirmed",
            Self::SecretMissing => "secret_missing",
            Self::NotStored => "not_stored",
            Self::StoredElsewhere => "stored_elsewhere",
            Self::LeftToPerson => "left_to_person",
            Self::Interrupted | Self::Terminated => "interrupted",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
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
        let mut causes = Vec::new();
        let mut source = error.source();
        while let Some(cause) = source {
            causes.push(shown::text(&cause.to_string()));
            source = cause.source();
        }
        Self { causes, ..Self::new(exit, error.to_string()) }
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

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let failure = match &error {
            CallError::NotSent(not_sent) => Self::of(Exit::NotSent, &error).with("reason", reason(not_sent).into()),
            CallError::Rejected(rejection) => {
                Self::of(Exit::Rejected, &error).with("field_errors", json!(rejection.field_errors()))
            }
            _ => Self::of(Exit::Unconfirmed, &error),
        };
        failure
            .with("status", error.status().map(|status| status.as_u16()).into())
            .with("request_id", error.request_id().into())
            .with("retryable", error.is_retryable().into())
    }
}

/// A create that failed. `recover` is the command that searches the portal for an endpoint that the create may have left there.
pub(crate) fn of_create(error: CreateError, recover: &str) -> Failure {
    let at_portal = match error.at_portal() {
        AtPortal::Nothing => "nothing",
        AtPortal::PerhapsOne => "perhaps_one",
        _ => "one",
    };
    let retryable = error.is_retryable();
    let request_id = error.request_id().map(str::to_owned);
    let look = format!("`{recover}` looks for the endpoint at the portal, then allows the next attempt");
    let failure = match &error {
        CreateError::NotSent(not_sent) => {
            let wait = not_sent.retry_after().map(|wait| wait.as_secs());
            Failure::of(Exit::NotSent, &error)
                .with("reason", reason(not_sent).into())
                .with("retry_after_seconds", wait.into())
        }
        CreateError::Rejected(rejection) => Failure::of(Exit::Rejected, &error)
            .with("status", rejection.status().as_u16().into())
            .with("retry_after_seconds", rejection.retry_after().map(|wait| wait.as_secs()).into())
            .with("field_errors", json!(rejection.field_errors())),
        CreateError::Unconfirmed(unconfirmed) => Failure::of(Exit::Unconfirmed, &error)
            .with("status", unconfirmed.status().map(|status| status.as_u16()).into())
            .with("response_kept_in", unconfirmed.response_kept_in().into())
            .hint(look),
        CreateError::SecretMissing(missing) => Failure::of(Exit::SecretMissing, &error)
            .with("endpoint_id", missing.id().map(|id| id.as_str()).into())
            .with("response_kept_in", missing.response_kept_in().into())
            .hint(look),
        // The facade's message is for programs: it explains how to take the secret from the error.
        CreateError::NotStored(not_stored) => {
            let id = not_stored.created().endpoint.id.as_ref().map(|id| shown::text(id.as_str()));
            let (which, delete) = match &id {
                Some(id) => (format!(" with id {id}"), format!("delete endpoint {id} at the portal")),
                None => (String::new(), "delete it at the portal".to_owned()),
            };
            let message = format!(
                "the signing secret could not be stored anywhere; an endpoint was created{which}: {delete} and create it again, \
                 because the portal does not show its secret again"
            );
            let causes = Failure::of(Exit::NotStored, &error).causes;
            Failure { causes, ..Failure::new(Exit::NotStored, message) }.with("endpoint_id", id.into()).hint(look)
        }
        _ => Failure::of(Exit::Unconfirmed, &error),
    };
    failure
        .with("at_portal", at_portal.into())
        .with("retryable", retryable.into())
        .with("request_id", request_id.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained() {
        use Exit::*;
        let all = [
            Done,
            No,
            Usage,
            NotSent,
            Rejected,
            Unconfirmed,
            SecretMissing,
            NotStored,
            StoredElsewhere,
            LeftToPerson,
            Interrupted,
        ];
        let explained: Vec<&str> =
            include_str!("exit_codes.txt").lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
        for exit in all {
            let code = exit.code().to_string();
            assert!(explained.contains(&&*code), "{exit:?}");
            assert!(include_str!("../README.md").contains(&format!("\n| {code} | ")), "{exit:?}");
        }
    }
}
