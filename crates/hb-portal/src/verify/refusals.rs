//! Logs refusals: each reason at most once a minute, with advice.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use super::error::{ReceiveError, VerifyError};

/// The minimum time between two logs of one reason, in seconds.
const INTERVAL: u64 = 60;

/// The times when each reason was last logged. Strangers can cause refusals, and must not be able to fill a log.
#[derive(Default)]
pub(super) struct Refusals {
    reasons: [Reason; 9],
    diagnosed: Reason,
}

#[derive(Default)]
struct Reason {
    /// In seconds since 1970; 0 is never.
    logged: AtomicU64,
    /// The number of refusals since then that were not logged.
    skipped: AtomicU64,
}

impl Reason {
    /// Returns the number skipped since the last log, if another is due. Of several threads, only one gets a number.
    fn is_due(&self, now: u64) -> Option<u64> {
        let last = self.logged.load(Ordering::Relaxed);
        // A clock that was set back must not silence the log.
        let due = now >= last.saturating_add(INTERVAL) || now < last;
        if due && self.logged.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            return Some(self.skipped.swap(0, Ordering::Relaxed));
        }
        self.skipped.fetch_add(1, Ordering::Relaxed);
        None
    }
}

impl Refusals {
    /// Logs `error`, if that is due. `diagnose` is costly, so it is called at most once a minute, whatever the reason.
    pub(super) fn log(&self, error: &ReceiveError, now: SystemTime, diagnose: impl FnOnce() -> Option<String>) {
        let now = now.duration_since(UNIX_EPOCH).map_or(1, |time| time.as_secs().max(1));
        let (index, advice) = reason(error);
        let Some(skipped) = self.reasons.get(index).and_then(|reason| reason.is_due(now)) else { return };
        let explained = match error {
            ReceiveError::Refused(VerifyError::TooOld { .. }) => None,
            ReceiveError::Refused(_) => self.diagnosed.is_due(now).and_then(|_| diagnose()),
            _ => None,
        };
        let what = match error {
            ReceiveError::Refused(error) => format!("the delivery was refused, {error}"),
            other => other.to_string(),
        };
        let advice = explained.as_deref().unwrap_or(advice);
        tracing::warn!(skipped, "webhook: {what}: {advice}; this reason is logged at most once a minute");
    }
}

/// Returns the number of the reason, and advice.
fn reason(error: &ReceiveError) -> (usize, &'static str) {
    match error {
        ReceiveError::Refused(VerifyError::HeaderMissing { .. }) => {
            (0, "compare the scheme with the headers of a real delivery, and check that no proxy removes any")
        }
        ReceiveError::Refused(VerifyError::Malformed { .. }) => {
            (1, "compare the scheme with the headers of a real delivery")
        }
        ReceiveError::Refused(VerifyError::TooOld { .. }) => {
            (2, "check this machine's clock, how long deliveries wait before they are verified, or the tolerance")
        }
        ReceiveError::Refused(VerifyError::InTheFuture { .. }) => {
            (3, "check this machine's clock and the timestamp's format")
        }
        ReceiveError::Refused(VerifyError::NoMatch) => {
            (4, "check that the secret is this endpoint's, and that the body arrives as it was sent")
        }
        ReceiveError::NotJson { .. } => (5, "check whether the sender sends JSON, or use Verifier::verify"),
        ReceiveError::OtherShape { .. } => (6, "change the type that the handler expects"),
        ReceiveError::TooLarge => (7, "raise the extractor's limit if deliveries are that long"),
        ReceiveError::Unreadable | ReceiveError::NoVerifier => (8, "check what calls this endpoint"),
    }
}
