//! Creating a webhook endpoint: builder → checks → sink → operation → response → sink → outcome.

mod call;
mod create;
mod decode;
mod ensure;
mod input;
mod waiting;

pub use create::{CreateWebhook, Webhooks};
pub use ensure::{Ensure, Ensured};
