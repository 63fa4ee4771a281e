//! Our own HTTP/1.1, because faults strike at bytes and moments that an HTTP library hides.

mod delivery;
mod packet;
mod read;
mod wire;
mod write;

pub(crate) use delivery::Delivery;
pub use delivery::{Framing, Offset};
pub(crate) use read::{Broken, Head, Inbox};
pub(crate) use wire::{Socket, Wire, socket};
pub(crate) use write::{Message, close, hang, is_named, line, reset, write};
