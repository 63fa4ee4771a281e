//! One request and its answer: how the portal is reached, and what is known when it does not answer.

mod base_url;
mod body;
mod failure;
mod fate;

use std::{sync::Arc, time::Duration};

use hb_portal_client::{Request, Response};
use http::{HeaderValue, Method, header};
use reqwest::Url;

pub(crate) use base_url::BaseUrl;
pub(crate) use body::Cut;
pub(crate) use failure::Failure;
pub(crate) use fate::Fate;

/// What requests are sent with, where to, and how long it lets each take unless told otherwise.
#[derive(Clone)]
pub(crate) struct Http {
    pub(crate) client: reqwest::Client,
    pub(crate) base: BaseUrl,
    pub(crate) timeout: Duration,
}

impl Http {
    /// An operation's request, with what the contract does not know: where the portal is, who asks, how long it may take.
    pub(crate) fn request(
        &self,
        request: Request,
        authorization: Option<&HeaderValue>,
        timeout: Duration,
        fate: &Arc<Fate>,
    ) -> Result<reqwest::Request, Failure> {
        let Request { method, target, headers, body } = request;
        let url = Url::parse(&format!("{}{target}", self.base.as_str()));
        let url = url.map_err(|error| Failure::NotARequest(error.into()))?;
        let mut request = reqwest::Request::new(method, url);
        *request.headers_mut() = headers;
        if let Some(authorization) = authorization {
            request.headers_mut().insert(header::AUTHORIZATION, authorization.clone());
        }
        if timeout != self.timeout {
            *request.timeout_mut() = Some(timeout);
        }
        let attempt = fate.begin();
        match body {
            Some(body) if !body.is_empty() => {
                *request.body_mut() = Some(body::outbound(body, attempt, Arc::clone(fate)));
            }
            // Nobody asks for a body of nothing, so the request may leave from here on.
            _ if !fate.send(attempt) => return Err(Failure::Abandoned),
            // RFC 9110, section 8.6: without it a server may refuse a request that could have had a body (`411`).
            _ if matches!(*request.method(), Method::PATCH | Method::POST | Method::PUT) => {
                request.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
            }
            _ => {}
        }
        Ok(request)
    }

    /// Sends a request once, and reads the answer as far as it comes.
    pub(crate) async fn send(
        &self,
        request: reqwest::Request,
        fate: &Fate,
    ) -> Result<(Response, Option<Cut>), Failure> {
        match self.client.execute(request).await.map_err(reqwest::Error::without_url) {
            Ok(response) => Ok(body::read(response).await),
            Err(error) if fate.fail() => Err(Failure::NoAnswer(error)),
            Err(_) if fate.is_abandoned() => Err(Failure::Abandoned),
            Err(error) if error.is_builder() => Err(Failure::NotARequest(error.into())),
            Err(error) => Err(Failure::NoConnection(error)),
        }
    }
}
