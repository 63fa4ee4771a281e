//! What the sandbox knows and holds, shared by its connections and its handle.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::deliver::{DeliveryAttempt, Sent};
use crate::endpoint::StoredEndpoint;
use crate::fault::{Faults, Operation};
use crate::leases::Leases;
use crate::record::{Arrivals, HandledRequest, RecordedConnection, RecordedRequest};
use crate::settings::Settings;
use crate::{clock, random};

/// The window that a rate limit counts in.
const WINDOW: Duration = Duration::from_secs(60);

pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) faults: Faults,
    pub(crate) leases: Leases,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    endpoints: Vec<StoredEndpoint>,
    /// Each accepted token, and when it stops being accepted.
    tokens: HashMap<String, Option<Instant>>,
    minted: usize,
    connections: Vec<Arc<Arrivals>>,
    requests: Vec<RecordedRequest>,
    recent: VecDeque<Instant>,
    attempts: Vec<DeliveryAttempt>,
    /// What was delivered last to each endpoint, as it was meant to be.
    last_sent: HashMap<u64, Sent>,
}

/// What a valid create request asks for.
pub(crate) struct Wanted {
    pub(crate) url: String,
    pub(crate) events: Vec<String>,
    pub(crate) timeout_seconds: u32,
    pub(crate) max_retries: u32,
}

/// A token that was minted just now.
pub(crate) struct Minted {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    pub(crate) expires_in: u64,
}

impl State {
    pub(crate) fn new(settings: Settings) -> Self {
        let mut held = Held::default();
        // It stays good until it is revoked: whoever copied it from a terminal did not come back within the hour.
        held.tokens.insert(settings.access_token.clone(), None);
        Self { settings, faults: Faults::default(), leases: Leases::new(), held: Mutex::new(held) }
    }

    /// The operation that a request is for.
    pub(crate) fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        match path.strip_prefix(&self.settings.base_path)? {
            "/webhooks" if method == "POST" => Some(Operation::Create),
            "/auth/token" if method == "POST" => Some(Operation::Token),
            _ => None,
        }
    }

    pub(crate) fn commit(&self, wanted: Wanted) -> io::Result<StoredEndpoint> {
        let secret = match &self.settings.secret_source {
            Some(source) => source(),
            None => random::text()?,
        };
        let mut held = self.held();
        let endpoint = StoredEndpoint {
            id: held.endpoints.len() as u64 + 1,
            url: wanted.url,
            events: wanted.events,
            is_active: true,
            timeout_seconds: wanted.timeout_seconds,
            max_retries: wanted.max_retries,
            failure_count: 0,
            last_called_at: None,
            last_failed_at: None,
            created_at: clock::documented(SystemTime::now()),
            secret_went_out: false,
            secret,
        };
        held.endpoints.push(endpoint.clone());
        Ok(endpoint)
    }

    /// Notes that an answer that holds the endpoint's secret is about to be written.
    pub(crate) fn secret_goes_out(&self, id: u64) {
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

    /// Takes note of a try to deliver; what was wrong on purpose does not count as the endpoint's.
    pub(crate) fn attempted(&self, attempt: &DeliveryAttempt, sent: Sent) {
        let mut held = self.held();
        held.attempts.push(attempt.clone());
        if attempt.flaw.is_none() {
            held.last_sent.insert(attempt.endpoint, sent);
            if let Some(endpoint) = held.endpoints.iter_mut().find(|endpoint| endpoint.id == attempt.endpoint) {
                let at = Some(clock::documented(attempt.at));
                endpoint.last_called_at.clone_from(&at);
                if !attempt.is_accepted() {
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
        let lifetime = self.settings.token_lifetime;
        let minted =
            Minted { access_token: random::text()?, refresh_token: random::text()?, expires_in: lifetime.as_secs() };
        let mut held = self.held();
        held.minted += 1;
        held.tokens.insert(minted.access_token.clone(), Instant::now().checked_add(lifetime));
        Ok(minted)
    }

    pub(crate) fn minted(&self) -> usize {
        self.held().minted
    }

    pub(crate) fn accepts(&self, token: &str) -> bool {
        match self.held().tokens.get(token) {
            Some(Some(expiry)) => Instant::now() < *expiry,
            Some(None) => true,
            None => false,
        }
    }

    pub(crate) fn revoke(&self, token: &str) {
        self.held().tokens.remove(token);
    }

    pub(crate) fn revoke_all(&self) {
        self.held().tokens.clear();
    }

    /// Counts a request; `Err` has the whole seconds after which it may come again.
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

    /// The record of a connection that was accepted just now.
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
        // A panic elsewhere leaves what is held whole: every change above is a single step.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
