//! The responses that the operations share, in the form that a Laravel application sends (inferred).

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::validation::FieldError;
use crate::issued::Issued;

/// A successful response. Its extensions carry `issued`, from which a fault can build another response.
pub(super) fn issued(status: StatusCode, issued: Issued) -> Response {
    let body = issued.expose_body().to_owned();
    let mut response = (status, [(CONTENT_TYPE, "application/json")], body).into_response();
    response.extensions_mut().insert(issued);
    response
}

/// A response with only a message.
pub(super) fn message(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({ "message": text }))).into_response()
}

/// `401`
pub(super) fn unauthenticated() -> Response {
    message(StatusCode::UNAUTHORIZED, "Unauthenticated.")
}

/// `429`, with the number of seconds to wait.
pub(super) fn throttled(seconds: u64) -> Response {
    let mut response = message(StatusCode::TOO_MANY_REQUESTS, "Too Many Attempts.");
    response.headers_mut().insert(RETRY_AFTER, seconds.into());
    response
}

/// `422`. The message is the first error and a count of the others, as Laravel writes it.
pub(super) fn invalid(field_errors: &[FieldError]) -> Response {
    let first = field_errors.first().map_or("", |error| &error.text);
    let text = match field_errors.len() {
        0 | 1 => first.to_owned(),
        2 => format!("{first} (and 1 more error)"),
        more => format!("{first} (and {} more errors)", more - 1),
    };
    let errors: Map<String, Value> =
        field_errors.iter().map(|error| (error.field.clone(), json!([error.text]))).collect();
    let body = Json(json!({ "message": text, "errors": errors }));
    (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
}

/// `500`, if the operating system could not provide random bytes.
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
