//! Deliveries to endpoints: what one says, how it is signed, and the request that carries it.

mod attempt;
mod delivery;
mod post;
mod signing;
mod target;

pub use attempt::{AttemptResult, DeliveryAttempt};
pub use delivery::{Flaw, TestDelivery};
pub(crate) use post::{Sent, post};
pub use signing::Signing;
pub(crate) use target::Target;
