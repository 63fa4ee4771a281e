//! One create call, from its checks to its outcome.

use std::{sync::Arc, time::SystemTime};

use hb_portal_client::{CreateWebhookEndpoint, Operation as _, Response, types};
use http::StatusCode;
use tokio::time::Instant;
use tracing::{Instrument as _, Span, field};

use super::{
    decode,
    waiting::{Waiting, warn_of_loss},
};
use crate::{
    AtPortal, Attempt, CreateError, CreatedWebhook, EndpointId, EventType, NotSent, NotSentReason, NotStored,
    Rejection, SecretMissing, SecretSink, Unconfirmed,
    answer::{Answer, mask},
    exchange::{Exchange, Portal},
    http::{Failure, Fate},
    limits::{Deadline, Limits, millis},
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
        let task = async move {
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

    /// Sends the request, and tells what the answer means.
    async fn exchange(&self) -> Result<CreatedWebhook, CreateError> {
        let began = Instant::now();
        let fate = Arc::clone(&self.fate);
        let mut exchange = Exchange::authorized(&self.portal, &self.limits, self.deadline, fate);
        let outcome = match exchange.send(&CreateWebhookEndpoint { body: &self.body }).await {
            Ok(answer) => self.outcome(answer, &exchange),
            Err(failure) => Err(self.failed(failure)),
        };
        let span = Span::current();
        span.record("attempts", exchange.attempts);
        span.record("duration_ms", millis(began));
        let request_id = outcome.as_ref().map_or_else(|error| error.request_id(), CreatedWebhook::request_id);
        span.record("request_id", request_id);
        for deviation in outcome.iter().flat_map(CreatedWebhook::deviations) {
            tracing::warn!(%deviation, "the portal's answer is not what the contract says");
        }
        outcome
    }

    fn outcome(&self, answer: Response, exchange: &Exchange<'_>) -> Result<CreatedWebhook, CreateError> {
        Span::current().record("status", answer.status().as_u16());
        let known = exchange.known();
        let created = match CreateWebhookEndpoint::read(&answer) {
            // An empty secret is none, and the contract does not say so.
            Ok(value) if !value.secret.expose_secret().is_empty() => decode::strict(value, &answer, exchange.cut),
            _ if answer.status().is_success() => match decode::salvage(&answer, exchange.cut) {
                Ok(created) => created,
                Err(id) => return Err(self.without_secret(id, Answer::new(answer, &known))),
            },
            _ => return Err(self.refused(Answer::new(answer, &known))),
        };
        Ok(masked(created, &known))
    }

    /// What a success means that holds no secret.
    fn without_secret(&self, id: Option<EndpointId>, answer: Answer) -> CreateError {
        let url = self.body.url.clone();
        if id.is_some() || answer.status() == StatusCode::CREATED {
            return CreateError::SecretMissing(SecretMissing::new(url, id, answer));
        }
        CreateError::Unconfirmed(Unconfirmed::answered(url, answer))
    }

    /// What an answer means that is no success.
    fn refused(&self, answer: Answer) -> CreateError {
        if answer.says_nothing_was_made() {
            return CreateError::Rejected(Rejection::new(answer));
        }
        CreateError::Unconfirmed(Unconfirmed::answered(self.body.url.clone(), answer))
    }

    /// What a missing answer means.
    fn failed(&self, failure: Failure) -> CreateError {
        let reason = match &failure {
            Failure::NoAnswer(_) => {
                return CreateError::Unconfirmed(Unconfirmed::failed(self.body.url.clone(), failure));
            }
            Failure::NoToken(_) => NotSentReason::Token,
            Failure::NoConnection(_) => NotSentReason::Connection,
            Failure::OutOfTime | Failure::Abandoned => NotSentReason::Deadline,
            Failure::NotARequest(_) => NotSentReason::Request,
        };
        let not_sent = NotSent::new(reason, failure.to_string());
        CreateError::NotSent(match failure {
            Failure::NoToken(error) | Failure::NotARequest(error) => not_sent.because(error),
            Failure::NoConnection(error) => not_sent.because(error.into()),
            _ => not_sent,
        })
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
fn masked(mut created: CreatedWebhook, known: &[Option<&str>]) -> CreatedWebhook {
    for text in [&mut created.message, &mut created.request_id] {
        *text = text.take().map(|said| created.secret.mask_in(mask(said, known)));
    }
    created
}
