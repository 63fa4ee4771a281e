//! Gets the secret of an endpoint: loads it, waits for another attempt to store it, or creates the endpoint.

use std::{collections::BTreeSet, time::Duration};

use hb_portal_client::types;
use reqwest::Url;
use tokio::{task::spawn_blocking, time::sleep};

use super::{
    call,
    create::{CreateWebhook, Webhooks},
    input::check,
};
use crate::{
    boxed::BoxError,
    created::CreatedWebhook,
    endpoint::ShownUrl,
    error::{CreateError, NotSent, NotSentReason},
    event::EventType,
    limits::Deadline,
    retry::RetryPolicy,
    secret_file::{Found, SecretFile, Stored, StoredEndpoint},
    sink::{Attempt, Liveness},
};

/// A create that is sent only if the file has no secret yet. Returned by [`Webhooks::ensure`](crate::Webhooks::ensure).
#[derive(Debug)]
#[must_use = "nothing happens until `send` is called and awaited"]
pub struct Ensure {
    create: CreateWebhook,
    file: SecretFile,
}

/// The secret of an endpoint, and whether this call created it.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it for each call")]
#[must_use = "it holds the signing secret"]
pub enum Ensured {
    /// The file had the secret: nothing was sent.
    Stored(Stored),
    /// The endpoint was created, and its secret is in the file.
    Created(CreatedWebhook),
}

/// The delay between two checks of another attempt.
const PAUSE: Duration = Duration::from_millis(50);

impl Webhooks {
    /// Returns the secret that `file` has for an endpoint with this URL and these events, or creates the endpoint if `file` has
    /// none. A service can call this whenever it starts.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = hb_portal_sandbox::Sandbox::start().await?;
    /// # let client = hb_portal::Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token()).build()?;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("webhook-secret");
    /// use hb_portal::{Ensured, SecretFile};
    ///
    /// let url = "https://your-app.com/webhooks/references";
    /// let ensure = client.webhooks().ensure(url, ["reference.submitted"], SecretFile::new(path));
    /// let secret = match ensure.send().await? {
    ///     Ensured::Stored(stored) => stored.secret,
    ///     Ensured::Created(created) => created.secret,
    /// };
    /// # assert!(!secret.expose_secret().is_empty());
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub fn ensure(
        &self,
        url: impl AsRef<str>,
        events: impl IntoIterator<Item = impl Into<EventType>>,
        file: SecretFile,
    ) -> Ensure {
        Ensure { create: self.create(url, events), file }
    }
}

impl Ensure {
    /// The same as [`CreateWebhook::delivery_timeout`].
    pub fn delivery_timeout(self, timeout: Duration) -> Self {
        Self { create: self.create.delivery_timeout(timeout), ..self }
    }

    /// The same as [`CreateWebhook::delivery_retries`].
    pub fn delivery_retries(self, retries: u32) -> Self {
        Self { create: self.create.delivery_retries(retries), ..self }
    }

    /// The same as [`CreateWebhook::deadline`]. Waiting for another attempt counts towards it.
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { create: self.create.deadline(deadline), ..self }
    }

    /// The same as [`CreateWebhook::timeout`].
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { create: self.create.timeout(timeout), ..self }
    }

    /// The same as [`CreateWebhook::retry`].
    pub fn retry(self, policy: RetryPolicy) -> Self {
        Self { create: self.create.retry(policy), ..self }
    }

    /// Returns the stored secret, or creates the endpoint and stores its secret.
    ///
    /// - If the file has a secret for this URL and these events, it is returned, and nothing is sent.
    /// - If the file has a secret for another URL or other events, or one that no record describes, that is an error. Nothing
    ///   changes.
    /// - If another attempt is running, this waits for it until the deadline. So if several processes start at once, one creates
    ///   the endpoint and all get its secret.
    /// - If an attempt was left unfinished, that is an error that states what to do. Nothing is sent.
    ///
    /// It never lists, changes or deletes endpoints, and does not check whether the portal still has the endpoint.
    ///
    /// Call this inside a tokio runtime with time and I/O enabled.
    ///
    /// # Errors
    ///
    /// [`CreateError`]. A problem with the file is [`NotSent`](CreateError::NotSent) with [`NotSentReason::Sink`], whose source
    /// names the fix.
    pub async fn send(self) -> Result<Ensured, CreateError> {
        let CreateWebhook { portal, request, limits, sink: _ } = self.create;
        let deadline = Deadline::from_now(&limits);
        let body = check(request)?;
        loop {
            match look(&self.file).await? {
                Found::Stored(stored) => return same(&self.file, stored, &body),
                Found::Unfinished(attempt) => wait(&self.file, &attempt, deadline).await?,
                Found::Nothing => {
                    let sink = Box::new(self.file.clone());
                    let outcome = call::send(&portal, body.clone(), limits.clone(), deadline, Some(sink)).await;
                    let is_refused = |error: &NotSent| error.reason() == NotSentReason::Sink;
                    match outcome {
                        // Another attempt may have been faster, and nothing was sent.
                        Err(CreateError::NotSent(error)) if is_refused(&error) => {
                            if let Found::Nothing = look(&self.file).await? {
                                return Err(CreateError::NotSent(error));
                            }
                        }
                        outcome => return outcome.map(Ensured::Created),
                    }
                }
            }
        }
    }
}

/// Reads the file.
async fn look(file: &SecretFile) -> Result<Found, CreateError> {
    let file = file.clone();
    let found = spawn_blocking(move || file.look()).await.map_err(|error| refused(error.into()))?;
    found.map_err(|error| refused(error.into()))
}

fn refused(error: BoxError) -> CreateError {
    let why = "the file for the signing secret cannot be used";
    CreateError::NotSent(NotSent::new(NotSentReason::Sink, why).because(error))
}

/// Waits briefly for another attempt. Returns an error if that attempt is over, or if no time is left.
async fn wait(file: &SecretFile, attempt: &Attempt, deadline: Deadline) -> Result<(), CreateError> {
    let explained = || file.refusal(attempt).unwrap_or_else(|error| error);
    if attempt.liveness == Liveness::Dead {
        return Err(refused(explained().into()));
    }
    if deadline.bound(sleep(PAUSE)).await.is_some() {
        return Ok(());
    }
    let why = "the deadline passed before another attempt was over";
    Err(CreateError::NotSent(NotSent::new(NotSentReason::Deadline, why).because(explained().into())))
}

/// Returns the stored secret, if it belongs to the wanted endpoint.
fn same(file: &SecretFile, stored: Stored, wanted: &types::CreateWebhookEndpoint) -> Result<Ensured, CreateError> {
    let path = file.path().display();
    let Some(StoredEndpoint { url, events, .. }) = &stored.endpoint else {
        let why = format!(
            "{path} holds a secret, and nothing records which endpoint it belongs to: read it with `SecretFile::load`, or \
             choose another path"
        );
        return Err(refused(why.into()));
    };
    let wanted_events: BTreeSet<_> = wanted.events.iter().map(EventType::from).collect();
    let same_url = *url == wanted.url || Url::parse(url).is_ok_and(|url| Url::parse(&wanted.url) == Ok(url));
    if same_url && events.iter().cloned().collect::<BTreeSet<_>>() == wanted_events {
        return Ok(Ensured::Stored(stored));
    }
    let list = |events: Vec<&EventType>| events.into_iter().map(EventType::as_str).collect::<Vec<_>>().join(", ");
    let why = format!(
        "{path} holds the secret of an endpoint for {} ({}), and the one that is wanted is for {} ({}){}: choose another path, \
         or delete that endpoint at the portal and then this file",
        ShownUrl(url),
        list(events.iter().collect()),
        ShownUrl(&wanted.url),
        list(wanted_events.iter().collect()),
        if same_url { "" } else { ", and the two URLs differ" },
    );
    Err(refused(why.into()))
}
