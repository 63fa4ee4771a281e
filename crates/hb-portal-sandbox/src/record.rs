//! What is remembered of a connection and of a request: all of it for tests, and the little that may be logged.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use axum::http::HeaderMap;

/// A request as it arrived, kept so that a test can look at every byte of it.
///
/// `Debug` shows the method, the path, the names of the headers and the length of the body, and nothing that may be secret.
#[derive(Clone)]
pub struct RecordedRequest {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) head: Vec<u8>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl RecordedRequest {
    pub(crate) fn new(method: String, target: String) -> Self {
        Self { method, target, head: Vec::new(), headers: HeaderMap::new(), body: Vec::new() }
    }

    /// The method, as it was sent.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path, without a query.
    pub fn path(&self) -> &str {
        path_of(&self.target)
    }

    /// The request target, as it was sent: path and query.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The headers; a fault that strikes before they are read leaves them empty.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The request line and the headers byte for byte, the empty line that ends them included.
    pub fn raw_head(&self) -> &[u8] {
        &self.head
    }

    /// The body; a fault that strikes before it is read leaves it empty.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.keys().map(|name| name.as_str()).collect();
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path())
            .field("header_names", &names)
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A connection that was accepted, and whether a byte of a request arrived over it.
///
/// It answers what [`RecordedRequest`] cannot: whether a client that says "nothing was sent" sent nothing, and whether a
/// client that says "perhaps" had a connection at all. A connection that was refused is not recorded.
///
/// Bytes count once the sandbox has read them. A client that has given up may still have bytes on their way: drop it and wait
/// for [`Sandbox::idle`](crate::Sandbox::idle) before you look. `Debug` shows the first line up to its first space.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RecordedConnection {
    is_established: bool,
    first_line: Vec<u8>,
}

impl RecordedConnection {
    /// Whether a request could be sent over it: at once with http, after the TLS handshake with https.
    pub fn is_established(&self) -> bool {
        self.is_established
    }

    /// Whether a byte of a request arrived. The bytes of a TLS handshake are not a request's.
    pub fn received_a_byte(&self) -> bool {
        !self.first_line.is_empty()
    }

    /// The line of its first request, as much of it as arrived, without the line end and at most 256 bytes of it.
    pub fn first_line(&self) -> &[u8] {
        self.first_line.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end()
    }
}

impl fmt::Debug for RecordedConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.first_line().split(|byte| *byte == b' ').next().unwrap_or_default();
        f.debug_struct("RecordedConnection")
            .field("is_established", &self.is_established)
            .field("received_a_byte", &self.received_a_byte())
            .field("method", &String::from_utf8_lossy(method))
            .finish_non_exhaustive()
    }
}

/// The record of an open connection, which grows as bytes arrive.
#[derive(Default)]
pub(crate) struct Arrivals(Mutex<RecordedConnection>);

impl Arrivals {
    /// From here on, what arrives is a request's.
    pub(crate) fn established(&self) {
        self.inner().is_established = true;
    }

    /// Notes bytes that arrived.
    pub(crate) fn note(&self, bytes: &[u8]) {
        let mut inner = self.inner();
        if inner.is_established {
            let room = FIRST_LINE.saturating_sub(inner.first_line.len());
            inner.first_line.extend(bytes.iter().take(room));
        }
    }

    pub(crate) fn so_far(&self) -> RecordedConnection {
        self.inner().clone()
    }

    fn inner(&self) -> MutexGuard<'_, RecordedConnection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Enough to tell operations apart.
const FIRST_LINE: usize = 256;

/// One line for a log: a request that was handled, without its headers, query and body.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HandledRequest {
    /// When its first line arrived.
    pub at: SystemTime,
    /// The method, as it was sent.
    pub method: String,
    /// The path, without a query.
    pub path: String,
    /// The status it is answered with; `None` when a fault leaves it without an answer.
    pub status: Option<u16>,
    /// From its first line to the moment before its answer is written.
    pub duration: Duration,
}

/// The path of a request target, which may also be a whole URL.
pub(crate) fn path_of(target: &str) -> &str {
    let target = target.split(['?', '#']).next().unwrap_or_default();
    match target.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => target,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_what_lies_between_origin_and_query() {
        assert_eq!(path_of("/api/v2/webhooks?token=x"), "/api/v2/webhooks");
        assert_eq!(path_of("http://127.0.0.1:1/webhooks#y"), "/webhooks");
        assert_eq!(path_of("http://127.0.0.1:1"), "/");
    }
}
