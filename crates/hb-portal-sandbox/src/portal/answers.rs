//! The answers that the operations share, in the shapes that a Laravel application sends (inferred).

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::validation::Complaint;
use crate::issued::Issued;

/// An answer that says what was made. What it says rides along, for the faults that tell it otherwise.
pub(super) fn issued(status: StatusCode, issued: Issued) -> Response {
    let body = issued.expose_body().to_owned();
    let mut response = (status, [(CONTENT_TYPE, "application/json")], body).into_response();
    response.extensions_mut().insert(issued);
    response
}

/// An answer that consists of a sentence.
pub(super) fn message(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({ "message": text }))).into_response()
}

/// `401`
pub(super) fn unauthenticated() -> Response {
    message(StatusCode::UNAUTHORIZED, "Unauthenticated.")
}

/// `429`, to come again after `seconds`.
pub(super) fn throttled(seconds: u64) -> Response {
    let mut response = message(StatusCode::TOO_MANY_REQUESTS, "Too Many Attempts.");
    response.headers_mut().insert(RETRY_AFTER, seconds.into());
    response
}

/// `422`. The message is the first complaint and a count of the others, as Laravel writes it.
pub(super) fn invalid(complaints: &[Complaint]) -> Response {
    let first = complaints.first().map_or("", |complaint| &complaint.text);
    let text = match complaints.len() {
        0 | 1 => first.to_owned(),
        2 => format!("{first} (and 1 more error)"),
        more => format!("{first} (and {} more errors)", more - 1),
    };
    let errors: Map<String, Value> =
        complaints.iter().map(|complaint| (complaint.field.clone(), json!([complaint.text]))).collect();
    let body = Json(json!({ "message": text, "errors": errors }));
    (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
}

/// `500`, when the operating system has no random bytes to give.
pub(super) fn broken() -> Response {
    message(StatusCode::INTERNAL_SERVER_ERROR, "Server Error")
}

/// `404`
pub(super) async fn not_found() -> Response {
    message(StatusCode::NOT_FOUND, "Not Found.")
}

/// `405`
pub(super) async fn method_not_allowed() -> Response {
    message(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed.")
}
