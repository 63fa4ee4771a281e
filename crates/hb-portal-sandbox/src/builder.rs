//! Starts a sandbox, and builds one that differs from the plain one.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::deliver::{DeliveryAttempt, Signing};
use crate::dialect::Dialect;
use crate::gate::Gate;
use crate::random;
use crate::record::HandledRequest;
use crate::sandbox::Sandbox;
use crate::server::Server;
use crate::settings::{AttemptObserver, Observer, SecretSource, Settings};
use crate::state::State;
#[cfg(feature = "tls")]
use crate::tls::Identity;

const BASE_PATH: &str = "/api/v2";
const CLIENT_ID: u64 = 1;
const TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// Builds a [`Sandbox`]; see [`Sandbox::builder`].
#[must_use = "a builder does nothing until it is started"]
pub struct SandboxBuilder {
    address: SocketAddr,
    base_path: String,
    dialect: Dialect,
    signing: Signing,
    connect_to: Option<SocketAddr>,
    access_token: Option<String>,
    credentials: Option<(u64, String)>,
    token_lifetime: Duration,
    rate_limit: Option<u32>,
    observer: Option<Observer>,
    attempt_observer: Option<AttemptObserver>,
    secret_source: Option<SecretSource>,
    #[cfg(feature = "tls")]
    tls: bool,
}

impl Sandbox {
    /// Starts a sandbox on a free port of `127.0.0.1`.
    ///
    /// # Errors
    /// The system has no port, thread or random bytes to give.
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = hb_portal_sandbox::Sandbox::start().await?;
    /// assert!(sandbox.base_url().starts_with("http://127.0.0.1:"));
    /// assert!(sandbox.endpoints().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Builds one that listens elsewhere, limits its callers or plants its secrets.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::new()
    }
}

impl SandboxBuilder {
    fn new() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            base_path: BASE_PATH.to_owned(),
            dialect: Dialect::default(),
            signing: Signing::Hex("Signature".to_owned()),
            connect_to: None,
            access_token: None,
            credentials: None,
            token_lifetime: TOKEN_LIFETIME,
            rate_limit: None,
            observer: None,
            attempt_observer: None,
            secret_source: None,
            #[cfg(feature = "tls")]
            tls: false,
        }
    }

    /// Where to listen; `127.0.0.1` and a free port unless set. Only loopback addresses are accepted: a sandbox is not for
    /// others to reach.
    pub fn bind(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// The path that the operations lie under; `/api/v2` unless set, and the empty text puts them at the root.
    ///
    /// The path is the sandbox's own choice: the portal's documentation names neither a host nor a path.
    pub fn base_path(mut self, path: &str) -> Self {
        path.trim_end_matches('/').clone_into(&mut self.base_path);
        self
    }

    /// The style of its responses; [`Dialect::Page`] unless set.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// How `POST {base}/webhooks/{id}/test` signs; hexadecimal in the header `Signature` unless set, which is the sandbox's own
    /// choice: the portal documents none.
    pub fn signing(mut self, signing: Signing) -> Self {
        self.signing = signing;
        self
    }

    /// Where `POST {base}/webhooks/{id}/test` delivers to, by http, whatever host the endpoint's URL names. It has to be on
    /// this machine.
    pub fn deliver_to(mut self, address: SocketAddr) -> Self {
        self.connect_to = Some(address);
        self
    }

    /// The token that [`Sandbox::access_token`] gives; unpredictable unless set.
    pub fn access_token(mut self, token: impl Into<String>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// The credentials that mint tokens; client 1 and an unpredictable key unless set.
    pub fn credentials(mut self, client_id: u64, api_key: impl Into<String>) -> Self {
        self.credentials = Some((client_id, api_key.into()));
        self
    }

    /// How long a minted token is accepted, in whole seconds for its `expires_in`; one hour unless set. With
    /// [`Duration::ZERO`] it has expired when it arrives. The token that [`Sandbox::access_token`] gives does not expire.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// How many requests to its operations are answered in any 60 seconds before they get a `429`; no limit unless set.
    pub fn rate_limit(mut self, per_minute: u32) -> Self {
        self.rate_limit = Some(per_minute);
        self
    }

    /// Called once for each request, before its answer is written, on the sandbox's own thread.
    pub fn on_request(mut self, callback: impl Fn(&HandledRequest) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(callback));
        self
    }

    /// Called once for each try to deliver, when it is known what became of it.
    pub fn on_attempt(mut self, callback: impl Fn(&DeliveryAttempt) + Send + Sync + 'static) -> Self {
        self.attempt_observer = Some(Box::new(callback));
        self
    }

    /// Where signing secrets come from; 32 random bytes in hexadecimal unless set. For tests that plant a secret of their own.
    pub fn secrets(mut self, source: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.secret_source = Some(Box::new(source));
        self
    }

    /// Serves https, with a certificate for `127.0.0.1` (or the address that it is bound to) and `localhost`, made on the spot
    /// and signed by itself: a client refuses it unless it is told to trust
    /// [`Sandbox::certificate_pem`].
    #[cfg(feature = "tls")]
    pub fn tls_self_signed(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Binds, and starts to serve.
    ///
    /// # Errors
    /// The address is taken or is not a loopback address, the base path is not a path, or the system has no thread, socket
    /// or random bytes to give.
    pub async fn start(self) -> io::Result<Sandbox> {
        if !self.address.ip().is_loopback() {
            return Err(invalid("a sandbox listens on loopback addresses only"));
        }
        if !is_base_path(&self.base_path) {
            return Err(invalid("a base path is empty, or starts with a slash and holds letters, digits and `-._~/`"));
        }
        let (client_id, api_key) = match self.credentials {
            Some(credentials) => credentials,
            None => (CLIENT_ID, random::text()?),
        };
        let state = Arc::new(State::new(Settings {
            base_path: self.base_path,
            dialect: self.dialect,
            signing: self.signing,
            connect_to: self.connect_to,
            access_token: match self.access_token {
                Some(token) => token,
                None => random::text()?,
            },
            client_id,
            api_key,
            token_lifetime: self.token_lifetime,
            rate_limit: self.rate_limit,
            observer: self.observer,
            attempt_observer: self.attempt_observer,
            secret_source: self.secret_source,
            #[cfg(feature = "tls")]
            identity: match self.tls {
                true => Some(Identity::self_signed(self.address.ip())?),
                false => None,
            },
        }));
        let gate = Arc::new(Gate::opened(self.address)?);
        let refusing = Gate::closed(SocketAddr::new(self.address.ip(), 0))?;
        let server = Server::start(Arc::clone(&gate), Arc::clone(&state))?;
        let scheme = state.settings.scheme();
        let path = &state.settings.base_path;
        let url = |gate: &Gate| format!("{scheme}://{}{path}", gate.address());
        Ok(Sandbox {
            base_url: url(&gate),
            refusing_url: url(&refusing),
            state,
            gate,
            _refusing: refusing,
            _server: server,
        })
    }
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

/// Whether a router takes `path` literally and a client sends it as it is.
fn is_base_path(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
    path.is_empty() || path.starts_with('/') && !path.contains("//") && path.chars().all(plain)
}

impl fmt::Debug for SandboxBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxBuilder")
            .field("address", &self.address)
            .field("base_path", &self.base_path)
            .field("dialect", &self.dialect)
            .field("token_lifetime", &self.token_lifetime)
            .field("rate_limit", &self.rate_limit)
            .finish_non_exhaustive()
    }
}
