//! Writes responses as bytes, and ends connections in the ways that faults require.

use std::io::{self, Read as _};
use std::time::{Duration, SystemTime};

use axum::body::to_bytes;
use axum::http::StatusCode;
use axum::response::Response;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::delivery::{Delivery, Framing};
use super::packet::Packet;
use super::wire::Wire;
use crate::clock::{self, DateForm};
use crate::record::Arrivals;

/// How long a client has to read the response before its connection is closed.
const LINGER: Duration = Duration::from_secs(60);

/// A response that is not serialised yet.
pub(crate) struct Message {
    pub(crate) status: u16,
    /// The header lines, without their line endings.
    pub(crate) lines: Vec<Vec<u8>>,
    /// The whole head; overrides status, lines and framing.
    pub(crate) head: Option<Vec<u8>>,
    pub(crate) body: Vec<u8>,
    pub(crate) framing: Framing,
}

impl Message {
    /// A message that consists only of a status.
    pub(crate) fn bare(status: StatusCode) -> Self {
        Self { status: status.as_u16(), lines: Vec::new(), head: None, body: Vec::new(), framing: Framing::Length }
    }

    /// The response of the router.
    pub(crate) async fn from_response(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        // The router's bodies are in memory, so collecting them neither waits nor fails.
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let headers = parts.headers.iter();
        Self {
            status: parts.status.as_u16(),
            lines: headers.map(|(name, value)| line(name.as_str(), value.as_bytes())).collect(),
            head: None,
            body: body.into(),
            framing: Framing::Length,
        }
    }

    /// The bytes to write; `without_body` is for the response to a HEAD request.
    pub(crate) fn into_packet(mut self, keep_alive: bool, without_body: bool) -> Packet {
        let mut bytes = self.head.take().unwrap_or_else(|| self.made_head(keep_alive));
        let chunked = matches!(self.framing, Framing::Chunks(_));
        let body_at = bytes.len();
        // Responses with these statuses never have a body (RFC 9110, 15.3.5 and 15.4.5).
        if !without_body && !matches!(self.status, 204 | 304) {
            match self.framing {
                Framing::Chunks(size) => {
                    for chunk in self.body.chunks(size.max(1)) {
                        bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
                        bytes.extend(chunk);
                        bytes.extend(b"\r\n");
                    }
                    bytes.extend(b"0\r\n\r\n");
                }
                Framing::Length | Framing::Close => bytes.append(&mut self.body),
            }
        }
        Packet { bytes, body_at, chunked }
    }

    fn made_head(&self, keep_alive: bool) -> Vec<u8> {
        let reason =
            StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Unknown");
        let mut lines = self.lines.clone();
        let mut add = |name: &str, value: &str| {
            // A header that was set explicitly is not repeated, even if its value is wrong.
            if !self.lines.iter().any(|line| is_named(line, name)) {
                lines.push(line(name, value.as_bytes()));
            }
        };
        match self.framing {
            // A 204 has no body, and so must not have a length (RFC 9110, 8.6).
            Framing::Length if self.status == 204 => {}
            Framing::Length => add("content-length", &self.body.len().to_string()),
            Framing::Chunks(_) => add("transfer-encoding", "chunked"),
            Framing::Close => {}
        }
        // A server with a clock must send the date (RFC 9110, 6.6.1).
        add("date", &clock::http(SystemTime::now(), DateForm::Imf));
        if !keep_alive {
            add("connection", "close");
        }
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", self.status).into_bytes();
        for line in lines {
            head.extend(line);
            head.extend(b"\r\n");
        }
        head.extend(b"\r\n");
        head
    }
}

/// A header as a line of a head, without the line ending.
pub(crate) fn line(name: &str, value: &[u8]) -> Vec<u8> {
    [name.as_bytes(), b": ", value].concat()
}

/// Whether the header in `line` has this name, regardless of white space before the colon.
pub(crate) fn is_named(line: &[u8], name: &str) -> bool {
    let set = line.split(|byte| *byte == b':').next().unwrap_or_default();
    set.trim_ascii().eq_ignore_ascii_case(name.as_bytes())
}

/// Writes `bytes` as `delivery` specifies.
pub(crate) async fn write<W: Wire>(wire: &mut W, bytes: &[u8], delivery: Delivery) -> io::Result<()> {
    let Delivery::Slow { bytes: size, every } = delivery else {
        wire.write_all(bytes).await?;
        return wire.flush().await;
    };
    for piece in bytes.chunks(size.max(1)) {
        wire.write_all(piece).await?;
        wire.flush().await?;
        tokio::time::sleep(every).await;
    }
    Ok(())
}

/// Ends a connection in such a way that the response arrives. Closing a socket with unread bytes would reset it.
pub(crate) async fn close<W: Wire>(mut wire: W, arrivals: &Arrivals) {
    if wire.shutdown().await.is_ok() {
        // The timeout ends the connection even if the client keeps sending.
        let _ = tokio::time::timeout(LINGER, hang(wire, arrivals)).await;
    }
}

/// Ends a connection with RST instead of FIN.
pub(crate) fn reset<W: Wire>(wire: W, arrivals: &Arrivals) {
    let (reader, writer) = wire.into_socket().into_inner();
    // Dropping it would send FIN.
    writer.forget();
    let socket = SockRef::from(reader.as_ref());
    let mut scrap = [0_u8; 256];
    // The socket is non-blocking, so this reads only bytes that have already arrived.
    if let Ok(count) = (&*socket).read(&mut scrap) {
        arrivals.note(scrap.get(..count).unwrap_or_default());
    }
    // If the option cannot be set, the connection is already closed.
    let _ = socket.set_linger(Some(Duration::ZERO));
}

/// Keeps a connection open without sending anything, until the client closes it.
pub(crate) async fn hang<W: Wire>(mut wire: W, arrivals: &Arrivals) {
    let mut scrap = [0_u8; 8 * 1024];
    while let Ok(count @ 1..) = wire.read(&mut scrap).await {
        arrivals.note(scrap.get(..count).unwrap_or_default());
    }
}
