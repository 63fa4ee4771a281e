//! The transport of a connection.

use tokio::io::{AsyncRead, AsyncWrite, Join, join};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// A TCP connection that sends FIN when it is dropped.
///
/// Closing the socket would not be enough: until a process that is being started runs its program, it has a copy of every socket.
/// The connection would stay open for the client.
pub(crate) type Socket = Join<OwnedReadHalf, OwnedWriteHalf>;

/// Takes over a connection.
pub(crate) fn socket(stream: TcpStream) -> Socket {
    // Sends a response when it is written, not when the client has acknowledged the previous one.
    let _ = stream.set_nodelay(true);
    let (reader, writer) = stream.into_split();
    join(reader, writer)
}

/// The transport of a connection: TCP, or TLS over TCP.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    /// The underlying socket.
    fn into_socket(self) -> Socket;
}

impl Wire for Socket {
    fn into_socket(self) -> Socket {
        self
    }
}
