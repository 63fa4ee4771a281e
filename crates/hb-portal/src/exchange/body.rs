//! Reading an answer into a buffer that wipes itself, and wiping what it was read from.

use bytes::Bytes;
use hb_portal_client::Response;
use http::{HeaderMap, HeaderValue};
use tokio::task;
use zeroize::{Zeroize as _, Zeroizing};

use crate::create::answer::HEADERS_READ;

/// No answer of the portal comes near it, and nothing of what lies beyond could be waited for.
const LARGEST: usize = 1024 * 1024;

/// How often the connection is given a turn to let go of what it read.
const TURNS: u32 = 8;

/// How an answer ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The connection broke.
    Broken,
    /// No more came in time.
    Stalled,
    /// It is longer than anyone needs.
    TooLong,
}

/// The answer, as far as it came.
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

/// Appends to a buffer that leaves nothing behind when it grows.
fn append(body: &mut Zeroizing<Vec<u8>>, frame: &[u8]) {
    if body.capacity() - body.len() < frame.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity((body.len() + frame.len()).max(2 * body.capacity())));
        larger.extend_from_slice(body);
        *body = larger;
    }
    body.extend_from_slice(frame);
}

/// What is read of an answer's head, with values of its own. As hyper makes them, headers are parts of the buffer that the
/// beginning of the body is in, and who holds one keeps that from being wiped.
fn head(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for name in HEADERS_READ {
        // No value fails that was one before.
        if let Some(Ok(value)) = headers.get(&name).map(|value| HeaderValue::from_bytes(value.as_bytes())) {
            kept.insert(name, value);
        }
    }
    kept
}

/// What the body came in: parts of hyper's buffers, all held to the end, so that hyper reads into none of them again and
/// they can be wiped when they are dropped.
#[derive(Default)]
struct Frames {
    before: Vec<Bytes>,
    last: Option<Bytes>,
}

impl Frames {
    fn push(&mut self, frame: Bytes) {
        self.before.extend(self.last.replace(frame));
    }

    /// Resolves when nobody else holds them, as far as can be told: frames of one buffer hold each other.
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
        // The last first: the first of those that share a buffer is then alone with all of it.
        while let Some(frame) = self.last.take().or_else(|| self.before.pop()) {
            if let Ok(mut frame) = frame.try_into_mut() {
                frame.zeroize();
                frame.spare_capacity_mut().zeroize();
            }
        }
    }
}
