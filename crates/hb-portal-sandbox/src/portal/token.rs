//! `POST {base}/auth/token`, "Get access token" (corroborated).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::answers::{broken, invalid, issued, message, throttled};
use super::validation::Checked;
use crate::issued::Issued;
use crate::state::State;

pub(super) async fn mint(Shared(state): Shared<Arc<State>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(seconds) = state.throttle() {
        return throttled(seconds);
    }
    let mut request = Checked::new(&headers, &body);
    let client_id = request.integer("client_id");
    let api_key = request.text("api_key");
    let complaints = request.complaints();
    if !complaints.is_empty() {
        return invalid(&complaints);
    }
    let known = u64::try_from(client_id) == Ok(state.settings.client_id) && api_key == state.settings.api_key;
    if !known {
        return message(StatusCode::UNAUTHORIZED, "Invalid credentials.");
    }
    match state.mint() {
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
