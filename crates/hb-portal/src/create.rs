//! Creating a webhook endpoint: builder → checks → sink → generated operation → answer → sink → outcome.

mod builder;
mod call;
mod decode;
mod input;
mod waiting;

pub use builder::{CreateWebhook, Webhooks};
