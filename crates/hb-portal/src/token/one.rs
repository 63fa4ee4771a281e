//! One token, and no other: for calls that are about that token.

use hb_portal_client::Secret;

use crate::{
    credentials::AccessToken,
    error::{NotSentReason, TokenFailure},
    exchange::Authorize,
};

/// Authorises by this token, or by what is in the body, and renews nothing.
pub(crate) struct One<'k> {
    pub(crate) token: Option<AccessToken>,
    /// The key behind the client's tokens, if the call is about one of them.
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
