//! The listening socket, which can be closed and opened again without losing its port.

use std::future::poll_fn;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

const BACKLOG: i32 = 1024;

/// A listening socket with its own address.
pub(crate) struct Gate {
    address: SocketAddr,
    inner: Mutex<Inner>,
}

struct Inner {
    door: Door,
    /// The task that waits for a connection, because dropping a listener does not wake it.
    waker: Option<Waker>,
}

enum Door {
    /// Listening, but not registered with a runtime yet.
    Opened(std::net::TcpListener),
    Listening(TcpListener),
    /// Bound but not listening: connections are refused, and no other process can take the port.
    Closed(Socket),
    /// In the middle of a change, or after a change that the operating system refused.
    Lost,
}

impl Door {
    /// Stops listening in other processes too. Until a process that is being started runs its program, it has a copy of every
    /// socket. It would accept connections and keep the port in use. On systems other than Linux this may have no effect.
    fn stop_listening(&self) {
        let listener = match self {
            Self::Opened(listener) => SockRef::from(listener),
            Self::Listening(listener) => SockRef::from(listener),
            Self::Closed(_) | Self::Lost => return,
        };
        let _ = listener.shutdown(Shutdown::Both);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.inner().door.stop_listening();
    }
}

impl Gate {
    /// Binds and listens.
    pub(crate) fn opened(address: SocketAddr) -> io::Result<Self> {
        let gate = Self::closed(address)?;
        gate.open()?;
        Ok(gate)
    }

    /// Binds without listening, so that connections are refused.
    pub(crate) fn closed(address: SocketAddr) -> io::Result<Self> {
        let socket = bind(address)?;
        let bound = socket.local_addr()?.as_socket();
        let inner = Inner { door: Door::Closed(socket), waker: None };
        Ok(Self { address: bound.unwrap_or(address), inner: Mutex::new(inner) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn is_closed(&self) -> bool {
        !matches!(self.inner().door, Door::Opened(_) | Door::Listening(_))
    }

    /// Refuses connections from now on, and resets those that were not accepted yet.
    pub(crate) fn close(&self) {
        let mut inner = self.inner();
        if !matches!(inner.door, Door::Closed(_)) {
            // The old socket must be dropped before the new one can bind the same port.
            inner.door.stop_listening();
            inner.door = Door::Lost;
            inner.door = bind(self.address).map_or(Door::Lost, Door::Closed);
        }
    }

    /// Accepts connections from now on.
    pub(crate) fn open(&self) -> io::Result<()> {
        let mut inner = self.inner();
        let socket = match std::mem::replace(&mut inner.door, Door::Lost) {
            Door::Closed(socket) => socket,
            Door::Lost => bind(self.address)?,
            open => {
                inner.door = open;
                return Ok(());
            }
        };
        socket.listen(BACKLOG)?;
        inner.door = Door::Opened(socket.into());
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
        Ok(())
    }

    /// Returns the next connection; while the gate is closed, waits until it is opened.
    pub(crate) async fn accept(&self) -> io::Result<TcpStream> {
        poll_fn(|context| {
            let mut inner = self.inner();
            inner.door = match std::mem::replace(&mut inner.door, Door::Lost) {
                // Not earlier, because only this function runs on the sandbox's own runtime, which must watch the listener.
                Door::Opened(listener) => Door::Listening(TcpListener::from_std(listener)?),
                door => door,
            };
            if let Door::Listening(listener) = &inner.door {
                let accepted = listener.poll_accept(context);
                if accepted.is_ready() {
                    return accepted.map_ok(|(stream, _)| stream);
                }
            }
            inner.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bind(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // On Windows this option would let a second program take over the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{Ipv4Addr, TcpStream};

    use super::*;

    #[test]
    fn a_copy_of_the_listener_in_another_process_neither_accepts_nor_keeps_the_port() {
        let gate = Gate::opened((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        // The other process has a copy because it is being started.
        let copy = |gate: &Gate| match &gate.inner().door {
            Door::Opened(listener) => listener.try_clone().unwrap(),
            _ => panic!("the gate is not open"),
        };
        let refuses = || TcpStream::connect(gate.address()).unwrap_err().kind() == io::ErrorKind::ConnectionRefused;
        let first = copy(&gate);
        gate.close();
        assert!(refuses() && matches!(gate.inner().door, Door::Closed(_)));
        gate.open().unwrap();
        TcpStream::connect(gate.address()).unwrap();

        let (second, address) = (copy(&gate), gate.address());
        drop(gate);
        assert_eq!(TcpStream::connect(address).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        drop((first, second));
    }
}
