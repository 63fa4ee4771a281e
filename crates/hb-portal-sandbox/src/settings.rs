//! What a builder decides.

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

/// What a builder decides.
pub(crate) struct Settings {
    pub(crate) base_path: String,
    pub(crate) dialect: Dialect,
    /// How the operation that sends a test delivery signs it, and where it connects to.
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
    /// What its URLs start with.
    pub(crate) fn scheme(&self) -> &'static str {
        #[cfg(feature = "tls")]
        if self.identity.is_some() {
            return "https";
        }
        "http"
    }
}
