//! Describes, refreshes and revokes the client's access token.

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use hb_portal_client::{
    Secret,
    operations::{GetTokenInfo, RefreshAccessToken, RevokeAccessToken},
    types,
};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    call::{Call, NOT_AS_DOCUMENTED, call},
    credentials::{AccessToken, RefreshToken},
    error::{CallError, Failure, NotSent, NotSentReason, TokenFailure},
    exchange::Authorize as _,
    limits::{Deadline, Limits},
    pending::PendingCall,
    portal::Portal,
    response::{lenient, node::Node},
    retry::RetryPolicy,
    token::{One, TokenSource, issued},
};

/// The operations on a client's access token. Returned by [`Client::tokens`](crate::Client::tokens).
#[derive(Debug, Clone)]
pub struct Tokens {
    portal: Arc<Portal>,
}

impl Tokens {
    pub(crate) fn new(portal: &Arc<Portal>) -> Self {
        Self { portal: Arc::clone(portal) }
    }

    /// Requests the portal's description of the client's access token (`GET /auth/token-info`, `inferred`).
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = hb_portal_sandbox::Sandbox::start().await?;
    /// use hb_portal::{Client, ClientCredentials};
    ///
    /// let credentials = ClientCredentials::new(sandbox.client_id(), sandbox.api_key());
    /// let client = Client::builder().base_url(sandbox.base_url()).credentials(credentials).build()?;
    /// let info = client.tokens().info().send().await?;
    /// assert_eq!(info.client_id, Some(sandbox.client_id()));
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub fn info(&self) -> PendingCall<ShowToken> {
        PendingCall::new(&self.portal, ShowToken(()))
    }

    /// Exchanges a refresh token for an access token (`POST /auth/refresh`, `inferred`).
    ///
    /// The refresh token is the client's own, if the client was built with credentials, or
    /// [one that you have](Refresh::refresh_token).
    ///
    /// The client renews its tokens automatically, but does not refresh them for that.
    pub fn refresh(&self) -> Refresh {
        Refresh { portal: Arc::clone(&self.portal), limits: self.portal.limits.clone(), refresh_token: None }
    }

    /// Revokes the client's access token (`POST /auth/revoke`, `inferred`): the portal no longer accepts it. A client with
    /// credentials gets another for its next call.
    pub fn revoke(&self) -> PendingCall<RevokeToken> {
        PendingCall::new(&self.portal, RevokeToken(()))
    }
}

/// The operation of [`Tokens::info`].
#[derive(Debug)]
pub struct ShowToken(());

/// The operation of [`Tokens::revoke`].
#[derive(Debug)]
pub struct RevokeToken(());

/// The portal's description of an access token.
///
/// No source shows its fields (`inferred`), so each is an [`Option`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TokenInfo {
    /// The id of the API client.
    pub client_id: Option<u64>,
    /// The time when the token expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// The remaining lifetime of the token, in seconds.
    pub expires_in: Option<u64>,
}

impl PendingCall<ShowToken> {
    /// Sends the request.
    ///
    /// # Errors
    ///
    /// [`CallError`], whose variant states what the portal did.
    pub async fn send(self) -> Result<TokenInfo, CallError> {
        call(&self.call(), &GetTokenInfo::new(), |reply| {
            lenient::read(reply.response, reply.cut, |root| {
                let info = lenient::object(root.ok_or(NOT_AS_DOCUMENTED)?)?;
                Ok(TokenInfo {
                    client_id: info.get("client_id").and_then(Node::number),
                    expires_at: info.get("expires_at").and_then(Node::date_time),
                    expires_in: info.get("expires_in").and_then(Node::number),
                })
            })
        })
        .await
        .result
    }
}

impl PendingCall<RevokeToken> {
    /// Revokes the token.
    ///
    /// # Errors
    ///
    /// [`CallError`], whose variant states what the portal did. A `401` means that the token was no longer valid.
    pub async fn send(self) -> Result<(), CallError> {
        let Portal { http, tokens, .. } = &*self.portal;
        let deadline = Deadline::from_now(&self.limits);
        // A token that the portal refuses is not renewed: the new one would be revoked in its place.
        let token = in_time(deadline, tokens.token()).await?;
        let authorize = One { token: Some(token.clone()), key: tokens.key() };
        let with = Call { http, authorize: &authorize, limits: &self.limits, deadline, url: None };
        call(&with, &RevokeAccessToken::new(), |reply| lenient::done(reply.response, reply.cut)).await.result?;
        if let TokenSource::Minted(minting) = tokens {
            minting.forget(&token).await;
        }
        Ok(())
    }
}

/// A refresh that has not been sent. Returned by [`Tokens::refresh`].
#[must_use = "nothing is sent until `send` is called and awaited"]
pub struct Refresh {
    portal: Arc<Portal>,
    limits: Limits,
    refresh_token: Option<RefreshToken>,
}

/// The result of a refresh. `Debug` shows no token.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RefreshedToken {
    /// The new access token.
    pub access_token: AccessToken,
    /// The refresh token for the next refresh, if the portal gave one; the one that was used may no longer work.
    pub refresh_token: Option<RefreshToken>,
    /// The lifetime of the access token, if the response has it.
    pub expires_in: Option<Duration>,
}

impl Refresh {
    /// Uses this refresh token instead of the client's own.
    pub fn refresh_token(mut self, token: impl Into<RefreshToken>) -> Self {
        self.refresh_token = Some(token.into());
        self
    }

    /// Limits this call, instead of the client's deadline.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.limits.deadline = Some(deadline);
        self
    }

    /// Limits this call from connecting to the last byte of the response, instead of the client's timeout.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Refreshes the token.
    ///
    /// The request is sent once and never repeated, whatever the client's policy, because a refresh token may work only once.
    ///
    /// If the refresh token was the client's own, the client uses the new access token from then on.
    ///
    /// # Errors
    ///
    /// [`CallError`], whose variant states what the portal did. No refresh is sent if the client has no refresh token: it has none
    /// if it was not built with credentials, or if the portal gave it none. A client that has no token yet gets one first.
    pub async fn send(mut self) -> Result<RefreshedToken, CallError> {
        self.limits.retry = RetryPolicy::none();
        let Portal { http, tokens, .. } = &*self.portal;
        let deadline = Deadline::from_now(&self.limits);
        let given = self.refresh_token.take();
        let is_own = given.is_none();
        let refresh_token = match given {
            Some(RefreshToken(token)) => token,
            None => own(tokens, deadline).await?,
        };
        let body = types::RefreshAccessToken { refresh_token };
        let authorize = One { token: tokens.current().await, key: tokens.key() };
        let with = Call { http, authorize: &authorize, limits: &self.limits, deadline, url: None };
        let asked_at = Instant::now();
        let (access_token, found) = call(&with, &RefreshAccessToken::new(&body), |reply| {
            issued::<RefreshAccessToken<'_>>(reply.response)
                .map(|found| (AccessToken::from(found.access_token.expose_secret()), found))
                .filter(|(token, _)| token.header().is_some())
                .ok_or("without an access token that can be used")
        })
        .await
        .result?;
        let refreshed = RefreshedToken {
            access_token,
            refresh_token: found.refresh_token.clone().map(RefreshToken),
            expires_in: found.expires_in.and_then(|seconds| Some(Duration::from_secs(seconds.try_into().ok()?))),
        };
        if let TokenSource::Minted(minting) = tokens
            && is_own
        {
            minting.adopt(found, asked_at).await;
        }
        Ok(refreshed)
    }
}

/// The client's own refresh token.
async fn own(tokens: &TokenSource, deadline: Deadline) -> Result<Secret, CallError> {
    let none = |why: &'static str| CallError::NotSent(NotSent::new(NotSentReason::Input, why));
    let TokenSource::Minted(minting) = tokens else {
        return Err(none("the client has no refresh token, and none was given"));
    };
    let token = in_time(deadline, minting.refresh_token()).await?;
    token.ok_or_else(|| none("the portal gave no refresh token with the client's access token, and none was given"))
}

/// A token, if one is available before the deadline.
async fn in_time<T>(deadline: Deadline, token: impl Future<Output = Result<T, TokenFailure>>) -> Result<T, CallError> {
    let token = deadline.bound(token).await.unwrap_or_else(|| Err(TokenFailure::of_request(Failure::OutOfTime)));
    token.map_err(|failure| CallError::failed(Failure::Token(failure)))
}

impl fmt::Debug for Refresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refresh").field("limits", &self.limits).finish_non_exhaustive()
    }
}
