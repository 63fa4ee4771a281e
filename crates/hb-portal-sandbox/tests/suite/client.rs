//! A client that speaks HTTP over a bare socket and reports every byte that it receives.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use hb_portal_sandbox::Sandbox;
use serde_json::Value;

/// The request body that the documentation shows.
pub(crate) const DOCUMENTED: &str = r#"{
    "url": "https://your-app.com/webhooks/references",
    "events": [
        "reference.submitted",
        "reference.declined",
        "reference.all_completed"
    ],
    "timeout_seconds": 30,
    "max_retries": 3
}"#;

/// How long a test waits for an event before it fails. No measurement depends on it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A client with one connection.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    reset: bool,
}

/// How a stream ended.
#[derive(Debug, PartialEq)]
pub(crate) enum End {
    Closed,
    Reset,
    /// It has not ended.
    Open,
}

/// A response whose head arrived completely.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// The header lines, without the date.
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// Parses a response; `None` if its head is incomplete.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let head_end = find(bytes, b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..head_end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        Some(Self {
            status,
            headers: lines.filter(|line| !line.starts_with("date: ")).map(str::to_owned).collect(),
            body: bytes[head_end + 4..].to_vec(),
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let prefix = format!("{name}: ");
        self.headers.iter().find_map(|line| line.strip_prefix(&prefix))
    }

    /// The body, without the chunk framing if it was sent in chunks.
    pub(crate) fn unchunked(&self) -> Vec<u8> {
        if self.header("transfer-encoding") != Some("chunked") {
            return self.body.clone();
        }
        let chunks = self.body.split(|byte| *byte == b'\n').skip(1).step_by(2);
        chunks.flat_map(|chunk| chunk.strip_suffix(b"\r").unwrap_or_default()).copied().collect()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Client {
    pub(crate) fn connect(sandbox: &Sandbox) -> Self {
        Self::to(sandbox.address())
    }

    pub(crate) fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { stream, reset: false }
    }

    /// Sends bytes. If the connection has been reset, the next read reports it.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.reset |= self.stream.write_all(bytes.as_ref()).is_err();
    }

    /// Reads one response, as long as its content length.
    pub(crate) fn response(&mut self) -> Response {
        let mut bytes = Vec::new();
        let mut byte = [0];
        while !bytes.ends_with(b"\r\n\r\n") {
            self.stream.read_exact(&mut byte).unwrap();
            bytes.extend(byte);
        }
        let mut response = Response::parse(&bytes).unwrap();
        let length = response.header("content-length").unwrap_or("0");
        response.body = vec![0; length.parse().unwrap()];
        self.stream.read_exact(&mut response.body).unwrap();
        response
    }

    /// Reads until the stream ends.
    pub(crate) fn rest(&mut self) -> (Vec<u8>, End) {
        let mut bytes = Vec::new();
        let end = match self.stream.read_to_end(&mut bytes) {
            // The operating system reports a reset only once, and a write may already have received the error.
            Ok(_) if self.reset => End::Reset,
            Ok(_) => End::Closed,
            // Windows reports a time limit as `TimedOut`.
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => End::Open,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => End::Reset,
            Err(error) => panic!("{error}"),
        };
        (bytes, end)
    }

    /// Reads the bytes that have arrived, without waiting for more.
    pub(crate) fn available(&mut self) -> (Vec<u8>, End) {
        self.stream.set_nonblocking(true).unwrap();
        let seen = self.rest();
        self.stream.set_nonblocking(false).unwrap();
        seen
    }
}

/// A request with a JSON body.
pub(crate) fn post(path: &str, token: Option<&str>, body: &str) -> String {
    let authorization = token.map_or(String::new(), |token| format!("authorization: Bearer {token}\r\n"));
    format!(
        "POST {path} HTTP/1.1\r\nhost: sandbox\r\n{authorization}content-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The documented request.
pub(crate) fn create(sandbox: &Sandbox) -> String {
    post("/api/v2/webhooks", Some(sandbox.access_token()), DOCUMENTED)
}

/// A request for a token.
pub(crate) fn mint(sandbox: &Sandbox) -> String {
    let body = format!(r#"{{"client_id": {}, "api_key": "{}"}}"#, sandbox.client_id(), sandbox.api_key());
    post("/api/v2/auth/token", None, &body)
}

/// Sends one request over a new connection, and reads the response.
pub(crate) fn ask(sandbox: &Sandbox, request: impl AsRef<[u8]>) -> Response {
    let mut client = Client::connect(sandbox);
    client.send(request);
    client.response()
}

pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
