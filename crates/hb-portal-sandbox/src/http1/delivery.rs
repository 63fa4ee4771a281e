//! How the bytes of an answer reach the client: all of them, some of them, slowly, and how their end is told.

use std::time::Duration;

use super::packet::Packet;

/// How the end of an answer's body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Framing {
    /// By a `content-length`.
    Length,
    /// By `transfer-encoding: chunked`, in chunks of so many bytes.
    Chunks(usize),
    /// By the end of the connection: a client cannot tell a cut from the end.
    Close,
}

/// A place in an answer as it goes over the wire; one beyond its end is its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Offset {
    /// After so many bytes, counted from the first of the status line.
    Answer(usize),
    /// After so many bytes of the body.
    Body(usize),
    /// So many bytes before the end of the body.
    BeforeEnd(usize),
    /// So many bytes before the end of the secret's (or token's) closing quote: 0 is just after that quote, 1 just before it.
    /// The end of the body when it does not hold the secret in clear.
    BeforeSecretEnd(usize),
}

/// How an answer is written.
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

    /// How many of an answer's bytes are written at all.
    pub(crate) fn reaches(self, answer: &Packet, secret: Option<&str>) -> usize {
        let all = answer.bytes.len();
        let (Self::Cut(offset) | Self::Stall(offset)) = self else {
            return all;
        };
        let place = match offset {
            Offset::Answer(count) => count,
            Offset::Body(count) => answer.body_at.saturating_add(count),
            Offset::BeforeEnd(count) => all.saturating_sub(count).max(answer.body_at),
            Offset::BeforeSecretEnd(count) => match secret.and_then(|secret| answer.end_of(secret)) {
                Some(end) => (end + 1).saturating_sub(count),
                None => all,
            },
        };
        place.min(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "head\r\n\r\n{\"secret\":\"abc\",\"message\":\"\"}";
    const BODY_AT: usize = 8;

    fn cut(offset: Offset) -> &'static str {
        let answer = Packet { bytes: ANSWER.into(), body_at: BODY_AT, chunked: false };
        &ANSWER[..Delivery::Cut(offset).reaches(&answer, Some("abc"))]
    }

    #[test]
    fn every_offset_counts_from_where_it_says() {
        assert_eq!(cut(Offset::Answer(2)), "he");
        assert_eq!(cut(Offset::Body(0)), "head\r\n\r\n");
        assert_eq!(cut(Offset::Body(1)), "head\r\n\r\n{");
        assert!(cut(Offset::BeforeEnd(1)).ends_with("\"message\":\"\""));
        assert!(cut(Offset::BeforeSecretEnd(0)).ends_with(":\"abc\""));
        assert!(cut(Offset::BeforeSecretEnd(1)).ends_with(":\"abc"));
        assert!(cut(Offset::BeforeSecretEnd(3)).ends_with(":\"a"));
    }

    #[test]
    fn an_offset_beyond_the_end_is_the_end() {
        assert_eq!(cut(Offset::Answer(1000)).len(), ANSWER.len());
        assert_eq!(cut(Offset::Body(usize::MAX)).len(), ANSWER.len());
        assert_eq!(cut(Offset::BeforeEnd(1000)).len(), BODY_AT);
    }
}
