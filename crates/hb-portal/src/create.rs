//! Creating a webhook endpoint: builder → checks → sink → generated operation → answer → sink → outcome.

pub(crate) mod answer;
mod builder;
mod call;
mod created;
mod decode;
pub(crate) mod json;
mod waiting;

pub use builder::{CreateWebhook, Webhooks};
pub use created::{CreatedWebhook, Deviation};
