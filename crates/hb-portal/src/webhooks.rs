//! The operations on webhook endpoints. A create: builder → checks → sink → operation → response → sink → outcome.

mod call;
#[cfg(feature = "preview")]
mod calls;
mod create;
mod decode;
#[cfg(feature = "preview")]
mod delete;
mod ensure;
mod input;
#[cfg(feature = "preview")]
mod list;
#[cfg(feature = "preview")]
mod pages;
#[cfg(feature = "preview")]
mod send_test;
#[cfg(feature = "preview")]
mod stream;
#[cfg(feature = "preview")]
mod update;
mod waiting;

pub use create::{CreateWebhook, Webhooks};
pub use ensure::{Ensure, Ensured};
#[cfg(feature = "preview")]
pub(crate) use pages::Pages;
#[cfg(feature = "preview")]
pub use {
    calls::ListCalls,
    delete::{DeleteWebhook, Deleted},
    list::ListWebhooks,
    send_test::{SendTest, TestSent},
    stream::WebhookStream,
    update::UpdateWebhook,
};
