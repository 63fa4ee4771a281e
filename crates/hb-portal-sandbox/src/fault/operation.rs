//! The operations that a fault can strike.

use std::{fmt, io, str::FromStr};

/// The operation whose request a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// `POST {base}/webhooks`
    Create,
    /// `GET {base}/webhooks`
    List,
    /// `PUT {base}/webhooks/{id}`
    Update,
    /// `DELETE {base}/webhooks/{id}`
    Delete,
    /// `GET {base}/webhooks/{id}/calls`
    Calls,
    /// `POST {base}/webhooks/{id}/test`
    Test,
    /// `POST {base}/auth/token`
    Token,
    /// `POST {base}/auth/refresh`
    Refresh,
    /// `GET {base}/auth/token-info`
    TokenInfo,
    /// `POST {base}/auth/revoke`
    Revoke,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 10] = [
        Self::Create,
        Self::List,
        Self::Update,
        Self::Delete,
        Self::Calls,
        Self::Test,
        Self::Token,
        Self::Refresh,
        Self::TokenInfo,
        Self::Revoke,
    ];

    /// Returns the operation of a request to this path, relative to the base path.
    pub(crate) fn of(method: &str, path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        match (method, segments.as_slice()) {
            ("POST", ["webhooks"]) => Some(Self::Create),
            ("GET", ["webhooks"]) => Some(Self::List),
            ("PUT", ["webhooks", _]) => Some(Self::Update),
            ("DELETE", ["webhooks", _]) => Some(Self::Delete),
            ("GET", ["webhooks", _, "calls"]) => Some(Self::Calls),
            ("POST", ["webhooks", _, "test"]) => Some(Self::Test),
            ("POST", ["auth", "token"]) => Some(Self::Token),
            ("POST", ["auth", "refresh"]) => Some(Self::Refresh),
            ("GET", ["auth", "token-info"]) => Some(Self::TokenInfo),
            ("POST", ["auth", "revoke"]) => Some(Self::Revoke),
            _ => None,
        }
    }

    /// The status of its ordinary response.
    pub(crate) fn documented_status(self) -> u16 {
        match self {
            Self::Create => 201,
            Self::Delete => 204,
            _ => 200,
        }
    }
}

/// Writes the name in lower case, with a dash between words.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::List => "list",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Calls => "calls",
            Self::Test => "test",
            Self::Token => "token",
            Self::Refresh => "refresh",
            Self::TokenInfo => "token-info",
            Self::Revoke => "revoke",
        })
    }
}

/// Parses the names that `Display` writes.
impl FromStr for Operation {
    type Err = io::Error;

    fn from_str(text: &str) -> io::Result<Self> {
        let found = Self::ALL.into_iter().find(|operation| operation.to_string() == text);
        let known = Self::ALL.map(|operation| operation.to_string()).join(", ");
        let why = || format!("unknown operation {text:?}; expected one of {known}");
        found.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, why()))
    }
}
