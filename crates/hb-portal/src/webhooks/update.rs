//! Changes an endpoint.

use std::time::Duration;

use hb_portal_client::{operations::UpdateWebhookEndpoint, types};

use super::{
    create::Webhooks,
    decode::fields,
    input::{self, EndpointUrl},
};
use crate::{
    call::{Call, call},
    endpoint::{EndpointId, WebhookEndpoint},
    error::{CallError, NotSent, NotSentReason},
    event::EventType,
    pending::PendingCall,
    response::lenient,
};

/// The operation of [`Webhooks::update`].
#[derive(Debug)]
pub struct UpdateWebhook {
    id: EndpointId,
    url: Option<EndpointUrl>,
    events: Option<Vec<EventType>>,
    is_active: Option<bool>,
    /// `Some(None)` restores the default.
    delivery_timeout: Option<Option<Duration>>,
    delivery_retries: Option<Option<u32>>,
}

impl Webhooks {
    /// Changes an endpoint (`PUT /webhooks/{id}`, `inferred`). Fields that are not set stay unchanged.
    ///
    /// The request is repeated after a failure in transit, because a second one has no further effect.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = hb_portal_sandbox::Sandbox::start().await?;
    /// # let client = hb_portal::Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token()).build()?;
    /// # let created = client.webhooks().create("https://your-app.com/", ["reference.submitted"]).send().await?;
    /// # assert!(!created.secret.expose_secret().is_empty());
    /// # let id = created.endpoint.id.ok_or("no id")?;
    /// let endpoint = client.webhooks().update(&id).url("https://your-app.com/moved").is_active(false).send().await?;
    /// assert_eq!(endpoint.is_active, Some(false));
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub fn update(&self, id: &EndpointId) -> PendingCall<UpdateWebhook> {
        let asked = UpdateWebhook {
            id: id.clone(),
            url: None,
            events: None,
            is_active: None,
            delivery_timeout: None,
            delivery_retries: None,
        };
        PendingCall::new(&self.portal, asked)
    }
}

impl PendingCall<UpdateWebhook> {
    /// Sets the URL that the portal sends deliveries to from now on.
    pub fn url(mut self, url: impl AsRef<str>) -> Self {
        self.asked.url = Some(EndpointUrl::parse(url.as_ref()));
        self
    }

    /// Sets the events that the portal delivers to the endpoint from now on, instead of its current ones.
    pub fn events(mut self, events: impl IntoIterator<Item = impl Into<EventType>>) -> Self {
        self.asked.events = Some(events.into_iter().map(Into::into).collect());
        self
    }

    /// Sets whether the portal sends deliveries to the endpoint.
    pub fn is_active(mut self, is_active: bool) -> Self {
        self.asked.is_active = Some(is_active);
        self
    }

    /// Sets how long the portal waits for the response to a delivery: whole seconds, at least one.
    pub fn delivery_timeout(mut self, timeout: Duration) -> Self {
        self.asked.delivery_timeout = Some(Some(timeout));
        self
    }

    /// Lets the portal decide how long it waits for the response to a delivery, by sending null.
    pub fn default_delivery_timeout(mut self) -> Self {
        self.asked.delivery_timeout = Some(None);
        self
    }

    /// Sets how many times the portal retries a failed delivery.
    pub fn delivery_retries(mut self, retries: u32) -> Self {
        self.asked.delivery_retries = Some(Some(retries));
        self
    }

    /// Lets the portal decide how many times it retries a failed delivery, by sending null.
    pub fn default_delivery_retries(mut self) -> Self {
        self.asked.delivery_retries = Some(None);
        self
    }

    /// Changes the endpoint, and returns it as the portal describes it, or with its id alone if the response does not describe
    /// it.
    ///
    /// # Errors
    ///
    /// [`CallError`], whose variant states what the portal did. A `404` means that the endpoint does not exist, or belongs to
    /// another account.
    pub async fn send(mut self) -> Result<WebhookEndpoint, CallError> {
        let body = self.asked.body().map_err(CallError::NotSent)?;
        let id = input::id(&self.asked.id).map_err(CallError::NotSent)?;
        let with = Call { url: body.url.as_deref(), ..self.call() };
        call(&with, &UpdateWebhookEndpoint::new(id, &body), |reply| {
            lenient::read(reply.response, reply.cut, |root| {
                let mut endpoint = match root {
                    Some(root) => fields::read(lenient::object(root)?),
                    None => WebhookEndpoint::default(),
                };
                endpoint.id.get_or_insert_with(|| self.asked.id.clone());
                Ok(endpoint)
            })
        })
        .await
        .result
    }
}

impl UpdateWebhook {
    /// Returns the body to send, or why it cannot be sent.
    fn body(&mut self) -> Result<types::UpdateWebhookEndpoint, NotSent> {
        let body = types::UpdateWebhookEndpoint {
            url: self.url.take().map(EndpointUrl::checked).transpose()?,
            events: self.events.take().map(input::events).transpose()?,
            is_active: self.is_active,
            timeout_seconds: self
                .delivery_timeout
                .map(|timeout| timeout.map(input::seconds).transpose())
                .transpose()?,
            max_retries: self.delivery_retries.map(|retries| retries.map(i64::from)),
        };
        let types::UpdateWebhookEndpoint { url, events, is_active, timeout_seconds, max_retries } = &body;
        if (url, events, is_active, timeout_seconds, max_retries) == (&None, &None, &None, &None, &None) {
            return Err(NotSent::new(NotSentReason::Input, "no change was given"));
        }
        Ok(body)
    }
}
