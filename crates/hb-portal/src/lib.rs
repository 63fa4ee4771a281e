//! Webhook endpoints of the Healthier Business (HB) Portal: create one, and never lose or leak its signing secret.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use hb_portal::{Client, EventType, SecretFile};
//!
//! let client = Client::from_env()?;
//! let created = client
//!     .webhooks()
//!     .create("https://your-app.com/webhooks/references", [EventType::ReferenceSubmitted])
//!     .store_secret_in(SecretFile::new("hb-portal-webhook-secret"))
//!     .send()
//!     .await?;
//! if let Some(id) = &created.endpoint.id {
//!     println!("created endpoint {id}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The portal shows an endpoint's signing secret once, in the response to the create. So [`CreateWebhook::send`] returns
//! exactly one of six outcomes, each of which states what now exists at the portal: see [`CreateError`]. The secret is a
//! [`SigningSecret`], which never prints itself. Store it with a [`SecretSink`] such as a [`SecretFile`].
//!
//! One page documents the portal. These docs name the tier of each fact: `documented` (stated on that page), `corroborated` (seen
//! for this portal in another source), or `inferred` (from names on the page, a convention, or the vendor's other APIs).
//!
//! # Guides
//!
//! - [Creating and keeping a secret](guide::secrets), [rotating it](guide::rotation)
//! - [Receiving deliveries](guide::receiving)
//! - [When something goes wrong](guide::troubleshooting): each error, what the portal holds, and what to do
//! - [Testing your integration](guide::testing), [spans and events](guide::observability)
//! - [What is known about the portal](guide::portal), and how well
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `client` | yes | [`Client`] and its types; without TLS it reaches only loopback |
//! | `rustls` | yes | https with rustls and ring; no provider is installed for the process |
//! | `native-tls` | no | https with the system's TLS; if `rustls` is enabled too, `rustls` is used |
//! | `verify` | yes | [`verify`] and [`replay`]: verifying deliveries, and handling each once; alone it needs neither a client nor a runtime |
//! | `preview` | no | managing endpoints after creation ([`Webhooks::list`], `update`, `delete`, `calls`, `send_test`), recovery ([`Webhooks::find_orphans`]) and [`Client::tokens`]: operations whose shapes are `inferred`, and may change when they are documented |
//! | `operations` | no | [`Client::call`]: any generated operation; exempt from semantic versioning |
//! | `test-util` | no | [`test_util`] and [`ClientBuilder::respond_with`]: for tests of programs that use this crate |
//! | `axum` | no | [`axum::VerifiedWebhook`]: an extractor for deliveries |
//! | `detect` | no | [`verify::detect`]: finds the scheme that signed a delivery that you captured |
//! | `redis` | no | [`replay::RedisReplayGuard`]: handling each delivery once across several machines |

#![cfg_attr(
    not(all(
        feature = "client",
        feature = "verify",
        feature = "axum",
        feature = "detect",
        feature = "operations",
        feature = "preview",
        feature = "redis",
        feature = "test-util"
    )),
    allow(rustdoc::broken_intra_doc_links, reason = "items of a disabled feature do not exist")
)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(clippy::print_stderr, clippy::print_stdout)]

#[cfg(feature = "axum")]
pub mod axum;
#[cfg(any(feature = "client", feature = "verify"))]
mod boxed;
mod event;
#[cfg(doc)]
pub mod guide;
mod secret;

#[cfg(any(feature = "client", feature = "verify"))]
pub use boxed::{BoxError, BoxFuture};
pub use event::EventType;
pub use secret::SigningSecret;

#[cfg(any(feature = "operations", feature = "preview"))]
mod call;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod created;
#[cfg(feature = "client")]
mod credentials;
#[cfg(feature = "client")]
mod endpoint;
#[cfg(feature = "client")]
mod error;
#[cfg(feature = "client")]
mod exchange;
#[cfg(feature = "client")]
mod limits;
#[cfg(feature = "client")]
mod mask;
#[cfg(feature = "preview")]
mod page;
#[cfg(feature = "preview")]
mod pending;
#[cfg(feature = "client")]
mod portal;
#[cfg(feature = "preview")]
mod recovery;
#[cfg(feature = "verify")]
pub mod replay;
#[cfg(feature = "client")]
mod response;
#[cfg(feature = "client")]
mod retry;
#[cfg(feature = "client")]
mod secret_command;
#[cfg(feature = "client")]
mod secret_file;
#[cfg(feature = "client")]
mod sink;
#[cfg(feature = "test-util")]
pub mod test_util;
#[cfg(feature = "client")]
mod token;
#[cfg(feature = "preview")]
mod tokens;
#[cfg(feature = "client")]
mod transport;
#[cfg(feature = "verify")]
pub mod verify;
#[cfg(feature = "preview")]
mod webhook_call;
#[cfg(feature = "client")]
mod webhooks;

#[cfg(feature = "client")]
pub use {
    client::{BuildError, Client, ClientBuilder},
    created::{CreatedWebhook, Deviation},
    credentials::{AccessToken, ClientCredentials},
    endpoint::{EndpointId, WebhookEndpoint},
    error::{AtPortal, CreateError, NotSent, NotSentReason, NotStored, Rejection, SecretMissing, Unconfirmed},
    retry::RetryPolicy,
    secret_command::SecretCommand,
    secret_file::{SecretFile, Stored, StoredEndpoint},
    sink::{Attempt, Liveness, Or, SecretSink},
    token::TokenProvider,
    webhooks::{CreateWebhook, Ensure, Ensured, Webhooks},
};

#[cfg(any(feature = "operations", feature = "preview"))]
pub use error::{CallError, InTransit, Unreadable};

#[cfg(feature = "preview")]
pub use {
    credentials::RefreshToken,
    page::Page,
    pending::PendingCall,
    recovery::{Doubt, FindOrphans, Orphan, Orphans},
    tokens::{Refresh, RefreshedToken, RevokeToken, ShowToken, TokenInfo, Tokens},
    webhook_call::WebhookCall,
    webhooks::{DeleteWebhook, Deleted, ListCalls, ListWebhooks, SendTest, TestSent, UpdateWebhook, WebhookStream},
};

/// The generated operations, for [`Client::call`]. They change with the contract, and are exempt from semantic versioning.
#[cfg(feature = "operations")]
pub mod operations {
    pub use hb_portal_client::{Operation, Request, Response, Secret, Unread, Unsendable, operations::*, types};
}

// Re-exports the crates whose types are in public signatures, so that users need no matching versions.
#[cfg(feature = "preview")]
#[doc(no_inline)]
pub use futures_core;
#[cfg(feature = "client")]
#[doc(no_inline)]
pub use reqwest;
#[cfg(feature = "verify")]
#[doc(no_inline)]
pub use {bytes, serde_json};
#[cfg(any(feature = "client", feature = "verify"))]
#[doc(no_inline)]
pub use {chrono, http};
