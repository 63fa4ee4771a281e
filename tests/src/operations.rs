//! A table of the facade's operations, except creating an endpoint. Each new operation needs an entry.

use hb_portal::{BoxFuture, CallError, Client, EndpointId};
use hb_portal_client::{Operation as _, operations as client};
use hb_portal_sandbox::Operation;
use serde_json::Value;

use crate::wire::form;

/// An operation, and the call of the facade that performs it.
pub struct Row {
    /// The contract's `operationId`.
    pub id: &'static str,
    /// The sandbox's name for it.
    pub operation: Operation,
    /// The method, and the path below the base path. `1` in the path is the id of an endpoint.
    pub request: (&'static str, &'static str),
    /// Whether repeating the request has no further effect.
    pub is_idempotent: bool,
    /// Shows the operation as the generated client performs it: see [`form`].
    pub form: fn(&Value) -> String,
    /// Performs the operation on an endpoint and shows the result. An update sets the given URL.
    pub call: for<'c> fn(&'c Client, &'c EndpointId, &'c str) -> BoxFuture<'c, Result<String, CallError>>,
}

macro_rules! call {
    (|$client:ident, $id:ident, $url:ident| $pending:expr) => {
        |$client, $id, $url| {
            let _ = ($id, $url);
            let pending = $pending;
            Box::pin(async move { Ok(format!("{:?}", pending.send().await?)) })
        }
    };
}

/// Every operation except creating an endpoint.
pub const OPERATIONS: &[Row] = &[
    Row {
        id: "listWebhookEndpoints",
        operation: Operation::List,
        request: ("GET", "/webhooks"),
        is_idempotent: true,
        form: |contract| {
            let mut list = client::ListWebhookEndpoints::new();
            (list.page, list.per_page) = (Some(2), Some(50));
            form::<client::ListWebhookEndpoints>(contract, |_| list.request())
        },
        call: call!(|client, id, url| client.webhooks().list()),
    },
    Row {
        id: "updateWebhookEndpoint",
        operation: Operation::Update,
        request: ("PUT", "/webhooks/1"),
        is_idempotent: true,
        form: |contract| {
            form::<client::UpdateWebhookEndpoint<'_>>(contract, |body| {
                client::UpdateWebhookEndpoint::new("20417", &serde_json::from_str(body).expect("a body")).request()
            })
        },
        call: call!(|client, id, url| client
            .webhooks()
            .update(id)
            .url(url)
            .is_active(false)
            .default_delivery_retries()),
    },
    Row {
        id: "listWebhookCalls",
        operation: Operation::Calls,
        request: ("GET", "/webhooks/1/calls"),
        is_idempotent: true,
        form: |contract| {
            form::<client::ListWebhookCalls<'_>>(contract, |_| client::ListWebhookCalls::new("20417").request())
        },
        call: call!(|client, id, url| client.webhooks().calls(id).page(1).per_page(10)),
    },
    Row {
        id: "sendTestWebhook",
        operation: Operation::Test,
        request: ("POST", "/webhooks/1/test"),
        is_idempotent: false,
        form: |contract| {
            form::<client::SendTestWebhook<'_>>(contract, |_| client::SendTestWebhook::new("20417").request())
        },
        call: call!(|client, id, url| client.webhooks().send_test(id)),
    },
    Row {
        id: "deleteWebhookEndpoint",
        operation: Operation::Delete,
        request: ("DELETE", "/webhooks/1"),
        is_idempotent: true,
        form: |contract| {
            form::<client::DeleteWebhookEndpoint<'_>>(contract, |_| {
                client::DeleteWebhookEndpoint::new("20417").request()
            })
        },
        call: call!(|client, id, url| client.webhooks().delete(id)),
    },
    Row {
        id: "getTokenInfo",
        operation: Operation::TokenInfo,
        request: ("GET", "/auth/token-info"),
        is_idempotent: true,
        form: |contract| form::<client::GetTokenInfo>(contract, |_| client::GetTokenInfo::new().request()),
        call: call!(|client, id, url| client.tokens().info()),
    },
    Row {
        id: "refreshAccessToken",
        operation: Operation::Refresh,
        request: ("POST", "/auth/refresh"),
        is_idempotent: false,
        form: |contract| {
            form::<client::RefreshAccessToken<'_>>(contract, |body| {
                client::RefreshAccessToken::new(&serde_json::from_str(body).expect("a body")).request()
            })
        },
        call: call!(|client, id, url| client.tokens().refresh()),
    },
    Row {
        id: "revokeAccessToken",
        operation: Operation::Revoke,
        request: ("POST", "/auth/revoke"),
        is_idempotent: false,
        form: |contract| form::<client::RevokeAccessToken>(contract, |_| client::RevokeAccessToken::new().request()),
        call: call!(|client, id, url| client.tokens().revoke()),
    },
];
