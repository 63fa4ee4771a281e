//! HTTP/1.1, as different clients speak it.

use hb_portal_sandbox::Sandbox;

use crate::client::{Client, DOCUMENTED, End, ask, create};

#[tokio::test]
async fn a_connection_serves_pipelined_requests() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut client = Client::connect(&sandbox);
    client.send(create(&sandbox).repeat(3));
    for id in 1..=3 {
        assert_eq!(client.response().json()["data"]["id"], id);
    }
}

#[tokio::test]
async fn a_request_can_arrive_byte_by_byte() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut client = Client::connect(&sandbox);
    for byte in create(&sandbox).bytes() {
        client.send([byte]);
    }
    assert_eq!(client.response().status, 201);
}

#[tokio::test]
async fn a_request_body_can_be_chunked() {
    let sandbox = Sandbox::start().await.unwrap();
    let (first, second) = DOCUMENTED.split_at(20);
    let body =
        format!("{:x}\r\n{first}\r\n{:X};ext=1\r\n{second}\r\n0\r\ntrailer: x\r\n\r\n", first.len(), second.len());
    let length = format!("content-length: {}", DOCUMENTED.len());
    let request = create(&sandbox).replace(&length, "transfer-encoding: chunked").replace(DOCUMENTED, &body);
    let mut client = Client::connect(&sandbox);
    client.send(request.repeat(2));
    assert_eq!(client.response().status, 201);
    assert_eq!(client.response().status, 201);
    assert_eq!(sandbox.requests()[0].body(), DOCUMENTED.as_bytes());
}

#[tokio::test]
async fn a_client_that_expects_100_continue_receives_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let request = create(&sandbox).replace("host:", "expect: 100-continue\r\nhost:");
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut client = Client::connect(&sandbox);
    client.send(format!("{head}\r\n\r\n"));
    assert_eq!(client.response().status, 100);
    client.send(body);
    assert_eq!(client.response().status, 201);
}

#[tokio::test]
async fn the_connection_closes_if_the_client_requests_it() {
    let sandbox = Sandbox::start().await.unwrap();
    for request in [
        create(&sandbox).replace("host:", "connection: close\r\nhost:"),
        create(&sandbox).replace("HTTP/1.1", "HTTP/1.0"),
    ] {
        let mut client = Client::connect(&sandbox);
        client.send(request);
        let response = client.response();
        assert_eq!(response.status, 201);
        assert_eq!(response.header("connection"), Some("close"));
        assert_eq!(client.rest(), (Vec::new(), End::Closed));
    }
}

#[tokio::test]
async fn a_response_to_head_has_no_body() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut client = Client::connect(&sandbox);
    client.send("HEAD /api/v2/auth/token HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let (bytes, end) = client.rest();
    assert!(bytes.starts_with(b"HTTP/1.1 405 ") && bytes.ends_with(b"\r\n\r\n"));
    assert_eq!(end, End::Closed);
}

#[tokio::test]
async fn an_invalid_request_is_refused_and_the_connection_closed() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = sandbox.access_token();
    let post = "POST /api/v2/webhooks HTTP/1.1\r\n";
    let long = "x".repeat(70_000);
    for (request, status) in [
        ("nonsense\r\n\r\n".to_owned(), 400),
        ("POST /a b c\r\n\r\n".to_owned(), 400),
        (format!("{post}no colon\r\n\r\n"), 400),
        (format!("{post}content-length: x\r\n\r\n"), 400),
        (format!("{post}content-length: 1\r\ncontent-length: 2\r\n\r\n"), 400),
        (format!("{post}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n"), 400),
        (format!("{post}transfer-encoding: chunked\r\n\r\nzz\r\n"), 400),
        (format!("{post}transfer-encoding: gzip\r\n\r\n"), 501),
        (format!("{post}content-length: 99999999\r\n\r\n"), 413),
        (format!("{post}transfer-encoding: chunked\r\n\r\nffffffff\r\n"), 413),
        (format!("GET /{long} HTTP/1.1\r\n\r\n"), 414),
        (format!("GET /{long}"), 414),
        (format!("{post}authorization: Bearer {token}\r\nx: {long}\r\n\r\n"), 431),
    ] {
        let mut client = Client::connect(&sandbox);
        client.send(&request);
        let response = client.response();
        assert_eq!(response.status, status, "{}", &request[..request.len().min(99)]);
        assert_eq!(client.rest().1, End::Closed);
    }
    assert!(sandbox.endpoints().is_empty());
    assert_eq!(ask(&sandbox, create(&sandbox)).status, 201);
}
