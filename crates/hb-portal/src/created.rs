//! The result of a create: the endpoint and its secret, which the portal shows only once.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    fmt,
    sync::{Mutex, PoisonError},
};

use crate::{endpoint::WebhookEndpoint, secret::SigningSecret};

/// A webhook endpoint that was created, with its signing secret.
#[derive(Debug)]
#[must_use = "it holds the signing secret, which the portal does not show again"]
pub struct CreatedWebhook {
    /// The endpoint, as the portal's response describes it.
    pub endpoint: WebhookEndpoint,
    /// The secret that signs the deliveries to it.
    pub secret: SigningSecret,
    /// The portal's message to people.
    pub message: Option<String>,
    pub(crate) deviations: Vec<Deviation>,
    pub(crate) request_id: Option<String>,
}

impl CreatedWebhook {
    /// How the response differs from the contract; empty if it does not. At most 32 are listed.
    ///
    /// Each is logged as a warning, once per process and [pointer](Deviation::pointer).
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

/// How many pointers are remembered as logged. The keys in them are the portal's, so without a limit they could fill memory.
const MOST_LOGGED: usize = 1024;

/// One difference between a response and the contract. It has kinds, never values.
///
/// A field that the contract does not have is expected to be `nothing`; a documented field that the response does not have is
/// found `missing`.
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

    /// The place in the response's body: a JSON pointer (RFC 6901), empty for the whole response. In it, `…` replaces a key that
    /// is not shown, because it does not look like a field's name, or has something in common with the secret.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The kind that the contract expects, such as `integer`.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// The kind that the response has, such as `string` or `missing`.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }

    /// Logs it, unless one with its pointer was logged before.
    pub(crate) fn warn_once(&self) {
        static LOGGED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
        // Ignores poisoning: no critical section can leave the set half-updated.
        let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.len() < MOST_LOGGED && logged.insert(self.pointer.clone()) {
            drop(logged);
            tracing::warn!(deviation = %self, "the portal's response is not what the contract says");
        }
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "the response" } else { &self.pointer };
        write!(f, "{place}: expected {}, found {}", self.expected, self.found)
    }
}
