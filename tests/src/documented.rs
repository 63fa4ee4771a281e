//! The exchange as the documentation page shows it, copied from there by hand: what the contract is held against.

use serde_json::{Value, json};

/// The page's example request.
#[must_use]
pub fn request() -> Value {
    json!({
        "url": "https://your-app.com/webhooks/references",
        "events": ["reference.submitted", "reference.declined", "reference.all_completed"],
        "timeout_seconds": 30,
        "max_retries": 3
    })
}

/// The page's example of the 201, whose values say only of which kind they are.
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

/// The 201 of the page with the secret that is given.
#[must_use]
pub fn response_with(secret: &str) -> Value {
    let mut response = response();
    response["secret"] = Value::from(secret);
    response
}
