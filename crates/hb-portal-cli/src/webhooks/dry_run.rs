//! The request that a create would send, without its credentials.

use std::sync::{Arc, Mutex, PoisonError};

use hb_portal::{
    BuildError, Client, ClientBuilder,
    http::{Request, Response, StatusCode, header::AUTHORIZATION},
};
use serde_json::{Value, json};

use crate::shown;

/// A request in a form that is safe to show.
pub(super) struct Shown {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// The last request that the client would have sent.
pub(super) type Seen = Arc<Mutex<Option<Shown>>>;

/// A client that records its request instead of sending it, and whose request is then refused.
pub(super) fn client(builder: ClientBuilder, url: &str) -> Result<(Client, Seen), BuildError> {
    let seen = Seen::default();
    let (to, url) = (Arc::clone(&seen), url.to_owned());
    let client = builder.respond_with(move |request| {
        // With an API key, the client requests a token first.
        if request.uri().path().ends_with("/auth/token") {
            return response(StatusCode::OK, r#"{"access_token":"dry-run"}"#);
        }
        *to.lock().unwrap_or_else(PoisonError::into_inner) = Some(Shown::of(&request, &url));
        response(StatusCode::UNPROCESSABLE_ENTITY, "")
    });
    Ok((client.build()?, seen))
}

fn response(status: StatusCode, body: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(body.as_bytes().to_vec());
    *response.status_mut() = status;
    response
}

impl Shown {
    fn of(request: &Request<Vec<u8>>, url: &str) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers = request.headers().iter().map(|(name, value)| {
            let value = if name == AUTHORIZATION { "Bearer …".to_owned() } else { text(value.as_bytes()) };
            (name.to_string(), value)
        });
        let masked = json!(shown::masked_url(url)).to_string();
        Self {
            method: request.method().to_string(),
            target: request.uri().to_string(),
            headers: headers.collect(),
            body: text(request.body()).replace(&json!(url).to_string(), &masked),
        }
    }

    pub(super) fn text(&self) -> String {
        let Self { method, target, headers, body } = self;
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        format!("{method} {target}\n{headers}\n{body}\n")
    }

    pub(super) fn json(&self) -> Value {
        let headers: serde_json::Map<_, _> =
            self.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let body = serde_json::from_str::<Value>(&self.body).unwrap_or_default();
        json!({"outcome": "dry_run", "method": self.method, "target": self.target, "headers": headers, "body": body})
    }
}
