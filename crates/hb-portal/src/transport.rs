//! Sends one request to the portal, and reports what is known if no response arrives.

mod base_url;
mod body;
mod fate;
#[cfg(feature = "test-util")]
mod function;

use std::{sync::Arc, time::Duration};

use hb_portal_client::{Request, Response};
use http::{HeaderValue, Method, header};
use reqwest::Url;

pub(crate) use base_url::BaseUrl;
pub(crate) use fate::Fate;

use crate::{error::Failure, response::Cut};

/// The means by which a request reaches the portal.
#[derive(Clone)]
pub(crate) enum Transport {
    Network(reqwest::Client),
    #[cfg(feature = "test-util")]
    Function(Responder),
}

/// A function that replaces the portal.
#[cfg(feature = "test-util")]
pub(crate) type Responder = Arc<dyn Fn(http::Request<Vec<u8>>) -> http::Response<Vec<u8>> + Send + Sync>;

/// The transport of requests, the base URL, and the default timeout.
#[derive(Clone)]
pub(crate) struct Http {
    pub(crate) to: Transport,
    pub(crate) base: BaseUrl,
    pub(crate) timeout: Duration,
}

impl Http {
    /// The URL of an operation's `target`.
    pub(crate) fn url(&self, target: &str) -> Result<Url, Failure> {
        Url::parse(&[self.base.as_str(), target].concat()).map_err(|error| Failure::Unsendable(error.into()))
    }

    /// Sends a request once, and reads as much of the response as arrives.
    ///
    /// Only this function decides that a request was not sent. In the same step, [`Fate::fail`] revokes the attempt's permission
    /// to be sent, so a request that is reported as not sent cannot leave a moment later.
    pub(crate) async fn send(
        &self,
        mut request: Request,
        url: Url,
        authorization: Option<&HeaderValue>,
        timeout: Duration,
        fate: &Arc<Fate>,
    ) -> Result<(Response, Option<Cut>), Failure> {
        let headers = &mut request.headers;
        // RFC 9110, 12.5.3: without it, any coding is permitted, and nothing here decodes one.
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(authorization) = authorization {
            headers.insert(header::AUTHORIZATION, authorization.clone());
        }
        let attempt = fate.begin();
        #[cfg_attr(
            not(feature = "test-util"),
            expect(clippy::infallible_destructuring_match, reason = "with `test-util` there is another transport")
        )]
        let client = match &self.to {
            Transport::Network(client) => client,
            #[cfg(feature = "test-util")]
            Transport::Function(function) => return function::respond(&**function, request, &url, attempt, fate),
        };
        let request = self.request(request, url, timeout, attempt, fate)?;
        let counts_early = request.body().is_none();
        match client.execute(request).await.map_err(reqwest::Error::without_url) {
            Ok(response) => Ok(body::read(response).await),
            // A request without a body counts as sent before there is a connection. If there was no connection, it was not sent.
            Err(error) if fate.fail() && !(counts_early && error.is_connect()) => Err(Failure::NoResponse(error)),
            Err(_) if fate.is_abandoned() => Err(Failure::Abandoned),
            Err(error) if error.is_builder() => Err(Failure::Unsendable(error.into())),
            Err(error) => Err(Failure::NoConnection { to: self.base.authority(), error }),
        }
    }

    /// Builds reqwest's request, whose body asks for permission to be sent once there is a connection.
    fn request(
        &self,
        request: Request,
        url: Url,
        timeout: Duration,
        attempt: u32,
        fate: &Arc<Fate>,
    ) -> Result<reqwest::Request, Failure> {
        let Request { method, headers, body, .. } = request;
        let mut request = reqwest::Request::new(method, url);
        *request.headers_mut() = headers;
        if timeout != self.timeout {
            *request.timeout_mut() = Some(timeout);
        }
        match body {
            Some(body) if !body.is_empty() => {
                *request.body_mut() = Some(body::outbound(body, attempt, Arc::clone(fate)));
            }
            // hyper never polls an empty body, so the request may leave from here on.
            _ if !fate.send(attempt) => return Err(Failure::Abandoned),
            // RFC 9110, 8.6: without it a server may refuse a request that could have had a body (`411`).
            _ if matches!(*request.method(), Method::PATCH | Method::POST | Method::PUT) => {
                request.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
            }
            _ => {}
        }
        Ok(request)
    }
}
