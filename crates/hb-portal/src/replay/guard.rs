//! The trait of a replay guard, independent of its store.

use std::{
    fmt,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use super::key::DeliveryKey;
use crate::boxed::{BoxError, BoxFuture};

/// The default durations of a claim, and of remembering a handled delivery.
pub(super) const LEASE: Duration = Duration::from_secs(60);
pub(super) const KEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// Remembers the deliveries that are being handled or were handled: in memory ([`MemoryReplayGuard`](super::MemoryReplayGuard)),
/// in Redis for receivers on several machines (`RedisReplayGuard`, feature `redis`), or in your own store
/// ([example](super#a-guard-over-your-own-database)).
///
/// An implementation must make each of the three methods atomic, even under concurrent calls. A `Box` or an `Arc` of a guard is a
/// guard.
pub trait ReplayGuard: Send + Sync {
    /// Claims the delivery, unless another receiver has claimed it.
    ///
    /// # Errors
    ///
    /// The store failed or is full. Do not handle the delivery; respond with `503`, so that it is sent again.
    fn claim<'a>(&'a self, key: &'a DeliveryKey) -> BoxFuture<'a, Result<Claim, BoxError>>;

    /// Records that the delivery was handled. From now on, it is [`Claim::Handled`].
    ///
    /// # Errors
    ///
    /// The store failed, or the claim ended earlier and another receiver has claimed the delivery ([`LeaseLost`]).
    fn confirm<'a>(&'a self, key: &'a DeliveryKey, ticket: &'a Ticket) -> BoxFuture<'a, Result<(), BoxError>>;

    /// Releases the claim, so that the next receiver of the delivery may claim it. Another receiver's claim stays.
    ///
    /// # Errors
    ///
    /// The store failed; the claim ends with its lease.
    fn release<'a>(&'a self, key: &'a DeliveryKey, ticket: &'a Ticket) -> BoxFuture<'a, Result<(), BoxError>>;
}

macro_rules! forward_to_the_guard_inside {
    ($($pointer:ident)*) => {$(
        impl<G: ReplayGuard + ?Sized> ReplayGuard for $pointer<G> {
            fn claim<'a>(&'a self, key: &'a DeliveryKey) -> BoxFuture<'a, Result<Claim, BoxError>> {
                (**self).claim(key)
            }

            fn confirm<'a>(&'a self, key: &'a DeliveryKey, ticket: &'a Ticket) -> BoxFuture<'a, Result<(), BoxError>> {
                (**self).confirm(key, ticket)
            }

            fn release<'a>(&'a self, key: &'a DeliveryKey, ticket: &'a Ticket) -> BoxFuture<'a, Result<(), BoxError>> {
                (**self).release(key, ticket)
            }
        }
    )*};
}

forward_to_the_guard_inside!(Box Arc);

/// The result of claiming a delivery: who may handle it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// It is yours: handle it, then confirm or release it with this ticket.
    Yours(Ticket),
    /// Another receiver is handling it, or died doing so less than a lease ago. Respond with `503`, so that the delivery is sent
    /// again in case the other receiver fails.
    InProgress,
    /// It was handled, so nothing may handle it again. Respond as if you had handled it, so that it is not sent again.
    Handled,
}

/// The owner of a claim.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket(u128);

impl Ticket {
    /// Creates a ticket that is unique, even across machines.
    #[must_use]
    pub fn unique() -> Self {
        // The standard library seeds each of these from the system's randomness.
        let half = || u128::from(RandomState::new().build_hasher().finish());
        Self(half() << 64 | half())
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ticket({self})")
    }
}

/// The claim ended before the delivery was confirmed, and another receiver has claimed it since, so it may be handled twice.
///
/// Give the guard a longer lease than the handler ever takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseLost;

impl fmt::Display for LeaseLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the claim ended before it was confirmed, and another receiver has the delivery, so it may be handled twice: give \
             the guard a longer lease",
        )
    }
}

impl std::error::Error for LeaseLost {}
