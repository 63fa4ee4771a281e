//! Handles a delivery once, even if it arrives several times because the sender retries it or an attacker replays it.
//!
//! A signature proves the sender of a delivery, not how many times it was sent. So a receiver claims a delivery before it handles
//! it, and then either confirms that it was handled, or releases it so that the sender's next attempt is handled. [`handle_once`]
//! does all three around a handler. If the receiver dies, its claim ends after the guard's lease.
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
//! # Several endpoints
//!
//! A sender's ids are unique within one endpoint at most, so give each endpoint its own guard, or its own namespace in a shared
//! store. That includes the two endpoints of a [rotation](crate::guide::rotation), whose secrets one verifier accepts:
//! [`secret_index`](crate::verify::Verified::secret_index) returns which of them a delivery is from. Each event then
//! probably arrives twice (`inferred`), with an id from each endpoint; a guard does not recognise that.
//!
//! # A guard over your own database
//!
//! An application that has a database needs no Redis. One table and four statements make a guard for any number of receivers
//! (shown for PostgreSQL; for SQLite, replace `now()` and the intervals):
//!
//! ```sql
//! CREATE TABLE webhook_delivery (
//!     key    text PRIMARY KEY,
//!     ticket text,                 -- whose claim it is; NULL once it was handled
//!     until  timestamptz NOT NULL  -- when the claim, or the memory, ends
//! );
//! ```
//!
//! Each statement is atomic, even if others run at the same time. Replace `Database` with your connection pool; `execute` returns
//! the number of rows that a statement changed.
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
//! If several endpoints share the table, add a column for the endpoint to the primary key. Delete rows whose `until` has passed from
//! time to time. To have a delivery handled exactly once, run `CONFIRM` in the handler's own transaction.

mod guard;
mod key;
mod memory;
mod once;
#[cfg(feature = "redis")]
mod redis;

pub use guard::{Claim, LeaseLost, ReplayGuard, Ticket};
pub use key::DeliveryKey;
pub use memory::MemoryReplayGuard;
pub use once::{Once, OnceError, RETRY_AFTER, handle_once};

#[cfg(feature = "redis")]
pub use self::redis::RedisReplayGuard;
