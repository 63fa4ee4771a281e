//! Requests a test delivery.

use std::fmt;

use hb_portal_client::operations::SendTestWebhook;

use super::{calls, create::Webhooks, input};
use crate::{
    call::call,
    endpoint::EndpointId,
    error::CallError,
    pending::PendingCall,
    response::{lenient, node::Node},
    webhook_call::WebhookCall,
};

/// The operation of [`Webhooks::send_test`].
#[derive(Debug, Clone)]
pub struct SendTest {
    id: EndpointId,
}

/// The result of a request for a test delivery, which the portal accepted.
///
/// `Debug` does not show the message.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestSent {
    /// The call to the endpoint, if the response describes it.
    pub call: Option<WebhookCall>,
    /// The portal's human-readable message, with the client's credentials masked.
    pub message: Option<String>,
}

impl fmt::Debug for TestSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestSent").field("call", &self.call).finish_non_exhaustive()
    }
}

impl Webhooks {
    /// Makes the portal send a test delivery to an endpoint (`POST /webhooks/{id}/test`, `inferred`).
    ///
    /// The request is not repeated once it may have arrived, because a second delivery could be mistaken for an event.
    pub fn send_test(&self, id: &EndpointId) -> PendingCall<SendTest> {
        PendingCall::new(&self.portal, SendTest { id: id.clone() })
    }
}

impl PendingCall<SendTest> {
    /// Requests the test delivery. [`TestSent::call`] shows whether the receiver accepted it, if the portal reports that.
    ///
    /// # Errors
    ///
    /// [`CallError`], whose variant states what the portal did.
    pub async fn send(self) -> Result<TestSent, CallError> {
        let operation = SendTestWebhook::new(input::id(&self.asked.id).map_err(CallError::NotSent)?);
        call(&self.call(), &operation, |reply| {
            lenient::read(reply.response, reply.cut, |root| {
                let Some(root) = root else { return Ok(TestSent::default()) };
                let object = lenient::object(root)?;
                let message = root.unwrapped().get("message").and_then(Node::text);
                let call = calls::read(object, reply.mask);
                Ok(TestSent {
                    call: Some(call).filter(|call| *call != WebhookCall::default()),
                    message: message.map(|message| reply.mask.hide(message.into_owned())),
                })
            })
        })
        .await
        .result
    }
}
