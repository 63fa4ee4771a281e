//! A create that was not sent is reported as not sent, and is not sent later.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpListener,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    thread,
    time::Duration,
};

use bytes::Bytes;
use hb_portal::{
    AtPortal, Attempt, BoxError, BoxFuture, Client, ClientBuilder, CreateError, CreatedWebhook, NotSentReason,
    RetryPolicy, SecretFile, SecretSink,
};
use hb_portal_tests::{documented, logs::Warnings};
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

const SHORT: Duration = Duration::from_millis(500);

/// A server that accepts connections but never completes the TLS handshake.
fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept() {
            held.push(stream);
        }
    });
    origin
}

fn client(origin: &str) -> ClientBuilder {
    Client::builder().base_url(origin).access_token("token").retry(RetryPolicy::none())
}

fn reason(error: &CreateError) -> Option<NotSentReason> {
    if let CreateError::NotSent(error) = error { Some(error.reason()) } else { None }
}

/// While a file is prepared, tokio's clock does not advance.
#[tokio::test(start_paused = true)]
async fn a_handshake_that_never_ends_is_not_sent() {
    let origin = format!("https://{}", silent());
    let folder = tempfile::tempdir().unwrap();
    let file = SecretFile::new(folder.path().join("secret"));
    for (name, client) in [
        ("timeout", client(&origin).timeout(SHORT)),
        ("deadline", client(&origin).deadline(SHORT)),
        ("connect_timeout", client(&origin).connect_timeout(SHORT)),
    ] {
        let client = client.build().unwrap();
        let create = client.webhooks().create("https://your-app.com/", ["reference.submitted"]);
        let error = create.store_secret_in(file.clone()).send().await.unwrap_err();
        assert_eq!(error.at_portal(), AtPortal::Nothing, "{name}: {error}");
        assert_eq!(reason(&error), Some(NotSentReason::Connection), "{name}: {error}");
        assert!(file.unfinished().unwrap().is_none(), "{name}: a journal is left");
    }
}

#[tokio::test]
async fn a_create_dropped_while_connecting_is_not_warned_about() {
    let (warnings, _guard) = Warnings::collect();
    let client = client(&format!("https://{}", silent())).build().unwrap();
    let create = client.webhooks().create("https://your-app.com/", ["reference.submitted"]);
    assert!(tokio::time::timeout(SHORT, create.send()).await.is_err());
    assert!(warnings.all().is_empty(), "{warnings:?}");
}

/// A sink whose `prepare` is slow.
#[derive(Clone, Default)]
struct Slow {
    takes: Duration,
    discarded: Arc<AtomicUsize>,
}

impl SecretSink for Slow {
    fn prepare<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            tokio::time::sleep(self.takes).await;
            Ok(())
        })
    }

    fn store<'a>(&'a self, _: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { Ok(()) })
    }

    fn discard<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        self.discarded.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_limits_prepare_and_its_work_is_discarded() {
    let client = client(&format!("https://{}", silent())).build().unwrap();
    for (takes, discards) in [(Duration::from_secs(3600), 0), (2 * SHORT, 1)] {
        let sink = Slow { takes, ..Slow::default() };
        let create = client.webhooks().create("https://your-app.com/", ["reference.submitted"]).deadline(SHORT);
        let began = Instant::now();
        let error = create.store_secret_in(sink.clone()).send().await.unwrap_err();
        assert_eq!(reason(&error), Some(NotSentReason::Deadline), "{error}");
        assert!((SHORT..2 * SHORT).contains(&began.elapsed()));
        tokio::time::sleep(2 * SHORT).await;
        assert_eq!(sink.discarded.load(Ordering::SeqCst), discards);
    }
}

/// A server that responds to the first request on each connection, and closes the connection when the next request
/// arrives.
fn closing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            thread::spawn(move || {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request);
                let body = documented::response().to_string();
                let _ = write!(stream, "HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                let _ = stream.read(&mut request);
            });
        }
    });
    origin
}

#[tokio::test]
async fn a_server_that_closes_kept_connections_does_not_leave_a_create_unconfirmed() {
    let client = client(&closing()).build().unwrap();
    for _ in 0..3 {
        let create = client.webhooks().create("https://your-app.com/", ["reference.submitted"]);
        assert!(!create.send().await.unwrap().secret.expose_secret().is_empty());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Starts a relay to `to` that connects only while it is open.
fn relay(to: std::net::SocketAddr, open: Arc<AtomicBool>) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        while let Ok((near, _)) = listener.accept() {
            let open = Arc::clone(&open);
            thread::spawn(move || {
                while !open.load(Ordering::SeqCst) {
                    thread::sleep(Duration::from_millis(5));
                }
                let far = std::net::TcpStream::connect(to).unwrap();
                let (mut near_in, mut far_in) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                let (mut near_out, mut far_out) = (near, far);
                thread::spawn(move || {
                    let _ = std::io::copy(&mut near_in, &mut far_out);
                    let _ = far_out.shutdown(std::net::Shutdown::Write);
                });
                let _ = std::io::copy(&mut far_in, &mut near_out);
                let _ = near_out.shutdown(std::net::Shutdown::Write);
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_dropped_or_timed_out_while_connecting_is_not_sent_once_connected() {
    let sandbox = hb_portal_sandbox::Sandbox::builder().access_token("token").tls_self_signed().start().await.unwrap();
    let to = sandbox.base_url().trim_start_matches("https://").split('/').next().unwrap().to_owned();
    let port = to.rsplit_once(':').unwrap().1.parse::<u16>().unwrap();
    let open = Arc::new(AtomicBool::new(true));
    let relay = relay(([127, 0, 0, 1], port).into(), Arc::clone(&open));
    let base_url = sandbox.base_url().replace(&to, &relay.to_string());
    let builder = || client(&base_url).root_certificates(sandbox.certificate_pem().unwrap());

    // The request arrives if the caller waits.
    let patient = builder().build().unwrap();
    let create = patient.webhooks().create("https://your-app.com/", ["reference.submitted"]);
    let _ = create.send().await.unwrap().secret.expose_secret();
    assert_eq!(sandbox.endpoints().len(), 1);

    open.store(false, Ordering::SeqCst);
    let sink = Slow::default();
    let fresh = builder().build().unwrap();
    let create = fresh.webhooks().create("https://your-app.com/", ["reference.submitted"]);
    let dropped = create.store_secret_in(sink.clone()).send();
    assert!(tokio::time::timeout(SHORT / 5, dropped).await.is_err());

    let hasty = builder().timeout(SHORT / 5).retry(RetryPolicy::default().base_delay(Duration::ZERO)).build().unwrap();
    let create = hasty.webhooks().create("https://your-app.com/", ["reference.submitted"]);
    let error = create.send().await.unwrap_err();
    assert_eq!(reason(&error), Some(NotSentReason::Connection), "{error}");

    open.store(true, Ordering::SeqCst);
    tokio::time::sleep(2 * SHORT).await;
    assert_eq!(sandbox.endpoints().len(), 1, "a request was sent after its caller had stopped waiting");
    assert_eq!(sandbox.requests().len(), 1);
    assert_eq!(sink.discarded.load(Ordering::SeqCst), 1);
}

/// A body that is refused when it is polled.
struct Refused;

impl Body for Refused {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(Err(io::Error::other("refused"))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(100)
    }
}

/// The facade relies on the order in which hyper works: it buffers the head, polls the body, then writes. A request
/// whose body is refused therefore sends no bytes.
#[tokio::test]
async fn a_request_whose_body_is_refused_sends_no_bytes() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let received = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        bytes.len()
    });
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let client = reqwest::Client::builder().no_proxy().tls_backend_preconfigured(tls).build().unwrap();
    client.post(origin).body(reqwest::Body::wrap(Refused)).send().await.unwrap_err();
    drop(client);
    assert_eq!(received.join().unwrap(), 0);
}
