//! The key of a secret, expanded once, and its signatures.

use hmac::{
    EagerHash, KeyInit as _,
    block_api::HmacCore,
    digest::{
        Output,
        block_api::{Buffer, FixedOutputCore as _, UpdateCore as _},
    },
};
use sha2::{Sha256, Sha512};

use super::{
    encoding,
    error::SetupError,
    part::{Hash, KeyFormat},
};

/// The minimum length of a key in bytes: 112 bits.
/// [`SignatureScheme::allow_short_secret`](super::SignatureScheme::allow_short_secret) names the source of this limit.
pub(super) const LEAST: usize = 14;

/// An HMAC that has processed its key and nothing else: copying it saves each delivery the key's two blocks. It is wiped when
/// dropped, and so is each copy.
///
/// It is the core of `Hmac`, which also has a buffer: each copy would copy the empty buffer too.
#[derive(Clone)]
pub(super) enum Key {
    Sha256(HmacCore<Sha256>),
    Sha512(HmacCore<Sha512>),
}

impl Key {
    /// Reads the key in `secret`, which must have at least `least` bytes.
    pub(super) fn read(secret: &str, format: &KeyFormat, hash: Hash, least: usize) -> Result<Self, SetupError> {
        if secret.is_empty() {
            return Err(SetupError::SecretEmpty);
        }
        match format {
            KeyFormat::Bytes => Self::new(secret.as_bytes(), hash, least),
            KeyFormat::Base64After(prefix) => {
                let digits = secret.strip_prefix(prefix.as_str()).unwrap_or(secret);
                let bytes = encoding::base64(digits.as_bytes()).ok_or(SetupError::SecretNotBase64)?;
                Self::new(&bytes, hash, least)
            }
        }
    }

    fn new(key: &[u8], hash: Hash, least: usize) -> Result<Self, SetupError> {
        if key.len() < least {
            return Err(SetupError::SecretTooShort);
        }
        // An HMAC accepts a key of any length, so this never fails.
        let whole = |_| SetupError::SecretTooShort;
        Ok(match hash {
            Hash::Sha256 => Self::Sha256(HmacCore::new_from_slice(key).map_err(whole)?),
            Hash::Sha512 => Self::Sha512(HmacCore::new_from_slice(key).map_err(whole)?),
        })
    }

    /// Signs the concatenated `pieces`.
    #[inline]
    pub(super) fn sign<'p>(&self, pieces: impl Iterator<Item = &'p [u8]>) -> Tag {
        match self {
            Self::Sha256(key) => Tag::of(&sign(key, pieces)),
            Self::Sha512(key) => Tag::of(&sign(key, pieces)),
        }
    }
}

#[inline]
fn sign<'p, H: EagerHash>(key: &HmacCore<H>, pieces: impl Iterator<Item = &'p [u8]>) -> Output<HmacCore<H>> {
    let (mut mac, mut buffer) = (key.clone(), Buffer::<HmacCore<H>>::default());
    // Skips empty pieces, because even copying nothing from a dangling pointer takes time.
    for piece in pieces.filter(|piece| !piece.is_empty()) {
        buffer.digest_blocks(piece, |blocks| mac.update_blocks(blocks));
    }
    let mut tag = Output::<HmacCore<H>>::default();
    mac.finalize_fixed_core(&mut buffer, &mut tag);
    tag
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

/// A signature. Its text is compared with the signature that was presented.
#[derive(Clone)]
pub(super) struct Tag {
    bytes: [u8; 64],
    len: usize,
}

impl Tag {
    fn of(bytes: &[u8]) -> Self {
        let mut tag = Self { bytes: [0; 64], len: bytes.len() };
        if let Some(to) = tag.bytes.get_mut(..bytes.len()) {
            to.copy_from_slice(bytes);
        }
        tag
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use hmac::Hmac;

    use super::*;

    /// Tests lengths around the block length of both hashes, and texts cut at different places.
    #[test]
    fn pieces_are_signed_as_the_text_that_they_make() {
        let secret = "a signing secret of some length";
        let text: Vec<u8> = (0..300_u16).map(|index| (index % 251) as u8).collect();
        for (hash, whole) in
            [(Hash::Sha256, mac::<Hmac<Sha256>> as fn(&[u8]) -> Vec<u8>), (Hash::Sha512, mac::<Hmac<Sha512>>)]
        {
            let key = Key::read(secret, &KeyFormat::Bytes, hash, LEAST).unwrap();
            for text in (0..text.len()).map(|len| &text[..len]) {
                let right = whole(text);
                for (first, second) in
                    [0, 1, 11, 28, 63, 64, 65, 127, 128, 255].map(|cut| text.split_at(cut.min(text.len())))
                {
                    let (second, third) = second.split_at(second.len() / 3);
                    assert_eq!(
                        key.sign([first, b"", second, third].into_iter()).bytes(),
                        right,
                        "{} of {}",
                        first.len(),
                        text.len()
                    );
                }
            }
        }
    }

    fn mac<M: hmac::KeyInit + hmac::Mac>(text: &[u8]) -> Vec<u8> {
        <M as hmac::KeyInit>::new_from_slice(b"a signing secret of some length")
            .unwrap()
            .chain_update(text)
            .finalize()
            .into_bytes()
            .to_vec()
    }
}
