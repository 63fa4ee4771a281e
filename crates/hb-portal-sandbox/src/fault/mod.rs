//! Faults, the ways in which a request can fail: each is a value that has a name, knows whether it commits, and can be injected.

mod bodies;
mod catalogue;
mod gzip;
mod model;
mod moment;
mod operation;
mod queue;
mod response;

pub use model::Fault;
pub use moment::{Ending, Moment};
pub use operation::Operation;
pub(crate) use queue::{Armed, Faults, Reply};
pub use response::Response;
