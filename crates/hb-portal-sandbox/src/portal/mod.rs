//! The portal's operations, as an axum router that knows nothing of connections and faults.

mod answers;
mod create;
mod token;
mod validation;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;

use crate::state::State;

/// The router over both operations under the configured base path.
pub(crate) fn router(state: Arc<State>) -> Router {
    let base = &state.settings.base_path;
    Router::new()
        .route(&format!("{base}/webhooks"), post(create::create))
        .route(&format!("{base}/auth/token"), post(token::mint))
        .fallback(answers::not_found)
        .method_not_allowed_fallback(answers::method_not_allowed)
        .with_state(state)
}
