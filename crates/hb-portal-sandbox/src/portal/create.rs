//! `POST {base}/webhooks`, "Create webhook endpoint" (documented).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::answers::{broken, invalid, issued, throttled, unauthenticated};
use super::validation::Checked;
use crate::issued::Issued;
use crate::state::{State, Wanted};

/// What the documented example asks for, taken where a request says nothing; the page gives no defaults.
const TIMEOUT_SECONDS: u32 = 30;
const MAX_RETRIES: u32 = 3;

pub(super) async fn create(Shared(state): Shared<Arc<State>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(seconds) = state.throttle() {
        return throttled(seconds);
    }
    if !bearer(&headers).is_some_and(|token| state.accepts(token)) {
        return unauthenticated();
    }
    let mut request = Checked::new(&headers, &body);
    let wanted = Wanted {
        url: request.url("url"),
        events: request.texts("events"),
        timeout_seconds: request.optional_count("timeout_seconds", 1).unwrap_or(TIMEOUT_SECONDS),
        max_retries: request.optional_count("max_retries", 0).unwrap_or(MAX_RETRIES),
    };
    let complaints = request.complaints();
    if !complaints.is_empty() {
        return invalid(&complaints);
    }
    match state.commit(wanted) {
        Ok(endpoint) => issued(StatusCode::CREATED, Issued::endpoint_of(endpoint)),
        Err(_) => broken(),
    }
}

/// The token of a header `Authorization: Bearer …`; the scheme's case does not matter to HTTP.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("authorization")?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start())
}
