//! The log of an endpoint's calls.

use hb_portal_client::operations::ListWebhookCalls;

use super::{create::Webhooks, input};
use crate::{
    call::call,
    endpoint::EndpointId,
    error::CallError,
    event::EventType,
    mask::Mask,
    page::Page,
    pending::PendingCall,
    response::{lenient, node::Node},
    webhook_call::WebhookCall,
};

/// The operation of [`Webhooks::calls`].
#[derive(Debug, Clone)]
pub struct ListCalls {
    id: EndpointId,
    page: Option<u32>,
    per_page: Option<u32>,
}

impl Webhooks {
    /// Lists the portal's calls to an endpoint (`GET /webhooks/{id}/calls`, `inferred`).
    pub fn calls(&self, id: &EndpointId) -> PendingCall<ListCalls> {
        PendingCall::new(&self.portal, ListCalls { id: id.clone(), page: None, per_page: None })
    }
}

impl PendingCall<ListCalls> {
    /// Sets the page to read, counted from 1. Default: 1.
    pub fn page(mut self, page: u32) -> Self {
        self.asked.page = Some(page);
        self
    }

    /// Sets the number of calls per page. By default, the portal decides.
    pub fn per_page(mut self, per_page: u32) -> Self {
        self.asked.per_page = Some(per_page);
        self
    }

    /// Reads one page.
    ///
    /// # Errors
    ///
    /// [`CallError`], whose variant states what the portal did. A `404` means that the endpoint does not exist, or belongs to
    /// another account.
    pub async fn send(self) -> Result<Page<WebhookCall>, CallError> {
        let ListCalls { id, page, per_page } = &self.asked;
        let mut operation = ListWebhookCalls::new(input::id(id).map_err(CallError::NotSent)?);
        (operation.page, operation.per_page) = (page.map(i64::from), per_page.map(i64::from));
        call(&self.call(), &operation, |reply| {
            let number = page.unwrap_or(1);
            lenient::list(reply.response, reply.cut, |listed| Ok(listed.page(number, |node| read(node, reply.mask))))
        })
        .await
        .result
    }
}

/// Reads the fields of a call.
pub(super) fn read(node: &Node<'_>, mask: &Mask<'_>) -> WebhookCall {
    let text = |name: &str| node.get(name).and_then(Node::id).map(|text| mask.hide(text.into_owned()));
    WebhookCall {
        id: text("id"),
        event: text("event").map(EventType::from),
        delivery_id: text("delivery_id"),
        attempt: node.get("attempt").and_then(Node::number),
        success: node.get("success").and_then(Node::truth),
        response_code: node.get("response_code").and_then(Node::number),
        error: text("error"),
        duration_ms: node.get("duration_ms").and_then(Node::number),
        called_at: node.get("called_at").and_then(Node::date_time),
    }
}
