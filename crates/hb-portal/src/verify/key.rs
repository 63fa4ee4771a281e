//! The key of a secret, expanded once, and the signatures that it makes.

use ctutils::CtEq as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Sha256, Sha512};

use super::{Hash, KeyFormat, SetupError, encoding};
use crate::SigningSecret;

/// In bytes, 112 bits: [`KeyFormat`] says whose limit that is.
const LEAST: usize = 14;

/// An HMAC that has read its key and nothing else; a clone of it spares each delivery the key's two blocks. It is wiped when
/// dropped.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "a box would allocate for each delivery")]
pub(super) enum Key {
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

impl Key {
    /// The key that `secret` holds.
    pub(super) fn read(secret: &SigningSecret, format: &KeyFormat, hash: Hash) -> Result<Self, SetupError> {
        let text = secret.expose_secret();
        if text.is_empty() {
            return Err(SetupError::SecretEmpty);
        }
        match format {
            KeyFormat::Bytes => Self::new(text.as_bytes(), hash),
            KeyFormat::Base64After(prefix) => {
                let digits = text.strip_prefix(prefix.as_str()).unwrap_or(text);
                let bytes = encoding::base64(digits.as_bytes()).ok_or(SetupError::SecretNotBase64)?;
                Self::new(&bytes, hash)
            }
        }
    }

    /// The key of `secret` without the white space around it, when there is some: with it, somebody may have signed.
    pub(super) fn read_trimmed(secret: &SigningSecret, format: &KeyFormat, hash: Hash) -> Option<Self> {
        let text = secret.expose_secret();
        let trimmed = text.trim();
        match format {
            KeyFormat::Bytes if trimmed.len() < text.len() => Self::new(trimmed.as_bytes(), hash).ok(),
            // White space is no base64: such a secret made no verifier.
            _ => None,
        }
    }

    fn new(key: &[u8], hash: Hash) -> Result<Self, SetupError> {
        if key.len() < LEAST {
            return Err(SetupError::SecretTooShort);
        }
        // An HMAC takes a key of any length.
        let whole = |_| SetupError::SecretTooShort;
        Ok(match hash {
            Hash::Sha256 => Self::Sha256(Hmac::new_from_slice(key).map_err(whole)?),
            Hash::Sha512 => Self::Sha512(Hmac::new_from_slice(key).map_err(whole)?),
        })
    }

    /// Reads the next piece of what is signed.
    pub(super) fn update(&mut self, piece: &[u8]) {
        match self {
            Self::Sha256(mac) => mac.update(piece),
            Self::Sha512(mac) => mac.update(piece),
        }
    }

    /// The signature of what was read.
    pub(super) fn finish(self) -> Tag {
        match self {
            Self::Sha256(mac) => Tag::of(&mac.finalize().into_bytes()),
            Self::Sha512(mac) => Tag::of(&mac.finalize().into_bytes()),
        }
    }
}

impl Hash {
    /// The length of a signature, in bytes.
    pub(super) fn tag_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// A signature, decoded. Compare it with [`matches`](Self::matches) only.
#[derive(Clone)]
pub(super) struct Tag {
    bytes: [u8; 64],
    len: usize,
}

impl Tag {
    fn of(bytes: &[u8]) -> Self {
        let mut tag = Self { bytes: [0; 64], len: bytes.len() };
        for (to, from) in tag.bytes.iter_mut().zip(bytes) {
            *to = *from;
        }
        tag
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Whether `other` is the same, in a time that depends on its length alone.
    pub(super) fn matches(&self, other: &[u8]) -> bool {
        self.bytes().ct_eq(other).into()
    }
}
