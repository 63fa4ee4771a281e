//! The settings of a sandbox, as the builder sets them.

use std::net::SocketAddr;
use std::time::Duration;

use crate::deliver::{DeliveryAttempt, Signing};
use crate::dialect::Dialect;
use crate::record::HandledRequest;
#[cfg(feature = "tls")]
use crate::tls::Identity;

pub(crate) type Observer = Box<dyn Fn(&HandledRequest) + Send + Sync>;
pub(crate) type AttemptObserver = Box<dyn Fn(&DeliveryAttempt) + Send + Sync>;
pub(crate) type SecretSource = Box<dyn Fn() -> String + Send + Sync>;

/// The settings of a sandbox.
pub(crate) struct Settings {
    pub(crate) base_path: String,
    pub(crate) dialect: Dialect,
    /// The signature scheme and the address of the operation that makes a test delivery.
    pub(crate) signing: Signing,
    pub(crate) connect_to: Option<SocketAddr>,
    pub(crate) access_token: String,
    pub(crate) client_id: u64,
    pub(crate) api_key: String,
    pub(crate) token_lifetime: Duration,
    pub(crate) rate_limit: Option<u32>,
    pub(crate) observer: Option<Observer>,
    pub(crate) attempt_observer: Option<AttemptObserver>,
    pub(crate) secret_source: Option<SecretSource>,
    #[cfg(feature = "tls")]
    pub(crate) identity: Option<Identity>,
}

impl Settings {
    /// The scheme of the sandbox's URLs.
    pub(crate) fn scheme(&self) -> &'static str {
        #[cfg(feature = "tls")]
        if self.identity.is_some() {
            return "https";
        }
        "http"
    }
}
