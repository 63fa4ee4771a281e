//! The handle to a running sandbox: its address, its credentials and its contents.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::deliver::{DeliveryAttempt, TestDelivery};
use crate::dispatch;
use crate::endpoint::StoredEndpoint;
use crate::fault::Fault;
use crate::gate::Gate;
use crate::record::{RecordedConnection, RecordedRequest};
use crate::server::Server;
use crate::state::State;

/// A portal on loopback. Dropping it stops it and closes its connections.
///
/// It runs on its own thread and can be queried from any other. `Debug` shows its base URL and the numbers of items that it
/// holds, but no token, key or secret.
pub struct Sandbox {
    pub(crate) base_url: String,
    pub(crate) refusing_url: String,
    pub(crate) state: Arc<State>,
    pub(crate) gate: Arc<Gate>,
    /// Reserves the port of `refusing_url`, so that no other process can listen on it.
    pub(crate) _refusing: Gate,
    /// Stops the server when it is dropped.
    pub(crate) _server: Server,
}

impl Sandbox {
    /// The base URL of the operations: scheme, host, port and base path, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// A base URL on which nothing listens. Connections to it are refused for as long as the sandbox lives.
    pub fn refusing_base_url(&self) -> &str {
        &self.refusing_url
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.gate.address()
    }

    /// The certificate to trust, in PEM; `None` unless it serves https.
    #[cfg(feature = "tls")]
    pub fn certificate_pem(&self) -> Option<&str> {
        let identity = self.state.settings.identity.as_ref()?;
        Some(&identity.pem)
    }

    /// The certificate to trust, in DER; `None` unless it serves https.
    #[cfg(feature = "tls")]
    pub fn certificate_der(&self) -> Option<&[u8]> {
        let identity = self.state.settings.identity.as_ref()?;
        Some(&identity.der)
    }

    /// A token that the sandbox accepts until it is revoked.
    pub fn access_token(&self) -> &str {
        &self.state.settings.access_token
    }

    /// The client that its [`api_key`](Self::api_key) belongs to.
    pub fn client_id(&self) -> u64 {
        self.state.settings.client_id
    }

    /// The key that mints tokens.
    pub fn api_key(&self) -> &str {
        &self.state.settings.api_key
    }

    /// The endpoints that exist, regardless of what the responses told the clients.
    pub fn endpoints(&self) -> Vec<StoredEndpoint> {
        self.state.endpoints()
    }

    /// Delivers an event to an endpoint on this machine, signed with the endpoint's secret, and returns the attempts that were
    /// made.
    ///
    /// Each attempt waits up to the endpoint's `timeout_seconds` for a response. If the response is not a 2xx, up to
    /// `max_retries` more attempts follow, with a growing delay before each. The delivery runs on the caller's runtime, which
    /// needs tokio's I/O and time drivers.
    ///
    /// # Errors
    /// The endpoint does not exist; its URL does not name this machine and the delivery gives no address to connect to; its
    /// secret does not fit the signature scheme; or there is no earlier delivery to replay.
    ///
    /// # Examples
    /// ```no_run
    /// use hb_portal_sandbox::{Flaw, Sandbox, Signing, TestDelivery};
    ///
    /// # async fn example(sandbox: Sandbox) -> std::io::Result<()> {
    /// let delivery = TestDelivery::new(1, Signing::Hex("Signature".to_owned()));
    /// assert!(sandbox.deliver(delivery.clone()).await?.iter().any(|attempt| attempt.is_accepted()));
    /// let forged = sandbox.deliver(delivery.flaw(Flaw::WrongSignature)).await?;
    /// assert!(!forged[0].is_accepted(), "the receiver accepted a forged delivery");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn deliver(&self, delivery: TestDelivery) -> io::Result<Vec<DeliveryAttempt>> {
        dispatch::deliver(&self.state, delivery).await
    }

    /// Every delivery attempt, in the order in which they ended.
    pub fn attempts(&self) -> Vec<DeliveryAttempt> {
        self.state.attempts()
    }

    /// Every request whose first line arrived, in the order in which the sandbox handled them.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state.requests()
    }

    /// Every accepted connection, in the order in which they were accepted, and whether a byte of a request arrived over it.
    pub fn connections(&self) -> Vec<RecordedConnection> {
        self.state.connections()
    }

    /// Resolves when no connection is open, which means that every client has closed its connections and the sandbox has read
    /// everything that they sent.
    pub async fn idle(&self) {
        self.state.leases.all_returned().await;
    }

    /// Forgets the requests and connections that were recorded so far.
    pub fn forget_requests(&self) {
        self.state.forget_requests();
    }

    /// The number of tokens that were minted.
    pub fn tokens_minted(&self) -> usize {
        self.state.minted()
    }

    /// Revokes one token.
    pub fn revoke_token(&self, token: &str) {
        self.state.revoke(token);
    }

    /// Revokes every token, including [`access_token`](Self::access_token).
    pub fn revoke_tokens(&self) {
        self.state.revoke_all();
    }

    /// Makes `fault` strike the next request of its operation that it fits. Faults strike in the order in which they were
    /// injected, one request each.
    ///
    /// # Examples
    /// ```
    /// use hb_portal_sandbox::{Fault, Response, Sandbox};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.inject(Fault::responds(Response::new(500).committing()));
    /// assert_eq!(sandbox.pending_faults()[0].name(), "commits, then responds with 500");
    /// // Here the client under test creates an endpoint. It receives a 500 and must not conclude that nothing was created.
    /// # Ok(())
    /// # }
    /// ```
    pub fn inject(&self, fault: Fault) {
        self.inject_n(fault, 1);
    }

    /// Makes `fault` strike the next `times` requests that it fits.
    pub fn inject_n(&self, fault: Fault, times: usize) {
        self.prevent_evasion(&fault);
        self.state.faults.inject(fault, times);
    }

    /// Makes `fault` strike every request that no earlier fault strikes, until [`clear_faults`](Self::clear_faults).
    pub fn inject_always(&self, fault: Fault) {
        self.prevent_evasion(&fault);
        self.state.faults.inject_always(fault);
    }

    /// The faults that still wait for a request, including those that have struck fewer times than requested.
    pub fn pending_faults(&self) -> Vec<Fault> {
        self.state.faults.pending()
    }

    /// Removes every pending fault, and listens again if [`Fault::refuses`] stopped that.
    ///
    /// # Errors
    /// Another process took the port while the sandbox did not listen.
    pub fn clear_faults(&self) -> io::Result<()> {
        self.state.faults.clear();
        self.gate.open()
    }

    /// Closes every open connection, as a server does with idle ones, and resolves when all of them are closed.
    pub async fn close_connections(&self) {
        self.state.leases.end_all().await;
    }

    /// Prevents a client from evading `fault` over a connection that is already open.
    fn prevent_evasion(&self, fault: &Fault) {
        if fault.refuses_connections() {
            self.gate.close();
        }
        if fault.strikes_connections() {
            // The leases end immediately, so there is no need to wait until the connections notice.
            drop(self.state.leases.end_all());
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("base_url", &self.base_url)
            .field("endpoints", &self.state.endpoints().len())
            .field("requests", &self.state.requests().len())
            .field("tokens_minted", &self.state.minted())
            .finish_non_exhaustive()
    }
}

// A test may use it from several threads.
const _: () = {
    const fn is_shareable<T: Send + Sync + 'static>() {}
    is_shareable::<Sandbox>();
};
