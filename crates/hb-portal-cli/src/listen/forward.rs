//! Forwards verified deliveries as they arrived.

use std::time::Duration;

use hb_portal::{
    bytes::Bytes,
    http::{HeaderMap, StatusCode, header},
    reqwest::{Client, Url, redirect::Policy},
};

use crate::{
    exit::{Exit, Failure},
    shown,
};

/// Senders wait about this long.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Headers that belong to one connection, or that the next request sets itself.
const NOT_PASSED_ON: [header::HeaderName; 9] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

pub(super) struct Forward {
    client: Client,
    url: Url,
}

impl Forward {
    pub(super) fn to(url: &str) -> Result<Self, Failure> {
        let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = parsed.ok_or_else(|| Failure::usage("--forward needs an http or https URL"))?;
        // reqwest uses the default provider of the process. If one is already installed, that one will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            // The receiver may close an idle connection as a delivery leaves on it, and then the delivery fails.
            .pool_max_idle_per_host(0)
            .build();
        let client = client.map_err(|error| Failure::new(Exit::No, format!("could not set up --forward: {error}")))?;
        Ok(Self { client, url })
    }

    /// The status of the response, or why there is none.
    pub(super) async fn pass_on(&self, headers: &HeaderMap, body: Bytes) -> Result<StatusCode, String> {
        let mut headers = headers.clone();
        for name in &NOT_PASSED_ON {
            headers.remove(name);
        }
        let sent = self.client.post(self.url.clone()).headers(headers).body(body).send().await;
        let failed = |what: &str| format!("{} {what}", shown::url(self.url.as_str()));
        sent.map(|response| response.status()).map_err(|error| match error {
            error if error.is_timeout() => failed("did not respond in time"),
            error if error.is_connect() => failed("could not be reached"),
            _ => failed("broke the connection"),
        })
    }
}
