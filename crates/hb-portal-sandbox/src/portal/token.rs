//! The operations on tokens: "Get access token" (corroborated); refresh, info and revoke (inferred).

use std::io;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;

use super::access::admit;
use super::responses::{broken, invalid, issued, message, throttled};
use super::validation::Checked;
use crate::issued::Issued;
use crate::state::State;
use crate::tokens::Minted;

/// `POST {base}/auth/token`
pub(super) async fn mint(Shared(state): Shared<Arc<State>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(seconds) = state.throttle() {
        return throttled(seconds);
    }
    let mut request = Checked::new(&headers, &body);
    let client_id = request.integer("client_id");
    let api_key = request.text("api_key");
    let errors = request.errors();
    if !errors.is_empty() {
        return invalid(&errors);
    }
    let known = u64::try_from(client_id) == Ok(state.settings.client_id) && api_key == state.settings.api_key;
    if !known {
        return message(StatusCode::UNAUTHORIZED, "Invalid credentials.");
    }
    minted(state.mint())
}

/// `POST {base}/auth/refresh`. The refresh token cannot be used again.
pub(super) async fn refresh(Shared(state): Shared<Arc<State>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(seconds) = state.throttle() {
        return throttled(seconds);
    }
    let mut request = Checked::new(&headers, &body);
    let refresh_token = request.text("refresh_token");
    let errors = request.errors();
    if !errors.is_empty() {
        return invalid(&errors);
    }
    match state.refresh(&refresh_token) {
        Some(result) => minted(result),
        None => message(StatusCode::UNAUTHORIZED, "Invalid refresh token."),
    }
}

/// `GET {base}/auth/token-info`. For a token that does not expire, the expiry fields are null.
pub(super) async fn info(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    let token = match admit(&state, &headers) {
        Ok(token) => token,
        Err(refusal) => return refusal,
    };
    let left = state.expiry(token).map(|expiry| expiry.saturating_duration_since(Instant::now()));
    let body = json!({
        "client_id": state.settings.client_id,
        "expires_at": left.map(|left| state.settings.dialect.moment(SystemTime::now() + left)),
        "expires_in": left.map(|left| left.as_secs()),
    });
    issued(StatusCode::OK, Issued::body(body.to_string()))
}

/// `POST {base}/auth/revoke`. Revokes the token that authorises the request.
pub(super) async fn revoke(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    let token = match admit(&state, &headers) {
        Ok(token) => token,
        Err(refusal) => return refusal,
    };
    state.revoke(token);
    issued(StatusCode::OK, Issued::body(json!({ "message": "Token revoked." }).to_string()))
}

fn minted(result: io::Result<Minted>) -> Response {
    match result {
        Ok(minted) => {
            let body = format!(
                "{{\"access_token\":\"{}\",\"refresh_token\":\"{}\",\"expires_in\":{}}}",
                minted.access_token, minted.refresh_token, minted.expires_in
            );
            issued(StatusCode::OK, Issued::token(minted.access_token, body))
        }
        Err(_) => broken(),
    }
}
