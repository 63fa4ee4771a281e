//! A receiver that is a process of its own, so that the replay suite can kill it: it gets 16 copies of each of 1000
//! deliveries, fifty deliveries at a time, and prints `handled ID` for each that it handles. Its argument is the URL of the
//! Redis server that it shares with others.

use std::{
    io::{self, Write as _},
    time::{Duration, Instant},
};

use hb_portal::replay::{DeliveryKey, Once, RedisReplayGuard, handle_once};
use tokio::task::JoinSet;

/// Longer than a handler is kept from running by a busy machine, shorter than anybody waits for a test.
const LEASE: Duration = Duration::from_secs(3);

/// How long a sender goes on: many leases.
const PATIENCE: Duration = Duration::from_secs(60);

async fn receive(guard: RedisReplayGuard, id: String) {
    let key = DeliveryKey::from_id(&id);
    let handle = || async {
        tokio::time::sleep(Duration::from_millis(2)).await;
        writeln!(io::stdout(), "handled {id}")
    };
    let given_up = Instant::now() + PATIENCE;
    // As a sender does, until it is told that it was handled.
    while !matches!(handle_once(&guard, &key, handle).await.unwrap(), Once::Handled(()) | Once::AlreadyHandled) {
        assert!(Instant::now() < given_up, "{id} is held by nobody that lives, and cannot be claimed");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::main]
async fn main() {
    let url = std::env::args().nth(1).expect("the URL of a Redis server");
    let guard = RedisReplayGuard::connect(&url, "receivers").await.unwrap().lease(LEASE);
    let deliveries: Vec<String> = (0..1000).map(|delivery| format!("msg_{delivery}")).collect();
    for wave in deliveries.chunks(50) {
        let mut copies = JoinSet::new();
        for id in wave.iter().flat_map(|id| std::iter::repeat_n(id, 16)) {
            copies.spawn(receive(guard.clone(), id.clone()));
        }
        while let Some(copy) = copies.join_next().await {
            copy.unwrap();
        }
    }
}
