//! What is known of a call on its way, from any thread.

use std::sync::atomic::{AtomicU32, Ordering};

/// What is known of a call, and the number of its try: all in one, so that of two who set something one sees what the other
/// did.
#[derive(Debug, Default)]
pub(crate) struct Fate(AtomicU32);

const ABANDONED: u32 = 1;
const SENT: u32 = 2;
const ENDED_BADLY: u32 = 4;
/// What a try more adds.
const TRY: u32 = 8;

impl Fate {
    /// Begins a try, and returns its number.
    pub(crate) fn begin(&self) -> u32 {
        self.0.fetch_add(TRY, Ordering::AcqRel) / TRY + 1
    }

    /// Says that the request of that try is about to leave, on a connection that is there. Returns whether it may: not when
    /// the try is over already, and not when nobody waits for the outcome any more.
    pub(crate) fn send(&self, attempt: u32) -> bool {
        let sent = |known| (known & ABANDONED == 0 && known / TRY == attempt).then_some(known | SENT);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, sent).is_ok()
    }

    /// Says that the try has failed: if its request has not left by now, it does not. Returns whether it may have.
    pub(crate) fn fail(&self) -> bool {
        self.0.fetch_add(TRY, Ordering::AcqRel) & SENT != 0
    }

    /// Says that what was sent did nothing.
    pub(crate) fn did_nothing(&self) {
        self.0.fetch_and(!SENT, Ordering::AcqRel);
    }

    /// Says that the call is over, and that there may be an endpoint whose secret is not kept. Returns whether nobody waits
    /// for the outcome any more.
    pub(crate) fn end_badly(&self) -> bool {
        self.0.fetch_or(ENDED_BADLY, Ordering::AcqRel) & ABANDONED != 0
    }

    /// Says that nobody waits for the outcome any more: what was not sent is not sent. Returns whether the portal may have
    /// got the request, and whether the call had ended badly already.
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
    fn a_try_that_has_failed_is_not_sent_and_the_next_is() {
        let fate = Fate::default();
        let first = fate.begin();
        assert!(!fate.fail(), "nothing was sent");
        assert!(!fate.send(first), "and nothing is");
        let second = fate.begin();
        assert!(!fate.send(first) && fate.send(second));
        assert!(fate.fail());
    }

    #[test]
    fn who_abandons_sees_what_was_sent_or_it_is_not_sent() {
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
