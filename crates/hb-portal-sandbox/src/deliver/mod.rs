//! Deliveries to endpoints: their contents, their signatures, and the requests that carry them.

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
