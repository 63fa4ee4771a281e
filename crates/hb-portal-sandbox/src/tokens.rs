//! The access tokens that the sandbox accepts, and the refresh tokens that renew them.

use std::collections::HashMap;
use std::io;
use std::time::{Duration, Instant};

use crate::random;

/// The lifetime of a refresh token: seven days, as in the vendor's other APIs (inferred).
const REFRESH_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);

/// A newly minted token.
pub(crate) struct Minted {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    pub(crate) expires_in: u64,
}

/// The tokens that were issued, each with its expiry.
pub(crate) struct Tokens {
    access: HashMap<String, Option<Instant>>,
    refresh: HashMap<String, Option<Instant>>,
    minted: usize,
}

impl Tokens {
    /// Accepts `permanent` until it is revoked. It does not expire, because a person who copied it from a terminal may use it
    /// after more than an hour.
    pub(crate) fn new(permanent: String) -> Self {
        Self { access: HashMap::from([(permanent, None)]), refresh: HashMap::new(), minted: 0 }
    }

    pub(crate) fn mint(&mut self, lifetime: Duration) -> io::Result<Minted> {
        let minted =
            Minted { access_token: random::text()?, refresh_token: random::text()?, expires_in: lifetime.as_secs() };
        let now = Instant::now();
        self.minted += 1;
        self.access.insert(minted.access_token.clone(), now.checked_add(lifetime));
        self.refresh.insert(minted.refresh_token.clone(), now.checked_add(REFRESH_LIFETIME));
        Ok(minted)
    }

    /// Mints a token in exchange for a refresh token, which cannot be used again; `None` if that is not valid.
    pub(crate) fn refresh(&mut self, refresh_token: &str, lifetime: Duration) -> Option<io::Result<Minted>> {
        let expiry = self.refresh.remove(refresh_token)?;
        is_valid(expiry).then(|| self.mint(lifetime))
    }

    /// The number of tokens that were minted.
    pub(crate) fn minted(&self) -> usize {
        self.minted
    }

    pub(crate) fn accepts(&self, token: &str) -> bool {
        self.access.get(token).is_some_and(|expiry| is_valid(*expiry))
    }

    /// The time when an accepted token expires; `None` if it never does.
    pub(crate) fn expiry(&self, token: &str) -> Option<Instant> {
        self.access.get(token).copied().flatten()
    }

    pub(crate) fn revoke(&mut self, token: &str) {
        self.access.remove(token);
    }

    pub(crate) fn revoke_all(&mut self) {
        self.access.clear();
        self.refresh.clear();
    }
}

/// Whether a token is still valid; `None` never expires.
fn is_valid(expiry: Option<Instant>) -> bool {
    expiry.is_none_or(|expiry| Instant::now() < expiry)
}
