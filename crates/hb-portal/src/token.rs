//! The sources of a client's access tokens: given, minted from API credentials, or provided by the user.

mod issued;
mod minting;
mod one;

use std::{fmt, sync::Arc};

use hb_portal_client::Secret;

#[cfg(feature = "preview")]
pub(crate) use issued::issued;
pub(crate) use minting::Minting;
#[cfg(feature = "preview")]
pub(crate) use one::One;

use crate::{
    boxed::{BoxError, BoxFuture},
    credentials::AccessToken,
    error::TokenFailure,
    exchange::Authorize,
};

/// A source of access tokens, for programs that get them elsewhere.
///
/// ```
/// use hb_portal::{AccessToken, BoxError, BoxFuture, TokenProvider};
///
/// /// Reads the token again for each attempt, from a file that another process keeps fresh.
/// struct MountedToken;
///
/// impl TokenProvider for MountedToken {
///     fn token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>> {
///         Box::pin(async { Ok(AccessToken::from(tokio::fs::read_to_string("/run/secrets/token").await?.trim())) })
///     }
/// }
/// ```
pub trait TokenProvider: Send + Sync {
    /// Returns a token for the next attempt. It is called before each attempt, so cache a token that can be used again.
    ///
    /// # Errors
    ///
    /// There is no token: nothing is sent, and the call returns
    /// [`NotSentReason::TokenUnavailable`](crate::NotSentReason::TokenUnavailable). The error must not show a token.
    fn token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>>;

    /// Returns another token, after the portal responded `401` to `refused`; `None` (the default) if there is no other. It is
    /// called at most once per call, and the request is sent once more with the token that it returns.
    ///
    /// # Errors
    ///
    /// There is no other token: the `401` is the outcome.
    fn refresh<'a>(&'a self, refused: &'a AccessToken) -> BoxFuture<'a, Result<Option<AccessToken>, BoxError>> {
        let _ = refused;
        Box::pin(async { Ok(None) })
    }
}

impl TokenProvider for AccessToken {
    fn token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>> {
        Box::pin(async { Ok(self.clone()) })
    }
}

macro_rules! forward {
    ($pointer:ident) => {
        impl<P: TokenProvider + ?Sized> TokenProvider for $pointer<P> {
            fn token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>> {
                (**self).token()
            }

            fn refresh<'a>(&'a self, refused: &'a AccessToken) -> BoxFuture<'a, Result<Option<AccessToken>, BoxError>> {
                (**self).refresh(refused)
            }
        }
    };
}
forward!(Arc);
forward!(Box);

/// The source of a client's tokens.
pub(crate) enum TokenSource {
    Given(AccessToken),
    Minted(Box<Minting>),
    Provided(Box<dyn TokenProvider>),
}

#[cfg(feature = "preview")]
impl TokenSource {
    /// The token that the client already has, if any. Nothing is sent.
    pub(crate) async fn current(&self) -> Option<AccessToken> {
        match self {
            Self::Given(token) => Some(token.clone()),
            Self::Minted(minting) => minting.current().await,
            Self::Provided(_) => None,
        }
    }
}

impl Authorize for TokenSource {
    async fn token(&self) -> Result<AccessToken, TokenFailure> {
        match self {
            Self::Given(token) => Ok(token.clone()),
            Self::Minted(minting) => minting.token().await,
            Self::Provided(provider) => provider.token().await.map_err(TokenFailure::of_provider),
        }
    }

    async fn refresh(&self, refused: &AccessToken) -> Option<AccessToken> {
        match self {
            Self::Given(_) => None,
            Self::Minted(minting) => minting.other_than(refused).await.ok(),
            Self::Provided(provider) => provider.refresh(refused).await.ok().flatten(),
        }
    }

    fn key(&self) -> Option<&Secret> {
        if let Self::Minted(minting) = self { Some(minting.api_key()) } else { None }
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(token) => token.fmt(f),
            Self::Minted(minting) => minting.fmt(f),
            Self::Provided(_) => f.write_str("TokenProvider"),
        }
    }
}
