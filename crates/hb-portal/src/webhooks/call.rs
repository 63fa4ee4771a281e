//! One create call, from its checks to its outcome.

use std::{sync::Arc, time::SystemTime};

use hb_portal_client::{Response, operations::CreateWebhookEndpoint, types};
use http::StatusCode;
use tokio::time::Instant;
use tracing::{Instrument as _, Span, field};

use super::{
    decode::{self, NoSecret},
    waiting::{Waiting, warn_of_loss},
};
use crate::{
    AtPortal, Attempt, CreateError, CreatedWebhook, Deviation, EventType, NotSent, NotSentReason, NotStored, Rejection,
    SecretMissing, SecretSink, Unconfirmed,
    error::Failure,
    exchange::{self, Exchanged, exchange},
    limits::{Deadline, Limits, millis},
    mask::Mask,
    portal::Portal,
    response::PortalResponse,
    transport::{Cut, Fate},
};

/// Sends as told: in this future, or with a sink in a task that outlives it.
pub(super) async fn send(
    portal: &Arc<Portal>,
    body: types::CreateWebhookEndpoint,
    limits: Limits,
    sink: Option<Box<dyn SecretSink>>,
) -> Result<CreatedWebhook, CreateError> {
    let span = tracing::info_span!(
        "create_webhook",
        status = field::Empty,
        attempts = field::Empty,
        request_id = field::Empty,
        duration_ms = field::Empty,
    );
    let fate = Arc::new(Fate::default());
    let waiting = Waiting::new(&fate, sink.is_some());
    let deadline = Deadline::from_now(&limits);
    let call = Call { portal: Arc::clone(portal), limits, deadline, fate: Arc::clone(&fate), body };
    let outcome = if let Some(sink) = sink {
        let url = call.body.url.clone();
        let running = portal.background.enter();
        let task = async move {
            let _running = running;
            let outcome = call.store_in(sink).await;
            let badly = outcome.as_ref().is_err_and(|error| error.at_portal() != AtPortal::Nothing);
            if badly && fate.end_badly() {
                warn_of_loss();
            }
            outcome
        };
        match tokio::spawn(task.instrument(span)).await {
            Ok(outcome) => outcome,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(CreateError::Unconfirmed(Unconfirmed::interrupted(url))),
            },
        }
    } else {
        call.exchange().instrument(span).await
    };
    waiting.finish();
    outcome
}

/// A call whose input is checked.
struct Call {
    portal: Arc<Portal>,
    limits: Limits,
    deadline: Deadline,
    fate: Arc<Fate>,
    body: types::CreateWebhookEndpoint,
}

impl Call {
    /// Asks the sink, sends the request, and has the secret stored.
    async fn store_in(self, sink: Box<dyn SecretSink>) -> Result<CreatedWebhook, CreateError> {
        let attempt = Attempt {
            url: self.body.url.clone(),
            events: self.body.events.iter().map(EventType::from).collect(),
            started_at: SystemTime::now().into(),
        };
        let mut preparing = Box::pin(async move { (sink.prepare(&attempt).await, sink, attempt) });
        let is_over = self.deadline.remaining().is_some_and(|remaining| remaining.is_zero());
        let Some((prepared, sink, attempt)) = self.deadline.bound(&mut preparing).await else {
            if !is_over {
                // It was begun: what it does yet is taken back once it has done it.
                tokio::spawn(async move {
                    if let (Ok(()), sink, attempt) = preparing.await {
                        discard(&*sink, &attempt).await;
                    }
                });
            }
            let why = "the deadline passed before the sink said that it can store a signing secret";
            return Err(CreateError::NotSent(NotSent::new(NotSentReason::Deadline, why)));
        };
        if let Err(error) = prepared {
            let why = "the sink cannot store a signing secret";
            return Err(CreateError::NotSent(NotSent::new(NotSentReason::Sink, why).because(error)));
        }
        match self.exchange().await {
            Ok(created) => match sink.store(&created).await {
                Ok(()) => {
                    created.secret.mark_kept();
                    Ok(created)
                }
                Err(error) => {
                    // The sink may have read it, and does not have it.
                    created.secret.mark_lost();
                    Err(CreateError::NotStored(NotStored::new(created, error)))
                }
            },
            Err(error) => {
                if error.at_portal() == AtPortal::Nothing {
                    discard(&*sink, &attempt).await;
                }
                Err(error)
            }
        }
    }

    /// Sends the request, and returns what the response means.
    async fn exchange(&self) -> Result<CreatedWebhook, CreateError> {
        let began = Instant::now();
        let call = exchange::Call {
            http: &self.portal.http,
            authorize: &self.portal.tokens,
            limits: &self.limits,
            deadline: self.deadline,
            fate: &self.fate,
        };
        let operation = CreateWebhookEndpoint::new(&self.body);
        let Exchanged { outcome, attempts, mut mask } = exchange(&call, &operation, None).await;
        mask.add_url(&self.body.url);
        let outcome = match outcome {
            Ok((response, cut)) => self.outcome(response, cut, &mask),
            Err(failure) => Err(self.failed(failure)),
        };
        let span = Span::current();
        span.record("attempts", attempts);
        span.record("duration_ms", millis(began));
        let request_id = outcome.as_ref().map_or_else(|error| error.request_id(), CreatedWebhook::request_id);
        span.record("request_id", request_id);
        outcome.iter().flat_map(CreatedWebhook::deviations).for_each(Deviation::warn_once);
        outcome
    }

    fn outcome(&self, response: Response, cut: Option<Cut>, mask: &Mask<'_>) -> Result<CreatedWebhook, CreateError> {
        Span::current().record("status", response.status().as_u16());
        if !response.status().is_success() {
            return Err(self.refused(PortalResponse::new(response, mask).cut_off(cut)));
        }
        match decode::read(&response, cut, &self.body.url) {
            Ok(created) => Ok(masked(created, mask)),
            Err(found) => Err(self.without_secret(found, PortalResponse::new(response, mask).cut_off(cut))),
        }
    }

    /// What a success without a secret means.
    fn without_secret(&self, found: NoSecret, response: PortalResponse) -> CreateError {
        let url = self.body.url.clone();
        if found.id.is_some() || response.status() == StatusCode::CREATED {
            return CreateError::SecretMissing(SecretMissing::new(url, found.id, found.candidates, response));
        }
        CreateError::Unconfirmed(Unconfirmed::answered(url, response))
    }

    /// What an answer means that is no success.
    fn refused(&self, answer: PortalResponse) -> CreateError {
        if answer.says_nothing_was_made() {
            return CreateError::Rejected(Rejection::new(answer));
        }
        CreateError::Unconfirmed(Unconfirmed::answered(self.body.url.clone(), answer))
    }

    /// What a missing response means.
    fn failed(&self, failure: Failure) -> CreateError {
        match NotSent::of(failure) {
            Ok(not_sent) => CreateError::NotSent(not_sent),
            Err(failure) => CreateError::Unconfirmed(Unconfirmed::failed(self.body.url.clone(), failure)),
        }
    }
}

/// Has the sink take back what it prepared.
async fn discard(sink: &dyn SecretSink, attempt: &Attempt) {
    sink.discard(attempt).await.unwrap_or_else(|error| {
        let error = &*error as &dyn std::error::Error;
        tracing::warn!(error, "the sink could not take an attempt back");
    });
}

/// With what the portal says masked, where it repeats what must not be shown.
fn masked(mut created: CreatedWebhook, mask: &Mask<'_>) -> CreatedWebhook {
    for text in [&mut created.message, &mut created.request_id] {
        *text = text.take().map(|said| created.secret.mask_in(mask.hide(said)));
    }
    created
}
