//! Access tokens, and where they come from.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::BoxFuture;

/// A token that authorizes requests, sent as `Authorization: Bearer` (`documented`). `Debug` does not show it.
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
    /// Made once, not for each request; `None` when no header can have it.
    header: Option<HeaderValue>,
}

impl AccessToken {
    /// The token itself. Whoever calls this answers for where it goes.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.0.text.expose_secret()
    }

    /// The value of the header `Authorization`, marked sensitive.
    pub(crate) fn header(&self) -> Option<&HeaderValue> {
        self.0.header.as_ref()
    }

    fn new(text: &str) -> Self {
        // Its memory is wiped when the last request that has it is gone.
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

/// API credentials, from which a client gets its tokens (`corroborated`). `Debug` does not show the key.
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
    /// The credentials of an API client.
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

/// Why there is no token: any error, which must not show one.
pub type TokenError = Box<dyn std::error::Error + Send + Sync>;

/// A source of access tokens, for those who get them elsewhere.
///
/// ```
/// use hb_portal::{AccessToken, BoxFuture, TokenError, TokenProvider};
///
/// /// Reads the token anew for each request, from where something else keeps it fresh.
/// struct MountedToken;
///
/// impl TokenProvider for MountedToken {
///     fn token(&self) -> BoxFuture<'_, Result<AccessToken, TokenError>> {
///         Box::pin(async { Ok(AccessToken::from(std::fs::read_to_string("/run/secrets/token")?)) })
///     }
/// }
/// ```
pub trait TokenProvider: Send + Sync {
    /// A token to send the next request with. It is called for each request, so keep what can be used again.
    ///
    /// # Errors
    ///
    /// There is none to be had. Then nothing is sent.
    fn token(&self) -> BoxFuture<'_, Result<AccessToken, TokenError>>;

    /// Another token, after the portal answered `401` to `refused`; `None` when there is no other, as by default. It is
    /// called at most once in a call, and the request is sent once more with what it returns.
    ///
    /// # Errors
    ///
    /// There is none to be had. Then the `401` stands.
    fn refresh<'a>(&'a self, refused: &'a AccessToken) -> BoxFuture<'a, Result<Option<AccessToken>, TokenError>> {
        let _ = refused;
        Box::pin(async { Ok(None) })
    }
}

impl TokenProvider for AccessToken {
    fn token(&self) -> BoxFuture<'_, Result<AccessToken, TokenError>> {
        Box::pin(async { Ok(self.clone()) })
    }
}

/// Where a client's tokens come from.
pub(crate) struct Tokens {
    source: Source,
    /// The API key behind them, which must not be shown when the portal repeats it.
    api_key: Option<hb_portal_client::Secret>,
}

enum Source {
    Fixed(AccessToken),
    Provider(Arc<dyn TokenProvider>),
}

impl Tokens {
    pub(crate) fn fixed(token: AccessToken) -> Self {
        Self { source: Source::Fixed(token), api_key: None }
    }

    pub(crate) fn provided(provider: Arc<dyn TokenProvider>, api_key: Option<hb_portal_client::Secret>) -> Self {
        Self { source: Source::Provider(provider), api_key }
    }

    /// A token for the next request.
    pub(crate) async fn token(&self) -> Result<AccessToken, TokenError> {
        match &self.source {
            Source::Fixed(token) => Ok(token.clone()),
            Source::Provider(provider) => provider.token().await,
        }
    }

    /// Another token than the one that was refused, if there is one.
    pub(crate) async fn refresh(&self, refused: &AccessToken) -> Result<Option<AccessToken>, TokenError> {
        match &self.source {
            Source::Fixed(_) => Ok(None),
            Source::Provider(provider) => provider.refresh(refused).await,
        }
    }

    pub(crate) fn api_key(&self) -> Option<&str> {
        self.api_key.as_ref().map(hb_portal_client::Secret::expose_secret)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Fixed(token) => token.fmt(f),
            Source::Provider(_) => f.write_str("TokenProvider"),
        }
    }
}
