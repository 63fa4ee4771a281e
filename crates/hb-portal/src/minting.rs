//! Tokens that the client gets itself, from API credentials: once however many calls wait for one.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use hb_portal_client::{GetAccessToken, Operation as _, Secret, types};
use tokio::{sync::Mutex, time::Instant};

use crate::{
    BoxFuture,
    answer::{Answer, json::Tree},
    exchange::Exchange,
    http::Http,
    limits::Limits,
    token::{AccessToken, ClientCredentials, TokenError, TokenProvider},
};

/// How long a token is valid when the answer does not say (`corroborated`).
const DEFAULT_LIFETIME: Duration = Duration::from_secs(3600);
/// How long before it expires a token is replaced (`corroborated`).
const MARGIN: Duration = Duration::from_secs(60);

/// The credentials, and the token that they last gave.
pub(crate) struct Minting {
    credentials: ClientCredentials,
    http: Http,
    limits: Limits,
    /// How often a token was asked for. Who finds it advanced when its turn comes need not ask again.
    asked: AtomicU64,
    last: Mutex<Option<Result<Minted, MintFailure>>>,
}

struct Minted {
    token: AccessToken,
    replace_at: Instant,
}

impl Minting {
    pub(crate) fn new(credentials: ClientCredentials, http: Http, limits: Limits) -> Self {
        Self { credentials, http, limits, asked: AtomicU64::new(0), last: Mutex::new(None) }
    }

    /// The present token, or a new one where that is about to expire or is the one that was `refused`.
    async fn other_than(&self, refused: Option<&AccessToken>) -> Result<AccessToken, TokenError> {
        let asked = self.asked.load(Ordering::Acquire);
        let mut last = self.last.lock().await;
        match &*last {
            Some(Ok(minted)) => {
                let is_refused = refused.is_some_and(|refused| refused.expose_secret() == minted.token.expose_secret());
                if !is_refused && Instant::now() < minted.replace_at {
                    return Ok(minted.token.clone());
                }
            }
            // Another call failed while this one waited. Asking again for each would only make all of them wait.
            Some(Err(failure)) if self.asked.load(Ordering::Acquire) != asked => return Err(failure.clone().into()),
            Some(Err(_)) | None => {}
        }
        let minted = self.mint().await;
        self.asked.fetch_add(1, Ordering::Release);
        let token = match &minted {
            Ok(minted) => Ok(minted.token.clone()),
            Err(failure) => Err(failure.clone().into()),
        };
        *last = Some(minted);
        token
    }

    async fn mint(&self) -> Result<Minted, MintFailure> {
        let asked_at = Instant::now();
        let api_key = self.credentials.api_key.expose_secret();
        let client_id = i64::try_from(self.credentials.client_id)
            .map_err(|_| MintFailure::new("the client id is larger than the portal's ids can be"))?;
        let body = types::GetAccessToken { client_id, api_key: self.credentials.api_key.clone() };
        let mut exchange = Exchange::unauthorized(&self.http, &self.limits, api_key);
        let answer = exchange.send(&GetAccessToken { body: &body }).await;
        let answer = answer.map_err(|failure| MintFailure::of(&failure))?;
        let (token, lifetime) = match GetAccessToken::read(&answer) {
            Ok(value) => (value.access_token, value.expires_in),
            Err(_) => {
                let found = answer.status().is_success().then(|| drifted(answer.expose_body())).flatten();
                found.ok_or_else(|| MintFailure::answered(&Answer::new(answer, &[Some(api_key)])))?
            }
        };
        let token = AccessToken::from(token.expose_secret());
        if token.header().is_none() {
            return Err(MintFailure::new("the portal's token has characters that no header can have"));
        }
        let lifetime = lifetime.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
        let lifetime = lifetime.unwrap_or(DEFAULT_LIFETIME);
        // A token that lives less than two minutes is used for half of its life, not replaced at once.
        let usable = lifetime.saturating_sub(MARGIN.min(lifetime / 2));
        Ok(Minted { token, replace_at: asked_at.checked_add(usable).unwrap_or(asked_at) })
    }
}

impl TokenProvider for Minting {
    fn token(&self) -> BoxFuture<'_, Result<AccessToken, TokenError>> {
        Box::pin(self.other_than(None))
    }

    fn refresh<'a>(&'a self, refused: &'a AccessToken) -> BoxFuture<'a, Result<Option<AccessToken>, TokenError>> {
        Box::pin(async move { self.other_than(Some(refused)).await.map(Some) })
    }
}

/// The token in an answer that is not quite the contract's: wrapped, or with its lifetime as text.
fn drifted(body: &[u8]) -> Option<(Secret, Option<i64>)> {
    let tree = Tree::parse(body);
    let token = tree.find_secret("access_token")?.secret;
    let lifetime =
        tree.root().and_then(|root| root.unwrapped().get("expires_in")).and_then(|lifetime| lifetime.number());
    Some((token, lifetime))
}

/// Why no token was minted: text, because all that wait for one are told.
#[derive(Debug, Clone)]
struct MintFailure(Arc<str>);

impl MintFailure {
    fn new(why: &str) -> Self {
        Self(why.into())
    }

    fn answered(answer: &Answer) -> Self {
        let mut text = format!("the portal answered {} to the API credentials", answer.status());
        if let Some(message) = answer.message().filter(|_| answer.says_nothing_was_made()) {
            text.push_str(": ");
            text.push_str(message);
        }
        Self(text.into())
    }

    fn of(failure: &dyn std::error::Error) -> Self {
        let mut text = failure.to_string();
        let mut source = failure.source();
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        Self(text.into())
    }
}

impl fmt::Display for MintFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MintFailure {}
