//! Carries out one operation's request, from its token to its response: attempts, delays and time limits.

use std::{mem, sync::Arc};

use hb_portal_client::{Operation, Request, Response, Secret};
use http::{HeaderValue, Method, StatusCode};
use tokio::time::{self, Instant};
use tracing::{Instrument as _, field};

use crate::{
    credentials::AccessToken,
    error::{Failure, NotSentReason, TokenFailure, is_certificate},
    limits::{Deadline, Limits, millis},
    mask::Mask,
    response::{Cut, request_id, retry_after},
    transport::{Fate, Http},
};

/// Authorises the attempts of a call.
pub(crate) trait Authorize: Sync {
    /// Returns the token for the next attempt of an operation that needs one.
    fn token(&self) -> impl Future<Output = Result<AccessToken, TokenFailure>> + Send;

    /// Returns a token other than the one that the portal refused, if there is one.
    fn refresh(&self, refused: &AccessToken) -> impl Future<Output = Option<AccessToken>> + Send;

    /// Returns the API key that the tokens are minted with; the portal may repeat it.
    fn key(&self) -> Option<&Secret>;

    /// Returns a token that the portal may repeat although the call does not carry it.
    fn known(&self) -> Option<&AccessToken> {
        None
    }
}

/// The attempts that may be repeated, apart from those that provably had no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// None: a second request could have a second effect.
    Never,
    /// Those that failed in transit or at a gateway: a second request has no further effect.
    InTransit,
}

impl Repeat {
    /// Follows HTTP's definition of the method (RFC 9110, 9.2.2).
    pub(crate) fn of(method: &Method) -> Self {
        if method.is_idempotent() { Self::InTransit } else { Self::Never }
    }
}

/// The context of a call.
pub(crate) struct Call<'c, A> {
    pub(crate) http: &'c Http,
    pub(crate) authorize: &'c A,
    pub(crate) limits: &'c Limits,
    pub(crate) deadline: Deadline,
    pub(crate) fate: &'c Arc<Fate>,
}

/// The result of an exchange.
pub(crate) struct Exchanged<'c> {
    /// The last response, and why it was cut off, if it was.
    pub(crate) outcome: Result<(Response, Option<Cut>), Failure>,
    /// The number of requests that were sent, or for which a connection was attempted.
    pub(crate) attempts: u32,
    /// Whether an attempt before the last one may have had an effect.
    #[cfg_attr(
        not(any(feature = "operations", feature = "preview")),
        expect(dead_code, reason = "a create is not repeated after such an attempt")
    )]
    pub(crate) was_in_doubt: bool,
    /// The credentials that the portal may repeat.
    pub(crate) mask: Mask<'c>,
}

/// Sends an operation's request, and retries it if that is safe.
pub(crate) async fn exchange<'c, O: Operation>(
    call: &Call<'c, impl Authorize>,
    operation: &O,
    repeat: Option<Repeat>,
) -> Exchanged<'c> {
    let Call { authorize, limits, deadline, fate, .. } = *call;
    let mut mask = Mask::new(authorize.key());
    authorize.known().into_iter().for_each(|token| mask.add(token));
    let mut attempts = 0;
    let mut retries = 0;
    let mut refreshed: Option<AccessToken> = None;
    let mut may_refresh = true;
    let mut was_in_doubt = false;
    let outcome = loop {
        let token = match refreshed.take() {
            Some(token) => Some(token),
            None if !O::AUTHENTICATED => None,
            None => match deadline.bound(authorize.token()).await {
                None => break Err(Failure::OutOfTime),
                Some(Err(failure)) => break Err(Failure::Token(failure)),
                Some(Ok(token)) => Some(token),
            },
        };
        if let Some(token) = &token {
            mask.add(token);
        }
        let mut request = match operation.request() {
            Ok(request) => request,
            Err(error) => break Err(Failure::Unsendable(error.into())),
        };
        mask.carry(mem::take(&mut request.secrets));
        let repeat = repeat.unwrap_or_else(|| Repeat::of(&request.method));
        let authorization = match token.as_ref().map(AccessToken::header) {
            Some(None) => break Err(Failure::Token(TokenFailure::new(NotSentReason::TokenUnavailable, NOT_A_HEADER))),
            header => header.flatten(),
        };
        let outcome = attempt(call, request, authorization, &mut attempts, &mask).await;
        let asked = match &outcome {
            Err(Failure::NoConnection { error, .. }) if !is_certificate(error) => None,
            Err(Failure::NoResponse(_)) if repeat == Repeat::InTransit => None,
            Ok((response, _)) => match (response.status(), &token) {
                (StatusCode::UNAUTHORIZED, Some(token)) if may_refresh => {
                    may_refresh = false;
                    fate.had_no_effect();
                    let other = deadline.bound(authorize.refresh(token)).await.flatten();
                    if other.is_none() {
                        break outcome;
                    }
                    refreshed = other;
                    continue;
                }
                (StatusCode::TOO_MANY_REQUESTS, _) => {
                    fate.had_no_effect();
                    retry_after(response.headers())
                }
                (StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT, _)
                    if repeat == Repeat::InTransit =>
                {
                    retry_after(response.headers())
                }
                _ => break outcome,
            },
            Err(_) => break outcome,
        };
        let delay = limits.retry.delay(retries, asked);
        let Some(delay) = delay.filter(|delay| deadline.remaining().is_none_or(|left| *delay < left)) else {
            break outcome;
        };
        was_in_doubt |= match &outcome {
            Ok((response, _)) => response.status() != StatusCode::TOO_MANY_REQUESTS,
            Err(failure) => matches!(failure, Failure::NoResponse(_)),
        };
        // The response may hold a secret, so it is not kept during the delay.
        drop(outcome);
        time::sleep(delay).await;
        retries += 1;
    };
    Exchanged { outcome, attempts, was_in_doubt, mask }
}

/// Sends the request once, and reads the response.
async fn attempt(
    call: &Call<'_, impl Authorize>,
    request: Request,
    authorization: Option<&HeaderValue>,
    attempts: &mut u32,
    mask: &Mask<'_>,
) -> Result<(Response, Option<Cut>), Failure> {
    let Call { http, limits, deadline, fate, .. } = *call;
    let timeout = deadline.remaining().map_or(limits.timeout, |left| left.min(limits.timeout));
    if timeout.is_zero() {
        return Err(Failure::OutOfTime);
    }
    if fate.is_abandoned() {
        return Err(Failure::Abandoned);
    }
    let url = http.url(&request.target)?;
    let began = Instant::now();
    *attempts += 1;
    let span = tracing::info_span!(
        "request",
        method = %request.method,
        path = mask.hide(url.path().to_owned()),
        attempt = *attempts,
        status = field::Empty,
        request_id = field::Empty,
        duration_ms = field::Empty,
    );
    let outcome = http.send(request, url, authorization, timeout, fate).instrument(span.clone()).await;
    if let Ok((response, _)) = &outcome {
        span.record("status", response.status().as_u16());
        span.record("request_id", request_id(response.headers()).map(|id| mask.hide(id.to_owned())));
    }
    span.record("duration_ms", millis(began));
    outcome
}

const NOT_A_HEADER: &str = "the access token is empty, or has characters that no header can carry";
