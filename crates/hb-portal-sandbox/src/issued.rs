//! The result of a successful request, from which a fault can build its response.

use std::fmt;

use serde_json::Value;

use crate::dialect::Dialect;
use crate::endpoint::StoredEndpoint;

/// The result of a request: an endpoint with its secret, a token, or a response without either.
///
/// `Debug` shows neither the secret nor the token.
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

    /// A response without a secret.
    pub(crate) fn body(documented: String) -> Self {
        Self { documented, secret: String::new(), secret_member: "", endpoint: None }
    }

    /// The ordinary response body of the operation: compact JSON, with its members in the order of the sandbox's dialect.
    pub fn expose_body(&self) -> &str {
        &self.documented
    }

    /// The signing secret of the endpoint, or the access token; empty if the response has neither.
    pub fn expose_secret(&self) -> &str {
        &self.secret
    }

    /// The name of the member that holds the secret.
    pub(crate) fn secret_member(&self) -> &'static str {
        self.secret_member
    }

    /// The secret, escaped as the contents of a JSON string.
    pub(crate) fn secret_in_json(&self) -> String {
        let quoted = Value::from(self.secret.as_str()).to_string();
        let inside = quoted.get(1..quoted.len() - 1);
        inside.unwrap_or_default().to_owned()
    }

    /// The endpoint that was created; `None` for every operation except a create.
    pub fn endpoint(&self) -> Option<&StoredEndpoint> {
        self.endpoint.as_ref()
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
