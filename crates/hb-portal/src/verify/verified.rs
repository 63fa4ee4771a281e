//! What is known of a delivery once it is verified.

use std::{fmt, time::SystemTime};

use sha2::{Digest as _, Sha256};

use super::{Encoding, encoding::LONGEST, key::Tag, presented::MAX_ID};

/// A delivery that was signed with one of the verifier's secrets: what its headers say is true.
///
/// It holds the id itself and no borrow, so that it can go along with the delivery. `Debug` does not show the signature.
#[derive(Clone)]
#[non_exhaustive]
pub struct Verified {
    secret_index: usize,
    timestamp: Option<SystemTime>,
    name: Name,
}

impl Verified {
    pub(super) fn new(secret_index: usize, timestamp: Option<SystemTime>, name: Name) -> Self {
        Self { secret_index, timestamp, name }
    }

    /// Which secret matched: 0 for the one of [`Verifier::new`](super::Verifier::new), 1 for the first that was
    /// [also accepted](super::Verifier::also_accept), and so on. When the old secret no longer matches anything, the
    /// rotation is over.
    #[must_use]
    pub fn secret_index(&self) -> usize {
        self.secret_index
    }

    /// The delivery's id, if the scheme signs one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        // An id is all ASCII.
        self.name.is_id.then(|| std::str::from_utf8(self.name.bytes()).unwrap_or_default())
    }

    /// When the delivery was signed, if the scheme signs that; in whole seconds.
    #[must_use]
    pub fn timestamp(&self) -> Option<SystemTime> {
        self.timestamp
    }

    /// What names this delivery among others, for refusing to handle it twice.
    ///
    /// It stands for the id, if the scheme signs one: a sender that keeps the id when it tries again is recognised. Else it
    /// stands for what is signed: the same body (and timestamp, if there is one) is the same delivery, whatever stands
    /// beside it in the headers, and one that is tried again with a new timestamp is another.
    #[must_use]
    pub fn delivery_key(&self) -> DeliveryKey {
        let mut hash = Sha256::new();
        hash.update(if self.name.is_id { &b"id:"[..] } else { b"signature:" });
        hash.update(self.name.bytes());
        DeliveryKey(hash.finalize().into())
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("secret_index", &self.secret_index)
            .field("id", &self.id())
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

/// Names a delivery among others: see [`Verified::delivery_key`].
///
/// It is a SHA-256, so that neither an id nor a signature can be read from it: it can be logged, and kept where others see it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryKey([u8; 32]);

impl DeliveryKey {
    /// The bytes, for a store that takes them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for DeliveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; LONGEST];
        f.write_str(std::str::from_utf8(Encoding::Hex.encode(&self.0, &mut text)).unwrap_or_default())
    }
}

impl fmt::Debug for DeliveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeliveryKey({self})")
    }
}

/// What names a delivery, in place: a `String` would be an allocation for each.
#[derive(Clone)]
pub(super) struct Name {
    bytes: [u8; MAX_ID],
    len: u8,
    is_id: bool,
}

impl Name {
    /// The id, at most [`MAX_ID`] bytes.
    pub(super) fn id(id: &[u8]) -> Self {
        Self::new(id, true)
    }

    /// The signature that the first secret makes of the delivery, whichever secret matched.
    pub(super) fn signature(tag: &Tag) -> Self {
        Self::new(tag.bytes(), false)
    }

    fn new(name: &[u8], is_id: bool) -> Self {
        let mut bytes = [0; MAX_ID];
        if let Some(to) = bytes.get_mut(..name.len()) {
            to.copy_from_slice(name);
        }
        Self { bytes, len: u8::try_from(name.len()).unwrap_or_default(), is_id }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}
