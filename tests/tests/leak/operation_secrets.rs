//! Secrets that only an operation carries, so the client does not know them from elsewhere.

use hb_portal::{
    CallError, Client, RetryPolicy,
    operations::{
        GetAccessToken, Operation, RefreshAccessToken, Request, Response, Secret, Unread, Unsendable,
        types::{self, TokenResponse},
    },
};
use hb_portal_tests::capture::Capture;

use super::{
    canary::{API_KEY, REFRESH_TOKEN},
    portal::echo_spelled,
    sweep::Sweep,
};

/// A custom operation with a secret in the query and another one in the body.
struct Custom<'a> {
    key: &'a Secret,
    body: &'a types::GetAccessToken,
}

impl Operation for Custom<'_> {
    const ID: &'static str = "custom";
    const AUTHENTICATED: bool = true;
    type Success = TokenResponse;
    type Failure = ();

    fn request(&self) -> Result<Request, Unsendable> {
        let mut request = Request::post("/custom").query("key", &self.key.expose_secret())?.json(self.body)?;
        request.secrets.push(self.key.clone());
        Ok(request)
    }

    fn read(response: &Response) -> Result<TokenResponse, Unread> {
        response.json()
    }

    fn read_failure(_: &Response) -> Result<(), Unread> {
        Err(Unread::Undocumented)
    }
}

/// Makes the portal repeat `secrets` in its response, and sweeps the error that the caller gets.
async fn call<O: Operation>(sweep: &mut Sweep, operation: &O, secrets: &[&str]) {
    let plain = serde_json::json!({"message": secrets.join(" "), "errors": {(secrets[0]): secrets}}).to_string();
    for body in [plain, echo_spelled(secrets)] {
        for status in ["422 Unprocessable Entity", "409 Conflict", "500 Internal Server Error", "200 OK"] {
            let portal = Capture::start(status, "x-request-id: req-1\r\n", body.as_str()).await.unwrap();
            let client = Client::builder().base_url(portal.origin()).access_token("another");
            let client = client.retry(RetryPolicy::none()).build().unwrap();
            let error = client.call(operation).await.err().unwrap();
            let what = format!("{}, {status}", O::ID);
            match &error {
                CallError::Rejected(rejection) => {
                    let message = rejection.message().unwrap();
                    assert!(message.contains("[REDACTED]"), "{what}: {message}");
                    sweep.text(&what, message);
                    sweep.debug(&what, rejection.field_errors());
                }
                CallError::InTransit(in_transit) => sweep.text(&what, in_transit.message().unwrap()),
                CallError::Unreadable(_) => {}
                other => panic!("{what}: {other:?}"),
            }
            sweep.failure(&what, Err::<(), _>(error));
        }
    }
}

#[tokio::test]
async fn a_secret_that_only_the_operation_carries_does_not_leak() {
    let mut sweep = Sweep::new("secrets of operations");
    let (key, api_key) = (Secret::new(REFRESH_TOKEN), Secret::new(API_KEY));
    let body = types::GetAccessToken { client_id: 7, api_key };
    call(&mut sweep, &Custom { key: &key, body: &body }, &[REFRESH_TOKEN, API_KEY]).await;
    call(&mut sweep, &GetAccessToken::new(&body), &[API_KEY]).await;
    let body = types::RefreshAccessToken { refresh_token: key };
    call(&mut sweep, &RefreshAccessToken::new(&body), &[REFRESH_TOKEN]).await;
    sweep.finish();
}
