//! A delivery is handled once, however many receivers get it, and is not lost when one of them dies.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener as StdListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use hb_portal::replay::{
    Claim, DeliveryKey, LeaseLost, MemoryReplayGuard, Once, OnceError, RedisReplayGuard, ReplayGuard, Ticket,
    handle_once,
};

const LEASE: Duration = Duration::from_millis(400);
const KEEP: Duration = Duration::from_millis(1500);

/// A Redis server for one test. If Redis is not installed, `start` prints a warning and returns `None`.
struct Server {
    process: Child,
    port: u16,
    url: String,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    fn start_with(options: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        // The port was free a moment ago. If another process takes it, the server exits, and the next port is tried.
        for _ in 0..10 {
            let port = StdListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut command = Command::new("redis-server");
            command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port.to_string()]);
            command.args(options).current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
            let Ok(mut process) = command.spawn() else {
                // Not `eprintln!`, whose output is shown only for failing tests.
                let _ = writeln!(std::io::stderr(), "SKIPPED: redis-server is not installed, see .ci/run");
                return None;
            };
            let deadline = Instant::now() + Duration::from_secs(10);
            while process.try_wait().unwrap().is_none() && Instant::now() < deadline {
                if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return Some(Self { process, port, url: format!("redis://127.0.0.1:{port}"), _folder: folder });
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        panic!("redis-server does not start");
    }

    /// Ends every connection to it except the one that sends this command.
    async fn drop_connections(&self) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        stream.write_all(b"CLIENT KILL TYPE normal SKIPME yes\r\n").await.unwrap();
        stream.read_exact(&mut [0; 1]).await.unwrap();
    }

    async fn guard(&self) -> RedisReplayGuard {
        RedisReplayGuard::connect(&self.url, "tests").await.unwrap().lease(LEASE).keep(KEEP)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn in_memory() -> Arc<dyn ReplayGuard> {
    Arc::new(MemoryReplayGuard::new().lease(LEASE).keep(KEEP))
}

async fn claimed(guard: &dyn ReplayGuard, key: &DeliveryKey) -> Ticket {
    match guard.claim(key).await.unwrap() {
        Claim::Yours(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

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

/// Sends 32 copies of each of 1000 deliveries to two receivers. The first handler of every tenth delivery fails.
async fn handles_each_once(receivers: [Arc<dyn ReplayGuard>; 2]) {
    let (handled, failed) =
        (Arc::new(Mutex::new(HashMap::<usize, usize>::new())), Arc::new(Mutex::new(HashSet::new())));
    let keys: Vec<DeliveryKey> = (0..1000).map(|delivery| DeliveryKey::from_id(format!("msg_{delivery}"))).collect();
    // All copies of fifty deliveries run at the same time.
    for (wave, keys) in keys.chunks(50).enumerate() {
        let mut tasks = tokio::task::JoinSet::new();
        for copy in 0..32 {
            for (place, key) in keys.iter().copied().enumerate() {
                let delivery = wave * 50 + place;
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
    assert_eq!(handled.len(), 1000);
    assert!(handled.values().all(|times| *times == 1), "{handled:?}");
    assert_eq!(failed.lock().unwrap().len(), 100);
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
async fn survives_a_receiver(receivers: [Arc<dyn ReplayGuard>; 2]) {
    let [dying, living] = receivers;
    let one = DeliveryKey::from_id("one");
    let (started, wait) = tokio::sync::oneshot::channel();
    let task = tokio::spawn(async move {
        let handle = || async {
            started.send(()).unwrap();
            std::future::pending::<Result<(), String>>().await
        };
        handle_once(&*dying, &one, handle).await
    });
    wait.await.unwrap();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let handle = || async { Ok::<_, String>(()) };
    assert!(matches!(handle_once(&*living, &one, handle).await.unwrap(), Once::InProgress));
    tokio::time::sleep(LEASE + LEASE / 4).await;
    assert!(matches!(handle_once(&*living, &one, handle).await.unwrap(), Once::Handled(())));
    assert!(matches!(handle_once(&*living, &one, handle).await.unwrap(), Once::AlreadyHandled));
}

#[tokio::test]
async fn a_delivery_survives_a_receiver_that_is_killed_while_handling_it() {
    let guard = in_memory();
    survives_a_receiver([Arc::clone(&guard), guard]).await;
    if let Some(server) = Server::start() {
        survives_a_receiver([Arc::new(server.guard().await), Arc::new(server.guard().await)]).await;
    }
}

/// Two processes each get 16 copies of each of 1000 deliveries; one process is killed after it has handled some.
#[test]
fn a_killed_process_loses_no_delivery_and_only_those_it_was_handling_are_repeated() {
    let Some(server) = Server::start() else { return };
    let receiver = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_receiver"));
        command.arg(&server.url).stdout(Stdio::piped()).spawn().unwrap()
    };
    let (mut dying, living) = (receiver(), receiver());
    let ids = |line: Result<String, _>| line.unwrap().strip_prefix("handled ").unwrap().to_owned();
    let mut lines = BufReader::new(dying.stdout.take().unwrap()).lines().map(ids);
    let mut by_dying: Vec<String> = lines.by_ref().take(200).collect();
    dying.kill().unwrap();
    dying.wait().unwrap();
    by_dying.extend(lines);
    let output = living.wait_with_output().unwrap();
    assert!(output.status.success());
    let by_living: Vec<String> = output.stdout.lines().map(ids).collect();
    let all: HashSet<&String> = by_dying.iter().chain(&by_living).collect();
    assert_eq!(all.len(), 1000);
    assert_eq!(by_living.iter().collect::<HashSet<_>>().len(), by_living.len());
    // When it is killed, at most the fifty deliveries it holds can be handled but not yet confirmed.
    let settled: HashSet<&String> = by_dying.iter().take(by_dying.len().saturating_sub(50)).collect();
    let repeated: Vec<&String> = by_living.iter().filter(|id| settled.contains(id)).collect();
    assert_eq!(repeated, [""; 0]);
}

#[tokio::test]
async fn if_the_guard_fails_the_handler_is_not_called() {
    let Some(server) = Server::start() else { return };
    let guard = server.guard().await;
    drop(server);
    let handle = || async { panic!("called") as Result<(), String> };
    let error = handle_once(&guard, &DeliveryKey::from_id("one"), handle).await.unwrap_err();
    assert!(matches!(error, OnceError::Guard(_)), "{error:?}");
}

/// A forwarder. Each new connection leads to the current value of `port`, as a host name does after a failover.
async fn forwarder(port: Arc<AtomicU16>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            let port = port.load(Ordering::SeqCst);
            tokio::spawn(async move {
                if let Ok(mut far) = TcpStream::connect(("127.0.0.1", port)).await {
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                }
            });
        }
    });
    url
}

/// Sends a command to the server without the library that the guard uses.
async fn command(server: &Server, words: &[&str]) {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    let mut text = format!("*{}\r\n", words.len());
    words.iter().for_each(|word| text.push_str(&format!("${}\r\n{word}\r\n", word.len())));
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut response = [0; 5];
    stream.read_exact(&mut response).await.unwrap();
    assert_eq!(&response, b"+OK\r\n", "{words:?}");
}

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
    let unused = StdListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    command(&server, &["REPLICAOF", "127.0.0.1", &unused]).await;
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

#[tokio::test]
async fn a_refusing_or_silent_server_costs_at_most_five_seconds() {
    let silent = StdListener::bind("127.0.0.1:0").unwrap();
    let refusing = StdListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for address in [silent.local_addr().unwrap(), refusing] {
        let started = Instant::now();
        RedisReplayGuard::connect(&format!("redis://{address}"), "tests").await.unwrap_err();
        assert!(started.elapsed() < Duration::from_millis(5500), "{:?}", started.elapsed());
    }
    // The same holds for a server that falls silent after the connection was made.
    let Some(server) = Server::start() else { return };
    let port = Arc::new(AtomicU16::new(server.port));
    let guard = RedisReplayGuard::connect(&forwarder(Arc::clone(&port)).await, "tests").await.unwrap();
    port.store(silent.local_addr().unwrap().port(), Ordering::SeqCst);
    server.drop_connections().await;
    let started = Instant::now();
    guard.claim(&DeliveryKey::from_id("one")).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_millis(5500), "{:?}", started.elapsed());
    // The guard finds the server again when it is back.
    port.store(server.port, Ordering::SeqCst);
    claimed(&guard, &DeliveryKey::from_id("one")).await;
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
