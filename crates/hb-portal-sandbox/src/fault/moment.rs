//! The moments and the ways in which a connection breaks.

/// The moment at which a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Moment {
    /// As soon as it is accepted. The fault strikes the next connection, regardless of the operation. Open connections are closed
    /// when the fault is injected, so that a client cannot evade it. With https this is before the handshake, which
    /// [`Ending::Hang`] then leaves unfinished.
    Connected,
    /// When the first line of a request arrives on a connection that has already served a request. A client that opens a
    /// connection for each request never encounters it.
    NextRequest,
    /// When the request's first line has arrived; the rest is ignored.
    BeforeRequest,
    /// When the headers have been read but the body has not.
    DuringRequest,
    /// When the whole request has been read; nothing is committed.
    AfterRequest,
    /// When the request has been carried out, before any byte of the response is written.
    AfterCommit,
}

/// The way in which a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// With RST: the client sees a connection reset.
    Reset,
    /// With FIN: the client sees the end of the stream instead of a response.
    Close,
    /// It stays open, but nothing more arrives, until the client gives up or the sandbox is dropped.
    Hang,
}
