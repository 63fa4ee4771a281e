//! A replay guard for a receiver that is a single process.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    guard::{Claim, KEEP, LEASE, LeaseLost, ReplayGuard, Ticket},
    key::DeliveryKey,
};
use crate::boxed::{BoxError, BoxFuture};

/// Remembers deliveries in memory, up to a limit. It forgets them after a time, and when the process ends.
///
/// At the limit, it forgets the delivery that was handled first. Only verified deliveries are ever claimed, so a stranger cannot
/// fill it. Remember deliveries for longer than a replay is accepted: for twice the tolerance if the scheme signs a timestamp, or
/// for as long as you can afford if it does not. A receiver for several endpoints needs a guard for each.
pub struct MemoryReplayGuard {
    held: Mutex<Held>,
    capacity: usize,
    keep: Duration,
    lease: Duration,
}

#[derive(Default)]
struct Held {
    entries: HashMap<DeliveryKey, Entry>,
    /// The handled deliveries and their times, oldest first. Forgotten ones may still be listed.
    handled: VecDeque<(Instant, DeliveryKey)>,
}

enum Entry {
    Claimed { ticket: Ticket, since: Instant },
    Handled { since: Instant },
}

impl MemoryReplayGuard {
    /// Creates a guard that remembers 100,000 deliveries for a day, and whose claims last a minute.
    #[must_use]
    pub fn new() -> Self {
        Self { held: Mutex::default(), capacity: 100_000, keep: KEEP, lease: LEASE }
    }

    /// Sets how many deliveries are remembered; at least one.
    #[must_use]
    pub fn capacity(mut self, deliveries: usize) -> Self {
        self.capacity = deliveries.max(1);
        self
    }

    /// Sets how long the guard remembers that a delivery was handled.
    #[must_use]
    pub fn keep(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// Sets how long a claim lasts if it is neither confirmed nor released. Choose a lease that is longer than the handler ever
    /// takes.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Ignores poisoning: nothing panics between the steps of a change.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_claim(&self, key: &DeliveryKey) -> Result<Claim, BoxError> {
        let now = Instant::now();
        let mut held = self.held();
        held.forget_handled(|_, since| now.duration_since(since) >= self.keep);
        match held.entries.get(key) {
            Some(Entry::Handled { .. }) => return Ok(Claim::Handled),
            Some(Entry::Claimed { since, .. }) if now.duration_since(*since) < self.lease => {
                return Ok(Claim::InProgress);
            }
            Some(Entry::Claimed { .. }) => {}
            None => self.make_room(&mut held, now)?,
        }
        let ticket = Ticket::unique();
        held.entries.insert(*key, Entry::Claimed { ticket: ticket.clone(), since: now });
        Ok(Claim::Yours(ticket))
    }

    fn make_room(&self, held: &mut Held, now: Instant) -> Result<(), BoxError> {
        held.forget_handled(|entries, _| entries >= self.capacity);
        if held.entries.len() >= self.capacity {
            // Only claims are left; those whose lease has ended can be removed.
            held.entries.retain(|_, entry| match entry {
                Entry::Claimed { since, .. } => now.duration_since(*since) < self.lease,
                Entry::Handled { .. } => true,
            });
        }
        if held.entries.len() >= self.capacity {
            return Err("as many deliveries are being handled as the replay guard can remember".into());
        }
        Ok(())
    }
}

impl Held {
    /// Forgets handled deliveries, oldest first, as long as `unwanted` holds for the number of entries and the time.
    fn forget_handled(&mut self, unwanted: impl Fn(usize, Instant) -> bool) {
        while let Some((since, key)) = self.handled.front().copied() {
            if !unwanted(self.entries.len(), since) {
                break;
            }
            self.handled.pop_front();
            // The delivery may have been handled again since; that has its own position in the queue.
            if matches!(self.entries.get(&key), Some(Entry::Handled { since: handled }) if *handled == since) {
                self.entries.remove(&key);
            }
        }
    }
}

impl ReplayGuard for MemoryReplayGuard {
    fn claim<'a>(&'a self, key: &'a DeliveryKey) -> BoxFuture<'a, Result<Claim, BoxError>> {
        Box::pin(async move { self.try_claim(key) })
    }

    fn confirm<'a>(&'a self, key: &'a DeliveryKey, ticket: &'a Ticket) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let now = Instant::now();
            let mut held = self.held();
            match held.entries.get(key) {
                Some(Entry::Claimed { ticket: holder, .. }) if holder == ticket => {}
                // The lease ended and the entry was removed to make room, but the delivery was handled.
                None => self.make_room(&mut held, now)?,
                Some(_) => return Err(LeaseLost.into()),
            }
            held.entries.insert(*key, Entry::Handled { since: now });
            held.handled.push_back((now, *key));
            Ok(())
        })
    }

    fn release<'a>(&'a self, key: &'a DeliveryKey, ticket: &'a Ticket) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let mut held = self.held();
            if matches!(held.entries.get(key), Some(Entry::Claimed { ticket: holder, .. }) if holder == ticket) {
                held.entries.remove(key);
            }
            Ok(())
        })
    }
}

impl Default for MemoryReplayGuard {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReplayGuard")
            .field("entries", &self.held().entries.len())
            .field("capacity", &self.capacity)
            .field("keep", &self.keep)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}
