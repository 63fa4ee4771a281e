//! One create call, from its checks to its outcome.

use std::{sync::Arc, time::SystemTime};

use hb_portal_client::{Response, types};
use http::StatusCode;
use tokio::time::Instant;
use tracing::{Instrument as _, Span, field};

use super::{
    answer::{Answer, mask},
    builder::Request,
    created::CreatedWebhook,
    decode,
    waiting::{Waiting, warn_of_loss},
};
use crate::{
    AtPortal, Attempt, CreateError, EventType, NotSent, NotSentReason, NotStored, Rejection, SecretMissing, SecretSink,
    Unconfirmed,
    client::{Inner, Limits},
    exchange::{Answered, Exchange, Failure, millis},
};

/// Checks, and then sends as told: in this future, or with a sink in a task that outlives it.
pub(super) async fn send(
    client: &Arc<Inner>,
    request: Request,
    limits: Limits,
    sink: Option<Box<dyn SecretSink>>,
) -> Result<CreatedWebhook, CreateError> {
    let body = check(request)?;
    let span = tracing::info_span!(
        "create_webhook",
        status = field::Empty,
        attempts = field::Empty,
        request_id = field::Empty,
        duration_ms = field::Empty,
    );
    let exchange = Arc::new(Exchange::authorized(client, limits));
    let waiting = Waiting::new(&exchange, sink.is_some());
    let call = Call { client: Arc::clone(client), exchange: Arc::clone(&exchange), body, sink };
    let outcome = if call.sink.is_some() {
        let url = call.body.url.clone();
        let task = async move {
            let outcome = call.run().await;
            let badly = outcome.as_ref().is_err_and(|error| error.at_portal() != AtPortal::Nothing);
            if badly && exchange.end_badly() {
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
        call.run().instrument(span).await
    };
    waiting.finish();
    outcome
}

/// What the portal would be sent, or why it cannot be.
fn check(request: Request) -> Result<types::CreateWebhookEndpoint, CreateError> {
    let refuse = |why: &'static str| Err(CreateError::NotSent(NotSent::new(NotSentReason::Input, why)));
    if let Some(problem) = request.url.problem {
        return refuse(problem);
    }
    if request.events.is_empty() {
        return refuse("no event was given, so the endpoint would never be called");
    }
    if request.events.iter().any(|event| event.as_str().trim().is_empty()) {
        return refuse("an event has no name");
    }
    let timeout_seconds = match request.delivery_timeout {
        Some(timeout) if timeout.as_secs() == 0 || timeout.subsec_nanos() != 0 => {
            return refuse("the delivery timeout is not a whole number of seconds, at least one");
        }
        Some(timeout) => match i64::try_from(timeout.as_secs()) {
            Ok(seconds) => Some(seconds),
            Err(_) => return refuse("the delivery timeout is longer than can be sent"),
        },
        None => None,
    };
    Ok(types::CreateWebhookEndpoint {
        url: request.url.text,
        events: request.events.into_iter().map(String::from).collect(),
        timeout_seconds,
        max_retries: request.max_retries.map(i64::from),
    })
}

/// A call whose input is checked.
struct Call {
    client: Arc<Inner>,
    exchange: Arc<Exchange>,
    body: types::CreateWebhookEndpoint,
    sink: Option<Box<dyn SecretSink>>,
}

impl Call {
    async fn run(self) -> Result<CreatedWebhook, CreateError> {
        let Some(sink) = &self.sink else { return self.exchange().await };
        let attempt = Attempt {
            url: self.body.url.clone(),
            events: self.body.events.iter().map(EventType::from).collect(),
            started_at: SystemTime::now().into(),
        };
        if let Err(error) = sink.prepare(&attempt).await {
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
                    sink.discard(&attempt).await.unwrap_or_else(|error| {
                        let error = &*error as &dyn std::error::Error;
                        tracing::warn!(error, "the sink could not take an attempt back");
                    });
                }
                Err(error)
            }
        }
    }

    /// Sends the request, and tells what the answer means.
    async fn exchange(&self) -> Result<CreatedWebhook, CreateError> {
        let began = Instant::now();
        let transport = Arc::clone(&self.exchange) as Arc<_>;
        let http = self.client.http.client.clone();
        let generated = hb_portal_client::Client::new(self.client.base.shared(), http, transport);
        let answered = self.exchange.run(|| generated.create_webhook_endpoint(&self.body)).await;
        let outcome = self.outcome(answered);
        let span = Span::current();
        span.record("attempts", self.exchange.attempts());
        span.record("duration_ms", millis(began));
        let request_id = outcome.as_ref().map_or_else(|error| error.request_id(), CreatedWebhook::request_id);
        span.record("request_id", request_id);
        for deviation in outcome.iter().flat_map(CreatedWebhook::deviations) {
            tracing::warn!(%deviation, "the portal's answer is not what the contract says");
        }
        outcome
    }

    fn outcome(
        &self,
        answered: Result<Answered<types::CreatedWebhookEndpoint>, Failure>,
    ) -> Result<CreatedWebhook, CreateError> {
        let answered = answered.map_err(|failure| self.failed(failure))?;
        let (Answered::Decoded(_, response) | Answered::Raw(response)) = &answered;
        Span::current().record("status", response.status().as_u16());
        match answered {
            // An empty secret is none, and the contract does not say so.
            Answered::Decoded(value, response) if !value.secret.expose_secret().is_empty() => {
                Ok(self.masked(decode::strict(value, &response, self.exchange.cut())))
            }
            Answered::Decoded(_, response) | Answered::Raw(response) => self.by_status(response),
        }
    }

    /// What an answer means that is not the contract's 201.
    fn by_status(&self, response: Response) -> Result<CreatedWebhook, CreateError> {
        let status = response.status();
        let url = || self.body.url.clone();
        if status.is_success() {
            return match decode::salvage(&response, self.exchange.cut()) {
                Ok(created) => Ok(self.masked(created)),
                Err(id) if id.is_some() || status == StatusCode::CREATED => {
                    Err(CreateError::SecretMissing(SecretMissing::new(url(), id, self.answer(response))))
                }
                Err(_) => Err(CreateError::Unconfirmed(Unconfirmed::answered(url(), self.answer(response)))),
            };
        }
        // These say that the same request is to be made elsewhere, so nothing was made of it here.
        let elsewhere = matches!(
            status,
            StatusCode::MOVED_PERMANENTLY | StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
        );
        if elsewhere || status.is_client_error() {
            return Err(CreateError::Rejected(Rejection::new(self.answer(response))));
        }
        Err(CreateError::Unconfirmed(Unconfirmed::answered(url(), self.answer(response))))
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
            Failure::NotARequest(_) | Failure::Unknown => NotSentReason::Request,
        };
        let not_sent = NotSent::new(reason, failure.to_string());
        CreateError::NotSent(match failure {
            Failure::NoToken(error) => not_sent.because(error),
            Failure::NoConnection(error) | Failure::NotARequest(error) => not_sent.because(error.into()),
            _ => not_sent,
        })
    }

    fn answer(&self, response: Response) -> Answer {
        self.exchange.with_known(|known| Answer::new(response, known))
    }

    /// With what the portal says masked, where it repeats what must not be shown.
    fn masked(&self, mut created: CreatedWebhook) -> CreatedWebhook {
        for text in [&mut created.message, &mut created.request_id] {
            *text = text.take().map(|said| self.exchange.with_known(|known| created.secret.mask_in(mask(said, known))));
        }
        created
    }
}
