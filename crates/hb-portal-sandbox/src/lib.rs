//! The Healthier Business Portal's webhook API on loopback, for tests and for a first try.
//!
//! A [`Sandbox`] serves `POST {base}/webhooks`, as the portal's documentation shows it, `POST {base}/auth/token`, as a public
//! integration uses it, and the other operations on endpoints and tokens, whose shapes are inferred ([`Operation`] lists all).
//! It writes in one of three styles ([`Dialect`]). It keeps what it made in memory and can be asked for it, which is
//! what makes it a judge: whatever a client believes about a create call, [`Sandbox::endpoints`] is what happened, and
//! [`Sandbox::connections`] is what reached it.
//! A [`Fault`] makes something go wrong on the way: the connection breaks, the answer is another, or only half of it comes.
//! A [`TestDelivery`] goes the other way: the sandbox calls an endpoint of this machine, with its signature, or with something
//! wrong.
//!
//! What no documentation tells, such as the shape of a `422`, is what a Laravel application sends by default. The base path
//! `/api/v2` is the sandbox's own choice: the documentation names neither a host nor a path.
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
//! let mut answer = String::new();
//! connection.read_to_string(&mut answer).await?;
//!
//! assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"));
//! let held = sandbox.endpoints();
//! assert_eq!(held[0].url, "https://your-app.com/webhooks/references");
//! assert!(answer.contains(held[0].expose_secret()));
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
pub use fault::{Answer, Ending, Fault, Moment, Operation};
pub use http1::{Framing, Offset};
pub use issued::Issued;
pub use record::{HandledRequest, RecordedConnection, RecordedRequest};
pub use sandbox::Sandbox;

/// The README's code, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
