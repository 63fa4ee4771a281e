//! The thread that accepts connections and serves them, until its handle is dropped.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::sync::oneshot;

use crate::connection;
use crate::gate::Gate;
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
                let lease = state.leases.lease();
                // If the gate is closed later, the lease ends.
                if !gate.is_closed() {
                    let arrivals = state.arrivals();
                    tokio::spawn(hold(stream, lease, arrivals, Arc::clone(&state), router.clone()));
                }
            }
            // Usually the process is out of file descriptors; an immediate retry would only use CPU time.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Serves one connection for as long as its lease lasts.
async fn hold(stream: TcpStream, mut lease: Lease, arrivals: Arc<Arrivals>, state: Arc<State>, router: Router) {
    // Sends a response when it is written, not when the client has acknowledged the previous one.
    let _ = stream.set_nodelay(true);
    let served = async {
        if let Some(ending) = state.faults.connected() {
            if state.settings.scheme() == "http" {
                arrivals.established();
            }
            return connection::end(stream, ending, &arrivals).await;
        }
        #[cfg(feature = "tls")]
        if let Some(identity) = &state.settings.identity {
            // A client that does not trust the certificate fails the handshake; there is nothing to serve then.
            if let Ok(stream) = identity.acceptor.accept(stream).await {
                connection::serve(stream, arrivals, Arc::clone(&state), router).await;
            }
            return;
        }
        connection::serve(stream, arrivals, Arc::clone(&state), router).await;
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
