//! The Healthier Business Portal's webhook API on loopback, for tests and first experiments.
//!
//! A [`Sandbox`] serves `POST {base}/webhooks` as the portal's documentation shows it, `POST {base}/auth/token` as a public
//! integration uses it, and the other operations on endpoints and tokens, whose shapes are inferred ([`Operation`] lists all of
//! them). It writes its responses in one of three styles ([`Dialect`]). It keeps everything that it creates in memory, so that a
//! test can compare a client's belief about a create call with the facts: [`Sandbox::endpoints`] shows which endpoints exist, and
//! [`Sandbox::connections`] shows what reached the sandbox.
//!
//! A [`Fault`] makes a request fail: the connection breaks, the response differs from the ordinary one, or only a part of it
//! arrives. A [`TestDelivery`] works in the other direction: the sandbox calls an endpoint on this machine, correctly signed or
//! with a deliberate flaw.
//!
//! Details that no documentation gives, such as the shape of a `422`, follow the defaults of a Laravel application. The base path
//! `/api/v2` is the sandbox's own choice, because the documentation names neither a host nor a path.
//!
//! ```
//! use hb_portal_sandbox::Sandbox;
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let sandbox = Sandbox::start().await?;
//!
//! let body = r#"{"url":"https://your-app.com/webhooks/references","events":["reference.submitted"]}"#;
//! let request = format!(
//!     "POST /api/v2/webhooks HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
//!      content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
//!     sandbox.address(),
//!     sandbox.access_token(),
//!     body.len(),
//! );
//! let mut connection = tokio::net::TcpStream::connect(sandbox.address()).await?;
//! connection.write_all(request.as_bytes()).await?;
//! let mut response = String::new();
//! connection.read_to_string(&mut response).await?;
//!
//! assert!(response.starts_with("HTTP/1.1 201 Created\r\n"));
//! let endpoints = sandbox.endpoints();
//! assert_eq!(endpoints[0].url, "https://your-app.com/webhooks/references");
//! assert!(response.contains(endpoints[0].expose_secret()));
//! # Ok(())
//! # }
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod clock;
mod connection;
mod deliver;
mod dialect;
mod dispatch;
mod endpoint;
mod fault;
mod gate;
mod http1;
mod issued;
mod leases;
mod portal;
mod random;
mod record;
mod sandbox;
mod server;
mod settings;
mod state;
#[cfg(feature = "tls")]
mod tls;
mod tokens;

pub use builder::SandboxBuilder;
pub use clock::DateForm;
pub use deliver::{AttemptResult, DeliveryAttempt, Flaw, Signing, TestDelivery};
pub use dialect::Dialect;
pub use endpoint::StoredEndpoint;
pub use fault::{Ending, Fault, Moment, Operation, Response};
pub use http1::{Framing, Offset};
pub use issued::Issued;
pub use record::{HandledRequest, RecordedConnection, RecordedRequest};
pub use sandbox::Sandbox;

/// Compiles the README's examples.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
