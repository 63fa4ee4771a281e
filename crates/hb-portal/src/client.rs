//! The client and its builder.

mod env;
mod error;
mod settings;

use std::{fmt, sync::Arc, time::Duration};

pub use error::BuildError;

use crate::{
    credentials::{AccessToken, ClientCredentials, problem},
    limits::Limits,
    portal::{Background, Portal},
    retry::RetryPolicy,
    token::{Minting, TokenProvider, TokenSource},
    transport::{BaseUrl, Http, Transport},
    webhooks::Webhooks,
};

/// A client of the portal. It is cheap to clone; clones share the access token.
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
    /// Returns a builder. It needs at least a base URL and a source of tokens.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Builds a client from environment variables: `HB_PORTAL_BASE_URL`, and either `HB_PORTAL_ACCESS_TOKEN`, or
    /// `HB_PORTAL_CLIENT_ID` (a number) with `HB_PORTAL_API_KEY`. An empty variable counts as unset. If both kinds of credentials
    /// are set, the access token is used.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the variable that is missing or cannot be read. It never contains a value.
    ///
    /// ```no_run
    /// let client = hb_portal::Client::from_env()?;
    /// # Ok::<(), hb_portal::BuildError>(())
    /// ```
    pub fn from_env() -> Result<Self, BuildError> {
        ClientBuilder::from_env()?.build()
    }

    /// Returns the operations on the account's webhook endpoints.
    #[must_use]
    pub fn webhooks(&self) -> Webhooks {
        Webhooks::new(&self.portal)
    }

    /// Returns the operations on the client's access token.
    #[cfg(feature = "preview")]
    #[must_use]
    pub fn tokens(&self) -> crate::tokens::Tokens {
        crate::tokens::Tokens::new(&self.portal)
    }

    /// Sends any generated operation with this client's tokens, retries and time limits.
    ///
    /// A new operation can be called as soon as it is generated.
    ///
    /// To create a webhook endpoint, use [`Webhooks::create`] instead: it finds a secret that is not where the contract says,
    /// stores it, and reports whether an endpoint may exist. A `POST` is retried only if it provably had no effect; methods that
    /// HTTP calls idempotent are also retried after a failure in transit.
    ///
    /// In the portal's messages, errors mask the client's own credentials and each `Secret` that `operation` sends. If you
    /// implement an operation that sends a secret as text, add the secret to `Request::secrets`.
    ///
    /// # Errors
    ///
    /// [`CallError`](crate::CallError), whose variant states what the portal did. It holds the response.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = hb_portal_sandbox::Sandbox::start().await?;
    /// # let client = hb_portal::Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token()).build()?;
    /// use hb_portal::operations::{CreateWebhookEndpoint, types};
    ///
    /// let body = types::CreateWebhookEndpoint {
    ///     url: "ftp://your-app.com".to_owned(),
    ///     events: vec!["reference.submitted".to_owned()],
    ///     timeout_seconds: None,
    ///     max_retries: None,
    /// };
    /// let error = client.call(&CreateWebhookEndpoint::new(&body)).await.unwrap_err();
    /// assert_eq!(error.status().map(|status| status.as_u16()), Some(422));
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
    /// ```
    #[cfg(feature = "operations")]
    pub async fn call<O: hb_portal_client::Operation>(
        &self,
        operation: &O,
    ) -> Result<O::Success, crate::error::CallError> {
        use crate::call::{Call, NOT_AS_DOCUMENTED, call};
        let with = Call::now(&self.portal, &self.portal.limits);
        call(&with, operation, |reply| O::read(reply.response).map_err(|_| NOT_AS_DOCUMENTED)).await.result
    }

    /// Waits until no create is running in a background task.
    ///
    /// A create with a sink continues when its future is dropped, but stops when the runtime shuts down, so call this before
    /// that. It also waits for creates that begin in the meantime.
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

/// Per attempt: long enough for a slow portal, short enough for a person who is waiting.
const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For a whole call, so that an unattended call ends.
const DEADLINE: Duration = Duration::from_secs(5 * 60);

/// Builds a [`Client`]. The last call of a setter wins, but proxies and root certificates add up.
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    base_url: Option<String>,
    plain_http_host: Option<String>,
    #[cfg(feature = "test-util")]
    respond_with: Option<crate::transport::Responder>,
    source: Option<Source>,
    limits: Limits,
    settings: settings::Settings,
}

/// The source of the client's tokens.
enum Source {
    Token(AccessToken),
    Credentials(ClientCredentials),
    Provider(Box<dyn TokenProvider>),
}

impl ClientBuilder {
    fn new() -> Self {
        Self {
            base_url: None,
            plain_http_host: None,
            #[cfg(feature = "test-util")]
            respond_with: None,
            source: None,
            limits: Limits { timeout: TIMEOUT, deadline: Some(DEADLINE), retry: RetryPolicy::default() },
            settings: settings::Settings {
                given: None,
                user_agent: concat!("hb-portal-rust/", env!("CARGO_PKG_VERSION")).to_owned(),
                connect_timeout: CONNECT_TIMEOUT,
                proxies: Vec::new(),
                root_certificates: Vec::new(),
            },
        }
    }

    /// Sets the portal's base URL, such as `https://portal.example/api/v2`; a trailing slash makes no difference.
    ///
    /// The documentation names no host; in the previous version of the API, it depends on the account (`corroborated`). The URL
    /// must be https, or http to this machine (see also [`allow_plain_http_to`](Self::allow_plain_http_to)). A URL with user info,
    /// a query or a fragment is refused.
    pub fn base_url(mut self, base_url: &str) -> Self {
        self.base_url = Some(base_url.to_owned());
        self
    }

    /// Allows plain http to one host, such as a mock in a container network.
    ///
    /// Anyone on the network path to that host can then read the token and every secret. Requests to it never use a proxy.
    ///
    /// ```
    /// use hb_portal::Client;
    ///
    /// let client = Client::builder()
    ///     .base_url("http://portal-mock:8080/api")
    ///     .allow_plain_http_to("portal-mock")
    ///     .access_token("1|token")
    ///     .build()?;
    /// # Ok::<(), hb_portal::BuildError>(())
    /// ```
    pub fn allow_plain_http_to(mut self, host: &str) -> Self {
        self.plain_http_host = Some(host.to_owned());
        self
    }

    /// Sets an access token that you already have. The client sends it as `Authorization: Bearer` (`documented`) and does not
    /// renew it.
    pub fn access_token(mut self, token: impl Into<AccessToken>) -> Self {
        self.source = Some(Source::Token(token.into()));
        self
    }

    /// Sets the API credentials with which the client gets its tokens (`corroborated`).
    ///
    /// The client renews a token that has less than 60 seconds (or a quarter of its lifetime, if that is less) left, and once
    /// after a `401`. All calls that wait for a token share one request. If renewal fails, the client uses the old token until it
    /// expires.
    pub fn credentials(mut self, credentials: ClientCredentials) -> Self {
        self.source = Some(Source::Credentials(credentials));
        self
    }

    /// Sets your own source of tokens.
    pub fn token_provider(mut self, provider: impl TokenProvider + 'static) -> Self {
        self.source = Some(Source::Provider(Box::new(provider)));
        self
    }

    /// Limits one attempt, from connecting to the last byte of the response. Default: 30 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Limits the time to connect, TLS included. Default: 10 seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = timeout;
        self
    }

    /// Limits a whole call: all its attempts, the delays between them, getting tokens and preparing a sink. Default: 5 minutes.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.limits.deadline = Some(deadline);
        self
    }

    /// Sets how many times, and with what delays, to retry. See [`RetryPolicy`] for what is retried.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.limits.retry = policy;
        self
    }

    /// Sets the `User-Agent`. Default: `hb-portal-rust/` and the version of this crate.
    pub fn user_agent(mut self, user_agent: &str) -> Self {
        self.settings.user_agent = user_agent.to_owned();
        self
    }

    /// Adds a proxy for https; the first one that matches is used.
    ///
    /// Without one, the usual environment variables decide, unless the base URL is on this machine.
    ///
    /// Plain http never uses a proxy.
    pub fn proxy(mut self, proxy: reqwest::Proxy) -> Self {
        self.settings.proxies.push(proxy);
        self
    }

    /// Adds one or more root certificates, in PEM, to trust in addition to the system's.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.settings.root_certificates.push(pem.into());
        self
    }

    /// Uses your own HTTP client builder.
    ///
    /// `build` turns off redirects, retries, decompression, HTTP/2 and verbose logging, and sets the timeouts and the user agent
    /// of this builder. Default headers are kept; they are your responsibility.
    ///
    /// For https, its TLS configuration is used unchanged and needs a provider: enable one of reqwest's own features, install a
    /// provider for the process, or pass a `rustls::ClientConfig` to `tls_backend_preconfigured`. If you only need a proxy or a
    /// root certificate, use [`proxy`](Self::proxy) and [`root_certificates`](Self::root_certificates).
    pub fn http_client(mut self, builder: reqwest::ClientBuilder) -> Self {
        self.settings.given = Some(builder);
        self
    }

    /// Uses `function` instead of the network: it receives each request and returns the portal's response.
    ///
    /// No port is opened and TLS is not set up, so any base URL works.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use hb_portal::Client;
    ///
    /// let client = Client::builder()
    ///     .base_url("https://portal.test")
    ///     .access_token("1|token")
    ///     .respond_with(|request| {
    ///         assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/webhooks"));
    ///         let body = br#"{"data": {"id": 5}, "secret": "whsec_example"}"#;
    ///         hb_portal::http::Response::builder().status(201).body(body.to_vec()).unwrap()
    ///     })
    ///     .build()?;
    /// let created = client.webhooks().create("https://your-app.com/", ["reference.submitted"]).send().await?;
    /// assert_eq!(created.secret.expose_secret(), "whsec_example");
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
    /// ```
    #[cfg(feature = "test-util")]
    pub fn respond_with(
        mut self,
        function: impl Fn(http::Request<Vec<u8>>) -> http::Response<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        self.respond_with = Some(std::sync::Arc::new(function));
        self
    }

    /// Builds the client without sending anything.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names what is missing or cannot be used.
    pub fn build(self) -> Result<Client, BuildError> {
        let base = self.base_url.as_deref().ok_or(BuildError::NoBaseUrl)?;
        let base = BaseUrl::parse(base, self.plain_http_host.as_deref()).map_err(|why| BuildError::BaseUrl { why })?;
        let source = self.source.ok_or(BuildError::NoToken)?;
        match &source {
            Source::Token(token) => {
                let unsendable = token.header().is_none().then_some("it has characters that no header can have");
                if let Some(why) = problem(token.expose_secret()).or(unsendable) {
                    return Err(BuildError::AccessToken { why });
                }
            }
            Source::Credentials(credentials) => {
                if let Some(why) = problem(credentials.api_key.expose_secret()) {
                    return Err(BuildError::ApiKey { why });
                }
            }
            Source::Provider(_) => {}
        }
        if http::HeaderValue::from_str(&self.settings.user_agent).is_err() {
            return Err(BuildError::UserAgent);
        }
        let timeout = self.limits.timeout;
        let network = || Ok(Transport::Network(settings::build(self.settings, timeout, &base)?));
        #[cfg(feature = "test-util")]
        let to = self.respond_with.map_or_else(network, |function| Ok(Transport::Function(function)))?;
        #[cfg(not(feature = "test-util"))]
        let to = network()?;
        let http = Http { to, base, timeout };
        let tokens = match source {
            Source::Token(token) => TokenSource::Given(token),
            Source::Credentials(credentials) => {
                TokenSource::Minted(Box::new(Minting::new(credentials, http.clone(), self.limits.clone())))
            }
            Source::Provider(provider) => TokenSource::Provided(provider),
        };
        Ok(Client { portal: Arc::new(Portal { http, tokens, limits: self.limits, background: Background::default() }) })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Omits the base URL, which may contain a password until it is checked.
        f.debug_struct("ClientBuilder").field("limits", &self.limits).finish_non_exhaustive()
    }
}

const _: () = {
    const fn is_shareable<T: Clone + fmt::Debug + Send + Sync + 'static>() {}
    is_shareable::<Client>();
};
