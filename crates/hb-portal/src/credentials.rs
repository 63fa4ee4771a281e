//! The credentials of requests: access tokens, and the API credentials that a client exchanges for them.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

/// Returns the problem with a credential, if there is one. A value with Windows line endings or quotes around it would be sent
/// unchanged, but the portal would repeat it without them, and then it could not be masked.
pub(crate) fn problem(credential: &str) -> Option<&'static str> {
    let is_quote = |char: char| matches!(char, '"' | '\'' | '`');
    let prefix = credential.get(..7).unwrap_or_default();
    if credential.is_empty() {
        Some("it is empty")
    } else if credential.trim() != credential {
        Some("it has white space or a line end around it: remove it")
    } else if credential.contains('\u{feff}') {
        Some("it has a byte-order mark: remove it")
    } else if credential.starts_with(is_quote) || credential.ends_with(is_quote) {
        Some("it has quotes around it: remove them")
    } else if prefix.eq_ignore_ascii_case("Bearer ") {
        Some("it has the prefix `Bearer`: give it without")
    } else {
        None
    }
}

/// A token that authorises requests, sent as `Authorization: Bearer` (`documented`). `Debug` does not show it.
///
/// ```
/// use hb_portal::AccessToken;
///
/// let token = AccessToken::from("1|secret");
/// assert_eq!(format!("{token:?}"), "AccessToken([REDACTED])");
/// ```
#[derive(Clone)]
pub struct AccessToken(Arc<Held>);

struct Held {
    text: SecretString,
    /// Built once, not for each request; `None` if no header can carry the token.
    header: Option<HeaderValue>,
}

impl AccessToken {
    /// The token itself. The caller is responsible for keeping it secret.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.0.text.expose_secret()
    }

    /// The value of the `Authorization` header, marked sensitive.
    pub(crate) fn header(&self) -> Option<&HeaderValue> {
        self.0.header.as_ref()
    }

    fn new(text: &str) -> Self {
        // Wiped when the last request that carries it is dropped.
        let line = Bytes::from_owner(Zeroizing::new(format!("Bearer {text}").into_bytes()));
        let is_valid = text.is_ascii() && !text.trim().is_empty();
        let mut header = HeaderValue::from_maybe_shared(line).ok().filter(|_| is_valid);
        if let Some(header) = &mut header {
            header.set_sensitive(true);
        }
        Self(Arc::new(Held { text: SecretString::from(text), header }))
    }
}

impl From<&str> for AccessToken {
    fn from(token: &str) -> Self {
        Self::new(token)
    }
}

impl From<String> for AccessToken {
    fn from(token: String) -> Self {
        Self::new(&Zeroizing::new(token))
    }
}

impl From<&String> for AccessToken {
    fn from(token: &String) -> Self {
        Self::new(token)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken([REDACTED])")
    }
}

/// A token for refreshing an access token.
///
/// That the portal issues one is `corroborated`; that it exchanges one is `inferred`. `Debug` does not show it.
#[cfg(feature = "preview")]
#[derive(Clone)]
pub struct RefreshToken(pub(crate) hb_portal_client::Secret);

#[cfg(feature = "preview")]
impl RefreshToken {
    /// The token itself. The caller is responsible for keeping it secret.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(feature = "preview")]
impl From<&str> for RefreshToken {
    fn from(token: &str) -> Self {
        Self(hb_portal_client::Secret::new(token))
    }
}

#[cfg(feature = "preview")]
impl From<String> for RefreshToken {
    fn from(token: String) -> Self {
        Self::from(Zeroizing::new(token).as_str())
    }
}

#[cfg(feature = "preview")]
impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken([REDACTED])")
    }
}

/// API credentials, with which a client gets its tokens (`corroborated`). `Debug` does not show the key.
///
/// ```
/// use hb_portal::ClientCredentials;
///
/// let credentials = ClientCredentials::new(17, "secret");
/// assert_eq!(format!("{credentials:?}"), "ClientCredentials { client_id: 17, .. }");
/// ```
#[derive(Clone)]
pub struct ClientCredentials {
    pub(crate) client_id: u64,
    pub(crate) api_key: hb_portal_client::Secret,
}

impl ClientCredentials {
    /// Creates the credentials of an API client.
    #[must_use]
    pub fn new(client_id: u64, api_key: impl Into<String>) -> Self {
        Self { client_id, api_key: hb_portal_client::Secret::new(&Zeroizing::new(api_key.into())) }
    }
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// HTTP libraries log headers that are not marked.
    #[test]
    fn the_header_is_marked_sensitive() {
        let token = AccessToken::from("1|secret");
        let header = token.header().unwrap();
        assert!(header.is_sensitive());
        assert_eq!(header.to_str().unwrap(), "Bearer 1|secret");
    }
}
