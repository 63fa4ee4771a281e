//! Any operation but a create, sent with the client's tokens, attempts and time limits.

use std::sync::Arc;

use hb_portal_client::{Operation, Response};
use tokio::time::Instant;
use tracing::{Instrument as _, Span, field};

use crate::{
    error::CallError,
    exchange::{self, Authorize, Exchanged, exchange},
    limits::{Deadline, Limits, millis},
    mask::Mask,
    portal::Portal,
    response::{Cut, PortalResponse, request_id},
    token::TokenSource,
    transport::{Fate, Http},
};

/// The context of a call.
pub(crate) struct Call<'c, A> {
    pub(crate) http: &'c Http,
    pub(crate) authorize: &'c A,
    pub(crate) limits: &'c Limits,
    pub(crate) deadline: Deadline,
    /// A URL in the request, whose credentials the portal may repeat.
    pub(crate) url: Option<&'c str>,
}

impl<'c> Call<'c, TokenSource> {
    /// A call with the client's own tokens that begins now.
    pub(crate) fn now(portal: &'c Portal, limits: &'c Limits) -> Self {
        let deadline = Deadline::from_now(limits);
        Self { http: &portal.http, authorize: &portal.tokens, limits, deadline, url: None }
    }
}

/// How a call ended.
pub(crate) struct Called<T> {
    pub(crate) result: Result<T, CallError>,
    /// Whether an attempt before the last may have had an effect.
    #[cfg_attr(not(feature = "preview"), expect(dead_code, reason = "only a deletion tells"))]
    pub(crate) was_in_doubt: bool,
}

/// A response to a call.
pub(crate) struct Reply<'r> {
    pub(crate) response: &'r Response,
    /// How it ended too early, if it did.
    #[cfg_attr(not(feature = "preview"), expect(dead_code, reason = "a whole document says that nothing is missing"))]
    pub(crate) cut: Option<Cut>,
    #[cfg_attr(not(feature = "preview"), expect(dead_code, reason = "text from the contract is not masked"))]
    pub(crate) mask: &'r Mask<'r>,
}

/// Says that a success is not what the contract says.
pub(crate) const NOT_AS_DOCUMENTED: &str = "and the body is not what the contract says";

/// Sends `operation`, and has `read` read the response, or say why it cannot.
pub(crate) async fn call<O: Operation, T>(
    call: &Call<'_, impl Authorize>,
    operation: &O,
    read: impl FnOnce(&Reply<'_>) -> Result<T, &'static str>,
) -> Called<T> {
    let span = tracing::info_span!(
        "call",
        operation = O::ID,
        status = field::Empty,
        attempts = field::Empty,
        request_id = field::Empty,
        duration_ms = field::Empty,
    );
    let job = async {
        let began = Instant::now();
        let waits = Waits(Arc::default());
        let Call { http, authorize, limits, deadline, url } = *call;
        let exchanged =
            exchange(&exchange::Call { http, authorize, limits, deadline, fate: &waits.0 }, operation, None).await;
        let Exchanged { outcome, attempts, was_in_doubt, mut mask } = exchanged;
        mask.reduce_urls();
        if let Some(url) = url {
            mask.add_url(url);
        }
        let span = Span::current();
        span.record("attempts", attempts);
        span.record("duration_ms", millis(began));
        let result = outcome.map_err(CallError::failed).and_then(|(response, cut)| {
            span.record("status", response.status().as_u16());
            span.record("request_id", request_id(response.headers()).map(|id| mask.hide(id.to_owned())));
            read(&Reply { response: &response, cut, mask: &mask })
                .map_err(|why| CallError::responded(PortalResponse::new(response, &mask).cut_off(cut), why))
        });
        Called { result, was_in_doubt }
    };
    job.instrument(span).await
}

/// The future that awaits a call. If it is dropped, a request that was not sent is not sent.
struct Waits(Arc<Fate>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.abandon();
    }
}
