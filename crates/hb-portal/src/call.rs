//! Any generated operation, sent with the client's tokens, attempts and time limits.

use std::sync::Arc;

use hb_portal_client::Operation;
use tokio::time::Instant;
use tracing::{Instrument as _, Span, field};

use crate::{
    error::CallError,
    exchange::{Call, Exchanged, exchange},
    limits::{Deadline, Limits, millis},
    portal::Portal,
    response::{PortalResponse, request_id},
};

/// Sends `operation`, and reads the response as the contract says.
pub(crate) async fn call<O: Operation>(
    portal: &Portal,
    operation: &O,
    limits: &Limits,
) -> Result<O::Success, CallError> {
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
        let call = Call {
            http: &portal.http,
            authorize: &portal.tokens,
            limits,
            deadline: Deadline::from_now(limits),
            fate: &Arc::default(),
        };
        let Exchanged { outcome, attempts, mask } = exchange(&call, operation, None).await;
        let span = Span::current();
        span.record("attempts", attempts);
        span.record("duration_ms", millis(began));
        let (response, _) = outcome.map_err(CallError::failed)?;
        span.record("status", response.status().as_u16());
        span.record("request_id", request_id(response.headers()).map(|id| mask.hide(id.to_owned())));
        O::read(&response).map_err(|_| CallError::responded(PortalResponse::new(response, &mask)))
    };
    job.instrument(span).await
}
