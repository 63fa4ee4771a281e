//! Starts a sandbox with the default settings, or with other settings through a builder.

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
    /// The operating system could not provide a port, a thread or random bytes.
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

    /// Configures a sandbox, for example its address, its rate limit or its secrets.
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

    /// Sets the address to listen on. Default: `127.0.0.1` and a free port. Only loopback addresses are accepted, because other
    /// machines must not reach a sandbox.
    pub fn bind(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Sets the base path of the operations. Default: `/api/v2`. An empty string puts them at the root.
    ///
    /// The default is the sandbox's own choice, because the portal's documentation names neither a host nor a path.
    pub fn base_path(mut self, path: &str) -> Self {
        path.trim_end_matches('/').clone_into(&mut self.base_path);
        self
    }

    /// Sets the style of the responses. Default: [`Dialect::Page`].
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Sets the signature scheme of `POST {base}/webhooks/{id}/test`. Default: hexadecimal in the header `Signature`. The default
    /// is the sandbox's own choice, because the portal documents no scheme.
    pub fn signing(mut self, signing: Signing) -> Self {
        self.signing = signing;
        self
    }

    /// Sets the address that `POST {base}/webhooks/{id}/test` delivers to over http, regardless of the host in the endpoint's
    /// URL. The address must be on this machine.
    pub fn deliver_to(mut self, address: SocketAddr) -> Self {
        self.connect_to = Some(address);
        self
    }

    /// Sets the token that [`Sandbox::access_token`] returns. Default: random.
    pub fn access_token(mut self, token: impl Into<String>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// Sets the credentials that mint tokens. Default: client 1 and a random key.
    pub fn credentials(mut self, client_id: u64, api_key: impl Into<String>) -> Self {
        self.credentials = Some((client_id, api_key.into()));
        self
    }

    /// Sets how long a minted token is accepted. Default: one hour. Its `expires_in` states whole seconds. With
    /// [`Duration::ZERO`], it has expired by the time it arrives. The token that [`Sandbox::access_token`] returns does not
    /// expire.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Sets how many requests to the operations are served in any 60 seconds; further ones receive a `429`. Default: no limit.
    pub fn rate_limit(mut self, per_minute: u32) -> Self {
        self.rate_limit = Some(per_minute);
        self
    }

    /// Sets a callback that is called once for each request, before the response is written, on the sandbox's own thread.
    pub fn on_request(mut self, callback: impl Fn(&HandledRequest) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(callback));
        self
    }

    /// Sets a callback that is called once for each delivery attempt, when its result is known.
    pub fn on_attempt(mut self, callback: impl Fn(&DeliveryAttempt) + Send + Sync + 'static) -> Self {
        self.attempt_observer = Some(Box::new(callback));
        self
    }

    /// Sets the source of signing secrets. Default: 32 random bytes in hexadecimal. Tests use it to plant known secrets.
    pub fn secrets(mut self, source: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.secret_source = Some(Box::new(source));
        self
    }

    /// Serves https with a newly generated, self-signed certificate for `127.0.0.1` (or the address that the sandbox is bound to)
    /// and `localhost`. A client refuses it unless it is configured to trust [`Sandbox::certificate_pem`].
    #[cfg(feature = "tls")]
    pub fn tls_self_signed(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Binds the address and starts serving.
    ///
    /// # Errors
    /// The address is in use or is not a loopback address, the base path is not a valid path, or the operating system could not
    /// provide a thread, a socket or random bytes.
    pub async fn start(self) -> io::Result<Sandbox> {
        if !self.address.ip().is_loopback() {
            return Err(invalid("a sandbox listens only on loopback addresses, such as 127.0.0.1"));
        }
        if !is_base_path(&self.base_path) {
            return Err(invalid(
                "a base path is empty, or starts with `/` and has only letters, digits and `-._~/`, but no `//`",
            ));
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

/// Whether the router matches `path` literally and a client sends it unchanged.
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
