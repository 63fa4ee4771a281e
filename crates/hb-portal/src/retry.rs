//! The policy for retrying requests.

use std::{
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

/// The policy for retries: how many, and with what delays.
///
/// It applies to a request that provably had no effect: no connection was established, or the portal responded `429`.
///
/// Each delay is a random fraction (full jitter) of a limit that doubles with each retry, or what `Retry-After` asks for, if that
/// is longer. A create that may have arrived is never repeated, whatever the policy. Requests that have no further effect if they
/// are repeated (`GET`, `PUT`, `DELETE`, and getting a token) are also retried after a timeout, a broken connection, `502`, `503`
/// and `504`.
///
/// ```
/// use std::time::Duration;
/// use hb_portal::RetryPolicy;
///
/// let patient = RetryPolicy::default().max_retries(5).max_delay(Duration::from_secs(120));
/// let never = RetryPolicy::none();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    max_retries: u32,
    base_delay: Duration,
    max_delay: Duration,
}

impl Default for RetryPolicy {
    /// Two retries, the first within half a second unless `Retry-After` asks for more; no delay is longer than 30 seconds.
    fn default() -> Self {
        Self { max_retries: 2, base_delay: Duration::from_millis(500), max_delay: Duration::from_secs(30) }
    }
}

impl RetryPolicy {
    /// No retries.
    #[must_use]
    pub fn none() -> Self {
        Self { max_retries: 0, ..Self::default() }
    }

    /// Sets the maximum number of retries.
    #[must_use]
    pub fn max_retries(self, max_retries: u32) -> Self {
        Self { max_retries, ..self }
    }

    /// Limits the first delay; the limit doubles with each retry.
    #[must_use]
    pub fn base_delay(self, base_delay: Duration) -> Self {
        Self { base_delay, ..self }
    }

    /// Limits every delay. If `Retry-After` asks for a longer one, the call does not wait, but returns the error. The error
    /// of a `429` has that duration.
    #[must_use]
    pub fn max_delay(self, max_delay: Duration) -> Self {
        Self { max_delay, ..self }
    }

    /// Returns the delay before retry number `retry`, counted from 0; `None` if there is no such retry.
    pub(crate) fn delay(&self, retry: u32, retry_after: Option<Duration>) -> Option<Duration> {
        if retry >= self.max_retries {
            return None;
        }
        let longest = self.base_delay.saturating_mul(2u32.saturating_pow(retry)).min(self.max_delay);
        let delay = longest.mul_f64(random_fraction());
        match retry_after {
            Some(asked) => (asked <= self.max_delay).then_some(asked.max(delay)),
            None => Some(delay),
        }
    }
}

/// A number from 0 up to 1. The standard library seeds its hashers at random, which is random enough for jitter.
fn random_fraction() -> f64 {
    let bits = RandomState::new().hash_one(0u8);
    f64::from(u32::try_from(bits >> 32).unwrap_or_default()) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_cap_and_are_random() {
        let policy = RetryPolicy::default().max_retries(40).max_delay(Duration::from_secs(3));
        for (retry, longest) in [(0, 500), (1, 1000), (2, 2000), (3, 3000), (39, 3000)] {
            let delays: Vec<_> = (0..100).filter_map(|_| policy.delay(retry, None)).collect();
            assert!(delays.iter().all(|delay| *delay < Duration::from_millis(longest)), "{retry}: {delays:?}");
            assert!(delays.iter().any(|delay| *delay > Duration::from_millis(longest / 2)), "{retry}: {delays:?}");
            assert!(delays.iter().any(|delay| *delay < Duration::from_millis(longest / 2)), "{retry}: {delays:?}");
        }
    }

    #[test]
    fn retry_after_is_kept_to_or_not_waited_for() {
        let policy = RetryPolicy::default();
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(policy.delay(0, seconds(3)), seconds(3));
        assert_eq!(policy.delay(1, seconds(30)), seconds(30));
        let delays: Vec<_> = (0..100).filter_map(|_| policy.delay(1, seconds(0))).collect();
        assert!(
            delays.iter().any(|delay| *delay > Duration::from_millis(500)),
            "never less than the policy's: {delays:?}"
        );
        assert_eq!(policy.delay(1, seconds(31)), None);
        assert_eq!(policy.delay(2, seconds(1)), None);
        assert_eq!(RetryPolicy::none().delay(0, None), None);
    }
}
