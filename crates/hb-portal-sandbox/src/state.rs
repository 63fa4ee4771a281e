//! The state of a sandbox, shared by its connections and its handle.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::deliver::{AttemptResult, DeliveryAttempt, Sent};
use crate::endpoint::StoredEndpoint;
use crate::fault::{Faults, Operation};
use crate::leases::Leases;
use crate::random;
use crate::record::{Arrivals, HandledRequest, RecordedConnection, RecordedRequest};
use crate::settings::Settings;
use crate::tokens::{Minted, Tokens};

/// The time window of the rate limit.
const WINDOW: Duration = Duration::from_secs(60);

pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) faults: Faults,
    pub(crate) leases: Leases,
    held: Mutex<Held>,
}

struct Held {
    endpoints: Vec<StoredEndpoint>,
    /// The number of endpoints that were ever created, so that no id is used twice.
    committed: u64,
    tokens: Tokens,
    connections: Vec<Arc<Arrivals>>,
    requests: Vec<RecordedRequest>,
    recent: VecDeque<Instant>,
    attempts: Vec<DeliveryAttempt>,
    /// The last delivery without a flaw to each endpoint.
    last_sent: HashMap<u64, Sent>,
}

/// The contents of a valid create request.
pub(crate) struct Wanted {
    pub(crate) url: String,
    pub(crate) events: Vec<String>,
    pub(crate) timeout_seconds: u32,
    pub(crate) max_retries: u32,
}

/// The contents of an update; `None` leaves a value unchanged.
pub(crate) struct Change {
    pub(crate) url: Option<String>,
    pub(crate) events: Option<Vec<String>>,
    pub(crate) is_active: Option<bool>,
    pub(crate) timeout_seconds: Option<u32>,
    pub(crate) max_retries: Option<u32>,
}

impl State {
    pub(crate) fn new(settings: Settings) -> Self {
        let held = Held {
            endpoints: Vec::new(),
            committed: 0,
            tokens: Tokens::new(settings.access_token.clone()),
            connections: Vec::new(),
            requests: Vec::new(),
            recent: VecDeque::new(),
            attempts: Vec::new(),
            last_sent: HashMap::new(),
        };
        Self { settings, faults: Faults::default(), leases: Leases::new(), held: Mutex::new(held) }
    }

    /// The operation that a request calls.
    pub(crate) fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        Operation::of(method, path.strip_prefix(&self.settings.base_path)?)
    }

    pub(crate) fn commit(&self, wanted: Wanted) -> io::Result<StoredEndpoint> {
        let secret = match &self.settings.secret_source {
            Some(source) => source(),
            None => random::text()?,
        };
        let now = self.settings.dialect.moment(SystemTime::now());
        let mut held = self.held();
        held.committed += 1;
        let endpoint = StoredEndpoint {
            id: held.committed,
            url: wanted.url,
            events: wanted.events,
            is_active: true,
            timeout_seconds: wanted.timeout_seconds,
            max_retries: wanted.max_retries,
            failure_count: 0,
            last_called_at: None,
            last_failed_at: None,
            consecutive_failures: 0,
            last_response_code: None,
            created_at: now.clone(),
            updated_at: now,
            secret_went_out: false,
            secret,
        };
        held.endpoints.push(endpoint.clone());
        Ok(endpoint)
    }

    /// Records that a response with the endpoint's whole secret is about to be written.
    pub(crate) fn record_sent_secret(&self, id: u64) {
        let mut held = self.held();
        if let Some(endpoint) = held.endpoints.iter_mut().find(|endpoint| endpoint.id == id) {
            endpoint.secret_went_out = true;
        }
    }

    pub(crate) fn endpoints(&self) -> Vec<StoredEndpoint> {
        self.held().endpoints.clone()
    }

    pub(crate) fn endpoint(&self, id: u64) -> Option<StoredEndpoint> {
        self.held().endpoints.iter().find(|endpoint| endpoint.id == id).cloned()
    }

    /// Changes an endpoint; `None` if none has this id.
    pub(crate) fn update(&self, id: u64, change: Change) -> Option<StoredEndpoint> {
        let mut held = self.held();
        let endpoint = held.endpoints.iter_mut().find(|endpoint| endpoint.id == id)?;
        let Change { url, events, is_active, timeout_seconds, max_retries } = change;
        endpoint.url = url.unwrap_or_else(|| endpoint.url.clone());
        endpoint.events = events.unwrap_or_else(|| endpoint.events.clone());
        endpoint.is_active = is_active.unwrap_or(endpoint.is_active);
        endpoint.timeout_seconds = timeout_seconds.unwrap_or(endpoint.timeout_seconds);
        endpoint.max_retries = max_retries.unwrap_or(endpoint.max_retries);
        endpoint.updated_at = self.settings.dialect.moment(SystemTime::now());
        Some(endpoint.clone())
    }

    /// Removes an endpoint; `None` if none has this id.
    pub(crate) fn delete(&self, id: u64) -> Option<()> {
        let mut held = self.held();
        let index = held.endpoints.iter().position(|endpoint| endpoint.id == id)?;
        held.endpoints.remove(index);
        Some(())
    }

    /// The delivery attempts to an endpoint, except flawed ones, each with its id in the log of calls.
    pub(crate) fn calls(&self, endpoint: u64) -> Vec<(usize, DeliveryAttempt)> {
        let attempts = self.attempts().into_iter().enumerate();
        let counted = attempts.filter(|(_, attempt)| attempt.endpoint == endpoint && attempt.flaw.is_none());
        counted.map(|(index, attempt)| (index + 1, attempt)).collect()
    }

    /// Records a delivery attempt. A flawed one does not change the endpoint's counters.
    pub(crate) fn attempted(&self, attempt: &DeliveryAttempt, sent: Sent) {
        let mut held = self.held();
        held.attempts.push(attempt.clone());
        if attempt.flaw.is_none() {
            held.last_sent.insert(attempt.endpoint, sent);
            if let Some(endpoint) = held.endpoints.iter_mut().find(|endpoint| endpoint.id == attempt.endpoint) {
                let at = Some(self.settings.dialect.moment(attempt.at));
                endpoint.last_called_at.clone_from(&at);
                endpoint.last_response_code = match attempt.result {
                    AttemptResult::Responded(status) => Some(status),
                    _ => None,
                };
                if attempt.is_accepted() {
                    endpoint.consecutive_failures = 0;
                } else {
                    endpoint.consecutive_failures = endpoint.consecutive_failures.saturating_add(1);
                    endpoint.failure_count = endpoint.failure_count.saturating_add(1);
                    endpoint.last_failed_at = at;
                }
            }
        }
        drop(held);
        if let Some(observer) = &self.settings.attempt_observer {
            observer(attempt);
        }
    }

    pub(crate) fn attempts(&self) -> Vec<DeliveryAttempt> {
        self.held().attempts.clone()
    }

    pub(crate) fn last_sent(&self, endpoint: u64) -> Option<Sent> {
        self.held().last_sent.get(&endpoint).cloned()
    }

    pub(crate) fn mint(&self) -> io::Result<Minted> {
        self.held().tokens.mint(self.settings.token_lifetime)
    }

    /// Mints a token in exchange for a refresh token; `None` if that is not valid.
    pub(crate) fn refresh(&self, refresh_token: &str) -> Option<io::Result<Minted>> {
        self.held().tokens.refresh(refresh_token, self.settings.token_lifetime)
    }

    pub(crate) fn minted(&self) -> usize {
        self.held().tokens.minted()
    }

    pub(crate) fn accepts(&self, token: &str) -> bool {
        self.held().tokens.accepts(token)
    }

    pub(crate) fn expiry(&self, token: &str) -> Option<Instant> {
        self.held().tokens.expiry(token)
    }

    pub(crate) fn revoke(&self, token: &str) {
        self.held().tokens.revoke(token);
    }

    pub(crate) fn revoke_all(&self) {
        self.held().tokens.revoke_all();
    }

    /// Counts a request; `Err` has the number of seconds, rounded up, after which the client may retry.
    pub(crate) fn throttle(&self) -> Result<(), u64> {
        let Some(limit) = self.settings.rate_limit else {
            return Ok(());
        };
        let now = Instant::now();
        let mut held = self.held();
        while held.recent.front().is_some_and(|then| now.duration_since(*then) >= WINDOW) {
            held.recent.pop_front();
        }
        if held.recent.len() < limit as usize {
            held.recent.push_back(now);
            return Ok(());
        }
        let waited = held.recent.front().map_or(Duration::ZERO, |then| now.duration_since(*then));
        Err((WINDOW - waited).as_millis().div_ceil(1000) as u64)
    }

    pub(crate) fn record(&self, request: RecordedRequest) {
        self.held().requests.push(request);
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.held().requests.clone()
    }

    pub(crate) fn forget_requests(&self) {
        let mut held = self.held();
        held.requests.clear();
        held.connections.clear();
    }

    /// Starts the record of a connection that was just accepted.
    pub(crate) fn arrivals(&self) -> Arc<Arrivals> {
        let arrivals = Arc::new(Arrivals::default());
        self.held().connections.push(Arc::clone(&arrivals));
        arrivals
    }

    pub(crate) fn connections(&self) -> Vec<RecordedConnection> {
        self.held().connections.iter().map(|arrivals| arrivals.so_far()).collect()
    }

    pub(crate) fn observe(&self, handled: &HandledRequest) {
        if let Some(observer) = &self.settings.observer {
            observer(handled);
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Ignores poisoning: no critical section can leave the state half-updated.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
