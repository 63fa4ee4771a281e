//! Why an operation has no answer, not even a status.

use std::fmt;

use crate::token::TokenError;

/// Why an operation has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    NoToken(TokenError),
    NoConnection(reqwest::Error),
    NotARequest(Box<dyn std::error::Error + Send + Sync>),
    OutOfTime,
    Abandoned,
    /// All others are from before the request was sent; this one may have arrived.
    NoAnswer(reqwest::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoToken(_) => "no access token was to be had",
            Self::NoConnection(error) if error.is_timeout() => "no connection to the portal was made in time",
            Self::NoConnection(_) => "no connection to the portal could be made",
            Self::NotARequest(_) => "the request could not be built",
            Self::OutOfTime => "the deadline passed before the request could be sent",
            Self::Abandoned => "the call was dropped before the request was sent",
            Self::NoAnswer(error) if error.is_timeout() => "no answer came in time",
            Self::NoAnswer(_) => "the connection broke before an answer came",
        })
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NoToken(error) | Self::NotARequest(error) => Some(&**error),
            Self::NoConnection(error) | Self::NoAnswer(error) => Some(error),
            Self::OutOfTime | Self::Abandoned => None,
        }
    }
}
