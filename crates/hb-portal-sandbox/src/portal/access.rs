//! Who may use an operation, and how often.

use axum::http::HeaderMap;
use axum::response::Response;

use super::answers::{throttled, unauthenticated};
use crate::state::State;

/// Lets a request in that has a token and comes within the rate limit; `Err` is the response to any other.
#[expect(clippy::result_large_err, reason = "it is sent at once")]
pub(super) fn admit<'a>(state: &State, headers: &'a HeaderMap) -> Result<&'a str, Response> {
    state.throttle().map_err(throttled)?;
    bearer(headers).filter(|token| state.accepts(token)).ok_or_else(unauthenticated)
}

/// The token of a header `Authorization: Bearer …`; the scheme's case does not matter to HTTP.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("authorization")?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start())
}
