//! `POST {base}/webhooks`, "Create webhook endpoint" (documented).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::access::admit;
use super::responses::{broken, invalid, issued};
use super::validation::Checked;
use crate::issued::Issued;
use crate::state::{State, Wanted};

/// Defaults for a request without these fields. They are the values of the documented example; the page gives no defaults.
pub(super) const TIMEOUT_SECONDS: u32 = 30;
pub(super) const MAX_RETRIES: u32 = 3;

pub(super) async fn create(Shared(state): Shared<Arc<State>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(refusal) = admit(&state, &headers) {
        return refusal;
    }
    let mut request = Checked::new(&headers, &body);
    let wanted = Wanted {
        url: request.url("url"),
        events: request.texts("events"),
        timeout_seconds: request.optional_count("timeout_seconds", 1).unwrap_or(TIMEOUT_SECONDS),
        max_retries: request.optional_count("max_retries", 0).unwrap_or(MAX_RETRIES),
    };
    let errors = request.errors();
    if !errors.is_empty() {
        return invalid(&errors);
    }
    match state.commit(wanted) {
        Ok(endpoint) => issued(StatusCode::CREATED, Issued::created(endpoint, state.settings.dialect)),
        Err(_) => broken(),
    }
}
