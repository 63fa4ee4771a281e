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
    /// The portal's human-readable message.
    pub message: Option<String>,
    pub(crate) deviations: Vec<Deviation>,
    pub(crate) request_id: Option<String>,
}

impl CreatedWebhook {
    /// Returns the differences between the response and the contract, at most 32; empty if there are none.
    ///
    /// Each is logged as a warning, once per process and [pointer](Deviation::pointer).
    #[must_use]
    pub fn deviations(&self) -> &[Deviation] {
        &self.deviations
    }

    /// Returns the id that the portal gave the request, if it gave one (`inferred`).
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

/// The maximum number of pointers remembered as logged. The portal chooses the keys in them, so without a limit they could fill
/// memory.
const MOST_LOGGED: usize = 1024;

/// A difference between a response and the contract. It names kinds, never values.
///
/// For a field that is not in the contract, `nothing` is expected; a documented field that is not in the response is found
/// `missing`.
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

    /// The place in the response's body: a JSON pointer (RFC 6901), empty for the whole response. `…` replaces a key that does
    /// not look like a field name or has something in common with the secret.
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

    /// Logs this deviation, unless one with the same pointer was logged before.
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
