//! The outcomes of a create that are not the endpoint with its secret; each is true at the portal.

#[cfg(feature = "operations")]
mod call;
mod failure;
mod not_sent;
mod rejection;
mod uncertain;

use std::fmt;

#[cfg(feature = "operations")]
pub use call::{CallError, InTransit, Unreadable};
pub(crate) use failure::{Failure, TokenFailure};
pub use not_sent::{NotSent, NotSentReason};
pub use rejection::Rejection;
pub use uncertain::{NotStored, SecretMissing, Unconfirmed};

/// Why a create did not give an endpoint with its secret. Which variant it is, is true at the portal.
///
/// | outcome | what the portal holds | what you hold | what to do |
/// |---|---|---|---|
/// | `Ok` | one new endpoint | the endpoint and its secret, stored if there was a sink | |
/// | [`NotSent`](Self::NotSent) | nothing new | the reason | mend it, and call again |
/// | [`Rejected`](Self::Rejected) | nothing new | status, messages, when to try again | correct the request |
/// | [`Unconfirmed`](Self::Unconfirmed) | perhaps one endpoint | what is known | look before you call again |
/// | [`SecretMissing`](Self::SecretMissing) | one endpoint | its id, if the answer had it | delete it, and create anew |
/// | [`NotStored`](Self::NotStored) | one endpoint | the endpoint and its secret | store it yourself |
///
/// No variant prints a secret, a token or an answer's body. What the portal says when it refuses is shown, with the tokens
/// and the key that the client knows masked; what it says otherwise may hold the secret of what it made in words of its own,
/// and is behind `message()`.
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
///             // Put `created.secret.expose_secret()` where it is safe.
/// #           drop(created);
///         }
///         other => eprintln!("{other}"),
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum CreateError {
    /// Nothing was sent, or no connection was made.
    NotSent(NotSent),
    /// The portal refused: a 4xx, or a redirect that asks for the same request elsewhere (301, 307, 308). What a status
    /// means is HTTP's word, not the documentation's, which has none but `201` (`inferred`).
    Rejected(Rejection),
    /// The request may have arrived, and no answer says what became of it: none came, or a 5xx, another redirect, or a
    /// success that holds neither a secret nor an id.
    Unconfirmed(Unconfirmed),
    /// The portal created the endpoint, and the answer holds no secret.
    SecretMissing(SecretMissing),
    /// The portal created the endpoint, and the sink did not store its secret. The secret is in here.
    NotStored(NotStored),
}

/// What the portal holds after a create.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AtPortal {
    /// No endpoint that was not there before.
    Nothing,
    /// Perhaps one more.
    PerhapsOne,
    /// One more.
    One,
}

impl CreateError {
    /// What the portal holds now.
    #[must_use]
    pub fn at_portal(&self) -> AtPortal {
        match self {
            Self::NotSent(_) | Self::Rejected(_) => AtPortal::Nothing,
            Self::Unconfirmed(_) => AtPortal::PerhapsOne,
            Self::SecretMissing(_) | Self::NotStored(_) => AtPortal::One,
        }
    }

    /// The id that the portal gave the request, if it answered and gave one (`inferred`). Quote it to the portal's
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
