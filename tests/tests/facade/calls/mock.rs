//! A program behind its own trait, tested with a mock of the portal and with a mock of the call, without a port.

use std::sync::{Arc, Mutex};

use hb_portal::{
    AtPortal, Attempt, BoxError, BoxFuture, CallError, Client, CreateError, CreatedWebhook, Deleted, Doubt, EventType,
    NotSentReason, Orphan, Orphans, Page, RefreshedToken, SecretSink, SigningSecret, TestSent, TokenInfo, WebhookCall,
    WebhookEndpoint, http, test_util,
};

const URL: &str = "https://your-app.com/webhooks";
const EVENTS: &[&str] = &["reference.submitted"];

/// The calls that the program makes.
trait Registrar {
    fn register<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<CreatedWebhook, CreateError>>;
}

/// The real implementation.
struct Portal(Client);

impl Registrar for Portal {
    fn register<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<CreatedWebhook, CreateError>> {
        Box::pin(self.0.webhooks().create(url, EVENTS).send())
    }
}

/// The program: registers an endpoint, or returns advice for a person.
async fn set_up(registrar: &dyn Registrar) -> Result<SigningSecret, String> {
    match registrar.register(URL).await {
        Ok(created) => Ok(created.secret),
        Err(error) if error.is_retryable() => Err("try again".to_owned()),
        Err(error) if error.at_portal() == AtPortal::Nothing => Err("fix the request".to_owned()),
        Err(_) => Err("look at the portal".to_owned()),
    }
}

type Outcome = fn() -> Result<CreatedWebhook, CreateError>;

/// A mock of the call.
struct Mock(Outcome);

impl Registrar for Mock {
    fn register<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<CreatedWebhook, CreateError>> {
        Box::pin(async { (self.0)() })
    }
}

fn response(status: u16, body: &str) -> http::Response<Vec<u8>> {
    http::Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap()
}

fn created() -> CreatedWebhook {
    let mut endpoint = WebhookEndpoint::default();
    endpoint.id = Some("5".into());
    endpoint.events = vec![EventType::ReferenceSubmitted];
    test_util::created(endpoint, SigningSecret::new("whsec_example"))
}

#[tokio::test]
async fn every_outcome_of_a_call_can_be_mocked() {
    let outcomes: [(Outcome, Option<&str>); 7] = [
        (|| Ok(created()), None),
        (|| Err(CreateError::NotSent(test_util::not_sent(NotSentReason::Connection, "offline"))), Some("try again")),
        (|| Err(CreateError::NotSent(test_util::not_sent(NotSentReason::Input, "no URL"))), Some("fix the request")),
        (|| Err(CreateError::Rejected(test_util::rejection(&response(422, "{}")))), Some("fix the request")),
        (|| Err(CreateError::Unconfirmed(test_util::unconfirmed(URL))), Some("look at the portal")),
        (
            || Err(CreateError::SecretMissing(test_util::secret_missing(URL, Some("5".into()), &response(201, "{}")))),
            Some("look at the portal"),
        ),
        (|| Err(CreateError::NotStored(test_util::not_stored(created(), "full"))), Some("look at the portal")),
    ];
    for (outcome, advice) in outcomes {
        let what = outcome().map(|created| created.endpoint.id).map_err(|error| error.to_string());
        let found = set_up(&Mock(outcome)).await;
        assert_eq!(found.map(|secret| secret.expose_secret().to_owned()).err().as_deref(), advice, "{what:?}");
    }
}

#[tokio::test]
async fn a_function_stands_in_for_the_portal() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let client = Client::builder()
        .base_url("https://portal.test/api")
        .access_token("1|canary")
        .respond_with(move |request| {
            let authorization = request.headers()["authorization"].to_str().unwrap().to_owned();
            let body = String::from_utf8(request.body().clone()).unwrap();
            log.lock().unwrap().push((request.method().to_string(), request.uri().to_string(), authorization, body));
            response(201, r#"{"data":{"id":5},"secret":"whsec_example"}"#)
        })
        .build()
        .unwrap();
    let secret = set_up(&Portal(client)).await.unwrap();
    assert_eq!(secret.expose_secret(), "whsec_example");
    let seen = seen.lock().unwrap();
    let [(method, url, authorization, body)] = seen.as_slice() else { panic!("{} requests", seen.len()) };
    assert_eq!((method.as_str(), url.as_str()), ("POST", "https://portal.test/api/webhooks"));
    assert_eq!(authorization, "Bearer 1|canary");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(body).unwrap(),
        serde_json::json!({"url": URL, "events": ["reference.submitted"]})
    );
}

/// The calls that the program makes during the rest of an endpoint's life.
trait Endpoints {
    fn all(&self) -> Result<Page<WebhookEndpoint>, CallError>;
    fn delete(&self) -> Result<Deleted, CallError>;
    fn calls(&self) -> Result<Page<WebhookCall>, CallError>;
    fn test(&self) -> Result<TestSent, CallError>;
    fn orphans(&self) -> Result<Orphans, CallError>;
    fn token(&self) -> Result<TokenInfo, CallError>;
    fn refresh(&self) -> Result<RefreshedToken, CallError>;
}

/// A mock that returns either a value of each type with some content, or an error.
struct MockEndpoints(Option<Failure>);

type Failure = fn() -> CallError;

impl MockEndpoints {
    fn or<T>(&self, value: impl FnOnce() -> T) -> Result<T, CallError> {
        self.0.map_or_else(|| Ok(value()), |error| Err(error()))
    }
}

impl Endpoints for MockEndpoints {
    fn all(&self) -> Result<Page<WebhookEndpoint>, CallError> {
        self.or(|| {
            let mut page = Page::default();
            page.items.push(WebhookEndpoint::default());
            page
        })
    }

    fn delete(&self) -> Result<Deleted, CallError> {
        self.or(|| Deleted::WasGone)
    }

    fn calls(&self) -> Result<Page<WebhookCall>, CallError> {
        self.or(|| {
            let (mut page, mut call) = (Page::default(), WebhookCall::default());
            call.success = Some(true);
            page.items.push(call);
            page
        })
    }

    fn test(&self) -> Result<TestSent, CallError> {
        self.or(|| {
            let mut sent = TestSent::default();
            sent.call = Some(WebhookCall::default());
            sent
        })
    }

    fn orphans(&self) -> Result<Orphans, CallError> {
        let endpoint = WebhookEndpoint::default();
        let possible = Orphan::Possible { endpoint: endpoint.clone(), doubts: vec![Doubt::NoTime] };
        self.or(|| test_util::orphans(vec![Orphan::Certain(endpoint), possible], Vec::new()))
    }

    fn token(&self) -> Result<TokenInfo, CallError> {
        self.or(|| {
            let mut info = TokenInfo::default();
            info.client_id = Some(7);
            info
        })
    }

    fn refresh(&self) -> Result<RefreshedToken, CallError> {
        self.or(|| test_util::refreshed("1|canary".into()))
    }
}

#[test]
fn everything_that_the_rest_of_an_endpoints_life_returns_can_be_mocked() {
    let mock = MockEndpoints(None);
    assert_eq!(mock.all().unwrap().items.len(), 1);
    assert_eq!(mock.delete().unwrap(), Deleted::WasGone);
    assert_eq!(mock.calls().unwrap().items[0].success, Some(true));
    assert!(mock.test().unwrap().call.is_some());
    assert_eq!(mock.orphans().unwrap()[1].doubts(), [Doubt::NoTime]);
    assert_eq!(mock.token().unwrap().client_id, Some(7));
    assert_eq!(mock.refresh().unwrap().access_token.expose_secret(), "1|canary");
    let errors: [(Failure, bool, Option<u16>); 4] = [
        (|| CallError::NotSent(test_util::not_sent(NotSentReason::Connection, "offline")), true, None),
        (|| CallError::Rejected(test_util::rejection(&response(404, "{}"))), false, Some(404)),
        (|| CallError::InTransit(test_util::in_transit(&response(500, "{}"))), false, Some(500)),
        (|| CallError::Unreadable(test_util::unreadable(&response(200, "<"))), false, Some(200)),
    ];
    for (error, is_retryable, status) in errors {
        let found = MockEndpoints(Some(error)).delete().unwrap_err();
        assert_eq!((found.is_retryable(), found.status().map(|status| status.as_u16())), (is_retryable, status));
    }
}

/// The program's own sink, tested with an attempt and an endpoint that no portal made.
#[derive(Default)]
struct Vault(Mutex<Option<String>>);

impl SecretSink for Vault {
    fn prepare<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { if attempt.events.is_empty() { Err("no events".into()) } else { Ok(()) } })
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        *self.0.lock().unwrap() = Some(created.secret.expose_secret().to_owned());
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn a_custom_sink_can_be_tested_alone() {
    let vault = Vault::default();
    vault.prepare(&test_util::attempt(URL, [EventType::ReferenceSubmitted]).unwrap()).await.unwrap();
    vault.prepare(&test_util::attempt(URL, [""; 0]).unwrap()).await.unwrap_err();
    vault.store(&created()).await.unwrap();
    assert_eq!(vault.0.lock().unwrap().as_deref(), Some("whsec_example"));
}
