//! The outcomes of commands: exit codes, and the messages of failed commands.

use std::{error::Error, fmt::Write as _, process::ExitCode};

use serde_json::{Map, Value};

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
    pub(crate) fn because(mut self, cause: Option<&(dyn Error + 'static)>) -> Self {
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
