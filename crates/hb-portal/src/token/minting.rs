//! Gets tokens with the client's API credentials, with one request for all calls that wait.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use hb_portal_client::{Secret, operations::GetAccessToken, types};
use http::StatusCode;
use tokio::{sync::Mutex, time::Instant};

use super::{issued::issued, one::One};
use crate::{
    credentials::{AccessToken, ClientCredentials},
    error::{NotSentReason, TokenFailure},
    exchange::{Call, Repeat, exchange},
    limits::{Deadline, Limits},
    mask::Mask,
    response::PortalResponse,
    transport::Http,
};

/// The lifetime of a token if the response does not state one (`corroborated`).
const DEFAULT_LIFETIME: Duration = Duration::from_secs(3600);
/// The time before its expiry at which a token is renewed (`corroborated`), unless a quarter of its lifetime is shorter.
const MARGIN: Duration = Duration::from_secs(60);

/// The credentials, and the last token obtained with them.
pub(crate) struct Minting {
    credentials: ClientCredentials,
    http: Http,
    limits: Limits,
    /// The number of requests for a token. A call that finds it increased when its turn comes does not need to make another.
    asked: AtomicU64,
    last: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    minted: Option<Minted>,
    failure: Option<TokenFailure>,
}

struct Minted {
    token: AccessToken,
    #[cfg(feature = "preview")]
    refresh_token: Option<Secret>,
    renew_at: Instant,
    expires_at: Instant,
}

impl Minted {
    /// Wraps the tokens that the portal issued for a request at `asked_at`; `None` if no header can carry the access token.
    fn new(found: types::TokenResponse, asked_at: Instant) -> Option<Self> {
        let token = AccessToken::from(found.access_token.expose_secret());
        token.header()?;
        // A fresh token serves the attempt that requested it, whatever its lifetime.
        let lifetime = found.expires_in.map_or(DEFAULT_LIFETIME, seconds);
        let after = |lifetime| asked_at.checked_add(lifetime).unwrap_or(asked_at + DEFAULT_LIFETIME);
        Some(Self {
            token,
            #[cfg(feature = "preview")]
            refresh_token: found.refresh_token,
            renew_at: after(lifetime.saturating_sub(MARGIN.min(lifetime / 4))),
            expires_at: after(lifetime),
        })
    }
}

/// Converts a number of seconds, as the portal states it; a negative one becomes zero.
fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

impl Minting {
    pub(crate) fn new(credentials: ClientCredentials, http: Http, limits: Limits) -> Self {
        Self { credentials, http, limits, asked: AtomicU64::new(0), last: Mutex::default() }
    }

    pub(crate) fn api_key(&self) -> &Secret {
        &self.credentials.api_key
    }

    /// Returns the current token, or a new one if that is about to expire. If renewal fails, returns the current one until it
    /// expires.
    pub(crate) async fn token(&self) -> Result<AccessToken, TokenFailure> {
        self.renew_unless(|minted| Instant::now() < minted.renew_at, true).await
    }

    /// Returns a token other than the one that the portal refused.
    pub(crate) async fn other_than(&self, refused: &AccessToken) -> Result<AccessToken, TokenFailure> {
        self.renew_unless(|minted| minted.token.expose_secret() != refused.expose_secret(), false).await
    }

    /// Returns the last token if it `serves`, otherwise a new one. If renewal fails and `may_fall_back`, returns the last one if
    /// it is valid.
    async fn renew_unless(
        &self,
        serves: impl Fn(&Minted) -> bool,
        may_fall_back: bool,
    ) -> Result<AccessToken, TokenFailure> {
        let asked = self.asked.load(Ordering::Acquire);
        let mut last = self.last.lock().await;
        if let Some(minted) = last.minted.as_ref().filter(|minted| serves(minted)) {
            return Ok(minted.token.clone());
        }
        // If another call's request failed while this one waited, requesting again for each call would only make all of them
        // wait.
        let failed = self.asked.load(Ordering::Acquire) != asked;
        let failure = match last.failure.clone().filter(|_| failed) {
            Some(failure) => failure,
            None => {
                let minted = self.mint().await;
                self.asked.fetch_add(1, Ordering::Release);
                match minted {
                    Ok(minted) => {
                        let token = minted.token.clone();
                        *last = Last { minted: Some(minted), failure: None };
                        return Ok(token);
                    }
                    Err(failure) => failure,
                }
            }
        };
        last.failure = Some(failure.clone());
        match &last.minted {
            Some(minted) if may_fall_back && Instant::now() < minted.expires_at => Ok(minted.token.clone()),
            _ => Err(failure),
        }
    }

    async fn mint(&self) -> Result<Minted, TokenFailure> {
        let client_id = i64::try_from(self.credentials.client_id).map_err(|_| {
            TokenFailure::new(NotSentReason::Input, "the client id is larger than the portal's ids can be")
        })?;
        let body = types::GetAccessToken { client_id, api_key: self.credentials.api_key.clone() };
        let asked_at = Instant::now();
        let call = Call {
            http: &self.http,
            authorize: &One { token: None, key: None },
            limits: &self.limits,
            deadline: Deadline::from_now(&self.limits),
            fate: &Arc::default(),
        };
        // A second token does no harm, so the request is retried like a `GET`.
        let exchanged = exchange(&call, &GetAccessToken::new(&body), Some(Repeat::InTransit)).await;
        let (response, _) = exchanged.outcome.map_err(TokenFailure::of_request)?;
        let Some(found) = issued::<GetAccessToken<'_>>(&response) else {
            return Err(self.refused(response, &exchanged.mask));
        };
        let why = "the portal's access token has characters that no header can carry";
        Minted::new(found, asked_at).ok_or_else(|| TokenFailure::new(NotSentReason::TokenUnavailable, why))
    }

    /// Returns the refresh token that came with the current token, if one did.
    #[cfg(feature = "preview")]
    pub(crate) async fn refresh_token(&self) -> Result<Option<Secret>, TokenFailure> {
        self.token().await?;
        Ok(self.last.lock().await.minted.as_ref().and_then(|minted| minted.refresh_token.clone()))
    }

    /// The last token, if there is one.
    #[cfg(feature = "preview")]
    pub(crate) async fn current(&self) -> Option<AccessToken> {
        self.last.lock().await.minted.as_ref().map(|minted| minted.token.clone())
    }

    /// Replaces the current token with the result of a refresh.
    #[cfg(feature = "preview")]
    pub(crate) async fn adopt(&self, found: types::TokenResponse, asked_at: Instant) {
        if let Some(minted) = Minted::new(found, asked_at) {
            self.last.lock().await.minted = Some(minted);
        }
    }

    /// Makes sure that `revoked` is not used again.
    #[cfg(feature = "preview")]
    pub(crate) async fn forget(&self, revoked: &AccessToken) {
        let is_it = |minted: &mut Minted| minted.token.expose_secret() == revoked.expose_secret();
        drop(self.last.lock().await.minted.take_if(is_it));
    }

    /// Classifies a response without a token.
    fn refused(&self, response: hb_portal_client::Response, mask: &Mask<'_>) -> TokenFailure {
        let response = PortalResponse::new(response, mask);
        let reason = match response.status() {
            StatusCode::BAD_REQUEST
            | StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::UNPROCESSABLE_ENTITY => NotSentReason::TokenRefused,
            StatusCode::TOO_MANY_REQUESTS => NotSentReason::RateLimited,
            _ => NotSentReason::TokenUnavailable,
        };
        let status = response.status();
        let mut why = match reason {
            NotSentReason::TokenRefused => format!("the portal refused the API credentials with {status}"),
            NotSentReason::RateLimited => format!("the portal limits requests for access tokens ({status})"),
            _ if status.is_success() => {
                format!("the {status} response of {}/auth/token has no access token", self.http.base.as_str())
            }
            _ => format!("{}/auth/token responded {status}", self.http.base.as_str()),
        };
        if let Some(message) = response.message().filter(|_| response.says_nothing_was_made()) {
            why.push_str(": ");
            why.push_str(&format!("{message:?}"));
        }
        TokenFailure::new(reason, &why)
            .retry_after(response.retry_after().filter(|_| reason == NotSentReason::RateLimited))
    }
}

impl fmt::Debug for Minting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.credentials.fmt(f)
    }
}
