//! The exchange that the documentation page shows, copied from it manually. Tests compare the contract with it.

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

/// The page's example of the 201. Its values only show their types.
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

/// The page's 201 with the given secret.
#[must_use]
pub fn response_with(secret: &str) -> Value {
    let mut response = response();
    response["secret"] = Value::from(secret);
    response
}
