//! The state of a call that is shared with other tasks.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::Notify;

/// The number of a call's attempt, and its outcome. One atomic holds both, so that if two tasks change it, one of them sees the
/// other's change.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    known: AtomicU32,
    /// Wakes the call when it may have become [`dropped_unsent`](Self::dropped_unsent).
    changed: Notify,
}

const ABANDONED: u32 = 1;
const SENT: u32 = 2;
const ENDED_BADLY: u32 = 4;
/// The amount that each attempt adds.
const ATTEMPT: u32 = 8;

impl Fate {
    /// Begins an attempt, and returns its number.
    pub(crate) fn begin(&self) -> u32 {
        self.known.fetch_add(ATTEMPT, Ordering::AcqRel) / ATTEMPT + 1
    }

    /// Records that the attempt's request is about to leave on a live connection. Returns whether it may: not if the attempt is
    /// over or the call was dropped.
    pub(crate) fn send(&self, attempt: u32) -> bool {
        let sent = |known| (known & ABANDONED == 0 && known / ATTEMPT == attempt).then_some(known | SENT);
        self.known.fetch_update(Ordering::AcqRel, Ordering::Acquire, sent).is_ok()
    }

    /// Records that the attempt failed: if its request has not left by now, it never leaves. Returns whether it may have left.
    pub(crate) fn fail(&self) -> bool {
        self.known.fetch_add(ATTEMPT, Ordering::AcqRel) & SENT != 0
    }

    /// Records that the request had no effect.
    pub(crate) fn had_no_effect(&self) {
        self.known.fetch_and(!SENT, Ordering::AcqRel);
        self.changed.notify_one();
    }

    /// Records that the call is over, and that there may be an endpoint whose secret is not stored. Returns whether the
    /// caller dropped the call.
    pub(crate) fn end_badly(&self) -> bool {
        self.known.fetch_or(ENDED_BADLY, Ordering::AcqRel) & ABANDONED != 0
    }

    /// Records that the caller dropped the call: from now on, nothing is sent. Returns whether the portal may have received a
    /// request, and whether the call had already ended badly.
    pub(crate) fn abandon(&self) -> (bool, bool) {
        let before = self.known.fetch_or(ABANDONED, Ordering::AcqRel);
        self.changed.notify_one();
        (before & SENT != 0, before & ENDED_BADLY != 0)
    }

    /// Resolves once the caller has dropped the call and no request has had an effect: from then on, none is sent. Only one task
    /// at a time may wait for this.
    pub(crate) async fn dropped_unsent(&self) {
        while self.known.load(Ordering::Acquire) & (ABANDONED | SENT) != ABANDONED {
            self.changed.notified().await;
        }
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.known.load(Ordering::Acquire) & ABANDONED != 0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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

    #[tokio::test]
    async fn a_dropped_call_is_unsent_unless_a_request_may_have_had_an_effect() {
        let fate = Fate::default();
        let is_unsent = async || tokio::time::timeout(Duration::from_millis(20), fate.dropped_unsent()).await.is_ok();
        let attempt = fate.begin();
        assert!(!is_unsent().await, "it was not dropped");
        assert!(fate.send(attempt));
        fate.abandon();
        assert!(!is_unsent().await, "it was sent");
        fate.had_no_effect();
        assert!(is_unsent().await);
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
