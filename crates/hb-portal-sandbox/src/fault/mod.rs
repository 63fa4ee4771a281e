//! What can go wrong with a request, as values: each has a name, knows whether it commits, and can be injected.

mod answer;
mod bodies;
mod catalogue;
mod gzip;
mod model;
mod moment;
mod operation;
mod queue;

pub use answer::Answer;
pub use model::Fault;
pub use moment::{Ending, Moment};
pub use operation::Operation;
pub(crate) use queue::{Armed, Faults, Reply};
