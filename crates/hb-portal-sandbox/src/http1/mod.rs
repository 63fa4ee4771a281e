//! HTTP/1.1 by hand: a fault happens at a byte or at a moment that an HTTP library exists to hide.

mod delivery;
mod packet;
mod read;
mod wire;
mod write;

pub(crate) use delivery::Delivery;
pub use delivery::{Framing, Offset};
pub(crate) use read::{Broken, Head, Inbox};
pub(crate) use wire::Wire;
pub(crate) use write::{Message, close, hang, is_named, line, reset, write};
