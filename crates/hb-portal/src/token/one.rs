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
    /// Another secret that the portal may repeat.
    pub(crate) keys: [Option<&'k Secret>; 2],
}

impl Authorize for One<'_> {
    async fn token(&self) -> Result<AccessToken, TokenFailure> {
        let failure = || TokenFailure::new(NotSentReason::TokenUnavailable, "there is no token yet");
        self.token.clone().ok_or_else(failure)
    }

    async fn refresh(&self, _: &AccessToken) -> Option<AccessToken> {
        None
    }

    fn keys(&self) -> [Option<&Secret>; 2] {
        self.keys
    }

    fn known(&self) -> Option<&AccessToken> {
        self.token.as_ref()
    }
}
