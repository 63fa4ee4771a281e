//! Finds the endpoints that an attempt left behind at the portal.

use std::{collections::BTreeSet, fmt, ops::Deref, time::SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Url;

use crate::{
    endpoint::{EndpointId, WebhookEndpoint},
    error::CallError,
    event::EventType,
    limits::Deadline,
    pending::PendingCall,
    response::sent_at,
    sink::{Attempt, Liveness},
    webhooks::{Pages, Webhooks},
};

/// The operation of [`Webhooks::find_orphans`].
#[derive(Debug, Clone)]
pub struct FindOrphans {
    attempt: Attempt,
    is_only_registrar: bool,
}

/// The result of a search for orphans.
///
/// It dereferences to the candidates, in the order of the portal's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphans {
    candidates: Vec<Orphan>,
    doubts: Vec<Doubt>,
}

impl Orphans {
    pub(crate) fn new(candidates: Vec<Orphan>, doubts: Vec<Doubt>) -> Self {
        Self { candidates, doubts }
    }

    /// The doubts about the search as a whole. If there are any, no candidate is certain.
    #[must_use]
    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }

    /// Whether the attempt left nothing behind.
    ///
    /// This is so if there is no candidate, the attempt is over and was made at this client's base URL, and the list was read to
    /// its end. Begin the next attempt only if this returns true.
    #[must_use]
    pub fn nothing_left(&self) -> bool {
        self.candidates.is_empty() && !self.doubts.iter().any(|doubt| doubt.hides_endpoints())
    }
}

impl Deref for Orphans {
    type Target = [Orphan];

    fn deref(&self) -> &[Orphan] {
        &self.candidates
    }
}

impl IntoIterator for Orphans {
    type Item = Orphan;
    type IntoIter = std::vec::IntoIter<Orphan>;

    fn into_iter(self) -> Self::IntoIter {
        self.candidates.into_iter()
    }
}

impl<'o> IntoIterator for &'o Orphans {
    type Item = &'o Orphan;
    type IntoIter = std::slice::Iter<'o, Orphan>;

    fn into_iter(self) -> Self::IntoIter {
        self.candidates.iter()
    }
}

/// An endpoint that an attempt may have left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Orphan {
    /// There is no reason for doubt, so code may delete it. There is at most one.
    Certain(WebhookEndpoint),
    /// The attempt may have created it, but so may something else. A person must decide.
    Possible {
        /// The endpoint.
        endpoint: WebhookEndpoint,
        /// The reasons why it is not certain; at least one.
        doubts: Vec<Doubt>,
    },
}

impl Orphan {
    /// The endpoint.
    #[must_use]
    pub fn endpoint(&self) -> &WebhookEndpoint {
        match self {
            Self::Certain(endpoint) | Self::Possible { endpoint, .. } => endpoint,
        }
    }

    /// The id of the endpoint, if it is certain and code may delete it.
    #[must_use]
    pub fn deletable(&self) -> Option<&EndpointId> {
        if let Self::Certain(endpoint) = self { endpoint.id.as_ref() } else { None }
    }

    /// The reasons why it is not certain; empty if it is.
    #[must_use]
    pub fn doubts(&self) -> &[Doubt] {
        if let Self::Possible { doubts, .. } = self { doubts } else { &[] }
    }
}

/// A reason why an endpoint may not be the one that an attempt left behind. `Display` describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Doubt {
    /// The attempt is still running.
    AttemptIsRunning,
    /// It is unknown whether the attempt is still running.
    AttemptMayBeRunning,
    /// The attempt was made at a base URL other than this client's.
    OtherPortal,
    /// The list does not say that it was read to its end.
    ListMayGoOn,
    /// The caller has not declared that nothing else registers this URL.
    OthersMayRegister,
    /// The attempt may have left another endpoint behind instead.
    NotTheOnlyOne,
    /// The endpoint has no id that can be read.
    NoId,
    /// The response to the attempt had another id.
    OtherId,
    /// The endpoint has another URL.
    OtherUrl,
    /// The endpoint has no URL that can be read.
    NoUrl,
    /// The endpoint has other events.
    OtherEvents,
    /// The endpoint has no events that can be read.
    NoEvents,
    /// The endpoint was created before the attempt began or after it was over.
    OtherTime,
    /// The endpoint has no time of creation that can be read.
    NoTime,
    /// The response does not state the portal's time, so the two clocks cannot be compared.
    NoClock,
    /// The attempt had no deadline, so it is unknown when it ended.
    NoDeadline,
}

impl Doubt {
    /// Whether this is evidence against the endpoint, and not only missing evidence.
    fn is_contradiction(self) -> bool {
        matches!(self, Self::OtherId | Self::OtherUrl | Self::OtherEvents | Self::OtherTime)
    }

    /// Whether there may be an endpoint that the search cannot see.
    fn hides_endpoints(self) -> bool {
        matches!(self, Self::AttemptIsRunning | Self::AttemptMayBeRunning | Self::OtherPortal | Self::ListMayGoOn)
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AttemptIsRunning => "the attempt is still running",
            Self::AttemptMayBeRunning => "it is unknown whether the attempt is still running",
            Self::OtherPortal => "the attempt was made at another base URL",
            Self::ListMayGoOn => "the portal does not say that the list is complete",
            Self::OthersMayRegister => "it is not declared that only this program registers the URL",
            Self::NotTheOnlyOne => "the attempt may have left another endpoint behind instead",
            Self::NoId => "it has no id that can be read",
            Self::OtherId => "the response to the attempt had another id",
            Self::OtherUrl => "it has another URL",
            Self::NoUrl => "it has no URL that can be read",
            Self::OtherEvents => "it has other events",
            Self::NoEvents => "it has no events that can be read",
            Self::OtherTime => "it was created before the attempt began or after it was over",
            Self::NoTime => "it does not say when it was created",
            Self::NoClock => "the portal does not report its time",
            Self::NoDeadline => "the attempt had no deadline",
        })
    }
}

impl Webhooks {
    /// Finds the endpoint that an attempt left behind: one whose secret was not stored
    /// ([`SecretFile::unfinished`](crate::SecretFile::unfinished), [`CreateError::attempt`](crate::CreateError::attempt)).
    ///
    /// It lists all endpoints (`inferred`), and deletes nothing. An endpoint is [`Certain`](Orphan::Certain) only if all of this
    /// holds:
    ///
    /// - the attempt is dead;
    /// - its URL (normalised) and set of events match the attempt's;
    /// - it was created between two minutes before the attempt's start and two minutes after its deadline, by this machine's
    ///   clock; the portal's `Date` tells how far the two clocks differ;
    /// - the list was read to its end;
    /// - it is the only such endpoint;
    /// - you have declared that nothing else registers this URL ([`only_registrar`](PendingCall::only_registrar)): the portal has
    ///   no idempotency key, so an endpoint that another machine created looks the same.
    ///
    /// Any other endpoint that the attempt may have created is [`Possible`](Orphan::Possible), with the reasons why it is not
    /// certain. Endpoints that differ from the attempt in two or more of URL, events, time and id are left out. An empty result
    /// is proof only if [`Orphans::nothing_left`] returns true.
    ///
    /// See the example `recover` for all the steps from a crash to a stored secret.
    pub fn find_orphans(&self, attempt: &Attempt) -> PendingCall<FindOrphans> {
        PendingCall::new(&self.portal, FindOrphans { attempt: attempt.clone(), is_only_registrar: false })
    }
}

impl PendingCall<FindOrphans> {
    /// Declares that no other program, machine or person registers the attempt's URL. Without this declaration, no endpoint is
    /// certain.
    pub fn only_registrar(mut self) -> Self {
        self.asked.is_only_registrar = true;
        self
    }

    /// Lists the endpoints, and returns those that the attempt may have created. The deadline covers all pages.
    ///
    /// # Errors
    ///
    /// [`CallError`]: the list could not be read to its end, so it is unknown what the attempt left behind.
    pub async fn send(mut self) -> Result<Orphans, CallError> {
        let deadline = Deadline::from_now(&self.limits);
        let mut pages = Pages::new(self.portal.clone(), self.limits.clone(), None, None);
        let (mut endpoints, mut ahead) = (Vec::new(), None);
        let is_complete = loop {
            let page = pages.next(|headers| ahead = ahead.or_else(|| Some(sent_at(headers)? - now()))).await?;
            endpoints.extend(page.items);
            if page.has_more != Some(true) {
                break page.has_more == Some(false);
            }
            if let Some(left) = deadline.remaining() {
                self.limits.deadline = Some(left);
                pages.limit(&self.limits);
            }
        };
        let is_here = self.asked.attempt.base_url == self.portal.http.base.as_str();
        Ok(self.asked.sort(endpoints, is_here, is_complete, ahead))
    }
}

fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

impl FindOrphans {
    /// Returns the candidates among `endpoints`. The portal's clock is `ahead` of this machine's.
    fn sort(
        &self,
        endpoints: Vec<WebhookEndpoint>,
        is_here: bool,
        is_complete: bool,
        ahead: Option<TimeDelta>,
    ) -> Orphans {
        let attempt = &self.attempt;
        let about_all: Vec<Doubt> = [
            (attempt.liveness == Liveness::Live, Doubt::AttemptIsRunning),
            (attempt.liveness == Liveness::Unknown, Doubt::AttemptMayBeRunning),
            (!is_here, Doubt::OtherPortal),
            (!is_complete, Doubt::ListMayGoOn),
            (!self.is_only_registrar, Doubt::OthersMayRegister),
            (ahead.is_none(), Doubt::NoClock),
            (attempt.deadline.is_none(), Doubt::NoDeadline),
        ]
        .into_iter()
        .filter_map(|(applies, doubt)| applies.then_some(doubt))
        .collect();
        let mut candidates: Vec<(WebhookEndpoint, Vec<Doubt>)> = endpoints
            .into_iter()
            .map(|endpoint| {
                let doubts = self.doubts(&endpoint, ahead.unwrap_or_default());
                (endpoint, doubts)
            })
            .filter(|(_, doubts)| doubts.iter().filter(|doubt| doubt.is_contradiction()).count() < 2)
            .collect();
        let may_be_it = |doubts: &[Doubt]| !doubts.iter().any(|doubt| doubt.is_contradiction());
        let rivals = candidates.iter().filter(|(_, doubts)| may_be_it(doubts)).count();
        for (_, doubts) in &mut candidates {
            let is_rival = may_be_it(doubts);
            doubts.extend((is_rival && rivals > 1).then_some(Doubt::NotTheOnlyOne));
            doubts.extend(&about_all);
            doubts.sort_unstable();
        }
        let sorted = candidates.into_iter().map(|(endpoint, doubts)| match doubts.as_slice() {
            [] => Orphan::Certain(endpoint),
            _ => Orphan::Possible { endpoint, doubts },
        });
        Orphans::new(sorted.collect(), about_all)
    }

    /// The doubts about one endpoint.
    fn doubts(&self, endpoint: &WebhookEndpoint, ahead: TimeDelta) -> Vec<Doubt> {
        let Attempt { url, events, started_at, deadline, id, .. } = &self.attempt;
        let set = |events: &[EventType]| events.iter().cloned().collect::<BTreeSet<_>>();
        let slack = TimeDelta::minutes(2);
        let id = match (&endpoint.id, id) {
            (None, _) => Some(Doubt::NoId),
            (Some(found), Some(known)) if found != known => Some(Doubt::OtherId),
            _ => None,
        };
        let url = match &endpoint.url {
            None => Some(Doubt::NoUrl),
            Some(found) => (!is_same(found, url)).then_some(Doubt::OtherUrl),
        };
        let events = match endpoint.events.as_slice() {
            [] => Some(Doubt::NoEvents),
            found => (set(found) != set(events)).then_some(Doubt::OtherEvents),
        };
        let time = match endpoint.created_at.and_then(|at| at.checked_sub_signed(ahead)) {
            None => Some(Doubt::NoTime),
            Some(at) => {
                let is_after = at >= *started_at - slack;
                let is_before = deadline.is_none_or(|deadline| at <= deadline + slack);
                (!is_after || !is_before).then_some(Doubt::OtherTime)
            }
        };
        [id, url, events, time].into_iter().flatten().collect()
    }
}

/// Whether two URLs are the same once normalised.
fn is_same(one: &str, other: &str) -> bool {
    one == other || Url::parse(one).is_ok_and(|one| Url::parse(other) == Ok(one))
}
