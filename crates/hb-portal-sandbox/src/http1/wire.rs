//! The transport of a connection.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// The transport of a connection: TCP, or TLS over TCP.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    /// The underlying socket.
    fn socket(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}
