//! A delivery is handled once, however many receivers get it, and is not lost when one of them dies.

mod copies;
mod failover;
mod guards;
mod server;

use std::sync::Arc;
use std::time::Duration;

use hb_portal::replay::{Claim, DeliveryKey, MemoryReplayGuard, ReplayGuard, Ticket};

/// The end of a claim, or of the memory of a handled delivery, that comes after every step of a test.
const LONG: Duration = Duration::from_secs(600);
/// The end that a test waits for. No step has to come before it, because a busy machine may delay any step.
const SHORT: Duration = Duration::from_millis(200);

fn in_memory(lease: Duration, keep: Duration) -> Arc<dyn ReplayGuard> {
    Arc::new(MemoryReplayGuard::new().lease(lease).keep(keep))
}

async fn claimed(guard: &dyn ReplayGuard, key: &DeliveryKey) -> Ticket {
    match guard.claim(key).await.unwrap() {
        Claim::Yours(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}
