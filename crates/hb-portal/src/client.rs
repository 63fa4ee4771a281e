//! The client: where the portal is, and what it is reached with.

mod base_url;
mod builder;
mod error;
mod http;

use std::{fmt, sync::Arc, time::Duration};

pub(crate) use base_url::BaseUrl;
pub use builder::ClientBuilder;
pub use error::BuildError;

use crate::{RetryPolicy, Webhooks, token::Tokens};

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
    pub(crate) inner: Arc<Inner>,
}

/// What the clones of a client share.
pub(crate) struct Inner {
    pub(crate) http: Http,
    pub(crate) base: BaseUrl,
    pub(crate) tokens: Tokens,
    pub(crate) limits: Limits,
}

/// What requests are sent with, and how long it lets each take unless told otherwise.
#[derive(Clone)]
pub(crate) struct Http {
    pub(crate) client: reqwest::Client,
    pub(crate) timeout: Duration,
}

/// How long a call may take, and how often it may be tried.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Per try, body included.
    pub(crate) timeout: Duration,
    /// Over all tries.
    pub(crate) deadline: Option<Duration>,
    pub(crate) retry: RetryPolicy,
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
    pub fn webhooks(&self) -> Webhooks<'_> {
        Webhooks::new(self)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { base, tokens, limits, http: _ } = &*self.inner;
        f.debug_struct("Client")
            .field("base_url", &base.as_str())
            .field("tokens", tokens)
            .field("limits", limits)
            .finish_non_exhaustive()
    }
}

const _: () = {
    const fn is_shareable<T: Clone + fmt::Debug + Send + Sync + 'static>() {}
    is_shareable::<Client>();
};
