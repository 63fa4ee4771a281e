//! The life of one operation's request: token, tries, and the answer read into a buffer of ours.

mod body;

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use hb_portal_client::{Error, OperationInfo, Response, ResponseValue, Transport, TransportError};
use http::{StatusCode, header::AUTHORIZATION};
use tokio::time::{self, Instant};
use tracing::{Instrument as _, field};

pub(crate) use body::Cut;

use crate::{
    BoxFuture,
    client::{Http, Inner, Limits},
    create::answer::{request_id, retry_after},
    token::{AccessToken, TokenError},
};

/// One operation on its way: the transport of one generated client, which serves one call.
pub(crate) struct Exchange {
    http: Http,
    /// Whose token is sent; `None` for the operation that gets one.
    authorized_by: Option<Arc<Inner>>,
    limits: Limits,
    started: Instant,
    abandoned: AtomicBool,
    may_have_arrived: AtomicBool,
    attempts: AtomicU32,
    token: Mutex<Option<AccessToken>>,
    cut: Mutex<Option<Cut>>,
}

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
        Self { authorized_by: Some(Arc::clone(client)), ..Self::unauthorized(client.http.clone(), limits) }
    }

    /// An operation that needs none.
    pub(crate) fn unauthorized(http: Http, limits: Limits) -> Self {
        Self {
            http,
            authorized_by: None,
            limits,
            started: Instant::now(),
            abandoned: AtomicBool::new(false),
            may_have_arrived: AtomicBool::new(false),
            attempts: AtomicU32::new(0),
            token: Mutex::new(None),
            cut: Mutex::new(None),
        }
    }

    /// Says that nobody waits for the outcome any more: what was not sent is not sent.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Release);
    }

    /// Whether the portal may have got the request, and nothing says that it did nothing.
    pub(crate) fn may_have_arrived(&self) -> bool {
        self.may_have_arrived.load(Ordering::Acquire)
    }

    /// How often the request was sent, or a connection for it tried.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// The token that was sent last.
    pub(crate) fn token(&self) -> Option<AccessToken> {
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
        if self.abandoned.load(Ordering::Acquire) {
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
            span.record("request_id", request_id(answer.headers()));
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
        *lock(&self.token) = Some(other);
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

/// Why an operation has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    NoToken(TokenError),
    NoConnection(reqwest::Error),
    NotARequest(reqwest::Error),
    /// Something that this crate does not bring about.
    Unknown,
    OutOfTime,
    Abandoned,
    /// All others are from before the request was sent; this one may have arrived.
    NoAnswer(reqwest::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoToken(_) => "no access token was to be had",
            Self::NoConnection(error) if error.is_timeout() => "no connection to the portal was made in time",
            Self::NoConnection(_) => "no connection to the portal could be made",
            Self::NotARequest(_) | Self::Unknown => "the request could not be built",
            Self::OutOfTime => "the deadline passed before the request could be sent",
            Self::Abandoned => "the call was dropped before the request was sent",
            Self::NoAnswer(error) if error.is_timeout() => "no answer came in time",
            Self::NoAnswer(_) => "the connection broke before an answer came",
        })
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NoToken(error) => Some(&**error),
            Self::NoConnection(error) | Self::NotARequest(error) | Self::NoAnswer(error) => Some(error),
            Self::Unknown | Self::OutOfTime | Self::Abandoned => None,
        }
    }
}
