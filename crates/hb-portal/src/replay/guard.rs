//! What a replay guard does, whatever it keeps its claims in.

use std::{
    fmt,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use super::key::DeliveryKey;
use crate::boxed::{BoxError, BoxFuture};

/// How long a claim lasts by default, and how long it is remembered that a delivery was handled.
pub(super) const LEASE: Duration = Duration::from_secs(60);
pub(super) const KEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// Remembers which deliveries are being handled, and which were: in memory
/// ([`MemoryReplayGuard`](super::MemoryReplayGuard)), in Redis for receivers on several machines (`RedisReplayGuard`, feature
/// `redis`), or in your own store ([example](super#a-guard-over-your-own-database)).
///
/// An implementation must make each of the three a single step, whoever else asks at the same time. A `Box` or an `Arc` of a
/// guard is a guard.
pub trait ReplayGuard: Send + Sync {
    /// Claims the delivery, unless somebody else did.
    ///
    /// # Errors
    ///
    /// The store cannot tell. Then do not handle the delivery, and respond with `503`, so that it is sent again.
    fn claim<'a>(&'a self, key: &'a DeliveryKey) -> BoxFuture<'a, Result<Claim, BoxError>>;

    /// Notes that the delivery was handled: from now on it is [`Claim::Handled`].
    ///
    /// # Errors
    ///
    /// The store cannot be told, or the claim ended before this and the delivery is somebody else's ([`LeaseLost`]).
    fn confirm<'a>(&'a self, key: &'a DeliveryKey, ticket: &'a Ticket) -> BoxFuture<'a, Result<(), BoxError>>;

    /// Gives the claim back: whoever gets the delivery next may claim it. A claim that is somebody else's stays.
    ///
    /// # Errors
    ///
    /// The store cannot be told. Then the claim ends with its lease.
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

/// Who may handle a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// You: handle it, then confirm or release it with this ticket.
    Yours(Ticket),
    /// Somebody else is handling it, or died over it less than a lease ago. Respond with `503`: should the other one fail, the
    /// delivery is sent again.
    InProgress,
    /// Nobody: it was handled. Respond as if you had handled it, so that it is not sent again.
    Handled,
}

/// Whose a claim is.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket(u128);

impl Ticket {
    /// A ticket that nobody else has, on no other machine either.
    #[must_use]
    pub fn unique() -> Self {
        // The standard library keys each of these afresh, from the system's randomness.
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

/// The claim ended before the delivery was confirmed, and somebody else claimed it since: it may be handled twice. Give the
/// guard a longer lease than the handler ever takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseLost;

impl fmt::Display for LeaseLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the claim ended before it was confirmed, and somebody else has the delivery, so it may be handled twice: give the \
             guard a longer lease",
        )
    }
}

impl std::error::Error for LeaseLost {}
