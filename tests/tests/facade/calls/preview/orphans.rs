//! The endpoints that an attempt has certainly left behind, and the condition that rules out each other endpoint.

use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use hb_portal::{
    Attempt, Client, CreateError, Doubt, Liveness, Orphan, Orphans, RetryPolicy, SecretFile, http, test_util,
};
use hb_portal_sandbox::{Fault, Response, Sandbox};
use serde_json::{Value, json};

const URL: &str = "https://your-app.com/webhooks?key=1";
const BASE: &str = "https://portal.test";

fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

/// Returns an attempt that began a minute ago and is over.
fn attempt() -> Attempt {
    let mut attempt = test_util::attempt(URL, ["a.b", "c.d"]).unwrap();
    attempt.started_at = now() - TimeDelta::minutes(1);
    attempt.deadline = Some(attempt.started_at + TimeDelta::minutes(5));
    attempt.liveness = Liveness::Dead;
    attempt
}

/// Returns the attempt after a change.
fn attempt_with(change: impl FnOnce(&mut Attempt)) -> Attempt {
    let mut attempt = attempt();
    change(&mut attempt);
    attempt
}

/// Returns the endpoint that the attempt left behind, with the URL in another spelling and the events in another order.
fn orphan() -> Value {
    json!({"id": 7, "url": "HTTPS://Your-App.com:443/webhooks?key=1", "events": ["c.d", "a.b"], "created_at": now()})
}

/// A portal with these endpoints. Its clock is ahead; without `ahead`, it does not send the time.
struct Portal {
    endpoints: Vec<Value>,
    ahead: Option<TimeDelta>,
    end: Value,
}

impl Portal {
    fn of(endpoints: Vec<Value>) -> Self {
        Self { endpoints, ahead: Some(TimeDelta::zero()), end: json!({"next": null}) }
    }

    async fn find(self, attempt: &Attempt, only: bool) -> Orphans {
        let date = self.ahead.map(|ahead| (now() + ahead).format("%a, %d %b %Y %H:%M:%S GMT").to_string());
        let body = json!({"data": self.endpoints, "links": self.end}).to_string();
        let client = Client::builder().base_url(BASE).access_token("t").respond_with(move |_| {
            let response = http::Response::builder().status(200);
            let response = date.iter().fold(response, |response, date| response.header("date", date));
            response.body(body.clone().into_bytes()).unwrap()
        });
        let find = client.build().unwrap().webhooks().find_orphans(attempt);
        if only { find.only_registrar() } else { find }.send().await.unwrap()
    }
}

fn with(name: &str, value: Value) -> Value {
    let mut changed = orphan();
    changed[name] = value;
    changed
}

fn without(name: &str) -> Value {
    let mut changed = orphan();
    changed.as_object_mut().unwrap().remove(name);
    changed
}

#[tokio::test]
async fn one_endpoint_that_meets_every_condition_is_certain() {
    let found = Portal::of(vec![orphan()]).find(&attempt(), true).await;
    let [certain @ Orphan::Certain(endpoint)] = &*found else { panic!("{found:?}") };
    assert_eq!((certain.deletable(), certain.doubts()), (endpoint.id.as_ref(), &[][..]));
    // By the portal's own clock it was created an hour ago, and that clock is an hour behind.
    let late = with("created_at", json!(now() - TimeDelta::hours(1)));
    let portal = Portal { ahead: Some(TimeDelta::hours(-1)), ..Portal::of(vec![late]) };
    assert!(portal.find(&attempt(), true).await[0].deletable().is_some(), "the clocks are compared");
    // Endpoints of other attempts do not matter.
    let others = vec![
        json!({"id": 1, "url": "https://your-app.com/other", "events": ["a.b"], "created_at": now()}),
        json!({"id": 2, "url": URL, "events": ["x.y"], "created_at": "2020-01-01T00:00:00Z"}),
        orphan(),
    ];
    let found = Portal::of(others).find(&attempt(), true).await;
    assert_eq!(found.iter().map(|one| one.deletable().is_some()).collect::<Vec<_>>(), [true], "{found:?}");
    // The response to the attempt had the id.
    let known = attempt_with(|attempt| attempt.id = Some("7".into()));
    assert!(Portal::of(vec![orphan(), with("id", json!(8))]).find(&known, true).await[0].deletable().is_some());
}

/// Each neighbour meets every condition but one.
#[tokio::test]
async fn a_neighbour_that_meets_all_but_one_condition_survives() {
    let minutes = |minutes| json!(attempt().started_at + TimeDelta::minutes(minutes));
    for (neighbour, doubt) in [
        (without("id"), Doubt::NoId),
        (with("url", json!("https://your-app.com/webhooks?key=2")), Doubt::OtherUrl),
        (with("url", json!("https://your-app.com/webhooks/?key=1")), Doubt::OtherUrl),
        (without("url"), Doubt::NoUrl),
        (with("events", json!(["a.b"])), Doubt::OtherEvents),
        (with("events", json!(["a.b", "c.d", "e.f"])), Doubt::OtherEvents),
        (with("events", json!([])), Doubt::NoEvents),
        (with("created_at", minutes(-3)), Doubt::OtherTime),
        (with("created_at", minutes(8)), Doubt::OtherTime),
        (without("created_at"), Doubt::NoTime),
        (with("created_at", json!("yesterday")), Doubt::NoTime),
    ] {
        let found = Portal::of(vec![neighbour.clone()]).find(&attempt(), true).await;
        let [Orphan::Possible { doubts, .. }] = &*found else { panic!("{neighbour}: {found:?}") };
        assert_eq!(*doubts, [doubt], "{neighbour}");
    }
    for (edge, at) in [(-1, "after the earliest time"), (6, "before the latest")] {
        let found = Portal::of(vec![with("created_at", minutes(edge))]).find(&attempt(), true).await;
        assert!(found[0].deletable().is_some(), "{at}: {found:?}");
    }
}

#[tokio::test]
async fn nothing_is_certain_while_the_attempt_the_list_or_the_caller_leaves_a_doubt() {
    let with = |liveness| attempt_with(|attempt| attempt.liveness = liveness);
    let elsewhere = attempt_with(|attempt| attempt.base_url = "https://other.test".to_owned());
    let endless = attempt_with(|attempt| attempt.deadline = None);
    let known = attempt_with(|attempt| attempt.id = Some("8".into()));
    let portal = || Portal::of(vec![orphan()]);
    for (portal, attempt, only, doubt) in [
        (portal(), with(Liveness::Live), true, Doubt::AttemptIsRunning),
        (portal(), with(Liveness::Unknown), true, Doubt::AttemptMayBeRunning),
        (portal(), elsewhere, true, Doubt::OtherPortal),
        (portal(), endless, true, Doubt::NoDeadline),
        (portal(), attempt(), false, Doubt::OthersMayRegister),
        (portal(), known, true, Doubt::OtherId),
        (Portal { ahead: None, ..portal() }, attempt(), true, Doubt::NoClock),
        (Portal { end: Value::Null, ..portal() }, attempt(), true, Doubt::ListMayGoOn),
    ] {
        let found = portal.find(&attempt, only).await;
        let [Orphan::Possible { doubts, .. }] = &*found else { panic!("{doubt:?}: {found:?}") };
        assert_eq!(*doubts, [doubt]);
        assert!(!doubt.to_string().is_empty());
    }
    for mut rival in [orphan(), without("created_at"), without("url"), without("events")] {
        rival["id"] = json!(8);
        let found = Portal::of(vec![orphan(), rival.clone()]).find(&attempt(), true).await;
        assert_eq!(found.len(), 2, "{rival}");
        assert!(found.iter().all(|one| one.doubts().contains(&Doubt::NotTheOnlyOne)), "{rival}: {found:?}");
    }
}

/// An empty list proves that nothing was left behind only if it is the whole list, of the right portal, after the attempt.
#[tokio::test]
async fn nothing_is_left_only_if_the_search_could_see_everything() {
    let with = |liveness| attempt_with(|attempt| attempt.liveness = liveness);
    let elsewhere = attempt_with(|attempt| attempt.base_url = "https://other.test".to_owned());
    let other = json!({"id": 1, "url": "https://your-app.com/other", "events": ["x.y"], "created_at": now()});
    let portal = || Portal::of(vec![other.clone()]);
    for (portal, attempt, nothing_left) in [
        (portal(), attempt(), true),
        (Portal { ahead: None, ..portal() }, attempt(), true),
        (portal(), with(Liveness::Live), false),
        (portal(), with(Liveness::Unknown), false),
        (portal(), elsewhere, false),
        (Portal { end: Value::Null, ..portal() }, attempt(), false),
        (Portal::of(vec![orphan()]), attempt(), false),
    ] {
        let found = portal.find(&attempt, false).await;
        assert_eq!(found.nothing_left(), nothing_left, "{found:?}");
    }
}

/// The attempt from each source leads to the endpoint.
#[tokio::test]
async fn an_error_and_a_journal_have_the_attempt() {
    let lost = Fault::responds(Response::new(500).committing());
    let no_secret = Fault::responds(Response::documented().body_from(|_| b"{\"data\":{\"id\":1}}".to_vec()));
    for (fault, has_file) in [(lost.clone(), false), (lost, true), (no_secret.clone(), false), (no_secret, true)] {
        let sandbox = Sandbox::start().await.unwrap();
        let client = Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token());
        let client = client.retry(RetryPolicy::none()).build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = SecretFile::new(folder.path().join("secret"));
        sandbox.inject(fault.clone());
        let mut create = client.webhooks().create(URL, ["a.b"]);
        if has_file {
            create = create.store_secret_in(file.clone());
        }
        let error = create.send().await.unwrap_err();
        assert!(matches!(error, CreateError::Unconfirmed(_) | CreateError::SecretMissing(_)), "{error:?}");
        let attempt = error.attempt().unwrap();
        let journal = file.unfinished().unwrap();
        assert_eq!(journal.as_ref(), has_file.then_some(attempt), "{fault}");
        let found = client.webhooks().find_orphans(attempt).only_registrar().send().await.unwrap();
        let [orphan] = &*found else { panic!("{fault}: {found:?}") };
        assert_eq!(orphan.deletable().unwrap().as_str(), "1", "{fault}: {orphan:?}");
    }
}
