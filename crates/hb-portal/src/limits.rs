//! How long a call may take, and how often it may be tried.

use std::time::Duration;

use tokio::time::{self, Instant};

use crate::RetryPolicy;

/// How long a call may take, and how often it may be tried.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Per try, body included.
    pub(crate) timeout: Duration,
    /// Over all tries.
    pub(crate) deadline: Option<Duration>,
    pub(crate) retry: RetryPolicy,
}

/// When a call must be over, if ever.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// That of a call that begins now.
    pub(crate) fn from_now(limits: &Limits) -> Self {
        Self(limits.deadline.and_then(|deadline| Instant::now().checked_add(deadline)))
    }

    pub(crate) fn remaining(self) -> Option<Duration> {
        self.0.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// What `job` gives, if it does in time. It is not begun when there is none.
    pub(crate) async fn bound<T>(self, job: impl Future<Output = T>) -> Option<T> {
        match self.0 {
            Some(deadline) if deadline <= Instant::now() => None,
            Some(deadline) => time::timeout_at(deadline, job).await.ok(),
            None => Some(job.await),
        }
    }
}

/// How long it is since then, as spans have it.
pub(crate) fn millis(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
