//! Deletes an endpoint.

use hb_portal_client::operations::DeleteWebhookEndpoint;
use http::StatusCode;

use super::{create::Webhooks, input};
use crate::{
    call::{Called, call},
    endpoint::EndpointId,
    error::CallError,
    pending::PendingCall,
    response::lenient,
};

/// The operation of [`Webhooks::delete`].
#[derive(Debug, Clone)]
pub struct DeleteWebhook {
    id: EndpointId,
}

/// The outcome of a deletion. The endpoint is gone in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Deleted {
    /// The portal says that it deleted the endpoint.
    Done,
    /// The request was repeated after an attempt that may have arrived, and the portal responded `404`: the earlier attempt
    /// deleted the endpoint, or there was none. [`Webhooks::list`] confirms that it is gone.
    WasGone,
}

impl Webhooks {
    /// Deletes an endpoint (`DELETE /webhooks/{id}`, `inferred`). The portal no longer calls it.
    ///
    /// The request is repeated after a failure in transit, because a second one has no further effect.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = hb_portal_sandbox::Sandbox::start().await?;
    /// # let client = hb_portal::Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token()).build()?;
    /// # let created = client.webhooks().create("https://your-app.com/", ["reference.submitted"]).send().await?;
    /// # assert!(!created.secret.expose_secret().is_empty());
    /// if let Some(id) = &created.endpoint.id {
    ///     client.webhooks().delete(id).send().await?;
    /// }
    /// # assert!(sandbox.endpoints().is_empty());
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub fn delete(&self, id: &EndpointId) -> PendingCall<DeleteWebhook> {
        PendingCall::new(&self.portal, DeleteWebhook { id: id.clone() })
    }
}

impl PendingCall<DeleteWebhook> {
    /// Deletes the endpoint.
    ///
    /// # Errors
    ///
    /// [`CallError`], whose variant states what the portal did. It is [`Rejected`](CallError::Rejected) with `404` if no attempt
    /// before the `404` can have deleted the endpoint: the id is wrong, or belongs to another account.
    pub async fn send(self) -> Result<Deleted, CallError> {
        let operation = DeleteWebhookEndpoint::new(input::id(&self.asked.id).map_err(CallError::NotSent)?);
        let Called { result, was_in_doubt } =
            call(&self.call(), &operation, |reply| lenient::done(reply.response, reply.cut)).await;
        match result {
            Ok(()) => Ok(Deleted::Done),
            Err(CallError::Rejected(rejection)) if was_in_doubt && rejection.status() == StatusCode::NOT_FOUND => {
                Ok(Deleted::WasGone)
            }
            Err(error) => Err(error),
        }
    }
}
