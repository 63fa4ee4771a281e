//! A delivery is handled once, however many receivers get it, and is not lost when one of them dies.

mod copies;
mod failover;
mod guards;
mod server;

use std::sync::Arc;
use std::time::Duration;

use hb_portal::replay::{Claim, DeliveryKey, MemoryReplayGuard, ReplayGuard, Ticket};

const LEASE: Duration = Duration::from_millis(400);
const KEEP: Duration = Duration::from_millis(1500);

fn in_memory() -> Arc<dyn ReplayGuard> {
    Arc::new(MemoryReplayGuard::new().lease(LEASE).keep(KEEP))
}

async fn claimed(guard: &dyn ReplayGuard, key: &DeliveryKey) -> Ticket {
    match guard.claim(key).await.unwrap() {
        Claim::Yours(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}
