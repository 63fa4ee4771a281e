//! A function that replaces the portal in users' tests.

use hb_portal_client::{Request, Response, append};
use reqwest::Url;
use zeroize::Zeroizing;

use super::{body::head, fate::Fate};
use crate::{error::Failure, response::Cut};

/// Returns the function's response to a request.
pub(super) fn respond(
    function: &dyn Fn(http::Request<Vec<u8>>) -> http::Response<Vec<u8>>,
    request: Request,
    url: &Url,
    attempt: u32,
    fate: &Fate,
) -> Result<(Response, Option<Cut>), Failure> {
    let Request { method, headers, body, .. } = request;
    let builder = http::Request::builder().method(method).uri(url.as_str());
    let mut request = builder
        .body(body.map(|body| body.to_vec()).unwrap_or_default())
        .map_err(|error| Failure::Unsendable(error.into()))?;
    *request.headers_mut() = headers;
    if !fate.send(attempt) {
        return Err(Failure::Abandoned);
    }
    let (parts, body) = function(request).into_parts();
    let mut kept = Zeroizing::new(Vec::with_capacity(body.len()));
    append(&mut kept, &Zeroizing::new(body));
    Ok((Response::new(parts.status, head(&parts.headers), kept), None))
}
