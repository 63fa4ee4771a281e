//! The example exchange on the documentation page, copied manually. Tests compare the contract with it.

use serde_json::{Value, json};

/// Returns the page's example request.
#[must_use]
pub fn request() -> Value {
    json!({
        "url": "https://your-app.com/webhooks/references",
        "events": ["reference.submitted", "reference.declined", "reference.all_completed"],
        "timeout_seconds": 30,
        "max_retries": 3
    })
}

/// Returns the page's example of the 201 response. Its values only illustrate their types.
#[must_use]
pub fn response() -> Value {
    json!({
        "data": {
            "id": 0,
            "url": "http://example.com",
            "events": ["string"],
            "is_active": true,
            "timeout_seconds": 0,
            "max_retries": 0,
            "failure_count": 0,
            "last_called_at": "2019-08-24T14:15:22.123Z",
            "last_failed_at": "2019-08-24T14:15:22.123Z",
            "created_at": "2019-08-24T14:15:22.123Z"
        },
        "secret": "string",
        "message": "string"
    })
}

/// Returns the page's 201 response with the given secret.
#[must_use]
pub fn response_with(secret: &str) -> Value {
    let mut response = response();
    response["secret"] = Value::from(secret);
    response
}
