//! Access tokens: given, minted, or from a source of the user's.

mod minting;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::{
    BoxFuture,
    client::{BaseUrl, Http, Limits},
};
use minting::Minting;

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
    client_id: u64,
    api_key: hb_portal_client::Secret,
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
pub(crate) enum Tokens {
    Fixed(AccessToken),
    Minted(Box<Minting>),
    Provided(Arc<dyn TokenProvider>),
}

impl Tokens {
    pub(crate) fn fixed(token: AccessToken) -> Self {
        Self::Fixed(token)
    }

    pub(crate) fn provided(provider: Arc<dyn TokenProvider>) -> Self {
        Self::Provided(provider)
    }

    pub(crate) fn minted(credentials: ClientCredentials, http: &Http, base: &BaseUrl, limits: &Limits) -> Self {
        Self::Minted(Box::new(Minting::new(credentials, http.clone(), base.clone(), limits.clone())))
    }

    /// A token for the next request.
    pub(crate) async fn token(&self) -> Result<AccessToken, TokenError> {
        match self {
            Self::Fixed(token) => Ok(token.clone()),
            Self::Minted(minting) => minting.token(None).await,
            Self::Provided(provider) => provider.token().await,
        }
    }

    /// Another token than the one that was refused, if there is one.
    pub(crate) async fn refresh(&self, refused: &AccessToken) -> Result<Option<AccessToken>, TokenError> {
        match self {
            Self::Fixed(_) => Ok(None),
            Self::Minted(minting) => minting.token(Some(refused)).await.map(Some),
            Self::Provided(provider) => provider.refresh(refused).await,
        }
    }

    /// The API key, which must not be shown when the portal repeats it.
    pub(crate) fn api_key(&self) -> Option<&str> {
        match self {
            Self::Minted(minting) => Some(minting.api_key()),
            Self::Fixed(_) | Self::Provided(_) => None,
        }
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(token) => token.fmt(f),
            Self::Minted(minting) => minting.fmt(f),
            Self::Provided(_) => f.write_str("TokenProvider"),
        }
    }
}
