//! Sends operations with reqwest, once each, and reads what comes back.

use std::fmt;

use http::{HeaderValue, header};

use crate::{Operation, Response, Unread, Unsendable};

/// Sends `operation` to the service at `base` (scheme, host, and port and path if there are any), and reads the response.
///
/// Credentials are the caller's to add, as default headers of `client`.
///
/// # Errors
///
/// Nothing was sent, nothing came back, or what came back is not a documented success.
pub async fn send<O: Operation>(client: &reqwest::Client, base: &str, operation: &O) -> Result<O::Success, Error> {
    let request = operation.request().map_err(Error::Unsendable)?;
    let url = format!("{}{}", base.trim_end_matches('/'), request.target);
    let mut sent = client.request(request.method, url).headers(request.headers);
    sent = sent.header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if let Some(mut body) = request.body {
        sent = sent.body(std::mem::take(&mut *body));
    }
    let received = sent.send().await.map_err(Error::Transport)?;
    let (status, headers) = (received.status(), received.headers().clone());
    let body = received.bytes().await.map_err(Error::Transport)?;
    let response = Response::new(status, headers, body.to_vec().into());
    O::read(&response).map_err(|why| Error::Unread(why, response))
}

/// Why an operation has no success. Its `Debug` prints no body.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A parameter has a value that no request can carry; nothing was sent.
    Unsendable(Unsendable),
    /// The request failed on its way, or the response did.
    Transport(reqwest::Error),
    /// The response is not a documented success; `Operation::read_failure` decodes a documented failure.
    Unread(Unread, Response),
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
