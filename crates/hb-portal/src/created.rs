//! What a create gives: the endpoint, and the secret that is shown this once.

use std::{borrow::Cow, fmt};

use crate::{SigningSecret, WebhookEndpoint};

/// A webhook endpoint that was created, with its signing secret.
#[derive(Debug)]
#[must_use = "it holds the signing secret, which the portal does not show again"]
pub struct CreatedWebhook {
    /// The endpoint, as the portal answered it.
    pub endpoint: WebhookEndpoint,
    /// The secret that signs the deliveries to it.
    pub secret: SigningSecret,
    /// What the portal says to people.
    pub message: Option<String>,
    pub(crate) deviations: Vec<Deviation>,
    pub(crate) request_id: Option<String>,
}

impl CreatedWebhook {
    /// In what the answer was not what the contract says; empty when it was. Each is logged as a warning, too.
    #[must_use]
    pub fn deviations(&self) -> &[Deviation] {
        &self.deviations
    }

    /// The id that the portal gave the request, if it gave one (`inferred`).
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

/// One thing in which an answer was not what the contract says. It has kinds, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    pointer: String,
    expected: Cow<'static, str>,
    found: Cow<'static, str>,
}

impl Deviation {
    pub(crate) fn new(
        pointer: impl Into<String>,
        expected: impl Into<Cow<'static, str>>,
        found: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { pointer: pointer.into(), expected: expected.into(), found: found.into() }
    }

    /// Where in the answer's body: a JSON pointer (RFC 6901), empty for the whole.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What the contract says, as in `integer`.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// What was there, as in `string` or `missing`.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "the answer" } else { &self.pointer };
        write!(f, "{place}: expected {}, found {}", self.expected, self.found)
    }
}
