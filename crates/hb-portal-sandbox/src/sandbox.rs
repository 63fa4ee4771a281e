//! The handle on a running sandbox: where it is, who may use it, what it holds.

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
/// It runs on a thread of its own and can be asked from any other. `Debug` shows its address and how much it holds, and
/// neither token, key nor secret.
pub struct Sandbox {
    pub(crate) base_url: String,
    pub(crate) refusing_url: String,
    pub(crate) state: Arc<State>,
    pub(crate) gate: Arc<Gate>,
    /// Keeps the port of `refusing_url` from everybody else.
    pub(crate) _refusing: Gate,
    /// Stops the server when it is dropped.
    pub(crate) _server: Server,
}

impl Sandbox {
    /// Where the operations are: scheme, host, port and base path, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// A base URL on which nothing listens, for as long as the sandbox lives: connections to it are refused.
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

    /// A token that it accepts until it is revoked.
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

    /// What it really holds, whatever its clients were told.
    pub fn endpoints(&self) -> Vec<StoredEndpoint> {
        self.state.endpoints()
    }

    /// Delivers an event to an endpoint on this machine, signed with the endpoint's secret, and resolves with the tries that
    /// it took.
    ///
    /// Each try waits for an answer as long as the endpoint's `timeout_seconds`; when it is not a 2xx, there are up to
    /// `max_retries` more, with a growing wait before each. It runs on the caller's runtime, which needs tokio's I/O and
    /// time.
    ///
    /// # Errors
    /// There is no such endpoint, it is not on this machine and the delivery does not say where to connect to, its secret
    /// does not fit the signing, or there is nothing to replay.
    ///
    /// # Examples
    /// ```no_run
    /// use hb_portal_sandbox::{Flaw, Sandbox, Signing, TestDelivery};
    ///
    /// # async fn example(sandbox: Sandbox) -> std::io::Result<()> {
    /// let delivery = TestDelivery::new(1, Signing::Hex("Signature".to_owned()));
    /// assert!(sandbox.deliver(delivery.clone()).await?.iter().any(|attempt| attempt.is_accepted()));
    /// let forged = sandbox.deliver(delivery.flaw(Flaw::WrongSignature)).await?;
    /// assert!(!forged[0].is_accepted(), "the receiver took a forgery");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn deliver(&self, delivery: TestDelivery) -> io::Result<Vec<DeliveryAttempt>> {
        dispatch::deliver(&self.state, delivery).await
    }

    /// Every try to deliver, in the order in which they ended.
    pub fn attempts(&self) -> Vec<DeliveryAttempt> {
        self.state.attempts()
    }

    /// Every request whose first line arrived, in the order in which they were handled.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state.requests()
    }

    /// Every connection that was accepted, in that order, and whether a byte of a request arrived over it.
    pub fn connections(&self) -> Vec<RecordedConnection> {
        self.state.connections()
    }

    /// Resolves when no connection is open: when every client has closed its own, and what it sent has been read.
    pub async fn idle(&self) {
        self.state.leases.all_returned().await;
    }

    /// Forgets the requests that arrived and the connections that were accepted so far.
    pub fn forget_requests(&self) {
        self.state.forget_requests();
    }

    /// How many tokens were minted.
    pub fn tokens_minted(&self) -> usize {
        self.state.minted()
    }

    /// Stops accepting one token.
    pub fn revoke_token(&self, token: &str) {
        self.state.revoke(token);
    }

    /// Stops accepting every token, [`access_token`](Self::access_token) included.
    pub fn revoke_tokens(&self) {
        self.state.revoke_all();
    }

    /// Has `fault` strike the next request of its operation that it fits. Faults strike in the order in which they are
    /// injected, one request each.
    ///
    /// # Examples
    /// ```
    /// use hb_portal_sandbox::{Answer, Fault, Sandbox};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.inject(Fault::answers(Answer::new(500).committing()));
    /// assert_eq!(sandbox.pending_faults()[0].name(), "commits, then answers 500");
    /// // Here the client creates a webhook, is told 500, and must not believe that nothing happened.
    /// # Ok(())
    /// # }
    /// ```
    pub fn inject(&self, fault: Fault) {
        self.inject_n(fault, 1);
    }

    /// Has `fault` strike so many requests.
    pub fn inject_n(&self, fault: Fault, times: usize) {
        self.make_way(&fault);
        self.state.faults.inject(fault, times);
    }

    /// Has `fault` strike every request that no earlier fault strikes, until [`clear_faults`](Self::clear_faults).
    pub fn inject_always(&self, fault: Fault) {
        self.make_way(&fault);
        self.state.faults.inject_always(fault);
    }

    /// The faults that have not struck, or not often enough, yet.
    pub fn pending_faults(&self) -> Vec<Fault> {
        self.state.faults.pending()
    }

    /// Takes back every fault that has not struck yet, and listens again if [`Fault::refuses`] ended that.
    ///
    /// # Errors
    /// The port was taken by somebody else while nothing listened.
    pub fn clear_faults(&self) -> io::Result<()> {
        self.state.faults.clear();
        self.gate.open()
    }

    /// Closes every open connection, as a server does with idle ones, and resolves when they are closed.
    pub async fn close_connections(&self) {
        self.state.leases.end_all().await;
    }

    /// Sees to it that `fault` is not evaded over a connection that is open already.
    fn make_way(&self, fault: &Fault) {
        if fault.refuses_connections() {
            self.gate.close();
        }
        if fault.strikes_connections() {
            // The leases end here and now; nobody has to wait until the connections notice.
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

// It is handed to every thread of a test.
const _: () = {
    const fn is_shareable<T: Send + Sync + 'static>() {}
    is_shareable::<Sandbox>();
};
