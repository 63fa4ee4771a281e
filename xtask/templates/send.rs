//! Sends operations with reqwest, once each, and reads their responses.

use std::fmt;

use http::{HeaderValue, header};

use crate::{Operation, Response, Unread, Unsendable};

/// Sends `operation` to the service at `base` (scheme, host, optional port and path) and reads the response.
///
/// The caller adds credentials, as default headers of `client`.
///
/// # Errors
///
/// Nothing was sent, no response arrived, or the response is not a documented success.
pub async fn send<O: Operation>(client: &reqwest::Client, base: &str, operation: &O) -> Result<O::Success, Error> {
    let request = operation.request().map_err(Error::Unsendable)?;
    let url = format!("{}{}", base.trim_end_matches('/'), request.target);
    let mut sent = client.request(request.method, url).headers(request.headers);
    sent = sent.header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if let Some(mut body) = request.body {
        sent = sent.body(std::mem::take(&mut *body));
    }
    // reqwest's error prints the URL, which may hold a secret parameter.
    let transport = |error: reqwest::Error| Error::Transport(error.without_url());
    let received = sent.send().await.map_err(transport)?;
    let (status, headers) = (received.status(), received.headers().clone());
    let body = received.bytes().await.map_err(transport)?;
    let response = Response::new(status, headers, body.to_vec().into());
    O::read(&response).map_err(|why| Error::Unread(why, Box::new(response)))
}

/// The reason why an operation did not succeed. `Debug` prints neither a body nor an address.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A parameter has a value that no request can carry; nothing was sent.
    Unsendable(Unsendable),
    /// The connection failed before the whole response arrived.
    Transport(reqwest::Error),
    /// The response is not a documented success; `Operation::read_failure` decodes a documented failure.
    Unread(Unread, Box<Response>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsendable(error) => error.fmt(f),
            Self::Transport(_) => f.write_str("the request failed"),
            Self::Unread(why, response) => write!(f, "{why}: {}", response.status()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Transport(error) => Some(error),
            Self::Unsendable(_) | Self::Unread(..) => None,
        }
    }
}
