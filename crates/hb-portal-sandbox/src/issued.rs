//! What a successful request did, as a fault's response may tell of it.

use std::fmt;

use serde_json::Value;

use crate::dialect::Dialect;
use crate::endpoint::StoredEndpoint;

/// What a request made: an endpoint with its secret, a token, or a response without either.
///
/// `Debug` shows neither.
#[derive(Clone)]
pub struct Issued {
    documented: String,
    secret: String,
    secret_member: &'static str,
    endpoint: Option<StoredEndpoint>,
}

impl Issued {
    pub(crate) fn created(endpoint: StoredEndpoint, dialect: Dialect) -> Self {
        Self {
            documented: dialect.created(&endpoint),
            secret: endpoint.secret.clone(),
            secret_member: dialect.secret_member(),
            endpoint: Some(endpoint),
        }
    }

    pub(crate) fn token(access_token: String, documented: String) -> Self {
        Self { documented, secret: access_token, secret_member: "access_token", endpoint: None }
    }

    /// A response that shows no secret.
    pub(crate) fn body(documented: String) -> Self {
        Self { documented, secret: String::new(), secret_member: "", endpoint: None }
    }

    /// The body that the operation answers with when nothing is wrong: compact JSON in the order of the sandbox's dialect.
    pub fn expose_body(&self) -> &str {
        &self.documented
    }

    /// The signing secret of the endpoint, or the access token; empty where a response shows neither.
    pub fn expose_secret(&self) -> &str {
        &self.secret
    }

    /// The name of the member that holds the secret.
    pub(crate) fn secret_member(&self) -> &'static str {
        self.secret_member
    }

    /// The secret as it stands between the quotes of a JSON string.
    pub(crate) fn secret_in_json(&self) -> String {
        let quoted = Value::from(self.secret.as_str()).to_string();
        let inside = quoted.get(1..quoted.len() - 1);
        inside.unwrap_or_default().to_owned()
    }

    /// The endpoint that was committed; `None` for every operation but a create.
    pub fn endpoint(&self) -> Option<&StoredEndpoint> {
        self.endpoint.as_ref()
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
