//! The portal's operations, as an axum router that knows nothing of connections and faults.

mod access;
mod answers;
mod create;
mod token;
mod validation;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};

use crate::state::State;

/// The router over the operations under the configured base path.
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
        .fallback(answers::not_found)
        .method_not_allowed_fallback(answers::method_not_allowed)
        .with_state(state)
}
