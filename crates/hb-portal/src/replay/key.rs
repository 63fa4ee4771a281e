//! The key that identifies a delivery.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// Identifies a delivery: see [`Verified::delivery_key`](crate::verify::Verified::delivery_key).
///
/// It is a SHA-256, so neither an id nor a body can be read from it: you can log it and store it in a shared place. A sender's
/// ids are unique within one endpoint at most, so a receiver for several endpoints needs one guard, or one namespace in a shared
/// store, for each.
///
/// ```
/// use hb_portal::replay::DeliveryKey;
///
/// // For a sender whose deliveries are verified elsewhere, and for messages that are not webhooks.
/// let key = DeliveryKey::from_id("evt_7");
/// assert_eq!(key.to_string(), "8aa08ef8b77e8ad78e7b097c78375b8973bcd9c06d4b817944886182baf7f67a");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryKey([u8; 32]);

impl DeliveryKey {
    /// Creates the key of the delivery with this id: the same key that [`Verified`](crate::verify::Verified) returns for it.
    #[must_use]
    pub fn from_id(id: impl AsRef<[u8]>) -> Self {
        Self::of(&[b"id:", id.as_ref()])
    }

    /// Creates the key from the SHA-256 of the concatenated `pieces`.
    pub(crate) fn of(pieces: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        pieces.iter().for_each(|piece| hash.update(piece));
        Self(hash.finalize().into())
    }

    /// The key's bytes, for a store that takes bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for DeliveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for DeliveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeliveryKey({self})")
    }
}
