//! Handles a delivery once, however many times it arrives: because the sender retries it, or because somebody replays it.
//!
//! A signature says who sent a delivery, not how many times. So a receiver claims a delivery before it handles it, and then
//! either confirms that it was handled, or releases it so that the sender's next attempt is handled. [`handle_once`] does all
//! three around a handler. A claim whose receiver died ends by itself, after the guard's lease.
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
//!
//! # A guard over your own database
//!
//! An application that has a database needs no Redis. One table, and one statement for each step, are a guard for any number of
//! receivers (PostgreSQL; for SQLite, replace `now()` and the intervals):
//!
//! ```sql
//! CREATE TABLE webhook_delivery (
//!     key    text PRIMARY KEY,
//!     ticket text,                 -- whose claim it is; NULL once it was handled
//!     until  timestamptz NOT NULL  -- when the claim, or the memory, ends
//! );
//! ```
//!
//! Each statement is a single step, whoever else runs one at the same time. `Database` stands for your pool; `execute` returns
//! how many rows a statement changed.
//!
//! ```
//! use hb_portal::replay::{Claim, DeliveryKey, LeaseLost, ReplayGuard, Ticket};
//! use hb_portal::{BoxError, BoxFuture};
//!
//! # struct Database;
//! # impl Database {
//! #     async fn execute(&self, _: &str, _: &[&str]) -> Result<u64, BoxError> { Ok(1) }
//! # }
//! const CLAIM: &str = "INSERT INTO webhook_delivery VALUES ($1, $2, now() + interval '1 minute')
//!     ON CONFLICT (key) DO UPDATE SET ticket = excluded.ticket, until = excluded.until
//!     WHERE webhook_delivery.until < now()";
//! // Changes nothing, and counts the row if the delivery was handled.
//! const WAS_HANDLED: &str = "UPDATE webhook_delivery SET ticket = NULL WHERE key = $1 AND ticket IS NULL";
//! const CONFIRM: &str = "UPDATE webhook_delivery SET ticket = NULL, until = now() + interval '1 day'
//!     WHERE key = $1 AND ticket = $2";
//! const RELEASE: &str = "DELETE FROM webhook_delivery WHERE key = $1 AND ticket = $2";
//!
//! struct DatabaseGuard(Database);
//!
//! impl ReplayGuard for DatabaseGuard {
//!     fn claim<'a>(&'a self, key: &'a DeliveryKey) -> BoxFuture<'a, Result<Claim, BoxError>> {
//!         Box::pin(async move {
//!             let (ticket, key) = (Ticket::unique(), key.to_string());
//!             if self.0.execute(CLAIM, &[&key, &ticket.to_string()]).await? == 1 {
//!                 return Ok(Claim::Yours(ticket));
//!             }
//!             let handled = self.0.execute(WAS_HANDLED, &[&key]).await? == 1;
//!             Ok(if handled { Claim::Handled } else { Claim::InProgress })
//!         })
//!     }
//!
//!     fn confirm<'a>(&'a self, key: &'a DeliveryKey, ticket: &'a Ticket) -> BoxFuture<'a, Result<(), BoxError>> {
//!         Box::pin(async move {
//!             match self.0.execute(CONFIRM, &[&key.to_string(), &ticket.to_string()]).await? {
//!                 0 => Err(LeaseLost.into()),
//!                 _ => Ok(()),
//!             }
//!         })
//!     }
//!
//!     fn release<'a>(&'a self, key: &'a DeliveryKey, ticket: &'a Ticket) -> BoxFuture<'a, Result<(), BoxError>> {
//!         Box::pin(async move {
//!             self.0.execute(RELEASE, &[&key.to_string(), &ticket.to_string()]).await.map(drop)
//!         })
//!     }
//! }
//! ```
//!
//! If several endpoints share the table, add a column for the endpoint to the primary key: ids are unique within an endpoint at
//! most. Delete rows whose `until` has passed from time to time. To have a delivery handled exactly once, run `CONFIRM` in the
//! handler's own transaction.

mod key;
mod memory;
mod once;
#[cfg(feature = "redis")]
mod redis;

pub use key::DeliveryKey;
pub use memory::MemoryReplayGuard;
pub use once::{Once, OnceError, RETRY_AFTER, handle_once};

#[cfg(feature = "redis")]
pub use self::redis::RedisReplayGuard;

use std::{
    fmt,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use crate::boxed::{BoxError, BoxFuture};

/// How long a claim lasts by default, and how long it is remembered that a delivery was handled.
const LEASE: Duration = Duration::from_secs(60);
const KEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// Remembers which deliveries are being handled, and which were: in memory ([`MemoryReplayGuard`]), in Redis for receivers on
/// several machines (`RedisReplayGuard`, feature `redis`), or in your own store ([example](self#a-guard-over-your-own-database)).
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
