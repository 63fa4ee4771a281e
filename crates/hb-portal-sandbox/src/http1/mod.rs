//! HTTP/1.1 by hand: a fault happens at a byte or at a moment that an HTTP library exists to hide.

mod packet;
mod read;
mod write;

pub(crate) use packet::Packet;
pub(crate) use read::{Broken, Head, Inbox};
pub(crate) use write::{Message, close, hang, reset, write};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// What a connection runs over: TCP, or TLS over it.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    /// The socket beneath.
    fn socket(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}
