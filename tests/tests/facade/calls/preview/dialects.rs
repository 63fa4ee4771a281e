//! Each operation in each dialect that a portal may use.

use std::time::Duration;

use hb_portal::{CallError, Client, ClientCredentials, Deleted, EventType, WebhookEndpoint};
use hb_portal_sandbox::{Dialect, Sandbox};
use hb_portal_tests::capture::Capture;

const EVENT: &str = "reference.submitted";

async fn start(dialect: Dialect) -> (Sandbox, Client) {
    let sandbox = Sandbox::builder().dialect(dialect).start().await.unwrap();
    let credentials = ClientCredentials::new(sandbox.client_id(), sandbox.api_key());
    let client = Client::builder().base_url(sandbox.base_url()).credentials(credentials).build().unwrap();
    (sandbox, client)
}

async fn create(client: &Client, url: &str) -> WebhookEndpoint {
    let created = client.webhooks().create(url, [EVENT]).send().await.unwrap();
    assert!(!created.secret.expose_secret().is_empty());
    created.endpoint
}

#[tokio::test]
async fn an_endpoint_is_listed_changed_tested_and_deleted_in_every_dialect() {
    for dialect in Dialect::ALL {
        let (sandbox, client) = start(dialect).await;
        let receiver = Capture::start("200 OK", "", String::new()).await.unwrap();
        let created = create(&client, &format!("{}/hook", receiver.origin())).await;
        let id = created.id.clone().unwrap();
        create(&client, "https://other.example/").await;

        let page = client.webhooks().list().send().await.unwrap();
        assert_eq!((page.number, page.total, page.has_more), (1, Some(2), Some(false)), "{dialect}");
        assert_eq!(page.items[0].id, Some(id.clone()), "{dialect}");
        assert_eq!(page.items[0].url, created.url, "{dialect}");
        assert_eq!(page.items[0].created_at, created.created_at, "{dialect}");

        let tested = client.webhooks().send_test(&id).send().await.unwrap();
        let call = tested.call.unwrap();
        assert_eq!((call.success, call.response_code), (Some(true), Some(200)), "{dialect}");
        assert_eq!(receiver.requests().len(), 1);
        let calls = client.webhooks().calls(&id).send().await.unwrap();
        assert_eq!(calls.items, [call], "{dialect}");

        let update = client.webhooks().update(&id).events([EventType::ReferenceDeclined]).is_active(false);
        let changed = update.delivery_timeout(Duration::from_secs(7)).send().await.unwrap();
        assert_eq!(changed.id, Some(id.clone()), "{dialect}");
        assert_eq!(changed.events, [EventType::ReferenceDeclined], "{dialect}");
        assert_eq!((changed.is_active, changed.timeout_seconds), (Some(false), Some(7)), "{dialect}");
        let stored = &sandbox.endpoints()[0];
        assert_eq!(
            (stored.is_active, stored.timeout_seconds, &*stored.url),
            (false, 7, &*created.url.unwrap()),
            "{dialect}"
        );
        client.webhooks().update(&id).default_delivery_timeout().send().await.unwrap();
        assert_eq!(sandbox.endpoints()[0].timeout_seconds, 30, "null restores the default");

        assert_eq!(client.webhooks().delete(&id).send().await.unwrap(), Deleted::Done, "{dialect}");
        assert_eq!(sandbox.endpoints().len(), 1, "{dialect}");
        let again = client.webhooks().delete(&id).send().await;
        let Err(CallError::Rejected(rejection)) = again else { panic!("{dialect}: {again:?}") };
        assert_eq!(rejection.status().as_u16(), 404, "no earlier attempt can have deleted the endpoint");
    }
}

#[tokio::test]
async fn a_token_is_shown_refreshed_and_revoked_in_every_dialect() {
    for dialect in Dialect::ALL {
        let (sandbox, client) = start(dialect).await;
        let info = client.tokens().info().send().await.unwrap();
        assert_eq!(info.client_id, Some(sandbox.client_id()), "{dialect}");
        assert!(info.expires_at.is_some() && info.expires_in.is_some_and(|left| left > 3500), "{dialect}: {info:?}");

        let refreshed = client.tokens().refresh().send().await.unwrap();
        assert_eq!(refreshed.expires_in, Some(Duration::from_secs(3600)), "{dialect}");
        client.tokens().info().send().await.unwrap();
        let authorization = sandbox.requests().pop().unwrap().headers()["authorization"].to_str().unwrap().to_owned();
        assert_eq!(
            authorization,
            format!("Bearer {}", refreshed.access_token.expose_secret()),
            "the client uses the new token"
        );

        let minted = sandbox.tokens_minted();
        client.tokens().revoke().send().await.unwrap();
        sandbox.forget_requests();
        client.tokens().info().send().await.unwrap();
        let paths: Vec<_> = sandbox.requests().iter().map(|request| request.path().to_owned()).collect();
        assert_eq!(paths, ["/api/v2/auth/token", "/api/v2/auth/token-info"], "the revoked token is not sent again");
        assert_eq!(sandbox.tokens_minted(), minted + 1, "{dialect}");
    }
}
