//! The outcomes of a create other than success. Each states what the portal holds now.

#[cfg(any(feature = "operations", feature = "preview"))]
mod call;
mod failure;
mod not_sent;
mod reason;
mod rejection;
mod uncertain;

use std::fmt;

#[cfg(any(feature = "operations", feature = "preview"))]
pub use call::{CallError, InTransit, Unreadable};
pub(crate) use failure::{Failure, TokenFailure, is_certificate};
use http::StatusCode;
pub use not_sent::NotSent;
pub use reason::NotSentReason;
pub use rejection::Rejection;
pub use uncertain::{NotStored, SecretMissing, Unconfirmed};

use crate::sink::Attempt;

/// The error of a create. Each variant states what the portal holds now.
///
/// | outcome | what the portal holds | what you hold | what to do |
/// |---|---|---|---|
/// | `Ok` | one new endpoint | the endpoint and its secret, stored if there was a sink | |
/// | [`NotSent`](Self::NotSent) | nothing new | the reason | fix it, then retry |
/// | [`Rejected`](Self::Rejected) | nothing new | status, messages, when to retry | correct the request |
/// | [`Unconfirmed`](Self::Unconfirmed) | perhaps one endpoint | what is known | look at the portal before retrying |
/// | [`SecretMissing`](Self::SecretMissing) | one endpoint | its id, if the response has it, and the body | look for the secret in the body; else delete the endpoint and create it again |
/// | [`NotStored`](Self::NotStored) | one endpoint | the endpoint and its secret | store the secret yourself |
///
/// No variant prints a secret, a token, a response body or a URL's credentials. The portal's message is printed only if the
/// portal refused the request, with the tokens and the key that the client knows masked. Any other message may contain a secret
/// that was not recognised; only `message()` returns it.
///
/// `{:?}`, which `fn main() -> Result<(), Box<dyn Error>>` uses, prints the message and its causes on one line. `{:#?}` prints
/// the fields.
///
/// ```
/// use hb_portal::CreateError;
///
/// fn explain(error: CreateError) {
///     match error {
///         CreateError::Rejected(rejection) => {
///             for (field, messages) in rejection.field_errors() {
///                 eprintln!("{field}: {}", messages.join(", "));
///             }
///         }
///         CreateError::NotStored(not_stored) => {
///             let created = not_stored.into_created();
///             // Put `created.secret.expose_secret()` in a safe place.
/// #           drop(created);
///         }
///         other => eprintln!("{other}"),
///     }
/// }
/// ```
#[non_exhaustive]
pub enum CreateError {
    /// Nothing was sent, or no connection was established.
    NotSent(NotSent),
    /// The portal refused the request. It responded with a redirect that asks for the same request elsewhere (301, 307, 308), a
    /// 4xx that says that nothing was done (400, 401, 403 to 406, 409 to 411, 413 to 415, 417, 419, 421, 422, 426, 428, 429, 431,
    /// 451), 501 or 505.
    ///
    /// HTTP defines these statuses to mean that nothing was created. That is not proof, and the documentation, whose only status
    /// is `201`, does not confirm it (`inferred`).
    Rejected(Rejection),
    /// The request may have arrived, but no response states its outcome: there was none, or it had another status (such as 408,
    /// 499 or a 5xx, which proxies send even if the portal got the request), or it was a success other than
    /// `201` with neither a secret nor an id.
    Unconfirmed(Unconfirmed),
    /// The portal created the endpoint, but no secret was found in the response.
    SecretMissing(SecretMissing),
    /// The portal created the endpoint, but the sink did not store its secret. This error holds the secret.
    NotStored(NotStored),
}

/// The state of the portal after a create.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AtPortal {
    /// No new endpoint.
    Nothing,
    /// Perhaps one new endpoint.
    PerhapsOne,
    /// One new endpoint.
    One,
}

impl CreateError {
    /// The state of the portal now.
    #[must_use]
    pub fn at_portal(&self) -> AtPortal {
        match self {
            Self::NotSent(_) | Self::Rejected(_) => AtPortal::Nothing,
            Self::Unconfirmed(_) => AtPortal::PerhapsOne,
            Self::SecretMissing(_) | Self::NotStored(_) => AtPortal::One,
        }
    }

    /// Whether the same call, made again later, may succeed and cannot create a second endpoint.
    ///
    /// It is true for a rate limit, a connection that failed for a reason other than its certificate, a deadline that passed
    /// before anything was sent, and a token that could not be obtained now. Everything else needs a change first (to the
    /// request, the credentials or the sink), or a look at the portal. The client has already retried what its
    /// [`RetryPolicy`](crate::RetryPolicy) allows. If the portal said how long to wait, [`NotSent::retry_after`] or
    /// [`Rejection::retry_after`] returns it.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotSent(error) => error.is_retryable(),
            Self::Rejected(rejection) => rejection.status() == StatusCode::TOO_MANY_REQUESTS,
            Self::Unconfirmed(_) | Self::SecretMissing(_) | Self::NotStored(_) => false,
        }
    }

    /// The attempt, if it may have left behind an endpoint whose secret is lost. Recovery looks for that endpoint at the portal.
    #[must_use]
    pub fn attempt(&self) -> Option<&Attempt> {
        match self {
            Self::Unconfirmed(unconfirmed) => Some(unconfirmed.attempt()),
            Self::SecretMissing(missing) => Some(missing.attempt()),
            Self::NotSent(_) | Self::Rejected(_) | Self::NotStored(_) => None,
        }
    }

    /// The id that the portal gave the request, if it responded and gave one (`inferred`). Quote it to the portal's
    /// support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::NotSent(_) => None,
            Self::Rejected(rejection) => rejection.request_id(),
            Self::Unconfirmed(unconfirmed) => unconfirmed.request_id(),
            Self::SecretMissing(missing) => missing.request_id(),
            Self::NotStored(not_stored) => not_stored.created().request_id(),
        }
    }
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(error) => error.fmt(f),
            Self::Rejected(error) => error.fmt(f),
            Self::Unconfirmed(error) => error.fmt(f),
            Self::SecretMissing(error) => error.fmt(f),
            Self::NotStored(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return match self {
                Self::NotSent(error) => f.debug_tuple("NotSent").field(error).finish(),
                Self::Rejected(error) => f.debug_tuple("Rejected").field(error).finish(),
                Self::Unconfirmed(error) => f.debug_tuple("Unconfirmed").field(error).finish(),
                Self::SecretMissing(error) => f.debug_tuple("SecretMissing").field(error).finish(),
                Self::NotStored(error) => f.debug_tuple("NotStored").field(error).finish(),
            };
        }
        write!(f, "{self}")?;
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            // A cause may be the user's own error, and span several lines.
            write!(f, ": {}", cause.to_string().lines().map(str::trim).collect::<Vec<_>>().join(" "))?;
            source = cause.source();
        }
        Ok(())
    }
}

impl std::error::Error for CreateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotSent(error) => error.source(),
            Self::Unconfirmed(error) => error.source(),
            Self::NotStored(error) => error.source(),
            Self::Rejected(error) => error.source(),
            Self::SecretMissing(error) => error.source(),
        }
    }
}

const _: () = {
    const fn is_an_error<T: std::error::Error + Send + Sync + 'static>() {}
    is_an_error::<CreateError>();
};
