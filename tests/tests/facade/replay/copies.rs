//! Copies of a delivery are handled once, even if receivers or their processes are killed.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hb_portal::replay::{DeliveryKey, MemoryReplayGuard, Once, OnceError, RedisReplayGuard, ReplayGuard, handle_once};
use hb_portal_tests::{deliveries, inputs};

use super::{LONG, SHORT, in_memory, server::Server};

/// Sends copies of many deliveries to two receivers. The first handler of every tenth delivery fails.
async fn handles_each_once(receivers: [Arc<dyn ReplayGuard>; 2]) {
    let (handled, failed) =
        (Arc::new(Mutex::new(HashMap::<usize, usize>::new())), Arc::new(Mutex::new(HashSet::new())));
    let keys: Vec<DeliveryKey> =
        (0..deliveries()).map(|delivery| DeliveryKey::from_id(format!("msg_{delivery}"))).collect();
    // All copies of ten deliveries run at the same time. With more, a guard on a busy machine could wait too long for its server.
    for (wave, keys) in keys.chunks(10).enumerate() {
        let mut tasks = tokio::task::JoinSet::new();
        for copy in 0..inputs(16, 32) {
            for (place, key) in keys.iter().copied().enumerate() {
                let delivery = wave * 10 + place;
                let guard = Arc::clone(&receivers[(copy + delivery) % 2]);
                let (handled, failed) = (Arc::clone(&handled), Arc::clone(&failed));
                tasks.spawn(async move {
                    let handle = || async {
                        tokio::task::yield_now().await;
                        if delivery % 10 == 0 && failed.lock().unwrap().insert(delivery) {
                            return Err("the first attempt fails");
                        }
                        *handled.lock().unwrap().entry(delivery).or_default() += 1;
                        Ok(())
                    };
                    // Like a sender, it retries until the delivery has been handled.
                    loop {
                        match handle_once(&*guard, &key, handle).await {
                            Ok(Once::Handled(()) | Once::AlreadyHandled) => break,
                            Ok(Once::InProgress) | Err(OnceError::Handler(_)) => {
                                tokio::time::sleep(Duration::from_millis(5)).await;
                            }
                            other => panic!("{other:?}"),
                        }
                    }
                });
            }
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
    }
    let handled = handled.lock().unwrap();
    assert_eq!(handled.len(), deliveries());
    assert!(handled.values().all(|times| *times == 1), "{handled:?}");
    assert_eq!(failed.lock().unwrap().len(), deliveries() / 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_are_handled_once_with_a_memory_guard() {
    let guard: Arc<dyn ReplayGuard> = Arc::new(MemoryReplayGuard::new());
    handles_each_once([Arc::clone(&guard), guard]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_are_handled_once_by_two_receivers_with_one_redis() {
    if let Some(server) = Server::start() {
        let guard = || async { RedisReplayGuard::connect(&server.url, "tests").await.unwrap() };
        handles_each_once([Arc::new(guard().await), Arc::new(guard().await)]).await;
    }
}

/// Kills one receiver while it handles a delivery. The other handles it once, after the lease.
async fn survives_a_receiver(lease: Duration, [dying, living]: [Arc<dyn ReplayGuard>; 2]) {
    let key = DeliveryKey::from_id(format!("{lease:?}"));
    let (started, wait) = tokio::sync::oneshot::channel();
    let task = tokio::spawn(async move {
        let handle = || async {
            started.send(()).unwrap();
            std::future::pending::<Result<(), String>>().await
        };
        handle_once(&*dying, &key, handle).await
    });
    wait.await.unwrap();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let again = async || handle_once(&*living, &key, || async { Ok::<_, String>(()) }).await.unwrap();
    if lease == LONG {
        assert!(matches!(again().await, Once::InProgress));
        return;
    }
    let after_the_lease = async {
        loop {
            match again().await {
                Once::InProgress => tokio::time::sleep(SHORT).await,
                other => break other,
            }
        }
    };
    let outcome = tokio::time::timeout(Duration::from_secs(60), after_the_lease).await.expect("the lease ends");
    assert!(matches!(outcome, Once::Handled(())));
    assert!(matches!(again().await, Once::AlreadyHandled));
}

#[tokio::test]
async fn a_delivery_survives_a_receiver_that_is_killed_while_handling_it() {
    let server = Server::start();
    for lease in [LONG, SHORT] {
        let guard = in_memory(lease, LONG);
        survives_a_receiver(lease, [Arc::clone(&guard), guard]).await;
        if let Some(server) = &server {
            let guard = async || Arc::new(server.guard().await.lease(lease));
            survives_a_receiver(lease, [guard().await, guard().await]).await;
        }
    }
}

/// Two processes each get 16 copies of each delivery; one process is killed after it has handled some.
#[test]
fn a_killed_process_loses_no_delivery_and_only_those_it_was_handling_are_repeated() {
    let Some(server) = Server::start() else { return };
    let receiver = |lease: Duration| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_receiver"));
        command.args([&server.url, &lease.as_secs().to_string()]).stdout(Stdio::piped()).spawn().unwrap()
    };
    // Only the claims of the one that dies must end. Its lease is longer than a busy machine delays a handler.
    let (mut dying, living) = (receiver(Duration::from_secs(10)), receiver(LONG));
    let ids = |line: Result<String, _>| line.unwrap().strip_prefix("handled ").unwrap().to_owned();
    let mut lines = BufReader::new(dying.stdout.take().unwrap()).lines().map(ids);
    let mut by_dying: Vec<String> = lines.by_ref().take(100).collect();
    dying.kill().unwrap();
    dying.wait().unwrap();
    by_dying.extend(lines);
    let output = living.wait_with_output().unwrap();
    assert!(output.status.success());
    let by_living: Vec<String> = output.stdout.lines().map(ids).collect();
    let all: HashSet<&String> = by_dying.iter().chain(&by_living).collect();
    assert_eq!(all.len(), deliveries());
    assert_eq!(by_living.iter().collect::<HashSet<_>>().len(), by_living.len());
    // When it is killed, at most the ten deliveries it holds can be handled but not yet confirmed.
    let settled: HashSet<&String> = by_dying.iter().take(by_dying.len().saturating_sub(10)).collect();
    let repeated: Vec<&String> = by_living.iter().filter(|id| settled.contains(id)).collect();
    assert_eq!(repeated, [""; 0]);
}

#[tokio::test]
async fn if_the_guard_fails_the_handler_is_not_called() {
    let Some(mut server) = Server::start() else { return };
    let guard = server.guard().await;
    server.kill();
    let handle = || async { panic!("called") as Result<(), String> };
    let error = handle_once(&guard, &DeliveryKey::from_id("one"), handle).await.unwrap_err();
    assert!(matches!(error, OnceError::Guard(_)), "{error:?}");
}
