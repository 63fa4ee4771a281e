//! The client, and what it is built from.

mod error;
mod transport;

use std::{env, fmt, sync::Arc, time::Duration};

pub use error::BuildError;

use crate::{
    AccessToken, ClientCredentials, RetryPolicy, Webhooks,
    http::{BaseUrl, Http},
    limits::Limits,
    portal::{Background, Portal},
    token::{Minting, TokenProvider, Tokens},
};

/// A client of the portal. Cheap to clone: clones share connections and the access token.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = hb_portal_sandbox::Sandbox::start().await?;
/// # let (base_url, token) = (sandbox.base_url(), sandbox.access_token());
/// use hb_portal::Client;
///
/// let client = Client::builder().base_url(base_url).access_token(token).build()?;
/// let created = client.webhooks().create("https://your-app.com/webhooks", ["reference.submitted"]).send().await?;
/// let secret: &str = created.secret.expose_secret();
/// # assert!(!secret.is_empty());
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Clone)]
pub struct Client {
    portal: Arc<Portal>,
}

impl Client {
    /// A builder, which needs at least a base URL and something to get a token from.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// A client made of environment variables.
    ///
    /// `HB_PORTAL_BASE_URL`, and either `HB_PORTAL_ACCESS_TOKEN`, or `HB_PORTAL_CLIENT_ID` (a number) with
    /// `HB_PORTAL_API_KEY`. A variable that is empty counts as one that is not set.
    ///
    /// # Errors
    ///
    /// [`BuildError`]: the variable that is missing or cannot be read, by name, never by value.
    ///
    /// ```no_run
    /// let client = hb_portal::Client::from_env()?;
    /// # Ok::<(), hb_portal::BuildError>(())
    /// ```
    pub fn from_env() -> Result<Self, BuildError> {
        ClientBuilder::from_env()?.build()
    }

    /// The webhook endpoints of the account.
    #[must_use]
    pub fn webhooks(&self) -> Webhooks {
        Webhooks::new(&self.portal)
    }

    /// Waits until no create is running in a task of its own.
    ///
    /// A create with a sink goes on when its future is dropped. Call this before the runtime shuts down, which would stop it.
    /// Creates that begin while this waits are waited for too.
    ///
    /// ```
    /// # async fn example(client: hb_portal::Client) {
    /// // On SIGTERM, after the server has stopped:
    /// client.drain().await;
    /// # }
    /// ```
    pub async fn drain(&self) {
        self.portal.background.idle().await;
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.portal.fmt(f)
    }
}

/// Per attempt: long enough for a slow portal, short enough for a person who waits.
const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For a whole call, so that one that nobody watches ends.
const DEADLINE: Duration = Duration::from_secs(5 * 60);

/// Builds a [`Client`]. What is set twice is what was set last.
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    base_url: Option<String>,
    source: Option<Source>,
    limits: Limits,
    transport: transport::Settings,
}

/// Where tokens come from.
enum Source {
    Token(AccessToken),
    Credentials(ClientCredentials),
    Provider(Box<dyn TokenProvider>),
}

impl ClientBuilder {
    fn new() -> Self {
        Self {
            base_url: None,
            source: None,
            limits: Limits { timeout: TIMEOUT, deadline: Some(DEADLINE), retry: RetryPolicy::default() },
            transport: transport::Settings {
                given: None,
                user_agent: concat!("hb-portal-rust/", env!("CARGO_PKG_VERSION")).to_owned(),
                connect_timeout: CONNECT_TIMEOUT,
                proxies: Vec::new(),
                root_certificates: Vec::new(),
            },
        }
    }

    fn from_env() -> Result<Self, BuildError> {
        let base_url = variable("HB_PORTAL_BASE_URL")?.ok_or(BuildError::Environment {
            variable: "HB_PORTAL_BASE_URL",
            why: "is not set; it is the base URL of your account",
        })?;
        let builder = Self::new().base_url(&base_url);
        if let Some(token) = variable("HB_PORTAL_ACCESS_TOKEN")? {
            return Ok(builder.access_token(token));
        }
        let Some(client_id) = variable("HB_PORTAL_CLIENT_ID")? else {
            return Err(BuildError::Environment {
                variable: "HB_PORTAL_ACCESS_TOKEN",
                why: "is not set, and neither are HB_PORTAL_CLIENT_ID and HB_PORTAL_API_KEY, which do instead",
            });
        };
        let client_id = client_id
            .trim()
            .parse()
            .map_err(|_| BuildError::Environment { variable: "HB_PORTAL_CLIENT_ID", why: "is not a whole number" })?;
        let api_key = variable("HB_PORTAL_API_KEY")?.ok_or(BuildError::Environment {
            variable: "HB_PORTAL_API_KEY",
            why: "is not set, and HB_PORTAL_CLIENT_ID is of no use without it",
        })?;
        Ok(builder.credentials(ClientCredentials::new(client_id, api_key)))
    }

    /// Where the portal is, as in `https://portal.example/api/v2`; a slash at the end makes no difference.
    ///
    /// It belongs to your account: the documentation names no host. It must be https, or http to this machine; user
    /// info, a query or a fragment are refused.
    pub fn base_url(mut self, base_url: &str) -> Self {
        self.base_url = Some(base_url.to_owned());
        self
    }

    /// A token that you have. It is sent as `Authorization: Bearer` (`documented`), and is not renewed.
    pub fn access_token(mut self, token: impl Into<AccessToken>) -> Self {
        self.source = Some(Source::Token(token.into()));
        self
    }

    /// API credentials, from which the client gets tokens itself (`corroborated`): again a minute before one expires,
    /// once however many calls wait, and once more after a `401`.
    pub fn credentials(mut self, credentials: ClientCredentials) -> Self {
        self.source = Some(Source::Credentials(credentials));
        self
    }

    /// Your own source of tokens.
    pub fn token_provider(mut self, provider: impl TokenProvider + 'static) -> Self {
        self.source = Some(Source::Provider(Box::new(provider)));
        self
    }

    /// How long one try may take, from connecting to the last byte of the answer. Default: 30 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// How long connecting may take, TLS included. Default: 10 seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.transport.connect_timeout = timeout;
        self
    }

    /// How long a call may take over all its tries, waits and tokens included. Default: no limit but the tries' own.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.limits.deadline = Some(deadline);
        self
    }

    /// How often, and after which waits, a request is repeated that provably did nothing.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.limits.retry = policy;
        self
    }

    /// The `User-Agent`. Default: `hb-portal-rust/` and the version of this crate.
    pub fn user_agent(mut self, user_agent: &str) -> Self {
        self.transport.user_agent = user_agent.to_owned();
        self
    }

    /// A proxy for https; several are tried in order. Without one, the usual environment variables decide.
    ///
    /// Plain http to this machine never goes through a proxy.
    pub fn proxy(mut self, proxy: reqwest::Proxy) -> Self {
        self.transport.proxies.push(proxy);
        self
    }

    /// Root certificates to trust beside the system's: PEM, one or several.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.transport.root_certificates.push(pem.into());
        self
    }

    /// An HTTP client of your own making, which is finished here: redirects, repeats, decompression, HTTP/2 and verbose
    /// logging are off, and the timeouts and the user agent are this builder's. Default headers stay; they are yours.
    ///
    /// Over https its TLS is used as it is, which asks for a provider: reqwest's own features bring one, or install one
    /// for the process, or hand over a `rustls::ClientConfig` with `tls_backend_preconfigured`. For a proxy or a root
    /// certificate alone, use [`proxy`](Self::proxy) and [`root_certificates`](Self::root_certificates).
    pub fn http_client(mut self, builder: reqwest::ClientBuilder) -> Self {
        self.transport.given = Some(builder);
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// [`BuildError`]: what is missing or cannot be used. Nothing is sent.
    pub fn build(self) -> Result<Client, BuildError> {
        let base = self.base_url.as_deref().ok_or(BuildError::NoBaseUrl)?;
        let base = BaseUrl::parse(base).map_err(|why| BuildError::BaseUrl { why })?;
        let source = self.source.ok_or(BuildError::NoToken)?;
        if matches!(&source, Source::Token(token) if token.header().is_none()) {
            return Err(BuildError::AccessToken);
        }
        if http::HeaderValue::from_str(&self.transport.user_agent).is_err() {
            return Err(BuildError::UserAgent);
        }
        let timeout = self.limits.timeout;
        let http = Http { client: transport::build(self.transport, timeout, &base)?, base, timeout };
        let tokens = match source {
            Source::Token(token) => Tokens::Given(token),
            Source::Credentials(credentials) => {
                Tokens::Minted(Box::new(Minting::new(credentials, http.clone(), self.limits.clone())))
            }
            Source::Provider(provider) => Tokens::Provided(provider),
        };
        Ok(Client { portal: Arc::new(Portal { http, tokens, limits: self.limits, background: Background::default() }) })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the base URL: before it is checked it may have a password in it.
        f.debug_struct("ClientBuilder").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// The variable, if it is set and not empty.
fn variable(name: &'static str) -> Result<Option<String>, BuildError> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.trim().is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(BuildError::Environment { variable: name, why: "is not UTF-8" }),
    }
}

const _: () = {
    const fn is_shareable<T: Clone + fmt::Debug + Send + Sync + 'static>() {}
    is_shareable::<Client>();
};
