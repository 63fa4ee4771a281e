//! The errors of setting up a verifier and of verifying a delivery: for the operator of the receiver, never for its caller.

use std::{fmt, time::Duration};

use http::{HeaderName, StatusCode};

/// The reason why a scheme cannot be parsed, a [`Verifier`](super::Verifier) or a [`Signer`](super::Signer) cannot be created, or
/// a `Signer` cannot sign.
///
/// It shows nothing of the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// The secret is empty.
    SecretEmpty,
    /// The key that the secret holds has fewer than 14 bytes.
    SecretTooShort,
    /// The scheme reads the key as base64, but it is not base64.
    SecretNotBase64,
    /// The scheme names a header that HTTP does not allow.
    HeaderName(String),
    /// The scheme contradicts itself.
    Scheme(&'static str),
    /// A part of the scheme's text has no meaning.
    SchemeText(String),
    /// A delivery cannot have the id that a signer was given.
    Id,
    /// The scheme cannot write the timestamp that a signer was given.
    Timestamp,
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecretEmpty => f.write_str("the signing secret is empty: check that it is read from where it is kept"),
            Self::SecretTooShort => f.write_str(
                "the signing secret is shorter than 14 bytes and can be guessed: check that all of it is there",
            ),
            Self::SecretNotBase64 => f.write_str(
                "the scheme reads the signing secret as base64, and it is not: remove white space, quotes, `v1,` or a \
                 byte-order mark around it, or check the scheme",
            ),
            Self::HeaderName(name) => write!(f, "the scheme's header {name:?} is not the name of a header"),
            Self::Scheme(flaw) => write!(f, "the signature scheme contradicts itself: {flaw}"),
            Self::SchemeText(part) => write!(
                f,
                "{part:?} is not part of a signature scheme: write github, standard-webhooks, stripe:HEADER, hex:HEADER or \
                 base64:HEADER, then options as `SignatureScheme` documents them"
            ),
            Self::Id => f.write_str(
                "a delivery cannot have this id: use visible ASCII without the scheme's separator and joiners, or the id \
                 of the body where the scheme names it",
            ),
            Self::Timestamp => f.write_str("the scheme cannot write this timestamp: use one between 2001 and 2286"),
        }
    }
}

impl std::error::Error for SetupError {}

/// The reason why a delivery must be refused. The only correct handling is to refuse it.
///
/// It is meant for your logs: it shows no secret, no expected signature, and nothing of the body. Do not send it to the caller,
/// because it reveals how deliveries are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// A header that the scheme needs is missing: the sender uses another scheme, or the request is not from the sender.
    HeaderMissing {
        /// The header.
        header: HeaderName,
    },
    /// A header does not follow the scheme.
    Malformed {
        /// The header.
        header: HeaderName,
        /// The problem with the header.
        flaw: Flaw,
    },
    /// The timestamp is older than the tolerance: a late delivery, a replay, or a wrong clock on this machine. The signature was
    /// not checked.
    TooOld {
        /// The age of the timestamp, in whole seconds.
        age: Duration,
        /// The age that is tolerated.
        tolerance: Duration,
    },
    /// The timestamp is further ahead than the tolerance: a clock is wrong. The signature was not checked.
    InTheFuture {
        /// The time by which it is ahead, in whole seconds.
        ahead: Duration,
        /// The time by which it may be ahead.
        tolerance: Duration,
    },
    /// No signature matches: a forgery, another secret, another scheme, or a body that changed in transit.
    /// [`Verifier::diagnose`](super::Verifier::diagnose) looks for the cause.
    NoMatch,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderMissing { header } => write!(f, "the header {header} is missing"),
            Self::Malformed { header, flaw } => write!(f, "the header {header} {flaw}"),
            Self::TooOld { age, tolerance } => {
                write!(f, "the delivery is {} s old, and {} s are tolerated", age.as_secs(), tolerance.as_secs())
            }
            Self::InTheFuture { ahead, tolerance } => write!(
                f,
                "the delivery is {} s ahead of the clock, and {} s are tolerated",
                ahead.as_secs(),
                tolerance.as_secs()
            ),
            Self::NoMatch => f.write_str("no signature matches"),
        }
    }
}

impl std::error::Error for VerifyError {}

/// The problem with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// It occurs more than once, so it is ambiguous.
    Repeated,
    /// It is longer than 16 KiB.
    TooLong,
    /// It has more than 64 entries.
    TooManyEntries,
    /// It holds no signature in the scheme's form.
    NoSignature,
    /// Its timestamp is missing, occurs twice, or is not in the scheme's format.
    Timestamp,
    /// Its id is missing, occurs twice, or is not 1 to 255 visible ASCII characters without the scheme's joiners.
    Id,
    /// It is not signed, and differs from the member of the body that it must equal.
    IdNotInBody,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repeated => "occurs more than once",
            Self::TooLong => "is longer than 16 KiB",
            Self::TooManyEntries => "has more than 64 entries",
            Self::NoSignature => "holds no signature in the form that the scheme says",
            Self::Timestamp => "holds no timestamp in the format that the scheme says",
            Self::Id => "holds no id of visible ASCII characters without the scheme's joiners",
            Self::IdNotInBody => "is not signed, and differs from the id in the body",
        })
    }
}

/// The reason why a request did not become a [`Delivery`](super::Delivery). It shows nothing of the body.
///
/// With the feature `axum`, it converts into a response: [`status`](Self::status) and an empty body, which tell a stranger
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceiveError {
    /// It was not signed by the sender: refuse it.
    Refused(VerifyError),
    /// It is signed, but its body is not JSON.
    NotJson {
        /// The line where it stops being JSON, from 1; 0 if the body is not UTF-8.
        line: usize,
        /// The column there, from 1.
        column: usize,
    },
    /// It is signed, but its body is JSON that does not fit the requested type.
    OtherShape {
        /// The line where it differs, from 1.
        line: usize,
        /// The column there.
        column: usize,
    },
    /// From the extractor: the body is longer than the limit, and was not read to its end.
    TooLarge,
    /// From the extractor: the connection ended before the body did.
    Unreadable,
    /// From the extractor: [`ChooseVerifier`](crate::axum::ChooseVerifier) returned no verifier for this request.
    NoVerifier,
}

impl ReceiveError {
    /// The status for the sender: `401` if the delivery was refused, `400` if its body cannot be read, `413` if it is too large,
    /// `404` if there is no verifier.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Refused(_) => StatusCode::UNAUTHORIZED,
            Self::NotJson { .. } | Self::OtherShape { .. } | Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoVerifier => StatusCode::NOT_FOUND,
        }
    }
}

impl fmt::Display for ReceiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(_) => f.write_str("the delivery was refused"),
            Self::NotJson { line: 0, .. } => f.write_str("the delivery is signed, and its body is not UTF-8"),
            Self::NotJson { line, column } => {
                write!(f, "the delivery is signed, and its body is not JSON, from line {line}, column {column}")
            }
            Self::OtherShape { line, column } => write!(
                f,
                "the delivery is signed, and its body is JSON of another shape than expected, at line {line}, column {column}"
            ),
            Self::TooLarge => f.write_str("the body is longer than the limit"),
            Self::Unreadable => f.write_str("the connection ended before the body did"),
            Self::NoVerifier => f.write_str("there is no verifier for this request"),
        }
    }
}

impl std::error::Error for ReceiveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(error) => Some(error),
            _ => None,
        }
    }
}

impl From<VerifyError> for ReceiveError {
    fn from(error: VerifyError) -> Self {
        Self::Refused(error)
    }
}
