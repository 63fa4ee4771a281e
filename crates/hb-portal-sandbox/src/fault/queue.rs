//! The queue of faults that wait for a request, and the faults that are armed for one.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;

use super::model::{Effect, Fault};
use super::moment::{Ending, Moment};
use super::operation::Operation;
use crate::http1::{Delivery, Message};
use crate::issued::Issued;

/// Faults in the order in which they were injected.
#[derive(Default)]
pub(crate) struct Faults {
    waiting: Mutex<VecDeque<Waiting>>,
}

struct Waiting {
    fault: Fault,
    times: Times,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Times {
    Left(usize),
    Always,
}

impl Faults {
    /// Makes `fault` strike `times` times.
    pub(crate) fn inject(&self, fault: Fault, times: usize) {
        if times > 0 {
            let times = Times::Left(times);
            self.waiting().push_back(Waiting { fault, times });
        }
    }

    /// Makes `fault` strike until it is cleared.
    pub(crate) fn inject_always(&self, fault: Fault) {
        let times = Times::Always;
        self.waiting().push_back(Waiting { fault, times });
    }

    /// Makes `fault` strike once, before any other.
    fn put_back(&self, fault: Fault) {
        let times = Times::Left(1);
        self.waiting().push_front(Waiting { fault, times });
    }

    pub(crate) fn clear(&self) {
        self.waiting().clear();
    }

    pub(crate) fn pending(&self) -> Vec<Fault> {
        self.waiting().iter().map(|waiting| waiting.fault.clone()).collect()
    }

    /// Arms the next fault for a request to `operation` that is starting to arrive. `kept` is true if its connection has already
    /// served a request.
    pub(crate) fn arm(&self, operation: Operation, kept: bool) -> Option<Armed<'_>> {
        let strikes = |fault: &Fault| {
            !fault.strikes_connections() && fault.operation() == operation && (kept || !fault.needs_a_kept_connection())
        };
        let (fault, times) = self.take(strikes)?;
        Some(Armed { faults: self, fault, settled: times == Times::Always })
    }

    /// Returns how a connection that was just accepted breaks, if it does.
    pub(crate) fn connected(&self) -> Option<Ending> {
        let at_once = |fault: &Fault| matches!(fault.effect(), Effect::Break(Moment::Connected, _));
        match self.take(at_once)?.0.effect() {
            Effect::Break(_, ending) => Some(*ending),
            _ => None,
        }
    }

    /// Takes the first fault that `strikes`, and returns how many times it would have struck.
    fn take(&self, strikes: impl Fn(&Fault) -> bool) -> Option<(Fault, Times)> {
        let mut waiting = self.waiting();
        let index = waiting.iter().position(|entry| strikes(&entry.fault))?;
        let entry = waiting.get_mut(index)?;
        let (fault, times) = (entry.fault.clone(), entry.times);
        match times {
            Times::Always => {}
            Times::Left(0 | 1) => drop(waiting.remove(index)),
            Times::Left(more) => entry.times = Times::Left(more - 1),
        }
        Some((fault, times))
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fault that is armed for a request. If it does not strike, it returns to the head of the queue.
pub(crate) struct Armed<'a> {
    faults: &'a Faults,
    fault: Fault,
    /// Whether it has struck, or always strikes and never left the queue.
    settled: bool,
}

/// A message to send, and how to deliver it.
pub(crate) struct Reply {
    pub(crate) message: Message,
    pub(crate) delivery: Delivery,
    /// The result of the request, if it was carried out.
    pub(crate) issued: Option<Issued>,
}

impl Armed<'_> {
    pub(crate) fn commits(&self) -> bool {
        self.fault.commits()
    }

    /// Whether the request is carried out as if it named no page.
    pub(crate) fn ignores_the_page(&self) -> bool {
        matches!(self.fault.effect(), Effect::Respond(response) if response.ignores_the_page())
    }

    /// If the fault breaks the connection at this moment, strikes and returns how.
    pub(crate) fn strike_at(&mut self, moment: Moment) -> Option<Ending> {
        match self.fault.effect() {
            Effect::Break(at, ending) if *at == moment => {
                self.settled = true;
                Some(*ending)
            }
            _ => None,
        }
    }

    /// Strikes in place of the response to a request with these headers; `issued` is the result if it was carried out. `Err`
    /// means no response.
    pub(crate) fn strike(mut self, request: &HeaderMap, issued: Option<Issued>) -> Result<Reply, Ending> {
        self.settled = true;
        match self.fault.effect() {
            Effect::Break(_, ending) => Err(*ending),
            Effect::Respond(response) => Ok(Reply {
                message: response.message(self.fault.operation(), request, issued.as_ref()),
                delivery: response.delivery(),
                issued,
            }),
            // Nothing listens while it lasts, so no request can be armed with it.
            Effect::Refuse => Err(Ending::Reset),
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
