//! The delivery of a response's bytes (complete, partial or slow), and how their end is indicated.

use std::time::Duration;

use super::packet::Packet;

/// The framing of a response body, which indicates its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Framing {
    /// By a `content-length` header.
    Length,
    /// By `transfer-encoding: chunked`, in chunks of this many bytes.
    Chunks(usize),
    /// By closing the connection. A client cannot tell whether such a body was cut off.
    Close,
}

/// A position in a response as it is sent over the wire. A position beyond the end means the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Offset {
    /// After this many bytes, counted from the start of the status line.
    Response(usize),
    /// After this many bytes of the body.
    Body(usize),
    /// This many bytes before the end of the body.
    BeforeEnd(usize),
    /// This many bytes before the end of the closing quote of the secret (or token): 0 is just after that quote, 1 just before
    /// it. If the body does not contain the secret in clear text, this is the end of the body.
    BeforeSecretEnd(usize),
}

/// The way in which a response is written.
#[derive(Clone, Copy)]
pub(crate) enum Delivery {
    Whole,
    Cut(Offset),
    Stall(Offset),
    Slow { bytes: usize, every: Duration },
}

impl Delivery {
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Whole => "",
            Self::Cut(_) => ", cut off",
            Self::Stall(_) => ", stalled",
            Self::Slow { .. } => ", slowly",
        }
    }

    /// Returns the number of bytes of a response that are written at all.
    pub(crate) fn reaches(self, packet: &Packet, secret: Option<&str>) -> usize {
        let all = packet.bytes.len();
        let (Self::Cut(offset) | Self::Stall(offset)) = self else {
            return all;
        };
        let position = match offset {
            Offset::Response(count) => count,
            Offset::Body(count) => packet.body_at.saturating_add(count),
            Offset::BeforeEnd(count) => all.saturating_sub(count).max(packet.body_at),
            Offset::BeforeSecretEnd(count) => match secret.and_then(|secret| packet.end_of(secret)) {
                Some(end) => (end + 1).saturating_sub(count),
                None => all,
            },
        };
        position.min(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESPONSE: &str = "head\r\n\r\n{\"secret\":\"abc\",\"message\":\"\"}";
    const BODY_AT: usize = 8;

    fn cut(offset: Offset) -> &'static str {
        let packet = Packet { bytes: RESPONSE.into(), body_at: BODY_AT, chunked: false };
        &RESPONSE[..Delivery::Cut(offset).reaches(&packet, Some("abc"))]
    }

    #[test]
    fn each_offset_counts_from_its_documented_origin() {
        assert_eq!(cut(Offset::Response(2)), "he");
        assert_eq!(cut(Offset::Body(0)), "head\r\n\r\n");
        assert_eq!(cut(Offset::Body(1)), "head\r\n\r\n{");
        assert!(cut(Offset::BeforeEnd(1)).ends_with("\"message\":\"\""));
        assert!(cut(Offset::BeforeSecretEnd(0)).ends_with(":\"abc\""));
        assert!(cut(Offset::BeforeSecretEnd(1)).ends_with(":\"abc"));
        assert!(cut(Offset::BeforeSecretEnd(3)).ends_with(":\"a"));
    }

    #[test]
    fn an_offset_beyond_the_end_is_the_end() {
        assert_eq!(cut(Offset::Response(1000)).len(), RESPONSE.len());
        assert_eq!(cut(Offset::Body(usize::MAX)).len(), RESPONSE.len());
        assert_eq!(cut(Offset::BeforeEnd(1000)).len(), BODY_AT);
    }
}
