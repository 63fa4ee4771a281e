//! The client: where the portal is, and what it is reached with.

mod builder;
mod error;
mod http;

use std::{fmt, sync::Arc};

pub use builder::ClientBuilder;
pub use error::BuildError;

use crate::{Webhooks, exchange::Portal};

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
    pub fn webhooks(&self) -> Webhooks<'_> {
        Webhooks::new(&self.portal)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.portal.fmt(f)
    }
}

const _: () = {
    const fn is_shareable<T: Clone + fmt::Debug + Send + Sync + 'static>() {}
    is_shareable::<Client>();
};
