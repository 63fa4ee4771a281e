//! The promises that every guard keeps: a claim, a lease, and a memory of what was handled.

use std::sync::Arc;
use std::time::Duration;

use hb_portal::replay::{Claim, DeliveryKey, LeaseLost, MemoryReplayGuard, RedisReplayGuard, ReplayGuard};

use super::{LONG, SHORT, claimed, in_memory, server::Server};

/// Tests guards that `guard` makes of a lease and of a time for which a handled delivery is remembered.
async fn keeps_its_promises(guard: impl AsyncFn(Duration, Duration) -> Arc<dyn ReplayGuard>) {
    let (lasting, brief, forgetful) =
        (&*guard(LONG, LONG).await, &*guard(SHORT, LONG).await, &*guard(LONG, SHORT).await);
    // A key is claimed, confirmed and remembered.
    let one = DeliveryKey::from_id("one");
    let ticket = claimed(lasting, &one).await;
    assert_eq!(lasting.claim(&one).await.unwrap(), Claim::InProgress);
    lasting.confirm(&one, &ticket).await.unwrap();
    assert_eq!(lasting.claim(&one).await.unwrap(), Claim::Handled);
    lasting.release(&one, &ticket).await.unwrap();
    assert_eq!(lasting.claim(&one).await.unwrap(), Claim::Handled, "a handled delivery was released");
    // A released key can be claimed again; the holder that released it can no longer change it.
    let two = DeliveryKey::from_id("two");
    let first = claimed(lasting, &two).await;
    lasting.release(&two, &first).await.unwrap();
    let second = claimed(lasting, &two).await;
    lasting.release(&two, &first).await.unwrap();
    assert_eq!(lasting.claim(&two).await.unwrap(), Claim::InProgress);
    assert!(lasting.confirm(&two, &first).await.unwrap_err().is::<LeaseLost>());
    lasting.confirm(&two, &second).await.unwrap();

    let [three, four, five, six] = ["three", "four", "five", "six"].map(DeliveryKey::from_id);
    let (dead, slow, fast) = (claimed(brief, &three).await, claimed(brief, &four).await, claimed(brief, &five).await);
    brief.confirm(&five, &fast).await.unwrap();
    let ticket = claimed(forgetful, &six).await;
    forgetful.confirm(&six, &ticket).await.unwrap();
    tokio::time::sleep(2 * SHORT).await;
    // The claim of a dead holder ends with its lease, and the next holder can confirm.
    let alive = claimed(brief, &three).await;
    brief.confirm(&three, &alive).await.unwrap();
    assert!(brief.confirm(&three, &dead).await.unwrap_err().is::<LeaseLost>());
    // A holder that was only slow can still confirm if no other has claimed.
    brief.confirm(&four, &slow).await.unwrap();
    assert_eq!(brief.claim(&four).await.unwrap(), Claim::Handled);
    // The memory of a handled delivery does not end with the lease of its claim, but at its own time.
    assert_eq!(brief.claim(&five).await.unwrap(), Claim::Handled);
    claimed(forgetful, &six).await;
}

#[tokio::test]
async fn a_memory_guard_keeps_its_promises() {
    keeps_its_promises(async |lease, keep| in_memory(lease, keep)).await;
}

#[tokio::test]
async fn a_redis_guard_keeps_its_promises() {
    let Some(server) = Server::start() else { return };
    keeps_its_promises(async |lease, keep| {
        Arc::new(server.guard().await.lease(lease).keep(keep)) as Arc<dyn ReplayGuard>
    })
    .await;
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
    is_guard(Arc::new(MemoryReplayGuard::new())).await;
    is_guard(Box::new(MemoryReplayGuard::new()) as Box<dyn ReplayGuard>).await;
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
