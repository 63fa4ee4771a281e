//! The state of a call that other tasks see.

use std::sync::atomic::{AtomicU32, Ordering};

/// The number of a call's attempt, and its outcome. One atomic holds both, so that of two tasks that change it, one sees the
/// change of the other.
#[derive(Debug, Default)]
pub(crate) struct Fate(AtomicU32);

const ABANDONED: u32 = 1;
const SENT: u32 = 2;
const ENDED_BADLY: u32 = 4;
/// The amount that each attempt adds.
const ATTEMPT: u32 = 8;

impl Fate {
    /// Begins an attempt, and returns its number.
    pub(crate) fn begin(&self) -> u32 {
        self.0.fetch_add(ATTEMPT, Ordering::AcqRel) / ATTEMPT + 1
    }

    /// Records that the attempt's request is about to leave on a live connection. Returns whether it may: not if the attempt
    /// is over, and not if the call was dropped.
    pub(crate) fn send(&self, attempt: u32) -> bool {
        let sent = |known| (known & ABANDONED == 0 && known / ATTEMPT == attempt).then_some(known | SENT);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, sent).is_ok()
    }

    /// Records that the attempt failed: if its request has not left by now, it does not leave. Returns whether it may have.
    pub(crate) fn fail(&self) -> bool {
        self.0.fetch_add(ATTEMPT, Ordering::AcqRel) & SENT != 0
    }

    /// Records that the request had no effect.
    pub(crate) fn had_no_effect(&self) {
        self.0.fetch_and(!SENT, Ordering::AcqRel);
    }

    /// Records that the call is over, and that there may be an endpoint whose secret is not stored. Returns whether the
    /// caller dropped the call.
    pub(crate) fn end_badly(&self) -> bool {
        self.0.fetch_or(ENDED_BADLY, Ordering::AcqRel) & ABANDONED != 0
    }

    /// Records that the caller dropped the call: a request that was not sent is not sent. Returns whether the portal may
    /// have received one, and whether the call had already ended badly.
    pub(crate) fn abandon(&self) -> (bool, bool) {
        let before = self.0.fetch_or(ABANDONED, Ordering::AcqRel);
        (before & SENT != 0, before & ENDED_BADLY != 0)
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.0.load(Ordering::Acquire) & ABANDONED != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_attempt_is_not_sent_and_the_next_is() {
        let fate = Fate::default();
        let first = fate.begin();
        assert!(!fate.fail(), "nothing was sent");
        assert!(!fate.send(first), "and nothing is");
        let second = fate.begin();
        assert!(!fate.send(first) && fate.send(second));
        assert!(fate.fail());
    }

    #[test]
    fn abandoning_sees_that_the_request_was_sent_or_it_is_not_sent() {
        for _ in 0..2_000 {
            let fate = Fate::default();
            let attempt = fate.begin();
            let (sent, (seen, _)) = std::thread::scope(|scope| {
                let sent = scope.spawn(|| fate.send(attempt));
                let seen = fate.abandon();
                (sent.join().unwrap(), seen)
            });
            assert_eq!(sent, seen);
        }
    }
}
