//! Leases, one per open connection, so that all connections can be ended together.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Issues leases and ends them.
pub(crate) struct Leases {
    current: Mutex<Arc<watch::Sender<()>>>,
}

/// A connection holds one for as long as it is open.
pub(crate) struct Lease(watch::Receiver<()>);

impl Leases {
    pub(crate) fn new() -> Self {
        Self { current: Mutex::new(Arc::new(watch::Sender::new(()))) }
    }

    pub(crate) fn lease(&self) -> Lease {
        Lease(self.current().subscribe())
    }

    /// Ends all current leases; resolves when each has been dropped.
    pub(crate) fn end_all(&self) -> impl Future<Output = ()> + Send + use<> {
        let leases = std::mem::replace(&mut *self.current(), Arc::new(watch::Sender::new(())));
        leases.send_replace(());
        async move { leases.closed().await }
    }

    /// Resolves when each current lease has been dropped.
    pub(crate) async fn all_returned(&self) {
        let leases = Arc::clone(&self.current());
        leases.closed().await;
    }

    fn current(&self) -> MutexGuard<'_, Arc<watch::Sender<()>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// Resolves when the lease ends.
    pub(crate) async fn ended(&mut self) {
        // An error means that the sender was dropped, which ends the lease too.
        let _ = self.0.changed().await;
    }
}
