//! The life of one operation's request: token, tries, and the answer read into a buffer of ours.

mod body;
mod failure;

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering},
    },
    time::Duration,
};

use hb_portal_client::{Error, OperationInfo, Response, ResponseValue, Secret, Transport, TransportError};
use http::{StatusCode, header::AUTHORIZATION};
use tokio::time::{self, Instant};
use tracing::{Instrument as _, field};

pub(crate) use body::Cut;
pub(crate) use failure::Failure;

use crate::{
    BoxFuture,
    client::{Http, Inner, Limits},
    create::answer::{mask, request_id, retry_after},
    token::AccessToken,
};

/// One operation on its way: the transport of one generated client, which serves one call.
pub(crate) struct Exchange {
    http: Http,
    /// Whose token is sent; `None` for the operation that gets one.
    authorized_by: Option<Arc<Inner>>,
    /// What is sent instead of a token.
    api_key: Option<Secret>,
    limits: Limits,
    started: Instant,
    /// [`ABANDONED`] and [`ENDED_BADLY`], in one, so that of the two who set them one sees both.
    fate: AtomicU8,
    may_have_arrived: AtomicBool,
    attempts: AtomicU32,
    token: Mutex<Option<AccessToken>>,
    /// The token before that, which the portal may still repeat.
    refused: Mutex<Option<AccessToken>>,
    cut: Mutex<Option<Cut>>,
}

const ABANDONED: u8 = 1;
const ENDED_BADLY: u8 = 2;

/// An answer, as the generated operation left it.
pub(crate) enum Answered<T> {
    /// The success that the contract has, decoded.
    Decoded(T, Response),
    /// Any other.
    Raw(Response),
}

impl Exchange {
    /// An operation that needs a token of the client's.
    pub(crate) fn authorized(client: &Arc<Inner>, limits: Limits) -> Self {
        Self { authorized_by: Some(Arc::clone(client)), ..Self::new(client.http.clone(), limits) }
    }

    /// An operation that needs none.
    pub(crate) fn unauthorized(http: Http, limits: Limits, api_key: &Secret) -> Self {
        Self { api_key: Some(api_key.clone()), ..Self::new(http, limits) }
    }

    fn new(http: Http, limits: Limits) -> Self {
        Self {
            http,
            authorized_by: None,
            api_key: None,
            limits,
            started: Instant::now(),
            fate: AtomicU8::new(0),
            may_have_arrived: AtomicBool::new(false),
            attempts: AtomicU32::new(0),
            token: Mutex::new(None),
            refused: Mutex::new(None),
            cut: Mutex::new(None),
        }
    }

    /// Says that nobody waits for the outcome any more: what was not sent is not sent. Returns whether the call had ended
    /// badly already.
    pub(crate) fn abandon(&self) -> bool {
        self.fate.fetch_or(ABANDONED, Ordering::AcqRel) & ENDED_BADLY != 0
    }

    /// Says that the call is over, and that there may be an endpoint whose secret is not kept. Returns whether nobody waits
    /// for the outcome any more.
    pub(crate) fn end_badly(&self) -> bool {
        self.fate.fetch_or(ENDED_BADLY, Ordering::AcqRel) & ABANDONED != 0
    }

    /// Whether the portal may have got the request, and nothing says that it did nothing.
    pub(crate) fn may_have_arrived(&self) -> bool {
        self.may_have_arrived.load(Ordering::Acquire)
    }

    /// How often the request was sent, or a connection for it tried.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// Hands over the secrets that the client knows, which the portal may repeat.
    pub(crate) fn with_known<T>(&self, then: impl FnOnce(&[Option<&str>]) -> T) -> T {
        let (token, refused) = (self.token(), lock(&self.refused).clone());
        let [token, refused] = [&token, &refused].map(|token| token.as_ref().map(AccessToken::expose_secret));
        let api_key = self.api_key.as_ref().map(Secret::expose_secret);
        let api_key = api_key.or_else(|| self.authorized_by.as_ref()?.tokens.api_key());
        then(&[token, refused, api_key])
    }

    /// The token that was sent last.
    fn token(&self) -> Option<AccessToken> {
        lock(&self.token).clone()
    }

    /// How the answer ended too early, if it did.
    pub(crate) fn cut(&self) -> Option<Cut> {
        *lock(&self.cut)
    }

    /// Calls a generated operation that has this as its transport, and calls it again where that is safe: the request
    /// provably did nothing.
    pub(crate) async fn run<T, E, F>(&self, mut operation: impl FnMut() -> F) -> Result<Answered<T>, Failure>
    where
        F: Future<Output = Result<ResponseValue<T>, Error<E>>>,
    {
        if let Some(client) = &self.authorized_by {
            let token = self.in_time(client.tokens.token()).await?.map_err(Failure::NoToken)?;
            *lock(&self.token) = Some(token);
        }
        let mut refreshed = false;
        let mut retries = 0;
        loop {
            let outcome = answered(operation().await);
            let retry_after = match &outcome {
                Err(Failure::NoConnection(_)) => None,
                Ok(Answered::Raw(answer)) if answer.status() == StatusCode::UNAUTHORIZED && !refreshed => {
                    refreshed = true;
                    self.did_nothing();
                    if self.refresh().await {
                        continue;
                    }
                    return outcome;
                }
                Ok(Answered::Raw(answer)) if answer.status() == StatusCode::TOO_MANY_REQUESTS => {
                    self.did_nothing();
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

    /// Sends a request once, and reads the answer.
    async fn attempt(&self, mut request: reqwest::Request) -> Result<Response, Failure> {
        if let Some(token) = self.token() {
            let header = token.header().ok_or_else(|| Failure::NoToken(NOT_A_HEADER.into()))?;
            request.headers_mut().insert(AUTHORIZATION, header.clone());
        }
        let timeout = self.remaining().map_or(self.limits.timeout, |remaining| remaining.min(self.limits.timeout));
        if timeout.is_zero() {
            return Err(Failure::OutOfTime);
        }
        if timeout != self.http.timeout {
            *request.timeout_mut() = Some(timeout);
        }
        if self.fate.load(Ordering::Acquire) & ABANDONED != 0 {
            return Err(Failure::Abandoned);
        }
        let began = Instant::now();
        let attempt = 1 + self.attempts.fetch_add(1, Ordering::Relaxed);
        let span = tracing::info_span!(
            "request",
            method = %request.method(),
            path = request.url().path(),
            attempt,
            status = field::Empty,
            request_id = field::Empty,
            duration_ms = field::Empty,
        );
        let outcome = self.exchange(request).instrument(span.clone()).await;
        if let Ok(answer) = &outcome {
            span.record("status", answer.status().as_u16());
            let id = request_id(answer.headers()).map(|id| self.with_known(|known| mask(id.to_owned(), known)));
            span.record("request_id", id);
        }
        span.record("duration_ms", millis(began));
        outcome
    }

    async fn exchange(&self, request: reqwest::Request) -> Result<Response, Failure> {
        self.may_have_arrived.store(true, Ordering::Release);
        match self.http.client.execute(request).await.map_err(reqwest::Error::without_url) {
            Ok(response) => {
                let (answer, cut) = body::read(response).await;
                *lock(&self.cut) = cut;
                Ok(answer)
            }
            Err(error) if error.is_connect() => {
                self.did_nothing();
                Err(Failure::NoConnection(error))
            }
            Err(error) if error.is_builder() => {
                self.did_nothing();
                Err(Failure::NotARequest(error))
            }
            Err(error) => Err(Failure::NoAnswer(error)),
        }
    }

    /// Gets another token than the one that was refused, if there is one.
    async fn refresh(&self) -> bool {
        let (Some(client), Some(refused)) = (&self.authorized_by, self.token()) else { return false };
        let Ok(Ok(Some(other))) = self.in_time(client.tokens.refresh(&refused)).await else { return false };
        *lock(&self.refused) = lock(&self.token).replace(other);
        true
    }

    fn did_nothing(&self) {
        self.may_have_arrived.store(false, Ordering::Release);
    }

    /// How long to wait before the next try, if there is to be one and it would begin in time.
    fn delay(&self, retries: u32, retry_after: Option<Duration>) -> Option<Duration> {
        let delay = self.limits.retry.delay(retries, retry_after)?;
        self.remaining().is_none_or(|remaining| delay < remaining).then_some(delay)
    }

    fn remaining(&self) -> Option<Duration> {
        self.limits.deadline.map(|deadline| deadline.saturating_sub(self.started.elapsed()))
    }

    async fn in_time<T>(&self, job: impl Future<Output = T>) -> Result<T, Failure> {
        match self.remaining() {
            Some(remaining) => time::timeout(remaining, job).await.map_err(|_| Failure::OutOfTime),
            None => Ok(job.await),
        }
    }
}

const NOT_A_HEADER: &str = "the token is empty, or has characters that no header can have";

impl Transport for Exchange {
    fn execute(
        self: Arc<Self>,
        request: reqwest::Request,
        _: OperationInfo,
    ) -> BoxFuture<'static, Result<Response, TransportError>> {
        Box::pin(async move { self.attempt(request).await.map_err(Into::into) })
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("attempts", &self.attempts()).finish_non_exhaustive()
    }
}

/// What a generated operation made of an answer, or the failure that its transport gave it.
fn answered<T, E>(outcome: Result<ResponseValue<T>, Error<E>>) -> Result<Answered<T>, Failure> {
    match outcome {
        Ok(value) => {
            let (value, response) = value.into_parts();
            Ok(Answered::Decoded(value, response))
        }
        Err(Error::ErrorResponse(value)) => Ok(Answered::Raw(value.into_parts().1)),
        Err(Error::InvalidResponse(response) | Error::UnexpectedResponse(response)) => Ok(Answered::Raw(response)),
        Err(Error::InvalidRequest(error)) => Err(Failure::NotARequest(error.without_url())),
        // No other transport is ever given to a generated client.
        Err(Error::Transport(error)) => Err(error.downcast().map_or(Failure::Unknown, |failure| *failure)),
        Err(_) => Err(Failure::Unknown),
    }
}

/// How long it is since then, as spans have it.
pub(crate) fn millis(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The lock; whoever held it when it panicked left nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
