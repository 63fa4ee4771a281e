//! What a successful request brought into being, as a fault's answer may tell of it.

use std::fmt;

use serde_json::Value;

use crate::endpoint::StoredEndpoint;

/// What a request made: an endpoint with its secret, or a token.
///
/// `Debug` shows neither.
#[derive(Clone)]
pub struct Issued {
    documented: String,
    secret: String,
    endpoint: Option<StoredEndpoint>,
}

impl Issued {
    pub(crate) fn endpoint_of(endpoint: StoredEndpoint) -> Self {
        Self { documented: endpoint.documented_answer(), secret: endpoint.secret.clone(), endpoint: Some(endpoint) }
    }

    pub(crate) fn token(access_token: String, documented: String) -> Self {
        Self { documented, secret: access_token, endpoint: None }
    }

    /// The body that the operation answers with when nothing is wrong: compact JSON in the documented order.
    pub fn expose_body(&self) -> &str {
        &self.documented
    }

    /// The signing secret of the endpoint, or the access token.
    pub fn expose_secret(&self) -> &str {
        &self.secret
    }

    /// The secret as it stands between the quotes of a JSON string.
    pub(crate) fn secret_in_json(&self) -> String {
        let quoted = Value::from(self.secret.as_str()).to_string();
        let inside = quoted.get(1..quoted.len() - 1);
        inside.unwrap_or_default().to_owned()
    }

    /// The endpoint that was committed; `None` when it was a token that was minted.
    pub fn endpoint(&self) -> Option<&StoredEndpoint> {
        self.endpoint.as_ref()
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
