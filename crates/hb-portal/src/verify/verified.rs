//! The facts of a verified delivery.

use std::{fmt, time::SystemTime};

use super::{
    error::{Flaw, VerifyError},
    layout::{Layout, Source},
    member,
    part::Part,
    presented::{MAX_ID, Presented, id_of, malformed},
};
use crate::replay::DeliveryKey;

/// A delivery that was signed with one of the verifier's secrets, so its signed headers can be trusted.
///
/// It borrows the body, because [`delivery_key`](Self::delivery_key) may need it. `Debug` shows neither body nor signature.
#[derive(Clone)]
#[non_exhaustive]
pub struct Verified<'b> {
    facts: Facts,
    body: &'b [u8],
}

impl<'b> Verified<'b> {
    pub(super) fn new(facts: Facts, body: &'b [u8]) -> Self {
        Self { facts, body }
    }

    /// The index of the secret that matched.
    ///
    /// It is 0 for the secret of [`Verifier::new`](super::Verifier::new), 1 for the first that was
    /// [also accepted](super::Verifier::also_accept), and so on. Each secret belongs to a different endpoint, so choose the
    /// [replay guard](crate::replay) by this index. When nothing has matched the old secret for a day, the rotation is over.
    #[must_use]
    pub fn secret_index(&self) -> usize {
        self.facts.secret_index
    }

    /// The delivery's id, if the scheme names one that is signed or is in the body.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        // An id is all ASCII.
        self.facts.is_id.then(|| std::str::from_utf8(self.facts.around().0).unwrap_or_default())
    }

    /// The time when the delivery was signed, if the scheme signs it.
    #[must_use]
    pub fn timestamp(&self) -> Option<SystemTime> {
        self.facts.timestamp
    }

    /// The key that identifies this delivery, so that it is handled once: see [`replay`](crate::replay).
    ///
    /// It is the key of [`id`](Self::id) if there is one: a retry that is signed again with the same id has the same key.
    /// Otherwise it is the SHA-256 of the signed text: the same body (and timestamp, if the scheme signs one) is the same
    /// delivery. It depends neither on a header that is not signed nor on the secret that matched. Deliveries of two endpoints
    /// may therefore have the same key: see [`secret_index`](Self::secret_index).
    ///
    /// An id costs one short hash; without an id, this hashes the body.
    #[must_use]
    pub fn delivery_key(&self) -> DeliveryKey {
        let (before, after) = self.facts.around();
        if self.facts.is_id { DeliveryKey::from_id(before) } else { DeliveryKey::of(&[before, self.body, after]) }
    }

    pub(super) fn into_facts(self) -> Facts {
        self.facts
    }
}

impl fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("secret_index", &self.secret_index())
            .field("id", &self.id())
            .field("timestamp", &self.timestamp())
            .finish_non_exhaustive()
    }
}

/// The values in the headers, stored inline: a `String` would cost an allocation for each delivery.
#[derive(Clone)]
pub(super) struct Facts {
    secret_index: usize,
    timestamp: Option<SystemTime>,
    /// The id, or the text that is signed before the body followed by the text after it. A layout's limits leave room for either.
    text: [u8; MAX_ID],
    before: u8,
    len: u8,
    is_id: bool,
}

impl Facts {
    /// Copies the values in `presented`, now that they are known to be signed.
    pub(super) fn new(
        layout: &Layout,
        presented: &Presented<'_>,
        body: &[u8],
        secret_index: usize,
    ) -> Result<Self, VerifyError> {
        let timestamp = presented.timestamp.as_ref().map(|timestamp| timestamp.at);
        let mut facts = Self { secret_index, timestamp, text: [0; MAX_ID], before: 0, len: 0, is_id: false };
        let of_body;
        let id = match &layout.id {
            Some(Source::Member(name, header)) => {
                of_body = member::text_of(body, name);
                let id = of_body.as_deref().map(str::as_bytes).filter(|id| id_of(id, [0; 2]).is_some());
                match header {
                    // An attacker who replays a delivery controls this header, and must not control the key with it.
                    Some(header) if id.is_none() || presented.id != id => {
                        return Err(malformed(header, Flaw::IdNotInBody));
                    }
                    _ => id,
                }
            }
            _ => presented.id,
        };
        facts.is_id = id.is_some();
        if let Some(id) = id {
            facts.push(id);
            facts.before = facts.len;
            return Ok(facts);
        }
        for part in &layout.parts {
            match part {
                Part::Body => facts.before = facts.len,
                part => facts.push(presented.text(part, body)),
            }
        }
        Ok(facts)
    }

    fn push(&mut self, piece: &[u8]) {
        let start = usize::from(self.len);
        if let Some(to) = self.text.get_mut(start..start + piece.len()) {
            to.copy_from_slice(piece);
            self.len += u8::try_from(piece.len()).unwrap_or_default();
        }
    }

    fn around(&self) -> (&[u8], &[u8]) {
        let whole = self.text.get(..usize::from(self.len)).unwrap_or_default();
        whole.split_at_checked(usize::from(self.before)).unwrap_or((whole, b""))
    }
}
