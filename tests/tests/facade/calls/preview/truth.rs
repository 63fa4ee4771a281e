//! Invariant 3 for every operation but a create: its outcome is true at the portal under every fault.

use std::time::Duration;

use hb_portal::{CallError, Client, ClientCredentials, Deleted, EndpointId, RetryPolicy};
use hb_portal_sandbox::{Ending, Fault, Moment, Operation, Response, Sandbox};
use hb_portal_tests::{
    capture::Capture,
    every_case,
    operations::{OPERATIONS, Row},
    patience,
};

const MOVED: &str = "https://your-app.com/moved";

/// A portal with one endpoint, on this machine, and a client that has a token.
pub(super) struct Scene {
    pub(super) sandbox: Sandbox,
    pub(super) client: Client,
    receiver: Capture,
    minted: usize,
}

impl Scene {
    pub(super) async fn start(timeout: Duration, retries: u32) -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let receiver = Capture::start("200 OK", "", "").await.unwrap();
        let policy = RetryPolicy::default().max_retries(retries).base_delay(Duration::ZERO);
        let client = Client::builder()
            .base_url(sandbox.base_url())
            .credentials(ClientCredentials::new(sandbox.client_id(), sandbox.api_key()))
            .timeout(timeout)
            .retry(policy.max_delay(Duration::from_millis(1)))
            .build()
            .unwrap();
        let create = client.webhooks().create(receiver.origin(), ["reference.submitted"]).timeout(patience::LONG);
        let created = create.send().await.unwrap();
        assert!(!created.secret.expose_secret().is_empty());
        sandbox.forget_requests();
        let minted = sandbox.tokens_minted();
        Self { sandbox, client, receiver, minted }
    }

    pub(super) async fn call(&self, row: &Row) -> Result<String, CallError> {
        (row.call)(&self.client, &EndpointId::from("1"), MOVED).await
    }

    /// How many times the portal did what the operation asks; `None` if it changes nothing.
    async fn effects(&self, row: &Row) -> Option<usize> {
        let endpoints = self.sandbox.endpoints();
        match row.operation {
            Operation::Update => Some(usize::from(endpoints[0].url == MOVED)),
            Operation::Delete => Some(usize::from(endpoints.is_empty())),
            Operation::Test => Some(self.receiver.requests().len()),
            Operation::Refresh => {
                let mints = self.sandbox.requests().iter().filter(|request| request.path().ends_with("/token")).count();
                Some(self.sandbox.tokens_minted() - self.minted - mints)
            }
            Operation::Revoke => {
                // A token that the portal takes no more was revoked.
                let requests = self.sandbox.requests();
                let revoke = requests.iter().find(|request| request.path().ends_with("/revoke"))?;
                let token = revoke.headers().get("authorization")?.to_str().unwrap().trim_start_matches("Bearer ");
                self.sandbox.clear_faults().unwrap();
                let probe = Client::builder().base_url(self.sandbox.base_url()).access_token(token).build().unwrap();
                Some(usize::from(probe.tokens().info().send().await.is_err()))
            }
            _ => None,
        }
    }
}

/// Holds one outcome against what the portal did.
async fn struck(fault: Fault, (row, retries): (&'static Row, u32), timeout: Duration) {
    let case = format!("{}: {fault}; {retries} retries", row.id);
    let scene = Scene::start(timeout, retries).await;
    scene.sandbox.inject(fault.clone());
    let outcome = scene.call(row).await;
    let effects = scene.effects(row).await;
    if let (Operation::List, Ok(shown)) = (row.operation, &outcome) {
        // An empty list is `204` too (corroborated); nothing else hides an endpoint.
        assert!(shown.contains(scene.receiver.origin()) || fault.status() == Some(204), "{case}: {shown}");
    }
    match (&outcome, effects) {
        (_, None) => {}
        (Ok(_) | Err(CallError::Unreadable(_)), Some(effects)) => assert_eq!(effects, 1, "{case}: {outcome:?}"),
        (Err(CallError::NotSent(_) | CallError::Rejected(_)), Some(effects)) => {
            assert_eq!(effects, 0, "{case}: {outcome:?}");
        }
        (Err(CallError::InTransit(_)), Some(effects)) => assert!(effects <= 1, "{case}: {effects} effects"),
        (Err(other), _) => panic!("{case}: {other:?}"),
    }
    let path = format!("/api/v2{}", row.request.1);
    let sent = scene.sandbox.requests().iter().filter(|request| request.path() == path).count();
    if row.operation == Operation::Refresh {
        assert!(sent <= 1, "{case}: it is never repeated");
    }
    if fault.commits() && !row.is_idempotent {
        assert!(sent <= 1, "{case}: what may have had an effect is not repeated");
    }
    if retries > 0 && row.is_idempotent && matches!(outcome, Err(CallError::InTransit(_))) {
        // What says neither yes nor no, and is not a failure of a gateway, is not repeated either.
        assert!(!matches!(fault.status(), None | Some(502..=504)), "{case}: a second request does no harm");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outcome_of_each_operation_is_true_at_the_portal() {
    let mut cases = Vec::new();
    for (index, row) in OPERATIONS.iter().enumerate() {
        for (number, fault) in Fault::all_on(row.operation).into_iter().enumerate() {
            // A fault on a kept connection cannot affect a client that keeps none. The client judges a status by the method and by
            // whether the operation may have had its effect, so each one without an effect meets half of the operations.
            let is_of_the_others = fault.status().is_some() && !fault.commits() && (index + number) % 2 == 0;
            if fault.needs_a_kept_connection() || (is_of_the_others && !every_case()) {
                continue;
            }
            // A request that was lost but reported as unsent shows only without a retry; one with a response was not lost.
            let least = u32::from(fault.status().is_some() && !every_case());
            cases.extend((least..=1).map(|retries| (fault.clone(), (row, retries))));
        }
    }
    println!("{} cases", patience::all(cases, struck).await);
}

#[tokio::test]
async fn a_404_after_a_delete_that_may_have_arrived_says_that_the_endpoint_was_gone() {
    let commits = |status| Fault::responds(Response::new(status).committing()).on(Operation::Delete);
    let lost = |ending| Fault::breaks(Moment::AfterCommit, ending).on(Operation::Delete);
    for fault in [lost(Ending::Reset), lost(Ending::Hang), commits(502), commits(503), commits(504)] {
        patience::run(fault.hangs(), |timeout| was_gone(fault.clone(), timeout)).await;
    }
    // An attempt that provably had no effect deleted nothing.
    for status in [401, 429] {
        let scene = Scene::start(patience::LONG, 1).await;
        scene.sandbox.inject(Fault::responds(Response::new(status)).on(Operation::Delete));
        let outcome = scene.client.webhooks().delete(&"2".into()).send().await;
        let Err(CallError::Rejected(rejection)) = outcome else { panic!("{status}: {outcome:?}") };
        assert_eq!(rejection.status().as_u16(), 404);
        assert!(rejection_text(rejection).contains("check the id"), "it says what to check");
    }
}

async fn was_gone(fault: Fault, timeout: Duration) {
    let scene = Scene::start(timeout, 1).await;
    scene.sandbox.inject(fault.clone());
    let deleted = scene.client.webhooks().delete(&"1".into()).send().await.unwrap();
    assert_eq!(deleted, Deleted::WasGone, "{fault}");
    assert!(scene.client.webhooks().list().send().await.unwrap().items.is_empty(), "{fault}: the list confirms it");
}

fn rejection_text(rejection: hb_portal::Rejection) -> String {
    CallError::Rejected(rejection).to_string()
}
