//! A fault on its way with a request.

use super::{Delivery, Ending, Fault, Faults, Moment, What};
use crate::http1::Message;
use crate::issued::Issued;

/// A fault that a request carries until it strikes; one that does not strike goes back to the head of the queue.
pub(crate) struct Armed<'a> {
    faults: &'a Faults,
    fault: Fault,
    /// It struck, or it strikes always and never left the queue.
    settled: bool,
}

/// What answers a request.
pub(crate) struct Reply {
    pub(crate) message: Message,
    pub(crate) delivery: Delivery,
    /// What the request brought into being.
    pub(crate) issued: Option<Issued>,
}

impl<'a> Armed<'a> {
    pub(super) fn new(faults: &'a Faults, fault: Fault, always: bool) -> Self {
        Self { faults, fault, settled: always }
    }

    pub(crate) fn commits(&self) -> bool {
        self.fault.commits()
    }

    /// Strikes if it breaks the connection at this moment, and says how.
    pub(crate) fn strike_at(&mut self, moment: Moment) -> Option<Ending> {
        match self.fault.what() {
            What::Break(at, ending) if *at == moment => {
                self.settled = true;
                Some(*ending)
            }
            _ => None,
        }
    }

    /// Strikes in place of the answer; `issued` is there when the request was carried out. `Err` leaves no answer.
    pub(crate) fn strike(mut self, issued: Option<Issued>) -> Result<Reply, Ending> {
        self.settled = true;
        match self.fault.what() {
            What::Break(_, ending) => Err(*ending),
            What::Answer(answer) => Ok(Reply {
                message: answer.message(self.fault.operation(), issued.as_ref()),
                delivery: answer.delivery(),
                issued,
            }),
            // Nothing listens while it lasts, so that no request carries it.
            What::Refuse => Err(Ending::Reset),
        }
    }
}

impl Drop for Armed<'_> {
    fn drop(&mut self) {
        if !self.settled {
            self.faults.put_back(self.fault.clone());
        }
    }
}
