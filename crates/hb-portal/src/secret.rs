//! The signing secret, which the portal shows once and this crate never prints.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

/// The secret that signs the deliveries to a webhook endpoint.
///
/// The portal shows it once, in the response to the create (`documented`). Its memory is wiped when it is dropped. `Debug` shows
/// nothing of it, and it does not implement `Display`, `PartialEq`, `Hash` or `Serialize`: [`expose_secret`](Self::expose_secret)
/// is the only way to read it, and easy to search for.
///
/// If a secret that a create returned is dropped unread, and no sink stored it, it is lost, and a warning is logged.
///
/// ```
/// use hb_portal::SigningSecret;
///
/// let secret = SigningSecret::new("whsec_1");
/// assert_eq!(format!("{secret:?}"), "SigningSecret([REDACTED])");
/// assert_eq!(secret.fingerprint(), "0447c67ff2499694");
/// assert_eq!(secret.expose_secret(), "whsec_1");
/// ```
pub struct SigningSecret {
    text: SecretString,
    /// Whether it was read or stored, or came from the user.
    kept: AtomicBool,
}

impl SigningSecret {
    /// Creates a secret from text that you already have, to verify deliveries.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        // A copy of the exact size: a `String` with spare capacity would be shrunk, which leaves its old content in memory.
        let given = Zeroizing::new(secret.into());
        Self { text: SecretString::from(given.as_str()), kept: AtomicBool::new(true) }
    }

    /// Creates a secret that the portal has just shown, for the only time.
    #[cfg(feature = "client")]
    pub(crate) fn just_shown(secret: hb_portal_client::Secret) -> Self {
        Self { text: secret.into_inner(), kept: AtomicBool::new(false) }
    }

    /// The secret itself. The caller is responsible for keeping it secret.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.mark_kept();
        self.text.expose_secret()
    }

    /// An identifier of the secret that can be logged: the first 16 hexadecimal digits of its SHA-256.
    ///
    /// Anyone who can guess the secret can confirm the guess with it.
    ///
    /// It equals the output of `printf %s "$SECRET" | sha256sum | cut -c1-16`.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = hmac_sha256::Hash::hash(self.text.expose_secret().as_bytes());
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Returns `text` with the secret masked. This does not count as reading the secret.
    #[cfg(feature = "client")]
    pub(crate) fn mask_in(&self, text: String) -> String {
        crate::mask::hide(text, self.text.expose_secret())
    }

    /// Marks the secret as unread again, because its reader could not keep it.
    #[cfg(feature = "client")]
    pub(crate) fn mark_lost(&self) {
        self.kept.store(false, Ordering::Relaxed);
    }

    pub(crate) fn mark_kept(&self) {
        self.kept.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret([REDACTED])")
    }
}

impl Drop for SigningSecret {
    fn drop(&mut self) {
        #[cfg(feature = "client")]
        if !*self.kept.get_mut() {
            tracing::warn!(
                "a signing secret was dropped unread, and the portal does not show it again: delete the webhook endpoint at \
                 the portal and create it again"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_is_the_beginning_of_the_sha_256() {
        // The SHA-256 of "abc" is published in FIPS 180-2, appendix B.1.
        assert_eq!(SigningSecret::new("abc").fingerprint(), "ba7816bf8f01cfea");
    }
}
