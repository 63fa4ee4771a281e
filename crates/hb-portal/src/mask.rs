//! Masking the client's own credentials in what the portal says.

use hb_portal_client::Secret;
use zeroize::Zeroizing;

use crate::AccessToken;

/// The credentials that a call sent, which the portal may repeat in a response.
#[derive(Debug)]
pub(crate) struct Mask<'k> {
    key: Option<&'k Secret>,
    token: Option<AccessToken>,
    /// Those of a call that needed several.
    others: Vec<AccessToken>,
}

impl<'k> Mask<'k> {
    pub(crate) fn new(key: Option<&'k Secret>) -> Self {
        Self { key, token: None, others: Vec::new() }
    }

    /// Masks `token` too, from now on.
    pub(crate) fn add(&mut self, token: &AccessToken) {
        if self.token.is_none() {
            self.token = Some(token.clone());
        } else if !self.tokens().any(|known| known.expose_secret() == token.expose_secret()) {
            self.others.push(token.clone());
        }
    }

    /// `text` with each credential masked.
    pub(crate) fn hide(&self, text: String) -> String {
        let text = self.key.into_iter().fold(text, |text, key| hide(text, key.expose_secret()));
        self.tokens().fold(text, |text, token| hide(text, token.expose_secret()))
    }

    fn tokens(&self) -> impl Iterator<Item = &AccessToken> {
        self.token.iter().chain(&self.others)
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
