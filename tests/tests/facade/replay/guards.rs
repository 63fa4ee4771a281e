//! The promises that every guard keeps: a claim, a lease, and a memory of what was handled.

use std::sync::Arc;

use hb_portal::replay::{Claim, DeliveryKey, LeaseLost, MemoryReplayGuard, RedisReplayGuard, ReplayGuard};

use super::{KEEP, LEASE, claimed, in_memory, server::Server};

async fn keeps_its_promises(guard: Arc<dyn ReplayGuard>) {
    let guard = &*guard;
    // A key is claimed, confirmed, remembered, and finally forgotten.
    let one = DeliveryKey::from_id("one");
    let ticket = claimed(guard, &one).await;
    assert_eq!(guard.claim(&one).await.unwrap(), Claim::InProgress);
    guard.confirm(&one, &ticket).await.unwrap();
    tokio::time::sleep(LEASE).await;
    assert_eq!(guard.claim(&one).await.unwrap(), Claim::Handled);
    guard.release(&one, &ticket).await.unwrap();
    assert_eq!(guard.claim(&one).await.unwrap(), Claim::Handled, "a handled delivery was released");
    // A released key can be claimed again; the holder that released it can no longer change it.
    let two = DeliveryKey::from_id("two");
    let first = claimed(guard, &two).await;
    guard.release(&two, &first).await.unwrap();
    let second = claimed(guard, &two).await;
    guard.release(&two, &first).await.unwrap();
    assert_eq!(guard.claim(&two).await.unwrap(), Claim::InProgress);
    assert!(guard.confirm(&two, &first).await.unwrap_err().is::<LeaseLost>());
    guard.confirm(&two, &second).await.unwrap();
    // The claim of a dead holder ends with its lease. A holder that was only slow can still confirm if no other has
    // claimed.
    let three = DeliveryKey::from_id("three");
    let dead = claimed(guard, &three).await;
    tokio::time::sleep(LEASE + LEASE / 4).await;
    let alive = claimed(guard, &three).await;
    assert!(guard.confirm(&three, &dead).await.unwrap_err().is::<LeaseLost>());
    guard.confirm(&three, &alive).await.unwrap();
    let four = DeliveryKey::from_id("four");
    let slow = claimed(guard, &four).await;
    tokio::time::sleep(LEASE + LEASE / 4).await;
    guard.confirm(&four, &slow).await.unwrap();
    assert_eq!(guard.claim(&four).await.unwrap(), Claim::Handled);
    tokio::time::sleep(KEEP + KEEP / 10).await;
    claimed(guard, &one).await;
}

#[tokio::test]
async fn a_memory_guard_keeps_its_promises() {
    keeps_its_promises(in_memory()).await;
}

#[tokio::test]
async fn a_redis_guard_keeps_its_promises() {
    if let Some(server) = Server::start() {
        keeps_its_promises(Arc::new(server.guard().await)).await;
    }
}

#[tokio::test]
async fn a_boxed_guard_is_a_guard() {
    async fn is_guard(guard: impl ReplayGuard) {
        let one = DeliveryKey::from_id("one");
        let ticket = claimed(&guard, &one).await;
        guard.release(&one, &ticket).await.unwrap();
        let ticket = claimed(&guard, &one).await;
        guard.confirm(&one, &ticket).await.unwrap();
        assert_eq!(guard.claim(&one).await.unwrap(), Claim::Handled);
    }
    is_guard(in_memory()).await;
    is_guard(Box::new(in_memory()) as Box<dyn ReplayGuard>).await;
}

#[tokio::test]
async fn namespaces_on_one_server_are_separate() {
    let Some(server) = Server::start() else { return };
    let one = DeliveryKey::from_id("one");
    for namespace in ["references", "bookings"] {
        let guard = RedisReplayGuard::connect(&server.url, namespace).await.unwrap();
        claimed(&guard, &one).await;
    }
    let guard = RedisReplayGuard::connect(&server.url, "bookings").await.unwrap();
    assert_eq!(guard.claim(&one).await.unwrap(), Claim::InProgress);
}

#[tokio::test]
async fn memory_is_limited_and_the_oldest_entry_is_removed_first() {
    let guard = MemoryReplayGuard::new().capacity(3);
    let keys: Vec<DeliveryKey> = (0..6).map(|number: usize| DeliveryKey::from_id(number.to_string())).collect();
    for key in &keys[..4] {
        let ticket = claimed(&guard, key).await;
        guard.confirm(key, &ticket).await.unwrap();
    }
    assert_eq!(guard.claim(&keys[3]).await.unwrap(), Claim::Handled);
    assert_eq!(guard.claim(&keys[1]).await.unwrap(), Claim::Handled);
    // The first key was forgotten. While three deliveries are in progress, there is no room for a fourth.
    for key in [&keys[0], &keys[4], &keys[5]] {
        claimed(&guard, key).await;
    }
    let error = guard.claim(&keys[1]).await.unwrap_err();
    assert!(error.to_string().contains("as many deliveries"), "{error}");
    assert!(format!("{guard:?}").contains("entries: 3"), "{guard:?}");
}
