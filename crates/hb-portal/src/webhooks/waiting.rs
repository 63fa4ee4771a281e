//! Handles dropping a call's future.

use std::sync::Arc;

use crate::transport::Fate;

/// The drop guard of the future that awaits the call. If the future is dropped before the call is over, an unsent request is
/// never sent, and a sent one causes a warning unless a sink keeps its secret.
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

/// Warns that nothing waits for the outcome, and that no sink has the secret.
pub(super) fn warn_of_loss() {
    tracing::warn!(
        "a create was dropped after its request was sent: a webhook endpoint may exist, and its secret is lost: before \
         calling again, list the portal's endpoints and delete that one; a sink prevents this"
    );
}
