//! Records when a request body is sent, and reads a response into a buffer that is wiped when dropped.

use std::{
    fmt, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use hb_portal_client::{Response, append};
use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame, SizeHint};
use tokio::task;
use zeroize::{Zeroize as _, Zeroizing};

use super::fate::Fate;
use crate::response::{Cut, HEADERS_READ};

/// A request's body. hyper polls it once the connection is established, TLS included, and before it writes a byte of the head.
/// From then on, the request may arrive. hyper never polls an empty body.
struct Outbound {
    bytes: Zeroizing<Vec<u8>>,
    is_over: bool,
    attempt: u32,
    fate: Arc<Fate>,
}

pub(super) fn outbound(bytes: Zeroizing<Vec<u8>>, attempt: u32, fate: Arc<Fate>) -> reqwest::Body {
    reqwest::Body::wrap(Outbound { bytes, is_over: false, attempt, fate })
}

impl Body for Outbound {
    type Data = Bytes;
    type Error = Unwanted;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Unwanted>>> {
        let this = self.get_mut();
        if mem::replace(&mut this.is_over, true) {
            return Poll::Ready(None);
        }
        // Wiped when the connection drops it.
        let bytes = Bytes::from_owner(mem::take(&mut this.bytes));
        Poll::Ready(Some(if this.fate.send(this.attempt) { Ok(Frame::data(bytes)) } else { Err(Unwanted) }))
    }

    fn is_end_stream(&self) -> bool {
        self.is_over
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}

/// The attempt is over, or the caller dropped the call.
#[derive(Debug)]
struct Unwanted;

impl fmt::Display for Unwanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the call was dropped before the request was sent")
    }
}

impl std::error::Error for Unwanted {}

/// The maximum length of a body that is read, far above any response of the portal.
const LARGEST: usize = 1024 * 1024;

/// The number of times to yield to the connection, so that it drops what it read.
const TURNS: u32 = 8;

/// Reads as much of the response as arrives.
pub(super) async fn read(mut response: reqwest::Response) -> (Response, Option<Cut>) {
    let status = response.status();
    let headers = head(&std::mem::take(response.headers_mut()));
    let expected = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    let mut body = Zeroizing::new(Vec::with_capacity(expected.min(LARGEST)));
    let mut frames = Frames::default();
    let cut = loop {
        match response.chunk().await {
            Ok(Some(frame)) => {
                let room = LARGEST - body.len();
                append(&mut body, frame.get(..room).unwrap_or(&frame));
                let too_long = frame.len() > room;
                frames.push(frame);
                if too_long {
                    break Some(Cut::TooLong);
                }
            }
            Ok(None) => break None,
            Err(error) if error.is_timeout() => break Some(Cut::Stalled),
            Err(_) => break Some(Cut::Broken),
        }
    };
    drop(response);
    frames.released().await;
    (Response::new(status, headers, body), cut)
}

/// Copies the headers that are read. hyper's own headers share the buffer that holds the beginning of the body, and would keep it
/// from being wiped.
pub(super) fn head(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for name in HEADERS_READ {
        // A value that was valid before is valid again.
        for value in headers.get_all(&name).iter().filter_map(|value| HeaderValue::from_bytes(value.as_bytes()).ok()) {
            kept.append(&name, value);
        }
    }
    kept
}

/// The pieces that the body arrived in, which are parts of hyper's buffers. All are held to the end, so that hyper does not reuse
/// their memory, and they can be wiped when dropped.
#[derive(Default)]
struct Frames {
    before: Vec<Bytes>,
    last: Option<Bytes>,
}

impl Frames {
    fn push(&mut self, frame: Bytes) {
        self.before.extend(self.last.replace(frame));
    }

    /// Resolves when nothing else holds the frames, as far as this can be known: frames that share a buffer hold each other.
    async fn released(self) {
        for _ in 0..TURNS {
            if self.before.iter().chain(&self.last).all(Bytes::is_unique) {
                break;
            }
            task::yield_now().await;
        }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        // Drops the last one first: of the frames that share a buffer, the first one then owns all of it.
        while let Some(frame) = self.last.take().or_else(|| self.before.pop()) {
            if let Ok(mut frame) = frame.try_into_mut() {
                frame.zeroize();
                frame.spare_capacity_mut().zeroize();
            }
        }
    }
}
