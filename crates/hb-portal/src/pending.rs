//! A call that has not been sent, and its options.

use std::{fmt, sync::Arc, time::Duration};

use crate::{call::Call, limits::Limits, portal::Portal, retry::RetryPolicy, token::TokenSource};

/// A call that has not been sent: the operation (`C`) and its options. Each operation has its own `send`.
///
/// If the future of `send` is dropped before the request is sent, nothing is sent. If it is dropped later, the portal may still
/// carry out the request. Call `send` inside a tokio runtime with time and I/O enabled.
#[must_use = "nothing is sent until `send` is called and awaited"]
pub struct PendingCall<C> {
    pub(crate) portal: Arc<Portal>,
    pub(crate) limits: Limits,
    pub(crate) asked: C,
}

impl<C> PendingCall<C> {
    pub(crate) fn new(portal: &Arc<Portal>, asked: C) -> Self {
        Self { portal: Arc::clone(portal), limits: portal.limits.clone(), asked }
    }

    /// Begins the call.
    pub(crate) fn call(&self) -> Call<'_, TokenSource> {
        Call::now(&self.portal, &self.limits)
    }

    /// Limits this call over all its attempts, instead of the client's deadline.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.limits.deadline = Some(deadline);
        self
    }

    /// Limits one attempt of this call, instead of the client's timeout.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Sets how many times, and with what delays, to retry, instead of the client's policy. See [`RetryPolicy`] for what is
    /// retried.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.limits.retry = policy;
        self
    }
}

impl<C: fmt::Debug> fmt::Debug for PendingCall<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingCall").field("asked", &self.asked).field("limits", &self.limits).finish_non_exhaustive()
    }
}
