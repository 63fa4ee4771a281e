//! Why a verifier cannot be made, and why a delivery is refused: for whoever runs the receiver, never for whoever calls it.

use std::{fmt, time::Duration};

use http::HeaderName;

/// Why a [`Verifier`](super::Verifier) or a [`Signer`](super::Signer) cannot be made. It shows nothing of the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// The secret is empty.
    SecretEmpty,
    /// The key that the secret holds has fewer than 14 bytes.
    SecretTooShort,
    /// The scheme reads the key as base64, and it is not.
    SecretNotBase64,
    /// The scheme names a header that HTTP does not allow.
    HeaderName(String),
    /// The scheme contradicts itself.
    Scheme(&'static str),
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecretEmpty => f.write_str("the signing secret is empty; was it read from where it is kept?"),
            Self::SecretTooShort => {
                f.write_str("the signing secret is shorter than 14 bytes, and can be guessed; is all of it there?")
            }
            Self::SecretNotBase64 => f.write_str(
                "the scheme reads the signing secret as base64, and it is not; is there white space around it, or is it \
                 another scheme?",
            ),
            Self::HeaderName(name) => write!(f, "the scheme's header {name:?} is not a header's name"),
            Self::Scheme(flaw) => write!(f, "the scheme makes no sense: {flaw}"),
        }
    }
}

impl std::error::Error for SetupError {}

/// Why a delivery is refused. Handle it only by refusing.
///
/// It diagnoses for your logs: it shows no secret, no signature that would have been right, and nothing of the body. Tell a
/// caller none of it, because a stranger learns from it how deliveries are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// A header that the scheme needs is not there: another scheme, or somebody who is not the sender.
    HeaderMissing {
        /// The header.
        header: HeaderName,
    },
    /// A header is not what the scheme says.
    Malformed {
        /// The header.
        header: HeaderName,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// The timestamp is further back than the tolerance: a late delivery, a replay, or a clock that is wrong here. Whether
    /// it was signed was not looked at.
    TooOld {
        /// How old it is, in whole seconds.
        age: Duration,
        /// How old it may be.
        tolerance: Duration,
    },
    /// The timestamp is further ahead than the tolerance: a clock is wrong. Whether it was signed was not looked at.
    InTheFuture {
        /// How far ahead it is, in whole seconds.
        ahead: Duration,
        /// How far ahead it may be.
        tolerance: Duration,
    },
    /// No signature is one of yours: a forgery, another secret, or another scheme.
    NoMatch,
    /// No signature is one of yours, but the body is not as it was sent: the same JSON written in another way has one, or
    /// its length is not what `Content-Length` says. Hand over the bytes that arrived, before anything parses them.
    Reserialised,
    /// No signature is one of yours, but the secret without the white space around it made one. Trim it where it is read:
    /// mostly a line end in a file.
    SecretHasWhiteSpace,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderMissing { header } => write!(f, "the header {header} is missing; is it the sender's scheme?"),
            Self::Malformed { header, flaw } => write!(f, "the header {header} {flaw}; is it the sender's scheme?"),
            Self::TooOld { age, tolerance } => write!(
                f,
                "the delivery is {} s old, and {} s are tolerated; is the clock right?",
                age.as_secs(),
                tolerance.as_secs()
            ),
            Self::InTheFuture { ahead, tolerance } => write!(
                f,
                "the delivery is {} s ahead of the clock, and {} s are tolerated; is the clock right?",
                ahead.as_secs(),
                tolerance.as_secs()
            ),
            Self::NoMatch => {
                f.write_str("no signature matches: a forgery, or the secret or the scheme is not the sender's")
            }
            Self::Reserialised => f.write_str(
                "no signature matches, and it looks as if the body was parsed and written anew; verify the bytes that \
                 arrived",
            ),
            Self::SecretHasWhiteSpace => f.write_str(
                "no signature matches, because the signing secret has white space around it; trim it where it is read",
            ),
        }
    }
}

impl std::error::Error for VerifyError {}

/// What is wrong with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// It occurs more than once, and nobody can say which of them counts.
    Repeated,
    /// It is longer than 16 KiB.
    TooLong,
    /// It has more than 64 entries.
    TooManyEntries,
    /// It holds no signature in the scheme's form.
    NoSignature,
    /// The timestamp is missing in it, is there twice, or is not a whole number of seconds since 1970.
    Timestamp,
    /// The id is missing in it, is there twice, or is not 1 to 255 visible ASCII characters without a full stop.
    Id,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repeated => "occurs more than once",
            Self::TooLong => "is longer than 16 KiB",
            Self::TooManyEntries => "has more than 64 entries",
            Self::NoSignature => "holds no signature of the form that the scheme says",
            Self::Timestamp => "holds no timestamp in whole seconds since 1970",
            Self::Id => "holds no id of visible ASCII characters without a full stop",
        })
    }
}
