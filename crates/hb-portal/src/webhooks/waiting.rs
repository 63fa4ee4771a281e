//! Whoever awaits a call, and what is said when nobody does any more.

use std::sync::Arc;

use crate::transport::Fate;

/// Whoever awaits the call. When it is dropped before the call is over, what was not sent is not sent, and what was is
/// warned about if no sink keeps its secret.
pub(super) struct Waiting {
    fate: Arc<Fate>,
    has_sink: bool,
    over: bool,
}

impl Waiting {
    pub(super) fn new(fate: &Arc<Fate>, has_sink: bool) -> Self {
        Self { fate: Arc::clone(fate), has_sink, over: false }
    }

    pub(super) fn finish(mut self) {
        self.over = true;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let (may_have_arrived, ended_badly) = self.fate.abandon();
        if ended_badly || !self.has_sink && may_have_arrived {
            warn_of_loss();
        }
    }
}

/// Nobody waits for the outcome, and no sink has the secret.
pub(super) fn warn_of_loss() {
    tracing::warn!(
        "a create was dropped after its request was sent: a webhook endpoint may exist, and its secret is lost; \
         look among the portal's before calling again, and use a sink to be safe from this"
    );
}
