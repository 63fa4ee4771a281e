//! The operations on existing endpoints (inferred): list, update, delete, calls and a test delivery.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use super::access::admit;
use super::create::{MAX_RETRIES, TIMEOUT_SECONDS};
use super::responses::{invalid, issued, message, not_found};
use super::validation::Checked;
use crate::deliver::TestDelivery;
use crate::dispatch;
use crate::issued::Issued;
use crate::state::{Change, State};

/// The default and the maximum page size, as many Laravel applications choose them.
const PER_PAGE: usize = 15;
const MAX_PER_PAGE: usize = 100;

/// `GET {base}/webhooks`
pub(super) async fn list(Shared(state): Shared<Arc<State>>, uri: Uri, headers: HeaderMap) -> Response {
    if let Err(refusal) = admit(&state, &headers) {
        return refusal;
    }
    let dialect = state.settings.dialect;
    let items: Vec<String> = state.endpoints().iter().map(|endpoint| dialect.listed(endpoint)).collect();
    page(&state, &items, &uri, &headers)
}

/// `PUT {base}/webhooks/{id}`. An absent field is unchanged; a number that is null is reset to its default.
pub(super) async fn update(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refusal) = admit(&state, &headers) {
        return refusal;
    }
    let mut request = Checked::new(&headers, &body);
    let change = Change {
        url: request.has("url").then(|| request.url("url")),
        events: request.has("events").then(|| request.texts("events")),
        is_active: request.has("is_active").then(|| request.boolean("is_active")),
        timeout_seconds: request
            .has("timeout_seconds")
            .then(|| request.optional_count("timeout_seconds", 1).unwrap_or(TIMEOUT_SECONDS)),
        max_retries: request
            .has("max_retries")
            .then(|| request.optional_count("max_retries", 0).unwrap_or(MAX_RETRIES)),
    };
    let errors = request.errors();
    if !errors.is_empty() {
        return invalid(&errors);
    }
    match id.parse().ok().and_then(|id| state.update(id, change)) {
        Some(endpoint) => issued(StatusCode::OK, Issued::body(state.settings.dialect.one(&endpoint))),
        None => not_found().await,
    }
}

/// `DELETE {base}/webhooks/{id}`
pub(super) async fn delete(Shared(state): Shared<Arc<State>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Err(refusal) = admit(&state, &headers) {
        return refusal;
    }
    match id.parse().ok().and_then(|id| state.delete(id)) {
        Some(()) => issued(StatusCode::NO_CONTENT, Issued::body(String::new())),
        None => not_found().await,
    }
}

/// `GET {base}/webhooks/{id}/calls`, the newest first
pub(super) async fn calls(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = admit(&state, &headers) {
        return refusal;
    }
    let Some(endpoint) = id.parse().ok().and_then(|id| state.endpoint(id)) else {
        return not_found().await;
    };
    let dialect = state.settings.dialect;
    let calls = state.calls(endpoint.id);
    let items: Vec<String> = calls.iter().rev().map(|(id, attempt)| dialect.call(*id, attempt)).collect();
    page(&state, &items, &uri, &headers)
}

/// `POST {base}/webhooks/{id}/test`. Makes one signed delivery, and responds with its result.
pub(super) async fn test(Shared(state): Shared<Arc<State>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Err(refusal) = admit(&state, &headers) {
        return refusal;
    }
    let Some(endpoint) = id.parse().ok().and_then(|id| state.endpoint(id)) else {
        return not_found().await;
    };
    let mut delivery = TestDelivery::new(endpoint.id, state.settings.signing.clone()).once();
    delivery.connect_to = state.settings.connect_to;
    if let Err(error) = dispatch::deliver(&state, delivery).await {
        return message(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string());
    }
    match state.calls(endpoint.id).last() {
        Some((id, attempt)) => issued(StatusCode::OK, Issued::body(state.settings.dialect.one_call(*id, attempt))),
        None => not_found().await,
    }
}

/// Responds with the page of `items` that the query requests. A parameter that is not a positive number is ignored.
fn page(state: &State, items: &[String], uri: &Uri, headers: &HeaderMap) -> Response {
    let number = |name: &str| {
        let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        let value = pairs.filter(|(key, _)| *key == name).find_map(|(_, value)| value.parse().ok());
        value.filter(|value: &usize| *value > 0)
    };
    let per_page = number("per_page").unwrap_or(PER_PAGE).min(MAX_PER_PAGE);
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let url = format!("{}://{host}{}", state.settings.scheme(), uri.path());
    let body = state.settings.dialect.page(items, &url, number("page").unwrap_or(1), per_page);
    issued(StatusCode::OK, Issued::body(body))
}
