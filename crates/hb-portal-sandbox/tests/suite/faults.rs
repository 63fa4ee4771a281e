//! Every fault of the catalogue: the response that the client sees, and the endpoints and tokens that exist after it.

use std::collections::BTreeSet;
use std::net::Shutdown;
use std::sync::mpsc::{self, Receiver};

use hb_portal_sandbox::{Ending, Fault, HandledRequest, Moment, Offset, Operation, Response as Reply, Sandbox};

use crate::client::{Client, End, PATIENCE, Response, ask, create, find, mint};

/// The bytes of the response and the end of the stream, as a client sees them after one request.
pub(crate) struct Seen {
    pub(crate) bytes: Vec<u8>,
    pub(crate) end: End,
}

pub(crate) async fn watched() -> (Sandbox, Receiver<HandledRequest>) {
    let (sender, receiver) = mpsc::channel();
    let sandbox =
        Sandbox::builder().on_request(move |handled| drop(sender.send(handled.clone()))).start().await.unwrap();
    (sandbox, receiver)
}

/// Sends a request that `fault` strikes, and returns what the client sees.
pub(crate) fn struck(sandbox: &Sandbox, handled: &Receiver<HandledRequest>, fault: &Fault, request: &str) -> Seen {
    // Requests that the connection be closed, because an ordinary response would keep it open.
    let request = request.replace("host:", "connection: close\r\nhost:");
    sandbox.inject(fault.clone());
    let mut client = Client::connect(sandbox);
    if fault.needs_a_kept_connection() {
        client.send("GET / HTTP/1.1\r\n\r\n");
        client.response();
    }
    client.send(&request);
    if !fault.hangs() {
        let (bytes, end) = client.rest();
        return Seen { bytes, end };
    }
    // The request was handled, and then another one on the same thread. If the sandbox had ended the connection, the client
    // would see it now.
    if fault.name() != Fault::breaks(Moment::Connected, Ending::Hang).name() {
        handled.recv_timeout(PATIENCE).unwrap();
    }
    assert_eq!(ask(sandbox, "GET / HTTP/1.1\r\n\r\n").status, 404);
    let (mut bytes, end) = client.available();
    // The sandbox responds to the client's end with its own, behind bytes that may still be in transit.
    let _ = client.stream.shutdown(Shutdown::Write);
    bytes.extend(client.rest().0);
    Seen { bytes, end }
}

/// How many endpoints or tokens exist.
fn made(sandbox: &Sandbox, operation: Operation) -> usize {
    match operation {
        Operation::Token => sandbox.tokens_minted(),
        _ => sandbox.endpoints().len(),
    }
}

#[tokio::test]
async fn every_fault_reports_whether_it_commits_and_which_status_the_client_sees() {
    let tokens = Fault::all_on(Operation::Token);
    for fault in Fault::all().into_iter().chain(tokens) {
        // It refuses all connections; another test covers it.
        if fault.name() == Fault::refuses().name() {
            continue;
        }
        let (sandbox, handled) = watched().await;
        let operation = fault.operation();
        let request = match operation {
            Operation::Token => mint(&sandbox),
            _ => create(&sandbox),
        };
        let seen = struck(&sandbox, &handled, &fault, &request);

        assert_eq!(made(&sandbox, operation), usize::from(fault.commits()), "{fault}");
        let status = Response::parse(&seen.bytes).map(|response| response.status);
        assert_eq!(status, fault.status(), "{fault}");
        assert_eq!(seen.end == End::Open, fault.hangs(), "{fault}");
        assert_eq!(sandbox.pending_faults().len(), 0, "{fault}");
        if let Some(endpoint) = sandbox.endpoints().first() {
            let body = Response::parse(&seen.bytes).map(|response| response.unchunked());
            let came = find(&body.unwrap_or_default(), format!("{}\"", endpoint.expose_secret()).as_bytes());
            assert_eq!(endpoint.secret_went_out, came.is_some(), "{fault}");
        }

        // It struck only once, and has no effect on the next request.
        let next = ask(&sandbox, request).status;
        assert_eq!(next, if operation == Operation::Token { 200 } else { 201 }, "{fault}");
        assert_eq!(made(&sandbox, operation), 1 + usize::from(fault.commits()), "{fault}");
    }
}

#[tokio::test]
async fn a_response_can_be_cut_or_stalled_at_any_byte() {
    let (sandbox, handled) = watched().await;
    let whole = {
        let request = create(&sandbox).replace("host:", "connection: close\r\nhost:");
        let mut client = Client::connect(&sandbox);
        client.send(request);
        handled.recv_timeout(PATIENCE).unwrap();
        client.rest().0.len()
    };
    for length in 0..whole {
        let offset = Offset::Response(length);
        let cut = Fault::responds(Reply::documented().cut_at(offset));
        let seen = struck(&sandbox, &handled, &cut, &create(&sandbox));
        handled.recv_timeout(PATIENCE).unwrap();
        assert_eq!((seen.bytes.len(), seen.end), (length, End::Closed));
    }
    for length in (0..whole).step_by(37) {
        let offset = Offset::Response(length);
        let stalled = Fault::responds(Reply::documented().stalled_at(offset));
        let seen = struck(&sandbox, &handled, &stalled, &create(&sandbox));
        handled.recv_timeout(PATIENCE).unwrap();
        assert_eq!((seen.bytes.len(), seen.end), (length, End::Open));
    }
    let stalls = (0..whole).step_by(37).count();
    assert_eq!(sandbox.endpoints().len(), 1 + whole + stalls);
}

#[tokio::test]
async fn faults_strike_in_order_and_only_their_operation() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.inject_n(Fault::responds(Reply::new(503)), 2);
    sandbox.inject(Fault::responds(Reply::new(500)).on(Operation::Token));
    sandbox.inject(Fault::responds(Reply::new(418)));
    assert_eq!(ask(&sandbox, mint(&sandbox)).status, 500);
    assert_eq!(ask(&sandbox, mint(&sandbox)).status, 200);
    let statuses = [503, 503, 418, 201];
    for status in statuses {
        assert_eq!(ask(&sandbox, create(&sandbox)).status, status);
    }
}

#[tokio::test]
async fn an_always_injected_fault_strikes_until_it_is_cleared() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.inject_always(Fault::responds(Reply::documented().status(202)));
    for _ in 0..3 {
        assert_eq!(ask(&sandbox, create(&sandbox)).status, 202);
    }
    // A request that it does not fit leaves it pending.
    assert_eq!(ask(&sandbox, create(&sandbox).replace("Bearer", "Basic")).status, 401);
    assert_eq!(sandbox.pending_faults().len(), 1);
    sandbox.clear_faults().unwrap();
    assert_eq!(ask(&sandbox, create(&sandbox)).status, 201);
}

#[tokio::test]
async fn a_committing_fault_waits_for_a_request_that_succeeds() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.inject(Fault::responds(Reply::new(500).committing()));
    assert_eq!(ask(&sandbox, create(&sandbox).replace("Bearer", "Basic")).status, 401);
    assert_eq!(ask(&sandbox, create(&sandbox).replace("\"url\"", "\"uri\"")).status, 422);
    let mut gone = Client::connect(&sandbox);
    gone.send("POST /api/v2/webhooks HTTP/1.1\r\n");
    gone.stream.shutdown(Shutdown::Write).unwrap();
    gone.rest();
    assert!(sandbox.endpoints().is_empty());
    assert_eq!(ask(&sandbox, create(&sandbox)).status, 500);
    assert_eq!(sandbox.endpoints().len(), 1);
}

#[tokio::test]
async fn a_scripted_response_is_sent_unchanged() {
    let sandbox = Sandbox::start().await.unwrap();
    let odd = Reply::new(299).header("X-Odd", "a\tb").body(b"\x00\xff".to_vec());
    sandbox.inject(Fault::responds(odd));
    let response = ask(&sandbox, create(&sandbox));
    assert_eq!(response.status, 299);
    assert_eq!(response.headers, ["X-Odd: a\tb", "content-length: 2"]);
    assert_eq!(response.body, b"\x00\xff");

    let short = Reply::new(200).header("Content-Length", "2").body("abc");
    sandbox.inject(Fault::responds(short));
    let mut client = Client::connect(&sandbox);
    client.send(create(&sandbox).replace("host:", "connection: close\r\nhost:"));
    let response = Response::parse(&client.rest().0).unwrap();
    assert_eq!(response.headers, ["Content-Length: 2", "connection: close"]);
    assert_eq!(response.body, b"abc");
}

#[tokio::test]
async fn a_followed_redirect_is_recorded() {
    let sandbox = Sandbox::start().await.unwrap();
    let fault = Fault::all().into_iter().find(|fault| fault.status() == Some(307));
    sandbox.inject(fault.unwrap());
    let response = ask(&sandbox, create(&sandbox));
    let location = response.header("location").unwrap();
    ask(&sandbox, format!("POST {location} HTTP/1.1\r\n\r\n"));
    assert_eq!(sandbox.requests()[1].path(), location);
}

#[test]
fn fault_names_are_unique_and_the_readme_lists_each() {
    let readme = include_str!("../../README.md");
    let all = Fault::all();
    let names: BTreeSet<&str> = all.iter().map(Fault::name).collect();
    assert_eq!(names.len(), all.len());
    let rows: Vec<String> = all
        .iter()
        .map(|fault| {
            let commits = if fault.commits() { "yes" } else { "no" };
            let status = fault.status().map_or("none".to_owned(), |status| status.to_string());
            format!("| {fault} | {commits} | {status} |")
        })
        .collect();
    let table = readme.lines().skip_while(|line| *line != "| fault | commits | status |").skip(2);
    let listed: Vec<&str> = table.take_while(|line| line.starts_with('|')).collect();
    assert_eq!(listed, rows, "the table in README.md must be:\n{}", rows.join("\n"));
}

#[test]
fn every_fault_is_read_from_its_name() {
    for operation in Operation::ALL {
        let all = if operation == Operation::Create { Fault::all() } else { Fault::all_on(operation) };
        for fault in all {
            let read: Fault = format!("{operation}: {fault}").parse().unwrap();
            assert_eq!((read.name(), read.operation()), (fault.name(), operation));
            let dashed: Fault = format!("{operation}:{}", fault.name().replace([' ', ','], "-")).parse().unwrap();
            assert_eq!(dashed.name(), fault.name());
        }
    }
}
