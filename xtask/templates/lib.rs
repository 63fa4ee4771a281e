//! A client of TITLE.
//!
//! Each operation builds its request and reads its response, but sends nothing. `send`, with the feature `reqwest`, does.

#![forbid(unsafe_code)]

mod alternatives;
mod forms;
#[rustfmt::skip]
mod generated;
mod operation;
mod request;
mod response;
mod secret;
#[cfg(feature = "reqwest")]
mod send;

pub use forms::Multipart;
pub use generated::{operations, types};
pub use operation::Operation;
pub use request::{Request, Unsendable, append};
pub use response::{Response, Unread};
pub use secret::Secret;
#[cfg(feature = "reqwest")]
pub use send::{Error, send};
#[allow(unused_imports)]
pub(crate) use {
    alternatives::{alternative, none, object, present, tag},
    secret::{Exposed, expose_in_request},
};
