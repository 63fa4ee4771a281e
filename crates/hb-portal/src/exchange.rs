//! The life of one operation's request: token, tries and time.

use std::{fmt, sync::Arc, time::Duration};

use hb_portal_client::{Operation, Response};
use http::StatusCode;
use tokio::time::{self, Instant};
use tracing::{Instrument as _, field};

use crate::{
    answer::{mask, request_id, retry_after},
    http::{Cut, Failure, Fate, Http},
    limits::{Deadline, Limits, millis},
    token::{AccessToken, Tokens},
};

/// The portal, as the clones of a client share it.
pub(crate) struct Portal {
    pub(crate) http: Http,
    pub(crate) tokens: Tokens,
    pub(crate) limits: Limits,
}

/// One operation on its way, and what is known of it afterwards.
pub(crate) struct Exchange<'p> {
    http: &'p Http,
    /// Whose token is sent; `None` for the operation that gets one.
    tokens: Option<&'p Tokens>,
    /// What is sent instead of a token, or gets one.
    api_key: Option<&'p str>,
    limits: &'p Limits,
    deadline: Deadline,
    fate: Arc<Fate>,
    /// The token that was sent last.
    token: Option<AccessToken>,
    /// The token before that, which the portal may still repeat.
    refused: Option<AccessToken>,
    /// How often the request was sent, or a connection for it tried.
    pub(crate) attempts: u32,
    /// How the answer ended too early, if it did.
    pub(crate) cut: Option<Cut>,
}

impl<'p> Exchange<'p> {
    /// An operation that needs a token of the client's.
    pub(crate) fn authorized(portal: &'p Portal, limits: &'p Limits, deadline: Deadline, fate: Arc<Fate>) -> Self {
        let api_key = portal.tokens.api_key();
        Self { tokens: Some(&portal.tokens), api_key, ..Self::new(&portal.http, limits, deadline, fate) }
    }

    /// An operation that needs none.
    pub(crate) fn unauthorized(http: &'p Http, limits: &'p Limits, api_key: &'p str) -> Self {
        Self { api_key: Some(api_key), ..Self::new(http, limits, Deadline::from_now(limits), Arc::default()) }
    }

    fn new(http: &'p Http, limits: &'p Limits, deadline: Deadline, fate: Arc<Fate>) -> Self {
        let (tokens, api_key, token, refused, cut) = (None, None, None, None, None);
        Self { http, tokens, api_key, limits, deadline, fate, token, refused, attempts: 0, cut }
    }

    /// The secrets that the client knows, which the portal may repeat.
    pub(crate) fn known(&self) -> [Option<&str>; 3] {
        let [token, refused] = [&self.token, &self.refused].map(|token| token.as_ref().map(AccessToken::expose_secret));
        [token, refused, self.api_key]
    }

    /// Sends the request, and again where that is safe: the one before provably did nothing.
    pub(crate) async fn send(&mut self, operation: &impl Operation) -> Result<Response, Failure> {
        if let Some(tokens) = self.tokens {
            let token = self.deadline.bound(tokens.token()).await.ok_or(Failure::OutOfTime)?;
            self.token = Some(token.map_err(Failure::NoToken)?);
        }
        let mut refreshed = false;
        let mut retries = 0;
        loop {
            let outcome = self.attempt(operation).await;
            let retry_after = match &outcome {
                Err(Failure::NoConnection(_)) => None,
                Ok(answer) if answer.status() == StatusCode::UNAUTHORIZED && !refreshed => {
                    refreshed = true;
                    self.fate.did_nothing();
                    if self.refresh().await {
                        continue;
                    }
                    return outcome;
                }
                Ok(answer) if answer.status() == StatusCode::TOO_MANY_REQUESTS => {
                    self.fate.did_nothing();
                    retry_after(answer.headers())
                }
                _ => return outcome,
            };
            let Some(delay) = self.delay(retries, retry_after) else { return outcome };
            // What it held is not kept while waiting.
            drop(outcome);
            time::sleep(delay).await;
            retries += 1;
        }
    }

    /// Sends the request once, and reads the answer.
    async fn attempt(&mut self, operation: &impl Operation) -> Result<Response, Failure> {
        let authorization = match &self.token {
            Some(token) => Some(token.header().ok_or_else(|| Failure::NoToken(NOT_A_HEADER.into()))?),
            None => None,
        };
        let timeout = self.deadline.remaining().map_or(self.limits.timeout, |left| left.min(self.limits.timeout));
        if timeout.is_zero() {
            return Err(Failure::OutOfTime);
        }
        if self.fate.is_abandoned() {
            return Err(Failure::Abandoned);
        }
        let request = operation.request().map_err(|error| Failure::NotARequest(error.into()))?;
        let request = self.http.request(request, authorization, timeout, &self.fate)?;
        let began = Instant::now();
        self.attempts += 1;
        let span = tracing::info_span!(
            "request",
            method = %request.method(),
            path = request.url().path(),
            attempt = self.attempts,
            status = field::Empty,
            request_id = field::Empty,
            duration_ms = field::Empty,
        );
        let sent = self.http.send(request, &self.fate).instrument(span.clone()).await;
        let outcome = sent.map(|(answer, cut)| {
            self.cut = cut;
            span.record("status", answer.status().as_u16());
            span.record("request_id", request_id(answer.headers()).map(|id| mask(id.to_owned(), &self.known())));
            answer
        });
        span.record("duration_ms", millis(began));
        outcome
    }

    /// Gets another token than the one that was refused, if there is one.
    async fn refresh(&mut self) -> bool {
        let (Some(tokens), Some(refused)) = (self.tokens, &self.token) else { return false };
        let Some(Ok(Some(other))) = self.deadline.bound(tokens.refresh(refused)).await else { return false };
        self.refused = self.token.replace(other);
        true
    }

    /// How long to wait before the next try, if there is to be one and it would begin in time.
    fn delay(&self, retries: u32, retry_after: Option<Duration>) -> Option<Duration> {
        let delay = self.limits.retry.delay(retries, retry_after)?;
        self.deadline.remaining().is_none_or(|remaining| delay < remaining).then_some(delay)
    }
}

const NOT_A_HEADER: &str = "the token is empty, or has characters that no header can have";

impl fmt::Debug for Portal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.http.base.as_str())
            .field("tokens", &self.tokens)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
