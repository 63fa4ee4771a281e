//! The operations on existing endpoints and on tokens, in every dialect, and their faults.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;
use std::time::Duration;

use hb_portal_sandbox::{Dialect, Ending, Fault, Moment, Operation, Sandbox, Signing};
use hmac_sha256::HMAC;
use serde_json::{Value, json};
use tokio::net::TcpSocket;

use crate::client::{End, Response, ask, create, mint, post};
use crate::faults::{struck, watched};

async fn sandbox(dialect: Dialect) -> Sandbox {
    let secret = || "canary-secret-of-30-characters".to_owned();
    Sandbox::builder().dialect(dialect).secrets(secret).start().await.unwrap()
}

/// A request to the sandbox, with its access token.
fn request(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> String {
    post(&format!("/api/v2{path}"), Some(sandbox.access_token()), body).replacen("POST", method, 1)
}

fn send(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> Response {
    ask(sandbox, request(sandbox, method, path, body))
}

/// The names of an object's members, in order.
fn members(json: &str) -> Vec<&str> {
    let (mut depth, mut names) = (0, Vec::new());
    let mut parts = json.split('"');
    let mut before = parts.next().unwrap();
    while let Some(text) = parts.next() {
        depth += before.matches(['{', '[']).count();
        depth -= before.matches(['}', ']']).count();
        before = parts.next().unwrap();
        if depth == 1 && before.starts_with(':') {
            names.push(text);
        }
    }
    names
}

#[tokio::test]
async fn a_create_response_follows_the_dialect() {
    let drifted = "id name url events is_active timeout_seconds secret_prefix last_delivered_at last_response_code \
                   consecutive_failures created_at";
    for (dialect, root, data) in [
        (
            Dialect::Page,
            "data secret message",
            "id url events is_active timeout_seconds max_retries failure_count last_called_at last_failed_at created_at"
                .to_owned(),
        ),
        (Dialect::Drifted, "data secret message", format!("{drifted} updated_at")),
        (Dialect::House, &*format!("{drifted} signing_secret signing_secret_notice"), String::new()),
    ] {
        let sandbox = sandbox(dialect).await;
        let response = ask(&sandbox, create(&sandbox));
        let text = std::str::from_utf8(&response.body).unwrap();
        assert_eq!(members(text).join(" "), root, "{dialect}");
        let json = response.json();
        let (data, secret) = match dialect {
            Dialect::House => (&json, "signing_secret"),
            _ => {
                let start = text.find("{\"id\"").unwrap();
                let end = start + text[start..].find('}').unwrap();
                assert_eq!(members(&text[start..=end]).join(" "), data, "{dialect}");
                (&json["data"], "secret")
            }
        };
        assert_eq!(json[secret], "canary-secret-of-30-characters");
        assert_eq!(data["url"], "https://your-app.com/webhooks/references");
        let prefix = match dialect {
            Dialect::Page => Value::Null,
            Dialect::House => json!("canary-secre••••••••"),
            _ => json!("canary-secre"),
        };
        assert_eq!(data["secret_prefix"], prefix);
        let created_at = data["created_at"].as_str().unwrap();
        assert_eq!(created_at.ends_with("+00:00"), dialect == Dialect::House, "{created_at}");
        assert!(sandbox.endpoints()[0].secret_went_out);
        assert_eq!(Dialect::parse(&dialect.to_string()).unwrap(), dialect);
    }
    assert!(Dialect::parse("Page").is_err());
}

#[tokio::test]
async fn create_faults_commit_and_hide_the_secret_alike_in_every_dialect() {
    for dialect in [Dialect::Drifted, Dialect::House] {
        for fault in
            Fault::all().into_iter().filter(|fault| fault.name().starts_with("responds with 201, and the secret"))
        {
            let sandbox = sandbox(dialect).await;
            sandbox.inject(fault.clone());
            let response = ask(&sandbox, create(&sandbox));
            let clear = String::from_utf8(response.body).unwrap().contains("canary-secret-of-30-characters\"");
            assert_eq!(clear, fault.name().ends_with("the secret is inside data"), "{dialect}: {fault}");
            assert_eq!(sandbox.endpoints()[0].secret_went_out, clear, "{dialect}: {fault}");
        }
    }
}

#[tokio::test]
async fn lists_have_pages_and_contain_no_secrets() {
    for dialect in Dialect::ALL {
        let sandbox = sandbox(dialect).await;
        let empty = send(&sandbox, "GET", "/webhooks", "").json();
        assert_eq!((&empty["data"], &empty["meta"]["last_page"]), (&json!([]), &json!(1)));
        for _ in 0..5 {
            ask(&sandbox, create(&sandbox));
        }
        let base = "http://sandbox/api/v2/webhooks?per_page=2&page=";
        let mut seen = Vec::new();
        for page in 1..=3 {
            let response = send(&sandbox, "GET", &format!("/webhooks?page={page}&per_page=2"), "");
            let text = String::from_utf8(response.body.clone()).unwrap();
            assert!(!text.contains("canary-secret"), "{text}");
            let list = response.json();
            seen.extend(list["data"].as_array().unwrap().iter().map(|item| item["id"].as_u64().unwrap()));
            let meta = json!({"current_page": page, "last_page": 3, "per_page": 2, "total": 5});
            assert_eq!(list["meta"], meta);
            let link = |page: usize| if (1..=3).contains(&page) { json!(format!("{base}{page}")) } else { Value::Null };
            let mut links = json!({"prev": link(page - 1), "next": link(page + 1)});
            if dialect != Dialect::House {
                links["first"] = link(1);
                links["last"] = link(3);
            }
            assert_eq!(list["links"], links);
        }
        assert_eq!(seen, [1, 2, 3, 4, 5]);
        let odd = send(&sandbox, "GET", "/webhooks?page=0&per_page=x", "").json();
        assert_eq!((&odd["meta"]["current_page"], &odd["meta"]["per_page"]), (&json!(1), &json!(15)));
        let beyond = send(&sandbox, "GET", "/webhooks?page=9&per_page=1000", "").json();
        assert_eq!((&beyond["data"], &beyond["meta"]["per_page"]), (&json!([]), &json!(100)));
    }
}

#[tokio::test]
async fn an_update_distinguishes_null_from_absent() {
    for dialect in Dialect::ALL {
        let sandbox = sandbox(dialect).await;
        ask(&sandbox, create(&sandbox).replace("30,", "10,").replace("\"max_retries\": 3", "\"max_retries\": 7"));
        let body = r#"{"url":"https://a.example/","events":["e"],"is_active":false,"timeout_seconds":null}"#;
        let response = send(&sandbox, "PUT", "/webhooks/1", body);
        assert_eq!(response.status, 200);
        let json = response.json();
        let data = if dialect == Dialect::House { &json } else { &json["data"] };
        assert_eq!((&data["url"], &data["is_active"]), (&json!("https://a.example/"), &json!(false)));
        let held = &sandbox.endpoints()[0];
        assert_eq!((&*held.url, &*held.events, held.is_active), ("https://a.example/", &["e".to_owned()][..], false));
        assert_eq!((held.timeout_seconds, held.max_retries), (30, 7));
        assert_eq!(send(&sandbox, "PUT", "/webhooks/1", "{}").status, 200);
        assert_eq!(sandbox.endpoints()[0].url, held.url);

        let bad = r#"{"url":null,"events":[],"is_active":null,"max_retries":-1}"#;
        let response = send(&sandbox, "PUT", "/webhooks/1", bad);
        assert_eq!(response.status, 422);
        let fields: Vec<String> = response.json()["errors"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(fields, ["events", "is_active", "max_retries", "url"]);
        assert_eq!(sandbox.endpoints()[0].max_retries, 7);
    }
}

#[tokio::test]
async fn a_deleted_endpoint_no_longer_exists_and_its_id_is_not_reused() {
    let sandbox = sandbox(Dialect::Page).await;
    ask(&sandbox, create(&sandbox));
    let response = send(&sandbox, "DELETE", "/webhooks/1", "");
    assert_eq!((response.status, response.body.len()), (204, 0));
    for (method, path) in [
        ("DELETE", "/webhooks/1"),
        ("PUT", "/webhooks/1"),
        ("GET", "/webhooks/1/calls"),
        ("POST", "/webhooks/1/test"),
        ("DELETE", "/webhooks/x"),
    ] {
        assert_eq!(send(&sandbox, method, path, "{}").status, 404, "{method} {path}");
    }
    ask(&sandbox, create(&sandbox));
    assert_eq!(sandbox.endpoints()[0].id, 2);
}

/// Starts a receiver that responds to one request with `status`; the thread returns that request.
fn receiver(status: u16) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            let mut piece = [0; 4096];
            let count = stream.read(&mut piece).unwrap();
            request.extend(&piece[..count]);
        }
        write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n").unwrap();
        String::from_utf8(request).unwrap()
    });
    (address, thread)
}

#[tokio::test]
async fn a_test_delivery_is_signed_attempted_once_and_logged() {
    for dialect in Dialect::ALL {
        for (status, accepted) in [(204, true), (500, false)] {
            let (address, received) = receiver(status);
            let sandbox = Sandbox::builder()
                .dialect(dialect)
                .signing(Signing::Hex("X-Sig".to_owned()))
                .deliver_to(address)
                .start()
                .await
                .unwrap();
            ask(&sandbox, create(&sandbox));
            let response = send(&sandbox, "POST", "/webhooks/1/test", "");
            assert_eq!(response.status, 200);
            let received = received.join().unwrap();
            let (head, body) = received.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("POST /webhooks/references HTTP/1.1\r\nhost: your-app.com\r\n"), "{head}");
            let mac = HMAC::mac(body, sandbox.endpoints()[0].expose_secret());
            let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(head.contains(&format!("X-Sig: {hex}")), "{head}");

            let json = response.json();
            let call = if dialect == Dialect::House { &json } else { &json["data"] };
            assert_eq!((&call["response_code"], &call["success"]), (&json!(status), &json!(accepted)));
            let log = send(&sandbox, "GET", "/webhooks/1/calls?per_page=1", "").json();
            assert_eq!(log["data"], json!([call]));
            assert_eq!(log["meta"]["total"], 1);
            let held = &sandbox.endpoints()[0];
            assert_eq!((held.failure_count, held.last_response_code), (u32::from(!accepted), Some(status)));
        }
    }
    let sandbox = sandbox(Dialect::Page).await;
    ask(&sandbox, create(&sandbox));
    let refused = send(&sandbox, "POST", "/webhooks/1/test", "");
    assert_eq!(refused.status, 422, "the receiver is not on this machine");
}

#[tokio::test]
async fn a_token_can_be_inspected_refreshed_once_and_revoked() {
    let sandbox = Sandbox::builder().token_lifetime(Duration::from_secs(3600)).start().await.unwrap();
    let info = |token: &str| ask(&sandbox, post("/api/v2/auth/token-info", Some(token), "").replacen("POST", "GET", 1));
    let permanent = info(sandbox.access_token()).json();
    assert_eq!(permanent, json!({"client_id": 1, "expires_at": null, "expires_in": null}));

    let minted = ask(&sandbox, mint(&sandbox)).json();
    let first = minted["access_token"].as_str().unwrap();
    assert!((3000..=3600).contains(&info(first).json()["expires_in"].as_u64().unwrap()));
    let body = json!({"refresh_token": minted["refresh_token"]}).to_string();
    let refresh = || ask(&sandbox, post("/api/v2/auth/refresh", None, &body));
    let renewed = refresh().json();
    let second = renewed["access_token"].as_str().unwrap();
    assert_eq!(renewed["expires_in"], 3600);
    assert_ne!(renewed["refresh_token"], minted["refresh_token"]);
    assert_eq!((info(first).status, info(second).status), (200, 200));
    assert_eq!(refresh().status, 401, "a refresh token can be used once");
    assert_eq!(ask(&sandbox, post("/api/v2/auth/refresh", None, "{}")).status, 422);
    assert_eq!(sandbox.tokens_minted(), 2);

    assert_eq!(ask(&sandbox, post("/api/v2/auth/revoke", Some(second), "")).status, 200);
    assert_eq!((info(first).status, info(second).status), (200, 401));
}

#[tokio::test]
async fn each_operation_counts_against_the_rate_limit_and_all_but_two_require_a_token() {
    let (mut limited, mut refused) = (0, 0);
    for operation in Operation::ALL {
        let sandbox = Sandbox::builder().rate_limit(0).start().await.unwrap();
        assert_eq!(ask(&sandbox, request_to(&sandbox, operation)).status, 429, "{operation:?}");
        limited += 1;
        let sandbox = Sandbox::start().await.unwrap();
        let request = request_to(&sandbox, operation).replace("Bearer", "Basic");
        if !matches!(operation, Operation::Token | Operation::Refresh) {
            assert_eq!(ask(&sandbox, request).status, 401, "{operation:?}");
            refused += 1;
        }
    }
    assert_eq!((limited, refused), (10, 8));
}

/// A request to `operation`, on the first endpoint if it needs one.
fn request_to(sandbox: &Sandbox, operation: Operation) -> String {
    let (method, path) = match operation {
        Operation::Create => return create(sandbox),
        Operation::Token => return mint(sandbox),
        Operation::List => ("GET", "/webhooks?per_page=1&page=2"),
        Operation::Update => ("PUT", "/webhooks/1"),
        Operation::Delete => ("DELETE", "/webhooks/1"),
        Operation::Calls => ("GET", "/webhooks/1/calls"),
        Operation::Test => ("POST", "/webhooks/1/test"),
        Operation::Refresh => ("POST", "/auth/refresh"),
        Operation::TokenInfo => ("GET", "/auth/token-info"),
        Operation::Revoke => ("POST", "/auth/revoke"),
        other => panic!("no request for {other:?}"),
    };
    request(sandbox, method, path, r#"{"max_retries":9}"#)
}

/// The state that a request can change.
fn effects(sandbox: &Sandbox) -> String {
    let info = request_to(sandbox, Operation::TokenInfo);
    let accepted = ask(sandbox, info).status;
    format!("{:?} {} {} {accepted}", sandbox.endpoints(), sandbox.tokens_minted(), sandbox.attempts().len())
}

#[tokio::test]
async fn every_fault_of_every_other_operation_reports_whether_it_commits_and_which_status_the_client_sees() {
    for operation in Operation::ALL.into_iter().filter(|known| !matches!(known, Operation::Create | Operation::Token)) {
        let changes = !matches!(operation, Operation::List | Operation::Calls | Operation::TokenInfo);
        for fault in Fault::all_on(operation).into_iter().filter(|fault| fault.name() != Fault::refuses().name()) {
            // Bound, so that nothing else gets its port, but not listening.
            let reserved = TcpSocket::new_v4().unwrap();
            reserved.bind("127.0.0.1:0".parse().unwrap()).unwrap();
            let (sender, handled) = std::sync::mpsc::channel();
            let sandbox = Sandbox::builder()
                .deliver_to(reserved.local_addr().unwrap())
                .on_request(move |request| drop(sender.send(request.clone())))
                .start()
                .await
                .unwrap();
            ask(&sandbox, create(&sandbox));
            let mut request = request_to(&sandbox, operation);
            if operation == Operation::Refresh {
                let refresh_token = ask(&sandbox, mint(&sandbox)).json()["refresh_token"].clone();
                request = post("/api/v2/auth/refresh", None, &json!({"refresh_token": refresh_token}).to_string());
            }
            let before = effects(&sandbox);
            while handled.try_recv().is_ok() {}
            let seen = struck(&sandbox, &handled, &fault, &request);
            let status = Response::parse(&seen.bytes).map(|response| response.status);
            assert_eq!(status, fault.status(), "{operation:?}: {fault}");
            assert_eq!(seen.end == End::Open, fault.hangs(), "{operation:?}: {fault}");
            assert_eq!(effects(&sandbox) != before, changes && fault.commits(), "{operation:?}: {fault}");
            assert_eq!(sandbox.pending_faults().len(), 0, "{operation:?}: {fault}");
        }
    }
}

#[tokio::test]
async fn an_update_can_commit_and_hang_and_a_delete_can_commit_and_reset() {
    let (sandbox, handled) = watched().await;
    ask(&sandbox, create(&sandbox));
    for (operation, ending, end) in
        [(Operation::Update, Ending::Hang, End::Open), (Operation::Delete, Ending::Reset, End::Reset)]
    {
        while handled.try_recv().is_ok() {}
        let fault = Fault::breaks(Moment::AfterCommit, ending).on(operation);
        let seen = struck(&sandbox, &handled, &fault, &request_to(&sandbox, operation));
        assert_eq!((seen.bytes, seen.end), (Vec::new(), end));
        if operation == Operation::Update {
            assert_eq!(sandbox.endpoints()[0].max_retries, 9);
        }
    }
    assert!(sandbox.endpoints().is_empty());
    assert_eq!(ask(&sandbox, request_to(&sandbox, Operation::Delete)).status, 404);
}

#[tokio::test]
async fn a_list_can_repeat_a_page_or_link_to_another_server() {
    let sandbox = sandbox(Dialect::Page).await;
    for _ in 0..3 {
        ask(&sandbox, create(&sandbox));
    }
    let lists = Fault::all_on(Operation::List);
    let struck = |name: &str| {
        sandbox.inject(lists.iter().find(|fault| fault.name() == name).unwrap().clone());
        ask(&sandbox, request_to(&sandbox, Operation::List)).json()
    };
    let repeated = struck("responds with a list that repeats a page");
    assert_eq!((&repeated["data"][0]["id"], &repeated["meta"]["current_page"]), (&json!(1), &json!(1)));
    let elsewhere = struck("responds with a list whose next link points elsewhere");
    assert_eq!(elsewhere["data"][0]["id"], 2);
    assert_eq!(elsewhere["links"]["next"], "http://127.0.0.1:1/elsewhere?page=2");
    sandbox.inject(lists.last().unwrap().clone());
    let last = send(&sandbox, "GET", "/webhooks?per_page=1&page=3", "").json();
    assert_eq!(last["meta"]["current_page"], 1);
    assert!(Fault::all_on(Operation::Update).iter().all(|fault| !fault.name().starts_with("responds with a list")));
}
