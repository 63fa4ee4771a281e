//! Authorises calls that are about one particular token.

use hb_portal_client::Secret;

use crate::{
    credentials::AccessToken,
    error::{NotSentReason, TokenFailure},
    exchange::Authorize,
};

/// Authorises a call with this token, or, without one, by what is in the body. It renews nothing.
pub(crate) struct One<'k> {
    pub(crate) token: Option<AccessToken>,
    /// The API key that the client's tokens are minted with, if the call is about one of them.
    pub(crate) key: Option<&'k Secret>,
}

impl Authorize for One<'_> {
    async fn token(&self) -> Result<AccessToken, TokenFailure> {
        let failure = || TokenFailure::new(NotSentReason::TokenUnavailable, "there is no token yet");
        self.token.clone().ok_or_else(failure)
    }

    async fn refresh(&self, _: &AccessToken) -> Option<AccessToken> {
        None
    }

    fn key(&self) -> Option<&Secret> {
        self.key
    }

    fn known(&self) -> Option<&AccessToken> {
        self.token.as_ref()
    }
}
