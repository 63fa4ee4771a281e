//! Delivers events to endpoints, as the portal may do: signed, with a timeout, and with retries after a failure.

use std::io;
use std::time::{Duration, Instant, SystemTime};

use crate::deliver::{AttemptResult, DeliveryAttempt, Flaw, Target, TestDelivery, post};
use crate::random;
use crate::state::State;

/// The maximum delay before an attempt.
const MAX_DELAY: Duration = Duration::from_secs(60);

/// Makes a delivery, and returns the attempts that were made.
pub(crate) async fn deliver(state: &State, delivery: TestDelivery) -> io::Result<Vec<DeliveryAttempt>> {
    let endpoint = state.endpoint(delivery.endpoint).ok_or_else(|| invalid("no endpoint has this id"))?;
    let target = Target::of(&endpoint.url, delivery.connect_to)?;
    let id = format!("msg_{}", random::text()?);
    let max_attempts =
        if delivery.once || delivery.flaw.is_some() { 1 } else { endpoint.max_retries.saturating_add(1) };
    let mut delay = delivery.backoff;
    let mut attempts: Vec<DeliveryAttempt> = Vec::new();
    for number in 1..=max_attempts {
        if number > 1 {
            tokio::time::sleep(delay).await;
            delay = delay.saturating_mul(2).min(MAX_DELAY);
        }
        // Signed again for each attempt, because receivers refuse an old timestamp.
        let sent = match delivery.flaw {
            Some(Flaw::Replayed) => {
                let last = state.last_sent(endpoint.id);
                last.ok_or_else(|| {
                    invalid("the endpoint has no earlier delivery to replay; deliver an event to it first")
                })?
            }
            _ => delivery.sent(&endpoint, &id)?,
        };
        let (at, started) = (SystemTime::now(), Instant::now());
        let timeout = Duration::from_secs(endpoint.timeout_seconds.into());
        let result = match tokio::time::timeout(timeout, post(&target, &sent)).await {
            Ok(Ok(status)) => AttemptResult::Responded(status),
            Ok(Err(error)) => AttemptResult::Broke(error.to_string()),
            Err(_) => AttemptResult::TimedOut,
        };
        let attempt = DeliveryAttempt {
            endpoint: endpoint.id,
            delivery: sent.id.clone(),
            event: sent.event.clone(),
            number,
            flaw: delivery.flaw,
            at,
            duration: started.elapsed(),
            result,
        };
        state.attempted(&attempt, sent);
        let accepted = attempt.is_accepted();
        attempts.push(attempt);
        if accepted {
            break;
        }
    }
    Ok(attempts)
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}
