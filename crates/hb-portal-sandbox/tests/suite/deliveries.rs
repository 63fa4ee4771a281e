//! Deliveries, as a receiver sees them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use hb_portal_sandbox::{AttemptResult, Flaw, Sandbox, Signing, TestDelivery};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};

use crate::client::{Client, find, post};

/// How a receiver reacts to a request.
#[derive(Clone, Copy)]
enum Reaction {
    Status(u16),
    Silence,
    HangUp,
}

/// The received requests: the lines of the head, and the body.
type Received = Arc<Mutex<Vec<(Vec<String>, Vec<u8>)>>>;

/// Starts a receiver with one reaction per request; the last one repeats.
async fn receiver(reactions: Vec<Reaction>) -> (SocketAddr, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let received = Received::default();
    let kept = Arc::clone(&received);
    tokio::spawn(async move {
        let mut open = Vec::new();
        for number in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = Vec::new();
            let body_at = loop {
                stream.read_buf(&mut bytes).await.unwrap();
                if let Some(end) = find(&bytes, b"\r\n\r\n") {
                    break end + 4;
                }
            };
            let head: Vec<String> =
                std::str::from_utf8(&bytes[..body_at - 4]).unwrap().split("\r\n").map(str::to_owned).collect();
            let length: usize =
                head.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
            while bytes.len() < body_at + length {
                stream.read_buf(&mut bytes).await.unwrap();
            }
            kept.lock().unwrap().push((head, bytes.split_off(body_at)));
            match reactions[number.min(reactions.len() - 1)] {
                Reaction::Status(status) => {
                    let response = format!("HTTP/1.1 {status} So\r\ncontent-length: 0\r\n\r\n");
                    stream.write_all(response.as_bytes()).await.unwrap();
                }
                Reaction::Silence => open.push(stream),
                Reaction::HangUp => {}
            }
        }
    });
    (address, received)
}

/// A sandbox with one endpoint for `url`.
async fn sandbox(url: &str, timeout_seconds: u32, max_retries: u32) -> Sandbox {
    let sandbox = Sandbox::builder().secrets(|| "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()).start().await;
    let sandbox = sandbox.unwrap();
    let body = json!({"url": url, "events": ["reference.submitted"], "timeout_seconds": timeout_seconds,
        "max_retries": max_retries});
    let mut client = Client::to(sandbox.address());
    client.send(post("/api/v2/webhooks", Some(sandbox.access_token()), &body.to_string()));
    assert_eq!(client.response().status, 201);
    sandbox
}

fn plain() -> TestDelivery {
    TestDelivery::new(1, Signing::Hex("Signature".to_owned())).backoff(Duration::from_millis(20))
}

fn header<'a>(head: &'a [String], name: &str) -> &'a str {
    let line = head.iter().find_map(|line| line.split_once(": ").filter(|(found, _)| *found == name));
    line.unwrap_or_else(|| panic!("no {name} in {head:?}")).1
}

#[tokio::test]
async fn an_accepted_delivery_is_attempted_once_and_recorded() {
    let (address, received) = receiver(vec![Reaction::Status(204)]).await;
    let sandbox = sandbox(&format!("http://{address}/hook?a=b"), 60, 3).await;
    let before = SystemTime::now();
    let attempts = sandbox.deliver(plain().event("reference.declined")).await.unwrap();
    assert_eq!(attempts.len(), 1);
    let attempt = &attempts[0];
    assert_eq!((attempt.number, &attempt.result), (1, &AttemptResult::Responded(204)));
    assert!(attempt.is_accepted() && attempt.at >= before);
    assert_eq!(sandbox.attempts(), attempts);

    let received = received.lock().unwrap();
    let (head, body) = &received[0];
    assert_eq!(head[0], "POST /hook?a=b HTTP/1.1");
    assert_eq!(header(head, "host"), address.to_string());
    assert_eq!(header(head, "content-type"), "application/json");
    assert_eq!(header(head, "Signature").len(), 64);
    let body: serde_json::Value = serde_json::from_slice(body).unwrap();
    assert_eq!((&body["event"], &body["test"]), (&json!("reference.declined"), &json!(true)));

    let endpoint = &sandbox.endpoints()[0];
    assert_eq!((endpoint.failure_count, &endpoint.last_failed_at), (0, &None));
    assert!(endpoint.last_called_at.as_ref().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn a_failed_delivery_is_retried_max_retries_times_with_growing_delays() {
    for (reactions, max_retries, expected) in [
        (vec![Reaction::Status(500), Reaction::Status(301), Reaction::Status(200)], 3, vec![500, 301, 200]),
        (vec![Reaction::Status(410)], 2, vec![410, 410, 410]),
        (vec![Reaction::Status(503)], 0, vec![503]),
    ] {
        let (address, received) = receiver(reactions).await;
        let sandbox = sandbox(&format!("http://{address}/"), 60, max_retries).await;
        let delivery = TestDelivery::new(1, Signing::StandardWebhooks).backoff(Duration::from_millis(40));
        let attempts = sandbox.deliver(delivery).await.unwrap();
        let statuses: Vec<AttemptResult> = expected.iter().map(|status| AttemptResult::Responded(*status)).collect();
        assert_eq!(attempts.iter().map(|attempt| attempt.result.clone()).collect::<Vec<_>>(), statuses);
        assert!(attempts.iter().zip(1..).all(|(attempt, number)| attempt.number == number));
        for (index, pair) in attempts.windows(2).enumerate() {
            let waited = pair[1].at.duration_since(pair[0].at).unwrap();
            assert!(waited >= Duration::from_millis(40 << index), "{waited:?} before attempt {}", index + 2);
        }
        let failures = expected.iter().filter(|status| **status != 200).count();
        let endpoint = &sandbox.endpoints()[0];
        assert_eq!(endpoint.failure_count as usize, failures);
        assert!(endpoint.last_failed_at.is_some());
        assert_eq!(endpoint.last_failed_at == endpoint.last_called_at, expected.last() != Some(&200));
        // Each attempt carries the same delivery.
        let received = received.lock().unwrap();
        assert!(received.iter().all(|(head, _)| header(head, "webhook-id") == attempts[0].delivery));
    }
}

#[tokio::test]
async fn a_delivery_fails_if_the_receiver_is_silent_hangs_up_or_does_not_exist() {
    let (address, _) = receiver(vec![Reaction::Silence]).await;
    let silent = sandbox(&format!("http://{address}/"), 1, 1).await;
    let attempts = silent.deliver(plain()).await.unwrap();
    assert_eq!(attempts.len(), 2);
    for attempt in attempts {
        assert_eq!(attempt.result, AttemptResult::TimedOut);
        assert!(attempt.duration >= Duration::from_secs(1), "{attempt:?}");
    }
    let (address, _) = receiver(vec![Reaction::HangUp]).await;
    // Bound, so that nothing else gets its port, but not listening.
    let reserved = TcpSocket::new_v4().unwrap();
    reserved.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    for address in [address, reserved.local_addr().unwrap()] {
        let broken = sandbox(&format!("http://{address}/"), 60, 0).await;
        let attempts = broken.deliver(plain()).await.unwrap();
        assert!(matches!(attempts[0].result, AttemptResult::Broke(_)), "{attempts:?}");
        assert_eq!(broken.endpoints()[0].failure_count, 1);
    }
    assert_eq!(silent.endpoints()[0].failure_count, 2);
}

#[tokio::test]
async fn a_flawed_delivery_is_attempted_once_and_does_not_change_the_endpoint() {
    let (address, received) = receiver(vec![Reaction::Status(204), Reaction::Status(401)]).await;
    let sandbox = sandbox("https://your-app.com/webhooks", 60, 3).await;
    let stripe = || TestDelivery::new(1, Signing::Stripe("S".to_owned())).connect_to(address);
    let flawed = |flaw| stripe().flaw(flaw);
    let nothing = sandbox.deliver(flawed(Flaw::Replayed)).await.unwrap_err();
    assert!(nothing.to_string().contains("no earlier delivery to replay"), "{nothing}");
    sandbox.deliver(stripe()).await.unwrap();
    let endpoint = format!("{:?}", sandbox.endpoints());
    for flaw in [Flaw::WrongSignature, Flaw::Old, Flaw::Replayed, Flaw::Huge, Flaw::NotJson] {
        let attempts = sandbox.deliver(flawed(flaw)).await.unwrap();
        assert_eq!(attempts.len(), 1);
        assert_eq!((attempts[0].flaw, &attempts[0].result), (Some(flaw), &AttemptResult::Responded(401)));
    }
    assert_eq!(format!("{:?}", sandbox.endpoints()), endpoint);
    let received = received.lock().unwrap();
    assert_eq!(header(&received[0].0, "host"), "your-app.com");
    assert_eq!(received[0], received[3], "the replay is the first one, byte for byte");
    assert!(received[4].1.len() > 8 * 1024 * 1024);
    assert!(serde_json::from_slice::<serde_json::Value>(&received[5].1).is_err());
    let time = |index: usize| -> u64 {
        let value = header(&received[index].0, "S");
        value.split_once(',').unwrap().0.strip_prefix("t=").unwrap().parse().unwrap()
    };
    assert!((3000..=3600).contains(&(time(1) - time(2))), "{} {}", time(1), time(2));
}

#[tokio::test]
async fn an_impossible_delivery_is_refused_and_nothing_leaves_the_machine() {
    let elsewhere = sandbox("https://your-app.com/webhooks", 60, 0).await;
    for (delivery, expected) in [
        (plain(), "only to this machine"),
        (plain().connect_to("192.0.2.1:80".parse().unwrap()), "only to this machine"),
        (TestDelivery::new(7, Signing::Github), "no endpoint"),
    ] {
        let error = elsewhere.deliver(delivery).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert!(elsewhere.attempts().is_empty());
}
