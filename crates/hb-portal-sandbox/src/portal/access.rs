//! Access to operations: tokens and the rate limit.

use axum::http::HeaderMap;
use axum::response::Response;

use super::responses::{throttled, unauthenticated};
use crate::state::State;

/// Admits a request with a valid token within the rate limit, and returns its token; `Err` is the response to any other.
#[expect(clippy::result_large_err, reason = "the response is sent immediately")]
pub(super) fn admit<'a>(state: &State, headers: &'a HeaderMap) -> Result<&'a str, Response> {
    state.throttle().map_err(throttled)?;
    bearer(headers).filter(|token| state.accepts(token)).ok_or_else(unauthenticated)
}

/// Returns the token in `Authorization: Bearer …`; the scheme is not case-sensitive.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("authorization")?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start())
}
