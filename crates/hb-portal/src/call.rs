//! Sends any operation except a create, with the client's tokens, retries and time limits.

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
    /// A URL in the request; the portal may repeat its credentials.
    pub(crate) url: Option<&'c str>,
}

impl<'c> Call<'c, TokenSource> {
    /// A call with the client's own tokens that begins now.
    pub(crate) fn now(portal: &'c Portal, limits: &'c Limits) -> Self {
        let deadline = Deadline::from_now(limits);
        Self { http: &portal.http, authorize: &portal.tokens, limits, deadline, url: None }
    }
}

/// The result of a call.
pub(crate) struct Called<T> {
    pub(crate) result: Result<T, CallError>,
    /// Whether an attempt before the last one may have had an effect.
    #[cfg_attr(not(feature = "preview"), expect(dead_code, reason = "only a deletion tells"))]
    pub(crate) was_in_doubt: bool,
}

/// A response to a call.
pub(crate) struct Reply<'r> {
    pub(crate) response: &'r Response,
    /// Why the response was cut off, if it was.
    #[cfg_attr(not(feature = "preview"), expect(dead_code, reason = "a whole document says that nothing is missing"))]
    pub(crate) cut: Option<Cut>,
    #[cfg_attr(not(feature = "preview"), expect(dead_code, reason = "text from the contract is not masked"))]
    pub(crate) mask: &'r Mask<'r>,
}

/// States that the body of a successful response does not match the contract.
pub(crate) const NOT_AS_DOCUMENTED: &str = "and the body is not what the contract says";

/// Sends `operation` and passes the response to `read`, which returns why if it cannot read it.
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

/// The drop guard of the future that awaits a call: if the future is dropped before the request is sent, nothing is sent.
struct Waits(Arc<Fate>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.abandon();
    }
}
