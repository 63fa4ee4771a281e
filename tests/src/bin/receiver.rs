//! A receiver in a separate process, so that the replay suite can kill it. It receives 16 copies of each of
//! many deliveries, ten deliveries at a time, and prints `handled ID` for each one that it handles. Its arguments are the
//! URL of the Redis server that it shares with other receivers, and its lease in seconds.

use std::{
    io::{self, Write as _},
    time::{Duration, Instant},
};

use hb_portal::replay::{DeliveryKey, Once, RedisReplayGuard, handle_once};
use hb_portal_tests::deliveries;
use tokio::task::JoinSet;

/// How long a sender keeps retrying: many leases of a receiver that dies.
const PATIENCE: Duration = Duration::from_secs(60);

async fn receive(guard: RedisReplayGuard, id: String) {
    let key = DeliveryKey::from_id(&id);
    let handle = || async {
        tokio::time::sleep(Duration::from_millis(2)).await;
        writeln!(io::stdout(), "handled {id}")
    };
    let given_up = Instant::now() + PATIENCE;
    // Like a sender, it retries until the delivery has been handled.
    while !matches!(handle_once(&guard, &key, handle).await.unwrap(), Once::Handled(()) | Once::AlreadyHandled) {
        assert!(Instant::now() < given_up, "{id} has no living holder, but cannot be claimed");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::main]
async fn main() {
    let [url, lease] = std::env::args().skip(1).collect::<Vec<_>>().try_into().expect("a URL and a lease");
    let lease = Duration::from_secs(lease.parse().unwrap());
    let guard = RedisReplayGuard::connect(&url, "receivers").await.unwrap().lease(lease);
    let deliveries: Vec<String> = (0..deliveries()).map(|delivery| format!("msg_{delivery}")).collect();
    for wave in deliveries.chunks(10) {
        let mut copies = JoinSet::new();
        for id in wave.iter().flat_map(|id| std::iter::repeat_n(id, 16)) {
            copies.spawn(receive(guard.clone(), id.clone()));
        }
        while let Some(copy) = copies.join_next().await {
            copy.unwrap();
        }
    }
}
