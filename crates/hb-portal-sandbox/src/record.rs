//! The records of connections and requests: complete ones for tests, and a summary without secrets for logs.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use axum::http::HeaderMap;

/// A request as it arrived, recorded so that a test can inspect every byte.
///
/// `Debug` shows the method, the path, the names of the headers and the length of the body, but nothing that may be secret.
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

    /// The method, exactly as it was sent.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        path_of(&self.target)
    }

    /// The request target, exactly as it was sent: path and query.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The headers; empty if a fault struck before they were read.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The exact bytes of the request line and the headers, including the empty line that ends them.
    pub fn raw_head(&self) -> &[u8] {
        &self.head
    }

    /// The body; empty if a fault struck before it was read.
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

/// An accepted connection, and whether a byte of a request arrived over it.
///
/// It shows what [`RecordedRequest`] cannot: whether a client that reports "nothing was sent" really sent nothing, and whether a
/// client that reports "perhaps" had a connection at all. Refused connections are not recorded.
///
/// Bytes count once the sandbox has read them. A client that has given up may still have bytes in transit, so drop it and wait
/// for [`Sandbox::idle`](crate::Sandbox::idle) before you look. `Debug` shows the first line up to its first space.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RecordedConnection {
    is_established: bool,
    first_line: Vec<u8>,
}

impl RecordedConnection {
    /// Whether a request could be sent over it: with http immediately, with https after the TLS handshake.
    pub fn is_established(&self) -> bool {
        self.is_established
    }

    /// Whether a byte of a request arrived. The bytes of a TLS handshake do not count.
    pub fn received_a_byte(&self) -> bool {
        !self.first_line.is_empty()
    }

    /// As much of its first request line as arrived, without the line ending, at most 256 bytes.
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
    /// Records that the bytes that arrive from now on belong to requests.
    pub(crate) fn established(&self) {
        self.inner().is_established = true;
    }

    /// Records bytes that arrived.
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

/// The maximum length of a first line that is kept, which is enough to tell operations apart.
const FIRST_LINE: usize = 256;

/// A handled request, in a form that is safe to log: without headers, query and body.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HandledRequest {
    /// The time when its first line arrived.
    pub at: SystemTime,
    /// The method, exactly as it was sent.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The status of the response; `None` if a fault leaves the request without a response.
    pub status: Option<u16>,
    /// The time from its first line to just before its response is written.
    pub duration: Duration,
}

/// The path of a request target, which may also be an absolute URL.
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
    fn the_path_is_between_the_origin_and_the_query() {
        assert_eq!(path_of("/api/v2/webhooks?token=x"), "/api/v2/webhooks");
        assert_eq!(path_of("http://127.0.0.1:1/webhooks#y"), "/webhooks");
        assert_eq!(path_of("http://127.0.0.1:1"), "/");
    }
}
