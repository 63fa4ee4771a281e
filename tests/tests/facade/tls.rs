//! A token is sent only over https to a portal with a trusted certificate, or to loopback.

use hb_portal::{Client, ClientBuilder, CreateError, CreatedWebhook, NotSentReason, RetryPolicy};
use hb_portal_sandbox::Sandbox;
use hb_portal_tests::capture::Capture;

async fn create(builder: ClientBuilder) -> Result<CreatedWebhook, CreateError> {
    let client = builder.access_token("token-canary").retry(RetryPolicy::none()).build().unwrap();
    client.webhooks().create("https://your-app.com/webhooks", ["reference.submitted"]).send().await
}

fn not_sent_for(outcome: &Result<CreatedWebhook, CreateError>) -> Option<NotSentReason> {
    if let Err(CreateError::NotSent(not_sent)) = outcome { Some(not_sent.reason()) } else { None }
}

async fn sandbox() -> Sandbox {
    Sandbox::builder().access_token("token-canary").tls_self_signed().start().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_to_a_portal_whose_certificate_is_not_trusted() {
    let sandbox = sandbox().await;
    let outcome = create(Client::builder().base_url(sandbox.base_url())).await;
    assert_eq!(not_sent_for(&outcome), Some(NotSentReason::Connection), "{outcome:?}");
    assert!(!outcome.unwrap_err().is_retryable());
    assert!(sandbox.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_root_certificate_is_trusted() {
    let sandbox = sandbox().await;
    let builder = Client::builder().base_url(sandbox.base_url());
    let created = create(builder.root_certificates(sandbox.certificate_pem().unwrap())).await.unwrap();
    assert_eq!(created.secret.expose_secret(), sandbox.endpoints()[0].expose_secret());
}

/// Run in another process, because the environment of this process cannot be changed.
#[test]
fn https_to_loopback_ignores_the_proxies_of_the_environment() {
    let test = std::env::current_exe().unwrap();
    let mut run = std::process::Command::new(test);
    run.args(["--exact", "tls::a_given_root_certificate_is_trusted"]);
    // Nothing listens on the discard port.
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        run.env(name, "http://127.0.0.1:9").env(name.to_lowercase(), "http://127.0.0.1:9");
    }
    let output = run.env_remove("NO_PROXY").env_remove("no_proxy").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("1 passed"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_root_certificate_is_refused() {
    for pem in ["", "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n", "text"] {
        let builder = Client::builder().base_url("https://portal.example").access_token("t").root_certificates(pem);
        let error = builder.build().unwrap_err().to_string();
        assert!(error.contains("root certificate"), "{pem}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_http_client_without_a_tls_provider_is_refused_and_does_not_panic() {
    let builder = Client::builder().base_url("https://portal.example").access_token("t");
    let outcome = builder.http_client(reqwest::Client::builder()).build();
    assert!(outcome.unwrap_err().to_string().contains("TLS provider"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_process_wide_tls_provider_is_installed() {
    let sandbox = sandbox().await;
    let builder = Client::builder().base_url(sandbox.base_url());
    assert!(create(builder.root_certificates(sandbox.certificate_pem().unwrap())).await.is_ok());
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_gets_the_host_but_no_token() {
    let proxy = Capture::start("502 Bad Gateway", "", "").await.unwrap();
    let builder =
        Client::builder().base_url("https://portal.example/api").proxy(reqwest::Proxy::all(proxy.origin()).unwrap());
    let outcome = create(builder).await;
    assert_eq!(not_sent_for(&outcome), Some(NotSentReason::Connection), "{outcome:?}");
    let [request] = proxy.requests().try_into().expect("one request");
    assert!(request.starts_with("CONNECT portal.example:443 HTTP/1.1\r\n"), "{request}");
    assert!(!request.contains("canary"), "{request}");
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_never_uses_a_proxy() {
    let proxy = Capture::start("502 Bad Gateway", "", "").await.unwrap();
    let sandbox = Sandbox::builder().access_token("token-canary").start().await.unwrap();
    let ours = Client::builder().base_url(sandbox.base_url()).proxy(reqwest::Proxy::all(proxy.origin()).unwrap());
    assert!(create(ours).await.is_ok());
    let theirs = reqwest::Client::builder().proxy(reqwest::Proxy::all(proxy.origin()).unwrap());
    assert!(create(Client::builder().base_url(sandbox.base_url()).http_client(theirs)).await.is_ok());
    assert!(proxy.requests().is_empty());
}
