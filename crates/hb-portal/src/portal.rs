//! The state that the clones of a client share.

use std::fmt;

use tokio::sync::watch;

use crate::{limits::Limits, token::TokenSource, transport::Http};

/// The state that the clones of a client share.
pub(crate) struct Portal {
    pub(crate) http: Http,
    pub(crate) tokens: TokenSource,
    pub(crate) limits: Limits,
    pub(crate) background: Background,
}

impl fmt::Debug for Portal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.http.base.as_str())
            .field("tokens", &self.tokens)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// The number of calls that are running in background tasks.
pub(crate) struct Background(watch::Sender<usize>);

impl Default for Background {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Background {
    /// Counts a task until the returned value is dropped.
    pub(crate) fn enter(&self) -> Running {
        self.0.send_modify(|running| *running += 1);
        Running(self.0.clone())
    }

    /// Resolves when no task is running.
    pub(crate) async fn idle(&self) {
        // This cannot fail, because `self` holds a sender.
        let _ = self.0.subscribe().wait_for(|running| *running == 0).await;
    }
}

/// A task that is running.
pub(crate) struct Running(watch::Sender<usize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running -= 1);
    }
}
