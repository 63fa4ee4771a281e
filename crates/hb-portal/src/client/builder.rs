//! What a client is built from.

use std::{env, fmt, sync::Arc, time::Duration};

use super::{Client, error::BuildError, http};
use crate::{
    RetryPolicy,
    exchange::Portal,
    http::{BaseUrl, Http},
    limits::Limits,
    minting::Minting,
    token::{AccessToken, ClientCredentials, TokenProvider, Tokens},
};

/// Per try: long enough for a slow portal, short enough for a person who waits.
const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Builds a [`Client`]. What is set twice is what was set last.
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    base_url: Option<String>,
    source: Option<Source>,
    limits: Limits,
    http: http::Settings,
}

/// Where tokens come from.
enum Source {
    Token(AccessToken),
    Credentials(ClientCredentials),
    Provider(Arc<dyn TokenProvider>),
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            base_url: None,
            source: None,
            limits: Limits { timeout: TIMEOUT, deadline: None, retry: RetryPolicy::default() },
            http: http::Settings {
                given: None,
                user_agent: concat!("hb-portal-rust/", env!("CARGO_PKG_VERSION")).to_owned(),
                connect_timeout: CONNECT_TIMEOUT,
                proxies: Vec::new(),
                root_certificates: Vec::new(),
            },
        }
    }

    pub(super) fn from_env() -> Result<Self, BuildError> {
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
        self.source = Some(Source::Provider(Arc::new(provider)));
        self
    }

    /// How long one try may take, from connecting to the last byte of the answer. Default: 30 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// How long connecting may take, TLS included. Default: 10 seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.http.connect_timeout = timeout;
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
        self.http.user_agent = user_agent.to_owned();
        self
    }

    /// A proxy for https; several are tried in order. Without one, the usual environment variables decide.
    ///
    /// Plain http to this machine never goes through a proxy.
    pub fn proxy(mut self, proxy: reqwest::Proxy) -> Self {
        self.http.proxies.push(proxy);
        self
    }

    /// Root certificates to trust beside the system's: PEM, one or several.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.http.root_certificates.push(pem.into());
        self
    }

    /// An HTTP client of your own making, which is finished here: redirects, repeats, decompression, HTTP/2 and verbose
    /// logging are off, and the timeouts and the user agent are this builder's. Default headers stay; they are yours.
    ///
    /// Over https its TLS is used as it is, which asks for a provider: reqwest's own features bring one, or install one
    /// for the process, or hand over a `rustls::ClientConfig` with `tls_backend_preconfigured`. For a proxy or a root
    /// certificate alone, use [`proxy`](Self::proxy) and [`root_certificates`](Self::root_certificates).
    pub fn http_client(mut self, builder: reqwest::ClientBuilder) -> Self {
        self.http.given = Some(builder);
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
        if ::http::HeaderValue::from_str(&self.http.user_agent).is_err() {
            return Err(BuildError::UserAgent);
        }
        let timeout = self.limits.timeout;
        let http = Http { client: http::build(self.http, timeout, &base)?, base, timeout };
        let tokens = match source {
            Source::Token(token) => Tokens::fixed(token),
            Source::Credentials(credentials) => {
                let api_key = credentials.api_key.clone();
                let minting = Minting::new(credentials, http.clone(), self.limits.clone());
                Tokens::provided(Arc::new(minting), Some(api_key))
            }
            Source::Provider(provider) => Tokens::provided(provider, None),
        };
        Ok(Client { portal: Arc::new(Portal { http, tokens, limits: self.limits }) })
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
