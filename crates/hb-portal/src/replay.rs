//! Handles a delivery once, however often it arrives: because the sender tries again, or because somebody replays it.
//!
//! A signature says who sent a delivery, and not how often. So a receiver claims a delivery before it handles it, then
//! confirms that it was handled, or releases it, so that the sender's next try is handled. [`handle_once`] does all three
//! around a handler. A claim whose receiver died ends by itself, after the guard's lease.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use hb_portal::SigningSecret;
//! use hb_portal::replay::{MemoryReplayGuard, Once, handle_once};
//! use hb_portal::verify::{SignatureScheme, Signer, Verifier};
//!
//! # let secret = SigningSecret::new("the secret that the portal showed");
//! # let headers = Signer::new(SignatureScheme::github(), &secret)?.sign(b"{}")?;
//! let verifier = Verifier::new(SignatureScheme::github(), &secret)?;
//! let guard = MemoryReplayGuard::new();
//! for first in [true, false] {
//!     let key = verifier.verify(&headers, b"{}")?.delivery_key();
//!     let once = handle_once(&guard, &key, || async { Ok::<_, std::io::Error>("handled") }).await?;
//!     assert_eq!(matches!(once, Once::Handled("handled")), first);
//! }
//! # Ok(())
//! # }
//! ```

mod memory;
mod once;
#[cfg(feature = "redis")]
mod redis;

pub use memory::MemoryReplayGuard;
pub use once::{Once, OnceError, handle_once};

#[cfg(feature = "redis")]
pub use self::redis::RedisReplayGuard;

use std::{
    fmt,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    time::Duration,
};

use crate::{BoxFuture, verify::DeliveryKey};

/// How long a claim lasts by default, and how long it is remembered that a delivery was handled.
const LEASE: Duration = Duration::from_secs(60);
const KEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// Why a guard cannot answer: its store is out of reach, or full.
pub type ReplayError = Box<dyn std::error::Error + Send + Sync>;

/// Remembers which deliveries are being handled, and which were: in memory ([`MemoryReplayGuard`]), in Redis for receivers on
/// several machines (`RedisReplayGuard`, feature `redis`), or in a store of yours.
///
/// An implementation must make each of the three a single step, whoever else asks at the same time.
pub trait ReplayGuard: Send + Sync {
    /// Claims the delivery, unless somebody else did.
    ///
    /// # Errors
    ///
    /// The store cannot tell. Then do not handle the delivery, and answer with a `5xx`, so that it comes again.
    fn claim<'a>(&'a self, key: &'a DeliveryKey) -> BoxFuture<'a, Result<Claim, ReplayError>>;

    /// Notes that the delivery was handled: from now on it is [`Claim::Handled`].
    ///
    /// # Errors
    ///
    /// The store cannot be told, or the claim ended before this and the delivery is somebody else's ([`LeaseLost`]).
    fn confirm<'a>(&'a self, key: &'a DeliveryKey, ticket: &'a Ticket) -> BoxFuture<'a, Result<(), ReplayError>>;

    /// Gives the claim back: whoever gets the delivery next may claim it. A claim that is somebody else's stays.
    ///
    /// # Errors
    ///
    /// The store cannot be told. Then the claim ends with its lease.
    fn release<'a>(&'a self, key: &'a DeliveryKey, ticket: &'a Ticket) -> BoxFuture<'a, Result<(), ReplayError>>;
}

/// Who may handle a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// You: handle it, then confirm or release it with this ticket.
    Yours(Ticket),
    /// Somebody else is handling it, or died over it less than a lease ago. Answer with a `5xx`, or a `409`: should the other
    /// one fail, the delivery comes again.
    InProgress,
    /// Nobody: it was handled. Answer as if you had handled it, so that it does not come again.
    Handled,
}

/// Whose a claim is.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket(u128);

impl Ticket {
    /// A ticket that nobody else has, on no other machine either.
    #[must_use]
    pub fn unique() -> Self {
        // The standard library keys each of these anew, from the system's randomness.
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
#[non_exhaustive]
pub struct LeaseLost;

impl fmt::Display for LeaseLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the claim ended before it was confirmed, and somebody else has the delivery; is the lease too short?",
        )
    }
}

impl std::error::Error for LeaseLost {}
