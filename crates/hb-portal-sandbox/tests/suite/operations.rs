//! The operations that create endpoints and mint tokens: their responses, and the state of the sandbox after them.

use std::time::Duration;

use hb_portal_sandbox::Sandbox;
use serde_json::Value;

use crate::client::{Client, DOCUMENTED, ask, create, mint, post};

#[tokio::test]
async fn a_create_response_has_the_documented_shape_byte_for_byte() {
    let sandbox = Sandbox::start().await.unwrap();
    let response = ask(&sandbox, create(&sandbox));

    let held = &sandbox.endpoints()[0];
    let expected = [
        r#"{"data":{"id":1,"url":"https://your-app.com/webhooks/references","#,
        r#""events":["reference.submitted","reference.declined","reference.all_completed"],"#,
        r#""is_active":true,"timeout_seconds":30,"max_retries":3,"failure_count":0,"#,
        r#""last_called_at":null,"last_failed_at":null,"created_at":""#,
        &held.created_at,
        r#""},"secret":""#,
        held.expose_secret(),
        r#"","message":"Webhook endpoint created. Store the secret securely: it is not shown again."}"#,
    ]
    .concat();
    assert_eq!(response.status, 201);
    assert_eq!(String::from_utf8(response.body).unwrap(), expected);
    assert_eq!(
        response.headers,
        ["content-type: application/json".to_owned(), format!("content-length: {}", expected.len())]
    );
}

#[tokio::test]
async fn created_at_has_the_documented_format() {
    let sandbox = Sandbox::start().await.unwrap();
    ask(&sandbox, create(&sandbox));
    let shape: String =
        sandbox.endpoints()[0].created_at.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000Z");
}

#[tokio::test]
async fn the_response_matches_the_stored_endpoint() {
    let sandbox = Sandbox::start().await.unwrap();
    let body = r#"{"url":"http://a.example/x?y=\"z\"","events":["e"],"timeout_seconds":1,"max_retries":0}"#;
    let response = ask(&sandbox, post("/api/v2/webhooks", Some(sandbox.access_token()), body)).json();
    let held = &sandbox.endpoints()[0];
    let data = &response["data"];
    assert_eq!(data["id"], held.id);
    assert_eq!(data["url"], held.url);
    assert_eq!(held.url, "http://a.example/x?y=\"z\"");
    assert_eq!(data["events"], Value::from(held.events.clone()));
    assert_eq!((held.timeout_seconds, held.max_retries), (1, 0));
    assert_eq!(data["timeout_seconds"], 1);
    assert_eq!(data["max_retries"], 0);
    assert_eq!(response["secret"], held.expose_secret());
    assert!(held.secret_went_out);
}

#[tokio::test]
async fn ids_count_from_one_and_secrets_are_unique() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut client = Client::connect(&sandbox);
    for _ in 0..50 {
        client.send(create(&sandbox));
        assert_eq!(client.response().status, 201);
    }
    let held = sandbox.endpoints();
    assert!(held.iter().map(|endpoint| endpoint.id).eq(1..=50));
    let mut secrets: Vec<&str> = held.iter().map(|endpoint| endpoint.expose_secret()).collect();
    // 32 bytes, two digits each.
    assert!(secrets.iter().all(|secret| secret.len() == 64));
    secrets.sort_unstable();
    secrets.dedup();
    assert_eq!(secrets.len(), 50);
}

#[tokio::test]
async fn nothing_is_created_without_a_valid_token() {
    let sandbox = Sandbox::start().await.unwrap();
    for token in [None, Some(""), Some("wrong"), Some(sandbox.api_key())] {
        let response = ask(&sandbox, post("/api/v2/webhooks", token, DOCUMENTED));
        assert_eq!(response.status, 401, "{token:?}");
        assert_eq!(response.body, br#"{"message":"Unauthenticated."}"#);
    }
    let basic = create(&sandbox).replace("Bearer", "Basic");
    assert_eq!(ask(&sandbox, basic).status, 401);
    let lower = create(&sandbox).replace("Bearer", "bearer");
    assert_eq!(ask(&sandbox, lower).status, 201);
    assert_eq!(sandbox.endpoints().len(), 1);
}

#[tokio::test]
async fn a_revoked_token_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let minted = ask(&sandbox, mint(&sandbox)).json();
    let minted = minted["access_token"].as_str().unwrap();

    sandbox.revoke_token(sandbox.access_token());
    assert_eq!(ask(&sandbox, create(&sandbox)).status, 401);
    let with_minted = post("/api/v2/webhooks", Some(minted), DOCUMENTED);
    assert_eq!(ask(&sandbox, &with_minted).status, 201);

    sandbox.revoke_tokens();
    assert_eq!(ask(&sandbox, &with_minted).status, 401);
}

#[tokio::test]
async fn valid_credentials_mint_a_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let response = ask(&sandbox, mint(&sandbox));
    assert_eq!(response.status, 200);
    let token = response.json();
    let members: Vec<&String> = token.as_object().unwrap().keys().collect();
    assert_eq!(members, ["access_token", "expires_in", "refresh_token"]);
    assert_eq!(token["expires_in"], 3600);
    assert_ne!(token["access_token"], token["refresh_token"]);
    assert_eq!(sandbox.tokens_minted(), 1);

    let minted = token["access_token"].as_str();
    assert_eq!(ask(&sandbox, post("/api/v2/webhooks", minted, DOCUMENTED)).status, 201);
}

#[tokio::test]
async fn a_minted_token_expires() {
    let sandbox = Sandbox::builder().token_lifetime(Duration::ZERO).start().await.unwrap();
    let token = ask(&sandbox, mint(&sandbox)).json();
    assert_eq!(token["expires_in"], 0);
    let minted = token["access_token"].as_str();
    assert_eq!(ask(&sandbox, post("/api/v2/webhooks", minted, DOCUMENTED)).status, 401);
    // The permanent token remains valid.
    assert_eq!(ask(&sandbox, create(&sandbox)).status, 201);
}

#[tokio::test]
async fn wrong_credentials_mint_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    for body in [
        r#"{"client_id": 1, "api_key": "wrong"}"#.to_owned(),
        format!(r#"{{"client_id": 2, "api_key": "{}"}}"#, sandbox.api_key()),
        format!(r#"{{"client_id": -1, "api_key": "{}"}}"#, sandbox.api_key()),
    ] {
        let response = ask(&sandbox, post("/api/v2/auth/token", None, &body));
        assert_eq!(response.status, 401);
        assert_eq!(response.body, br#"{"message":"Invalid credentials."}"#);
    }
    assert_eq!(sandbox.tokens_minted(), 0);
}

#[tokio::test]
async fn planted_tokens_credentials_and_secrets_are_used() {
    let sandbox = Sandbox::builder()
        .access_token("canary-token")
        .credentials(7, "canary-key")
        .secrets(|| "canary-\"secret".to_owned())
        .start()
        .await
        .unwrap();
    let response = ask(&sandbox, post("/api/v2/webhooks", Some("canary-token"), DOCUMENTED)).json();
    assert_eq!(response["secret"], "canary-\"secret");
    assert!(sandbox.endpoints()[0].secret_went_out);
    assert_eq!(sandbox.access_token(), "canary-token");
    assert_eq!((sandbox.client_id(), sandbox.api_key()), (7, "canary-key"));
    assert_eq!(ask(&sandbox, mint(&sandbox)).status, 200);
}

#[tokio::test]
async fn concurrent_creates_each_make_an_endpoint() {
    let sandbox = Sandbox::start().await.unwrap();
    let request = create(&sandbox);
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                for _ in 0..10 {
                    assert_eq!(ask(&sandbox, &request).status, 201);
                }
            });
        }
    });
    let held = sandbox.endpoints();
    assert!(held.iter().map(|endpoint| endpoint.id).eq(1..=200));
}
