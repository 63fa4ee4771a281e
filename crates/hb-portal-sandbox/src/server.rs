//! The thread that accepts connections and serves them, until its handle is dropped.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use tokio::runtime;
use tokio::sync::oneshot;

use crate::connection;
use crate::gate::Gate;
use crate::http1::{Socket, socket};
use crate::leases::Lease;
use crate::portal;
use crate::record::Arrivals;
use crate::state::State;

/// A running server; dropping it stops it and closes its connections.
pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Serves the connections that `gate` accepts, on a separate thread with a separate runtime, so that a test can block its own
    /// runtime or stop its clock without affecting the sandbox.
    pub(crate) fn start(gate: Arc<Gate>, state: Arc<State>) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("hb-portal-sandbox".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    // Resolves when the handle sends or is dropped; either way the server must stop.
                    _ = stopped => {}
                    () = serve(&gate, state) => {}
                }
            });
            // Dropping the runtime drops its tasks, and with them their sockets.
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

async fn serve(gate: &Gate, state: Arc<State>) {
    let router = portal::router(Arc::clone(&state));
    loop {
        match gate.accept().await {
            Ok(stream) => {
                let (socket, lease) = (socket(stream), state.leases.lease());
                // If the gate is closed later, the lease ends.
                if !gate.is_closed() {
                    let arrivals = state.arrivals();
                    tokio::spawn(hold(socket, lease, arrivals, Arc::clone(&state), router.clone()));
                }
            }
            // Usually the process is out of file descriptors; an immediate retry would only use CPU time.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Serves one connection for as long as its lease lasts.
async fn hold(socket: Socket, mut lease: Lease, arrivals: Arc<Arrivals>, state: Arc<State>, router: Router) {
    let served = async {
        if let Some(ending) = state.faults.connected() {
            if state.settings.scheme() == "http" {
                arrivals.established();
            }
            return connection::end(socket, ending, &arrivals).await;
        }
        #[cfg(feature = "tls")]
        if let Some(identity) = &state.settings.identity {
            // A client that does not trust the certificate fails the handshake; there is nothing to serve then.
            if let Ok(stream) = identity.acceptor.accept(socket).await {
                connection::serve(stream, arrivals, Arc::clone(&state), router).await;
            }
            return;
        }
        connection::serve(socket, arrivals, Arc::clone(&state), router).await;
    };
    tokio::select! {
        // The lease is polled first, so that a request that arrives after its end is not served.
        biased;
        () = lease.ended() => {}
        () = served => {}
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Fails only if the thread has already ended.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A callback may own the last handle, and a thread cannot join itself.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Read as _;
    use std::net::{self, Ipv4Addr};

    use socket2::SockRef;
    use tokio::net::TcpListener;

    use super::*;
    use crate::Sandbox;
    use crate::fault::{Ending, Fault, Moment};

    #[tokio::test]
    async fn a_connection_ends_although_a_process_that_is_being_started_has_a_copy_of_it() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let connected = async |sandbox: &Sandbox| {
            let client = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            client.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let copy = SockRef::from(&stream).try_clone().unwrap();
            let (state, lease) = (Arc::clone(&sandbox.state), sandbox.state.leases.lease());
            let router = portal::router(Arc::clone(&state));
            (client, copy, tokio::spawn(hold(socket(stream), lease, state.arrivals(), state, router)))
        };
        let sandbox = Sandbox::start().await.unwrap();
        let (mut client, copy, held) = connected(&sandbox).await;
        sandbox.close_connections().await;
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
        held.await.unwrap();
        drop(copy);

        // Nothing can send RST before the copy is gone. FIN must not be sent instead.
        sandbox.inject(Fault::breaks(Moment::Connected, Ending::Reset));
        let (mut client, copy, held) = connected(&sandbox).await;
        held.await.unwrap();
        drop(copy);
        assert_eq!(client.read(&mut [0]).unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    }
}
