//! When and how a connection breaks.

/// When a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Moment {
    /// As soon as it is accepted. It strikes the next connection, whatever it is for; the open ones are closed when it is
    /// injected, so that a client cannot evade it. Over https that is before the handshake, which
    /// [`Ending::Hang`] then leaves without an end.
    Connected,
    /// When the first line of a request arrives on a connection that has served one before. A client that opens a connection
    /// for each request never meets it.
    NextRequest,
    /// When the request's first line has arrived; nothing after it is looked at.
    BeforeRequest,
    /// When the headers have been read, and the body has not.
    DuringRequest,
    /// When the whole request has been read; nothing is committed.
    AfterRequest,
    /// When the request has been carried out, and before a byte of the answer is written.
    AfterCommit,
}

/// How a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// With RST: the client sees a connection reset.
    Reset,
    /// With FIN: the client sees the end of the stream where an answer should be.
    Close,
    /// It stays open and nothing more comes, until the client gives up or the sandbox is dropped.
    Hang,
}
