//! One create call, from its checks to its outcome.

use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll, time::SystemTime};

use hb_portal_client::{Response, operations::CreateWebhookEndpoint, types};
use http::StatusCode;
use tokio::time::Instant;
use tracing::{Instrument as _, Span, field};

use super::{
    decode::{self, NoSecret},
    waiting::{Waiting, warn_of_loss},
};
use crate::{
    created::{CreatedWebhook, Deviation},
    error::{AtPortal, CreateError, Failure, NotSent, NotSentReason, NotStored, Rejection, SecretMissing, Unconfirmed},
    event::EventType,
    exchange::{self, Exchanged, exchange},
    limits::{Deadline, Limits, millis},
    mask::Mask,
    portal::Portal,
    response::{Cut, PortalResponse},
    sink::{Attempt, Liveness, SecretSink, caught, warn_if_failed},
    transport::Fate,
};

/// Sends the request: in this future, or, if there is a sink, in a task that outlives this future.
pub(super) async fn send(
    portal: &Arc<Portal>,
    body: types::CreateWebhookEndpoint,
    limits: Limits,
    deadline: Deadline,
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
    let began = SystemTime::now();
    let call =
        Call { portal: Arc::clone(portal), limits, deadline, fate: Arc::clone(&fate), body, began, prepared: None };
    let outcome = if let Some(sink) = sink {
        let attempt = call.attempt();
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
                Err(_) => Err(CreateError::Unconfirmed(Unconfirmed::interrupted(attempt))),
            },
        }
    } else {
        call.exchange().instrument(span).await.1
    };
    waiting.finish();
    outcome
}

/// A call whose input was checked.
struct Call {
    portal: Arc<Portal>,
    limits: Limits,
    deadline: Deadline,
    fate: Arc<Fate>,
    body: types::CreateWebhookEndpoint,
    began: SystemTime,
    /// The attempt for which a sink is prepared.
    prepared: Option<Attempt>,
}

impl Call {
    /// Returns the attempt, as one that is over.
    fn attempt(&self) -> Attempt {
        match &self.prepared {
            Some(attempt) => Attempt { liveness: Liveness::Dead, ..attempt.clone() },
            None => {
                let events = self.body.events.iter().map(EventType::from).collect();
                let base_url = self.portal.http.base.as_str().to_owned();
                Attempt::over(self.body.url.clone(), events, base_url, self.began, self.limits.deadline)
            }
        }
    }

    /// Prepares the sink, sends the request, and lets the sink store the secret.
    async fn store_in(mut self, sink: Box<dyn SecretSink>) -> Result<CreatedWebhook, CreateError> {
        let (sink, mut attempt) = self.prepare(sink).await.map_err(CreateError::NotSent)?;
        self.prepared = Some(attempt.clone());
        let (mut exchange, mut dropped) = (pin!(self.exchange()), pin!(self.fate.dropped_unsent()));
        let exchanged = poll_fn(|context| match dropped.as_mut().poll(context) {
            // The caller is gone, so stop waiting for a token or for the next attempt.
            Poll::Ready(()) => Poll::Ready((None, Err(self.failed(Failure::Abandoned)))),
            Poll::Pending => exchange.as_mut().poll(context),
        });
        let (status, outcome) = exchanged.await;
        attempt.status = status;
        let mut error = match outcome {
            Ok(created) => match caught(|| sink.store(&created)).await {
                Ok(()) => {
                    created.secret.mark_kept();
                    return Ok(created);
                }
                Err(error) => {
                    // The sink may have read the secret, but did not store it.
                    created.secret.mark_lost();
                    attempt.id.clone_from(&created.endpoint.id);
                    CreateError::NotStored(NotStored::new(created, error))
                }
            },
            Err(error) => error,
        };
        if error.at_portal() == AtPortal::Nothing {
            warn_if_failed("discard", caught(|| sink.discard(&attempt)).await);
            return Err(error);
        }
        if let CreateError::SecretMissing(missing) = &error {
            attempt.id = missing.id().cloned();
        }
        let unread = match &error {
            CreateError::SecretMissing(missing) => missing.expose_body(),
            CreateError::Unconfirmed(unconfirmed) if status.is_some_and(|status| status.is_success()) => {
                unconfirmed.expose_body()
            }
            _ => &[],
        };
        if !unread.is_empty() {
            let kept = warn_if_failed("keep_response", caught(|| sink.keep_response(&attempt, unread)).await).flatten();
            match &mut error {
                CreateError::SecretMissing(missing) => missing.kept_in(kept),
                CreateError::Unconfirmed(unconfirmed) => unconfirmed.kept_in(kept),
                _ => {}
            }
        }
        warn_if_failed("give_up", caught(|| sink.give_up(&attempt)).await);
        Err(error)
    }

    /// Makes sure, within the deadline, that the sink can store a secret.
    async fn prepare(&self, sink: Box<dyn SecretSink>) -> Result<(Box<dyn SecretSink>, Attempt), NotSent> {
        let events = self.body.events.iter().map(EventType::from).collect();
        let (base_url, limit) = (self.portal.http.base.as_str().to_owned(), self.deadline.remaining());
        let attempt = Attempt::begin(self.body.url.clone(), events, base_url, limit).map_err(|error| {
            NotSent::new(NotSentReason::Sink, "the system has no randomness to name an attempt by")
                .because(error.into())
        })?;
        let mut preparing = Box::pin(async move { (caught(|| sink.prepare(&attempt)).await, sink, attempt) });
        let is_over = limit.is_some_and(|limit| limit.is_zero());
        let Some((prepared, sink, attempt)) = self.deadline.bound(&mut preparing).await else {
            if !is_over {
                // The preparation has begun, so it is finished and then undone. Until then, the sink has a running attempt.
                let running = self.portal.background.enter();
                tokio::spawn(async move {
                    let _running = running;
                    if let (Ok(()), sink, attempt) = preparing.await {
                        warn_if_failed("discard", caught(|| sink.discard(&attempt)).await);
                    }
                });
            }
            let why = "the deadline passed before the sink was ready to store a signing secret";
            return Err(NotSent::new(NotSentReason::Deadline, why));
        };
        match prepared {
            Ok(()) => Ok((sink, attempt)),
            Err(error) => {
                let why = "the sink cannot store a signing secret";
                Err(NotSent::new(NotSentReason::Sink, why).because(error))
            }
        }
    }

    /// Sends the request, and returns the response's status and the outcome.
    async fn exchange(&self) -> (Option<StatusCode>, Result<CreatedWebhook, CreateError>) {
        let began = Instant::now();
        let call = exchange::Call {
            http: &self.portal.http,
            authorize: &self.portal.tokens,
            limits: &self.limits,
            deadline: self.deadline,
            fate: &self.fate,
        };
        let operation = CreateWebhookEndpoint::new(&self.body);
        let Exchanged { outcome, attempts, mut mask, .. } = exchange(&call, &operation, None).await;
        mask.add_url(&self.body.url);
        let (status, outcome) = match outcome {
            Ok((response, cut)) => (Some(response.status()), self.outcome(response, cut, &mask)),
            Err(failure) => (None, Err(self.failed(failure))),
        };
        let span = Span::current();
        span.record("attempts", attempts);
        span.record("duration_ms", millis(began));
        let request_id = outcome.as_ref().map_or_else(|error| error.request_id(), CreatedWebhook::request_id);
        span.record("request_id", request_id);
        outcome.iter().flat_map(CreatedWebhook::deviations).for_each(Deviation::warn_once);
        (status, outcome)
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

    /// Classifies a success without a secret.
    fn without_secret(&self, found: NoSecret, response: PortalResponse) -> CreateError {
        if found.id.is_some() || response.status() == StatusCode::CREATED {
            let attempt = Attempt { id: found.id, ..self.attempt() };
            return CreateError::SecretMissing(SecretMissing::new(attempt, found.candidates, response));
        }
        CreateError::Unconfirmed(Unconfirmed::responded(self.attempt(), response))
    }

    /// Classifies a response that is not a success.
    fn refused(&self, response: PortalResponse) -> CreateError {
        if response.says_nothing_was_made() {
            return CreateError::Rejected(Rejection::new(response));
        }
        CreateError::Unconfirmed(Unconfirmed::responded(self.attempt(), response))
    }

    /// Classifies a missing response.
    fn failed(&self, failure: Failure) -> CreateError {
        match NotSent::of(failure) {
            Ok(not_sent) => CreateError::NotSent(not_sent),
            Err(failure) => CreateError::Unconfirmed(Unconfirmed::failed(self.attempt(), failure)),
        }
    }
}

/// Masks the secrets that the portal repeats in its messages.
fn masked(mut created: CreatedWebhook, mask: &Mask<'_>) -> CreatedWebhook {
    for text in [&mut created.message, &mut created.request_id] {
        *text = text.take().map(|text| created.secret.mask_in(mask.hide(text)));
    }
    created
}
