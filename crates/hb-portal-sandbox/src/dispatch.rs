//! Delivers events to endpoints, as the portal may: signed, with a timeout, and again when it fails.

use std::io;
use std::time::{Duration, Instant, SystemTime};

use crate::deliver::{AttemptResult, DeliveryAttempt, Flaw, Target, TestDelivery, post};
use crate::random;
use crate::state::State;

/// The most that a wait before the next try grows to.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Delivers, and resolves with the tries that it took.
pub(crate) async fn deliver(state: &State, delivery: TestDelivery) -> io::Result<Vec<DeliveryAttempt>> {
    let endpoint = state.endpoint(delivery.endpoint).ok_or_else(|| invalid("no endpoint has this id"))?;
    let target = Target::of(&endpoint.url, delivery.connect_to)?;
    let id = format!("msg_{}", random::text()?);
    let tries = if delivery.once || delivery.flaw.is_some() { 1 } else { endpoint.max_retries.saturating_add(1) };
    let mut wait = delivery.backoff;
    let mut attempts: Vec<DeliveryAttempt> = Vec::new();
    for number in 1..=tries {
        if number > 1 {
            tokio::time::sleep(wait).await;
            wait = wait.saturating_mul(2).min(LONGEST_WAIT);
        }
        // Signed anew for each try: what was signed long ago is refused.
        let sent = match delivery.flaw {
            Some(Flaw::Replayed) => {
                let last = state.last_sent(endpoint.id);
                last.ok_or_else(|| invalid("nothing was delivered to the endpoint yet that could be replayed"))?
            }
            _ => delivery.sent(&endpoint, &id)?,
        };
        let (at, started) = (SystemTime::now(), Instant::now());
        let timeout = Duration::from_secs(endpoint.timeout_seconds.into());
        let result = match tokio::time::timeout(timeout, post(&target, &sent)).await {
            Ok(Ok(status)) => AttemptResult::Answered(status),
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
