//! The portal's operations, as an axum router that is independent of connections and faults.

mod access;
mod create;
mod responses;
mod token;
mod validation;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};

use crate::state::State;

/// Routes the operations under the configured base path.
pub(crate) fn router(state: Arc<State>) -> Router {
    let base = &state.settings.base_path;
    Router::new()
        .route(&format!("{base}/webhooks"), post(create::create).get(webhooks::list))
        .route(&format!("{base}/webhooks/{{id}}"), put(webhooks::update).delete(webhooks::delete))
        .route(&format!("{base}/webhooks/{{id}}/calls"), get(webhooks::calls))
        .route(&format!("{base}/webhooks/{{id}}/test"), post(webhooks::test))
        .route(&format!("{base}/auth/token"), post(token::mint))
        .route(&format!("{base}/auth/refresh"), post(token::refresh))
        .route(&format!("{base}/auth/token-info"), get(token::info))
        .route(&format!("{base}/auth/revoke"), post(token::revoke))
        .fallback(responses::not_found)
        .method_not_allowed_fallback(responses::method_not_allowed)
        .with_state(state)
}
