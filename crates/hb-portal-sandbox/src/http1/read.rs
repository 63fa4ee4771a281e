//! Reads requests step by step, so that a fault can strike between the steps.

use std::io;
use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::packet::position;
use super::wire::Wire;
use crate::record::Arrivals;

/// Limits that are larger than any request of this API needs, and small enough to keep a request in memory.
const LINE_LIMIT: usize = 16 * 1024;
const HEAD_LIMIT: usize = 64 * 1024;
const BODY_LIMIT: usize = 4 * 1024 * 1024;
const HEADERS_LIMIT: usize = 100;

/// The reason why a request could not be read to its end.
pub(crate) enum Broken {
    /// The connection was closed, or it broke.
    Gone,
    /// The request cannot be served; the status gives the reason.
    Refused(StatusCode),
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// The bytes that have arrived on a connection and are not consumed yet.
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    arrivals: Arc<Arrivals>,
}

/// The head of a request, parsed and raw.
pub(crate) struct Head {
    pub(crate) request: Request<()>,
    pub(crate) raw: Vec<u8>,
    pub(crate) keep_alive: bool,
    framing: Framing,
    expects_continue: bool,
}

enum Framing {
    Length(usize),
    Chunked,
}

impl Inbox {
    /// Creates an empty inbox, which records arriving bytes in `arrivals`.
    pub(crate) fn new(arrivals: Arc<Arrivals>) -> Self {
        Self { bytes: Vec::new(), arrivals }
    }

    /// Reads the method and the target of the next request; `None` if the client closed the connection between requests.
    pub(crate) async fn request_line<W: Wire>(&mut self, wire: &mut W) -> Result<Option<(String, String)>, Broken> {
        loop {
            // Some clients send an empty line after a body. RFC 9112, 2.2 requires a server to skip it.
            while self.bytes.starts_with(b"\r\n") {
                self.bytes.drain(..2);
            }
            let end = position(&self.bytes, b"\r\n");
            if end.unwrap_or(self.bytes.len()) > LINE_LIMIT {
                return Err(Broken::Refused(StatusCode::URI_TOO_LONG));
            }
            if let Some(end) = end {
                let line = self.bytes.get(..end).unwrap_or_default();
                let line = std::str::from_utf8(line).unwrap_or_default();
                let mut parts = line.split(' ');
                return match (parts.next(), parts.next()) {
                    (Some(method), Some(target)) => Ok(Some((method.into(), target.into()))),
                    _ => Err(Broken::Refused(StatusCode::BAD_REQUEST)),
                };
            }
            if !self.more(wire).await? {
                return if self.bytes.is_empty() { Ok(None) } else { Err(Broken::Gone) };
            }
        }
    }

    /// Reads the head of the request whose line has arrived.
    pub(crate) async fn head<W: Wire>(&mut self, wire: &mut W) -> Result<Head, Broken> {
        let end = loop {
            let end = position(&self.bytes, b"\r\n\r\n");
            if end.unwrap_or(self.bytes.len()) > HEAD_LIMIT {
                let too_large = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
                return Err(Broken::Refused(too_large));
            }
            match end {
                Some(end) => break end + 4,
                None => self.need_more(wire).await?,
            }
        };
        let raw: Vec<u8> = self.bytes.drain(..end).collect();
        parse(raw).map_err(Broken::Refused)
    }

    /// Reads the body of the request with this head.
    pub(crate) async fn body<W: Wire>(&mut self, wire: &mut W, head: &Head) -> Result<Vec<u8>, Broken> {
        if head.expects_continue && self.bytes.is_empty() {
            wire.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        match head.framing {
            Framing::Length(length) => self.take(wire, length).await,
            Framing::Chunked => self.chunks(wire).await,
        }
    }

    async fn chunks<W: Wire>(&mut self, wire: &mut W) -> Result<Vec<u8>, Broken> {
        let mut body = Vec::new();
        loop {
            let line = self.line(wire).await?;
            let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
            let size = std::str::from_utf8(size).unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| Broken::Refused(StatusCode::BAD_REQUEST))?;
            if size == 0 {
                // Trailers are ignored.
                while !self.line(wire).await?.is_empty() {}
                return Ok(body);
            }
            if size > BODY_LIMIT - body.len() {
                return Err(Broken::Refused(StatusCode::PAYLOAD_TOO_LARGE));
            }
            body.extend(self.take(wire, size).await?);
            if !self.line(wire).await?.is_empty() {
                return Err(Broken::Refused(StatusCode::BAD_REQUEST));
            }
        }
    }

    async fn line<W: Wire>(&mut self, wire: &mut W) -> Result<Vec<u8>, Broken> {
        loop {
            if let Some(end) = position(&self.bytes, b"\r\n") {
                let mut line: Vec<u8> = self.bytes.drain(..end + 2).collect();
                line.truncate(end);
                return Ok(line);
            }
            if self.bytes.len() > HEAD_LIMIT {
                return Err(Broken::Refused(StatusCode::BAD_REQUEST));
            }
            self.need_more(wire).await?;
        }
    }

    async fn take<W: Wire>(&mut self, wire: &mut W, length: usize) -> Result<Vec<u8>, Broken> {
        while self.bytes.len() < length {
            self.need_more(wire).await?;
        }
        Ok(self.bytes.drain(..length).collect())
    }

    async fn need_more<W: Wire>(&mut self, wire: &mut W) -> Result<(), Broken> {
        if self.more(wire).await? { Ok(()) } else { Err(Broken::Gone) }
    }

    async fn more<W: Wire>(&mut self, wire: &mut W) -> io::Result<bool> {
        self.bytes.reserve(8 * 1024);
        let before = self.bytes.len();
        wire.read_buf(&mut self.bytes).await?;
        let arrived = self.bytes.get(before..).unwrap_or_default();
        self.arrivals.note(arrived);
        Ok(!arrived.is_empty())
    }
}

/// Parses a whole head; the error is the status of the refusal.
fn parse(raw: Vec<u8>) -> Result<Head, StatusCode> {
    let bad = StatusCode::BAD_REQUEST;
    let mut fields = [httparse::EMPTY_HEADER; HEADERS_LIMIT];
    let mut parsed = httparse::Request::new(&mut fields);
    parsed.parse(&raw).map_err(|error| match error {
        httparse::Error::TooManyHeaders => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        _ => bad,
    })?;
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(parsed.method.unwrap_or_default().as_bytes()).map_err(|_| bad)?;
    *request.uri_mut() = Uri::try_from(parsed.path.unwrap_or_default()).map_err(|_| bad)?;
    *request.version_mut() = match parsed.version {
        Some(0) => Version::HTTP_10,
        _ => Version::HTTP_11,
    };
    for field in parsed.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes()).map_err(|_| bad)?;
        let mut value = HeaderValue::from_bytes(field.value).map_err(|_| bad)?;
        // Keeps the value out of the `Debug` output of the recorded headers.
        value.set_sensitive(name == AUTHORIZATION);
        request.headers_mut().append(name, value);
    }
    let headers = request.headers();
    let framing = framing(headers)?;
    let expects_continue = lists(headers, "expect", "100-continue");
    let keep_alive = match request.version() {
        Version::HTTP_10 => lists(headers, "connection", "keep-alive"),
        _ => !lists(headers, "connection", "close"),
    };
    Ok(Head { request, raw, keep_alive, framing, expects_continue })
}

fn framing(headers: &HeaderMap) -> Result<Framing, StatusCode> {
    let lengths: Vec<&HeaderValue> = headers.get_all("content-length").iter().collect();
    match (headers.get("transfer-encoding"), lengths.as_slice()) {
        (None, []) => Ok(Framing::Length(0)),
        (None, [length]) => {
            let length = length.to_str().unwrap_or_default();
            match length.parse::<usize>() {
                Ok(length) if length > BODY_LIMIT => Err(StatusCode::PAYLOAD_TOO_LARGE),
                Ok(length) => Ok(Framing::Length(length)),
                Err(_) => Err(StatusCode::BAD_REQUEST),
            }
        }
        (Some(coding), []) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(Framing::Chunked),
        (Some(_), []) => Err(StatusCode::NOT_IMPLEMENTED),
        // With two lengths, or a length and a coding, the end of the body is ambiguous.
        _ => Err(StatusCode::BAD_REQUEST),
    }
}

/// Whether a header whose value is a comma-separated list contains `word`.
fn lists(headers: &HeaderMap, name: &str, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(word))
}
