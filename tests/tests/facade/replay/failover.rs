//! A guard in Redis survives a failover, and does not wait long for a server that fails.

use std::net::TcpListener as StdListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use hb_portal::replay::{Claim, DeliveryKey, RedisReplayGuard, ReplayGuard as _};
use hb_portal_tests::reserved_port;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::{self, Instant};

use super::{
    claimed,
    server::{Server, command, forwarder},
};

#[tokio::test]
async fn after_a_failover_the_step_is_retried_over_a_new_connection() {
    let (Some(old), Some(new)) = (Server::start(), Server::start()) else { return };
    let port = Arc::new(AtomicU16::new(old.port));
    let guard = RedisReplayGuard::connect(&forwarder(Arc::clone(&port)).await, "tests").await.unwrap();
    let (one, two) = (DeliveryKey::from_id("one"), DeliveryKey::from_id("two"));
    let ticket = claimed(&guard, &one).await;
    // The old server becomes a replica and keeps its connections; it responds with READONLY.
    command(&old, &["REPLICAOF", "127.0.0.1", &new.port.to_string()]).await;
    port.store(new.port, Ordering::SeqCst);
    claimed(&guard, &two).await;
    // The claim was on the old server. Its holder is still alive and confirms it on the new one.
    guard.confirm(&one, &ticket).await.unwrap();
    assert_eq!(guard.claim(&one).await.unwrap(), Claim::Handled);
}

#[tokio::test]
async fn the_guard_waits_for_a_replica_without_a_master_and_for_a_server_that_is_loading() {
    let Some(server) = Server::start_with(&["--replica-serve-stale-data", "no"]) else { return };
    let guard = server.guard().await;
    let (_reserved, nobody) = reserved_port();
    command(&server, &["REPLICAOF", "127.0.0.1", &nobody.to_string()]).await;
    let (claim, ()) = tokio::join!(claimed_soon(&guard, "one"), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        command(&server, &["REPLICAOF", "NO", "ONE"]).await;
    });
    assert!(matches!(claim, Claim::Yours(_)), "MASTERDOWN: {claim:?}");

    // The server responds with LOADING to every command, until connections lead to another one.
    let loading = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = Arc::new(AtomicU16::new(server.port));
    let guard = RedisReplayGuard::connect(&forwarder(Arc::clone(&port)).await, "tests").await.unwrap();
    port.store(loading.local_addr().unwrap().port(), Ordering::SeqCst);
    server.drop_connections().await;
    let port_of_server = server.port;
    let (claim, ()) = tokio::join!(claimed_soon(&guard, "two"), async {
        let (mut stream, _) = loading.accept().await.unwrap();
        port.store(port_of_server, Ordering::SeqCst);
        let mut bytes = [0; 4096];
        while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {
            // A connection starts with two commands.
            let _ = stream.write_all(&b"-LOADING Redis is loading the dataset in memory\r\n".repeat(3)).await;
        }
    });
    assert!(matches!(claim, Claim::Yours(_)), "LOADING: {claim:?}");
}

async fn claimed_soon(guard: &RedisReplayGuard, id: &str) -> Claim {
    guard.claim(&DeliveryKey::from_id(id)).await.unwrap()
}

#[tokio::test]
async fn connecting_to_a_cluster_is_refused() {
    let Some(server) = Server::start_with(&["--cluster-enabled", "yes"]) else { return };
    let error = RedisReplayGuard::connect(&server.url, "tests").await.unwrap_err();
    assert!(error.to_string().contains("cluster"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_refusing_or_silent_server_costs_five_seconds() {
    let silent = StdListener::bind("127.0.0.1:0").unwrap();
    let (_reserved, refusing) = reserved_port();
    for port in [silent.local_addr().unwrap().port(), refusing] {
        let started = Instant::now();
        RedisReplayGuard::connect(&format!("redis://127.0.0.1:{port}"), "tests").await.unwrap_err();
        assert_eq!(started.elapsed().as_secs(), 5);
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_costs_five_seconds_and_is_found_again_when_it_is_back() {
    let Some(server) = Server::start() else { return };
    let silent = StdListener::bind("127.0.0.1:0").unwrap();
    let port = Arc::new(AtomicU16::new(server.port));
    let guard = RedisReplayGuard::connect(&forwarder(Arc::clone(&port)).await, "tests").await.unwrap();
    port.store(silent.local_addr().unwrap().port(), Ordering::SeqCst);
    server.drop_connections().await;
    time::pause();
    let started = Instant::now();
    guard.claim(&DeliveryKey::from_id("one")).await.unwrap_err();
    assert_eq!(started.elapsed().as_secs(), 5);
    time::resume();
    port.store(server.port, Ordering::SeqCst);
    claimed(&guard, &DeliveryKey::from_id("one")).await;
}
