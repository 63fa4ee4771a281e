//! The builder of a create: required values are arguments, optional ones have setters.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    call,
    input::{EndpointUrl, Request, check},
};
use crate::{
    created::CreatedWebhook,
    error::CreateError,
    event::EventType,
    limits::{Deadline, Limits},
    portal::Portal,
    retry::RetryPolicy,
    sink::SecretSink,
};

/// The operations on an account's webhook endpoints. Returned by [`Client::webhooks`](crate::Client::webhooks).
#[derive(Debug, Clone)]
pub struct Webhooks {
    pub(crate) portal: Arc<Portal>,
}

impl Webhooks {
    pub(crate) fn new(portal: &Arc<Portal>) -> Self {
        Self { portal: Arc::clone(portal) }
    }

    /// Creates a webhook endpoint (`POST /webhooks`, `documented`): the portal calls `url` when one of `events` occurs.
    ///
    /// Nothing is sent until [`CreateWebhook::send`] is called.
    ///
    /// ```no_run
    /// # async fn example(client: hb_portal::Client) -> Result<(), hb_portal::CreateError> {
    /// use hb_portal::EventType;
    ///
    /// let events = [EventType::ReferenceSubmitted, EventType::ReferenceDeclined];
    /// let created = client.webhooks().create("https://your-app.com/webhooks/references", events).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn create(
        &self,
        url: impl AsRef<str>,
        events: impl IntoIterator<Item = impl Into<EventType>>,
    ) -> CreateWebhook {
        CreateWebhook {
            portal: Arc::clone(&self.portal),
            request: Request {
                url: EndpointUrl::parse(url.as_ref()),
                events: events.into_iter().map(Into::into).collect(),
                delivery_timeout: None,
                max_retries: None,
            },
            limits: self.portal.limits.clone(),
            sink: None,
        }
    }
}

/// A create that has not been sent. Returned by [`Webhooks::create`].
#[must_use = "nothing is created until `send` is called and awaited"]
pub struct CreateWebhook {
    pub(super) portal: Arc<Portal>,
    pub(super) request: Request,
    pub(super) limits: Limits,
    pub(super) sink: Option<Box<dyn SecretSink>>,
}

impl CreateWebhook {
    /// Sets how long the portal waits for the response to a delivery: whole seconds, at least one. By default, the portal decides.
    ///
    /// The field `timeout_seconds` is `documented`; that it means this, and that zero is useless, is `inferred`.
    pub fn delivery_timeout(mut self, timeout: Duration) -> Self {
        self.request.delivery_timeout = Some(timeout);
        self
    }

    /// Sets how many times the portal retries a failed delivery. By default, the portal decides.
    ///
    /// The field `max_retries` is `documented`; that it means this is `inferred`.
    pub fn delivery_retries(mut self, retries: u32) -> Self {
        self.request.max_retries = Some(retries);
        self
    }

    /// Sets the sink that stores the secret as soon as it arrives.
    ///
    /// It is prepared before anything is sent. Once the request is sent, the call is finished and the secret is stored even if
    /// the future of [`send`](Self::send) is dropped. The last call wins.
    pub fn store_secret_in(mut self, sink: impl SecretSink + 'static) -> Self {
        self.sink = Some(Box::new(sink));
        self
    }

    /// Limits this call over all its attempts, instead of the client's deadline.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.limits.deadline = Some(deadline);
        self
    }

    /// Limits one attempt of this call, instead of the client's timeout.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Sets how many times, and with what delays, to retry, instead of the client's policy. See [`RetryPolicy`] for what is retried.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.limits.retry = policy;
        self
    }

    /// Creates the endpoint, and stores its secret if there is a sink.
    ///
    /// It creates at most one endpoint: a request that may have arrived is not sent again. If the future is dropped before its
    /// request is sent, nothing is sent. If it is dropped later, a background task finishes the call and stores the secret if
    /// there is a sink ([`Client::drain`](crate::Client::drain) waits for it); without one, a warning says that an endpoint may
    /// exist.
    ///
    /// Call this inside a tokio runtime with time and I/O enabled.
    ///
    /// # Errors
    ///
    /// [`CreateError`], whose variant states what the portal holds now.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = hb_portal_sandbox::Sandbox::start().await?;
    /// # let client = hb_portal::Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token()).build()?;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("webhook-secret");
    /// use std::time::Duration;
    /// use hb_portal::SecretFile;
    ///
    /// let created = client
    ///     .webhooks()
    ///     .create("https://your-app.com/webhooks/references", ["reference.submitted"])
    ///     .delivery_timeout(Duration::from_secs(30))
    ///     .delivery_retries(3)
    ///     .store_secret_in(SecretFile::new(&path))
    ///     .send()
    ///     .await?;
    /// println!("secret {} is in {}", created.secret.fingerprint(), path.display());
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn send(self) -> Result<CreatedWebhook, CreateError> {
        let deadline = Deadline::from_now(&self.limits);
        call::send(&self.portal, check(self.request)?, self.limits, deadline, self.sink).await
    }
}

impl fmt::Debug for CreateWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateWebhook")
            .field("request", &self.request)
            .field("limits", &self.limits)
            .field("sink", &self.sink.is_some())
            .finish_non_exhaustive()
    }
}

const _: () = {
    const fn is_send<T: fmt::Debug + Send + 'static>() {}
    is_send::<CreateWebhook>();
};
