//! A Redis server for one test, and the means to disturb it.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use hb_portal::replay::RedisReplayGuard;
use hb_portal_tests::{reserve, reserved_port};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// How long a server may take to start, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Redis server for one test. If Redis is not installed, `start` prints a warning and returns `None`.
pub struct Server {
    process: Child,
    pub port: u16,
    pub url: String,
    _reserved: Option<[TcpSocket; 2]>,
    _folder: tempfile::TempDir,
}

impl Server {
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    pub fn start_with(options: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let (reserved, port) = reserved_ports();
        let reserved = cfg!(target_os = "linux").then_some(reserved);
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port.to_string()]);
        command.args(options).current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(process) = command.spawn() else {
            // Not `eprintln!`, whose output is shown only for failing tests.
            let _ = writeln!(std::io::stderr(), "SKIPPED: redis-server is not installed, see .ci/run");
            return None;
        };
        let url = format!("redis://127.0.0.1:{port}");
        let mut server = Self { process, port, url, _reserved: reserved, _folder: folder };
        let deadline = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert_eq!(server.process.try_wait().unwrap(), None, "redis-server ended");
            assert!(Instant::now() < deadline, "redis-server does not start");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(server)
    }

    /// Kills it. Its port refuses connections from now on.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Ends every connection to it except the one that sends this command.
    pub async fn drop_connections(&self) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        stream.write_all(b"CLIENT KILL TYPE normal SKIPME yes\r\n").await.unwrap();
        stream.read_exact(&mut [0; 1]).await.unwrap();
    }

    pub async fn guard(&self) -> RedisReplayGuard {
        RedisReplayGuard::connect(&self.url, "tests").await.unwrap()
    }
}

/// Reserves a port, and the one 10,000 above it, on which a node of a cluster listens as well.
fn reserved_ports() -> ([TcpSocket; 2], u16) {
    loop {
        let (socket, port) = reserved_port();
        if let Some(Ok((second, _))) = port.checked_add(10_000).map(reserve) {
            return ([socket, second], port);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A forwarder. Each new connection leads to the current value of `port`, as a host name does after a failover.
pub async fn forwarder(port: Arc<AtomicU16>) -> String {
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
pub async fn command(server: &Server, words: &[&str]) {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    let mut text = format!("*{}\r\n", words.len());
    words.iter().for_each(|word| text.push_str(&format!("${}\r\n{word}\r\n", word.len())));
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut response = [0; 5];
    stream.read_exact(&mut response).await.unwrap();
    assert_eq!(&response, b"+OK\r\n", "{words:?}");
}
