//! Connections that break or are refused.

use std::io::ErrorKind;
use std::net::{Shutdown, TcpStream};
use std::sync::{Mutex, mpsc};

use hb_portal_sandbox::{Ending, Fault, HandledRequest, Moment, Sandbox};

use crate::client::{Client, DOCUMENTED, End, PATIENCE, ask, create};
use crate::faults::watched;

#[tokio::test]
async fn a_refusal_lasts_until_the_faults_are_cleared() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut idle = Client::connect(&sandbox);
    idle.send(create(&sandbox));
    idle.response();

    sandbox.inject(Fault::refuses());
    for _ in 0..3 {
        let error = TcpStream::connect(sandbox.address()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }
    assert_eq!(idle.rest(), (Vec::new(), End::Closed));
    assert_eq!(sandbox.pending_faults().len(), 1);

    for _ in 0..3 {
        sandbox.clear_faults().unwrap();
        assert_eq!(ask(&sandbox, create(&sandbox)).status, 201);
        sandbox.inject(Fault::refuses());
    }
    assert_eq!(sandbox.endpoints().len(), 4);
}

#[tokio::test]
async fn an_open_connection_does_not_evade_a_connection_fault() {
    for fault in [Fault::refuses(), Fault::breaks(Moment::Connected, Ending::Reset)] {
        let sandbox = Sandbox::start().await.unwrap();
        for _ in 0..50 {
            let mut idle = Client::connect(&sandbox);
            idle.send(create(&sandbox));
            idle.response();
            sandbox.inject(fault.clone());
            idle.send(create(&sandbox));
            assert_eq!(idle.rest().0, b"", "{fault}");
            sandbox.clear_faults().unwrap();
        }
        assert_eq!(sandbox.endpoints().len(), 50, "{fault}");
    }
}

#[tokio::test]
async fn nothing_listens_on_the_refusing_base_url() {
    let sandbox = Sandbox::start().await.unwrap();
    let authority =
        sandbox.refusing_base_url().strip_prefix("http://").and_then(|rest| rest.strip_suffix("/api/v2")).unwrap();
    let error = TcpStream::connect(authority).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_connection_breaks_at_the_given_moment_in_the_given_way() {
    let request = |sandbox: &Sandbox| create(sandbox);
    for (moment, sent) in [
        (Moment::Connected, ""),
        (Moment::BeforeRequest, "\r\n"),
        (Moment::DuringRequest, "\r\n\r\n"),
        (Moment::AfterRequest, "}"),
        (Moment::AfterCommit, "}"),
    ] {
        for (ending, end) in [(Ending::Reset, End::Reset), (Ending::Close, End::Closed)] {
            let sandbox = Sandbox::start().await.unwrap();
            sandbox.inject(Fault::breaks(moment, ending));
            // Exactly the bytes that must arrive before the moment.
            let whole = request(&sandbox);
            let enough = match sent {
                "" => 0,
                "}" => whole.len(),
                mark => whole.find(mark).unwrap() + mark.len(),
            };
            let mut client = Client::connect(&sandbox);
            client.send(&whole[..enough]);
            assert_eq!(client.rest(), (Vec::new(), end), "{moment:?} {ending:?}");
        }
    }
}

#[tokio::test]
async fn a_broken_request_is_recorded_as_far_as_it_was_read() {
    let sandbox = Sandbox::start().await.unwrap();
    for (moment, headers, body) in
        [(Moment::BeforeRequest, 0, 0), (Moment::DuringRequest, 4, 0), (Moment::AfterRequest, 4, DOCUMENTED.len())]
    {
        sandbox.inject(Fault::breaks(moment, Ending::Close));
        let mut client = Client::connect(&sandbox);
        client.send(create(&sandbox));
        client.rest();
        let recorded = sandbox.requests().pop().unwrap();
        assert_eq!(recorded.path(), "/api/v2/webhooks");
        assert_eq!(recorded.headers().len(), headers);
        assert_eq!(recorded.body().len(), body);
    }
}

#[tokio::test]
async fn a_hanging_connection_ends_with_its_client_or_with_the_sandbox() {
    let (sandbox, handled) = watched().await;
    sandbox.inject_n(Fault::breaks(Moment::AfterCommit, Ending::Hang), 2);
    let mut first = Client::connect(&sandbox);
    first.send(create(&sandbox));
    handled.recv_timeout(PATIENCE).unwrap();
    first.stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(first.rest(), (Vec::new(), End::Closed));

    let mut second = Client::connect(&sandbox);
    second.send(create(&sandbox));
    handled.recv_timeout(PATIENCE).unwrap();
    drop(sandbox);
    assert_eq!(second.rest(), (Vec::new(), End::Closed));
}

#[tokio::test]
async fn a_reused_connection_is_closed_when_the_next_request_arrives_but_a_new_one_is_not() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.inject(Fault::breaks(Moment::NextRequest, Ending::Close));
    assert_eq!(ask(&sandbox, create(&sandbox)).status, 201);
    assert_eq!(sandbox.pending_faults().len(), 1);

    let mut kept = Client::connect(&sandbox);
    kept.send(create(&sandbox));
    assert_eq!(kept.response().status, 201);
    kept.send("POST /api/v2/webhooks HTTP/1.1\r\n");
    assert_eq!(kept.rest(), (Vec::new(), End::Closed));
    assert_eq!((sandbox.endpoints().len(), sandbox.requests().len()), (2, 3));
}

#[tokio::test]
async fn the_arrival_of_a_request_byte_is_recorded_under_every_fault() {
    let line = "POST /api/v2/webhooks HTTP/1.1";
    let hang = |moment| Some(Fault::breaks(moment, Ending::Hang));
    let close = |moment| Some(Fault::breaks(moment, Ending::Close));
    for (fault, sent, seen) in [
        (None, "", ""),
        (None, "P", "P"),
        (None, line, line),
        (hang(Moment::Connected), "", ""),
        (hang(Moment::Connected), "POST /api\r\nhost:", "POST /api"),
        (close(Moment::Connected), "POST /api\r\nhost:", "POST /api"),
        (close(Moment::BeforeRequest), &format!("{line}\r\n"), line),
        (Some(Fault::breaks(Moment::BeforeRequest, Ending::Reset)), &format!("{line}\r\n"), line),
    ] {
        let sandbox = Sandbox::start().await.unwrap();
        let case = format!("{fault:?} {sent:?}");
        fault.into_iter().for_each(|fault| sandbox.inject(fault));
        let mut client = Client::connect(&sandbox);
        client.send(sent);
        drop(client);
        // The response shows that the earlier connection was accepted too.
        ask(&sandbox, "GET / HTTP/1.1\r\nconnection: close\r\n\r\n");
        tokio::time::timeout(PATIENCE, sandbox.idle()).await.unwrap();
        let recorded = &sandbox.connections()[0];
        assert!(recorded.is_established(), "{case}");
        assert_eq!(recorded.received_a_byte(), !sent.is_empty(), "{case}");
        assert_eq!(String::from_utf8_lossy(recorded.first_line()), seen, "{case}");
        assert!(!format!("{recorded:?}").contains("api"), "{recorded:?}");
        sandbox.forget_requests();
        assert!(sandbox.connections().is_empty());
    }
}

#[tokio::test]
async fn bytes_that_a_reset_discards_are_recorded() {
    // Nothing is accepted while a callback runs, so the bytes arrive before their connection is accepted.
    let (entered, has_entered) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let blocks = move |_: &HandledRequest| {
        entered.send(()).unwrap();
        let _ = released.lock().unwrap().recv_timeout(PATIENCE);
    };
    let sandbox = Sandbox::builder().on_request(blocks).start().await.unwrap();
    let mut blocking = Client::connect(&sandbox);
    blocking.send("GET / HTTP/1.1\r\n\r\n");
    has_entered.recv_timeout(PATIENCE).unwrap();
    sandbox.inject(Fault::breaks(Moment::Connected, Ending::Reset));
    let mut struck = Client::connect(&sandbox);
    struck.send("POST /api");
    release.send(()).unwrap();
    assert_eq!(struck.rest(), (Vec::new(), End::Reset));
    assert_eq!(sandbox.connections()[1].first_line(), b"POST /api");
}
