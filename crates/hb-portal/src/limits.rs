//! The limits on a call's duration and attempts.

use std::time::Duration;

use tokio::time::{self, Instant};

use crate::retry::RetryPolicy;

/// The limits on a call's duration and attempts.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Per attempt, body included.
    pub(crate) timeout: Duration,
    /// Over all attempts.
    pub(crate) deadline: Option<Duration>,
    pub(crate) retry: RetryPolicy,
}

/// The time by which a call must end, if it has a limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// The deadline of a call that begins now.
    pub(crate) fn from_now(limits: &Limits) -> Self {
        Self(limits.deadline.and_then(|deadline| Instant::now().checked_add(deadline)))
    }

    pub(crate) fn remaining(self) -> Option<Duration> {
        self.0.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Returns the output of `job` if it finishes in time. If no time is left, `job` is not started.
    pub(crate) async fn bound<T>(self, job: impl Future<Output = T>) -> Option<T> {
        match self.0 {
            Some(deadline) if deadline <= Instant::now() => None,
            Some(deadline) => time::timeout_at(deadline, job).await.ok(),
            None => Some(job.await),
        }
    }
}

/// The milliseconds since `began`, as spans record them.
pub(crate) fn millis(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
