//! Masking the client's own credentials in what the portal says.

use hb_portal_client::Secret;
use zeroize::Zeroizing;

use crate::AccessToken;

/// The credentials that a call sent, which the portal may repeat in a response.
#[derive(Debug)]
pub(crate) struct Mask<'k> {
    key: Option<&'k Secret>,
    tokens: Vec<AccessToken>,
}

impl<'k> Mask<'k> {
    pub(crate) fn new(key: Option<&'k Secret>) -> Self {
        Self { key, tokens: Vec::new() }
    }

    /// Masks `token` too, from now on.
    pub(crate) fn add(&mut self, token: &AccessToken) {
        if !self.tokens.iter().any(|known| known.expose_secret() == token.expose_secret()) {
            self.tokens.push(token.clone());
        }
    }

    /// `text` with each credential masked.
    pub(crate) fn hide(&self, text: String) -> String {
        let text = self.key.into_iter().fold(text, |text, key| hide(text, key.expose_secret()));
        self.tokens.iter().fold(text, |text, token| hide(text, token.expose_secret()))
    }
}

/// `text` with `secret` masked.
pub(crate) fn hide(text: String, secret: &str) -> String {
    if secret.is_empty() || !text.contains(secret) {
        return text;
    }
    // The text that held the secret is wiped.
    Zeroizing::new(text).replace(secret, "[REDACTED]")
}
