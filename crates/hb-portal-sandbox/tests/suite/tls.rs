//! https: a certificate that clients must trust explicitly, and faults below the encryption.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use hb_portal_sandbox::{Ending, Fault, Moment, Offset, Response as Reply, Sandbox};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::client::{Response, create};

type Stream = StreamOwned<ClientConnection, TcpStream>;

async fn sandbox() -> Sandbox {
    Sandbox::builder().tls_self_signed().start().await.unwrap()
}

/// A connection that trusts only `certificate`.
fn connect(sandbox: &Sandbox, name: &'static str, certificate: Option<&[u8]>) -> Stream {
    let mut roots = RootCertStore::empty();
    if let Some(der) = certificate {
        roots.add(CertificateDer::from(der.to_vec())).unwrap();
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name).unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(connection, TcpStream::connect(sandbox.address()).unwrap())
}

/// Sends the documented request, and returns the bytes that arrived and the error that ended the stream, if any.
fn exchange(sandbox: &Sandbox) -> (Vec<u8>, Option<ErrorKind>) {
    let mut stream = connect(sandbox, "localhost", sandbox.certificate_der());
    let request = create(sandbox).replace("host:", "connection: close\r\nhost:");
    if let Err(error) = stream.write_all(request.as_bytes()) {
        return (Vec::new(), Some(error.kind()));
    }
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes);
    (bytes, end.err().map(|error| error.kind()))
}

#[tokio::test]
async fn a_client_that_trusts_the_certificate_can_connect_by_name_or_address() {
    let sandbox = sandbox().await;
    let expected = format!("https://{}/api/v2", sandbox.address());
    assert_eq!(sandbox.base_url(), expected);
    assert!(sandbox.refusing_base_url().starts_with("https://127.0.0.1:"));
    for name in ["localhost", "127.0.0.1"] {
        let mut stream = connect(&sandbox, name, sandbox.certificate_der());
        let request = create(&sandbox).replace("host:", "connection: close\r\nhost:");
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let response = Response::parse(&bytes).unwrap();
        let held = sandbox.endpoints().pop().unwrap();
        assert_eq!(response.json()["secret"], held.expose_secret());
    }
    let pem = sandbox.certificate_pem().unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"));
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_certificate_sends_nothing() {
    let sandbox = sandbox().await;
    let mut stream = connect(&sandbox, "localhost", None);
    let error = stream.write_all(create(&sandbox).as_bytes()).unwrap_err();
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn faults_strike_below_the_encryption() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::breaks(Moment::AfterCommit, Ending::Reset));
    assert_eq!(exchange(&sandbox), (Vec::new(), Some(ErrorKind::ConnectionReset)));

    let cut = Reply::documented().cut_at(Offset::BeforeSecretEnd(0));
    sandbox.inject(Fault::responds(cut));
    let (bytes, end) = exchange(&sandbox);
    assert!(bytes.ends_with(format!("{}\"", sandbox.endpoints()[1].expose_secret()).as_bytes()));
    assert_eq!(end, Some(ErrorKind::UnexpectedEof));

    sandbox.inject(Fault::breaks(Moment::Connected, Ending::Reset));
    assert_eq!(exchange(&sandbox), (Vec::new(), Some(ErrorKind::ConnectionReset)));
    let (bytes, end) = exchange(&sandbox);
    assert_eq!((Response::parse(&bytes).unwrap().status, end), (201, None));
    assert_eq!(sandbox.endpoints().len(), 3);
}

#[tokio::test]
async fn a_sandbox_without_tls_has_no_certificate() {
    let sandbox = Sandbox::start().await.unwrap();
    assert_eq!(sandbox.certificate_pem(), None);
    assert_eq!(sandbox.certificate_der(), None);
}

#[tokio::test]
async fn a_handshake_that_never_ends_establishes_nothing() {
    let sandbox = sandbox().await;
    sandbox.inject(Fault::breaks(Moment::Connected, Ending::Hang));
    let mut silent = connect(&sandbox, "localhost", sandbox.certificate_der());
    silent.sock.set_read_timeout(Some(std::time::Duration::from_millis(200))).unwrap();
    let kind = silent.write_all(b"POST").unwrap_err().kind();
    // Windows reports a time limit as `TimedOut`.
    assert!(matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{kind}");
    drop(silent);
    assert!(exchange(&sandbox).0.starts_with(b"HTTP/1.1 201"));
    let established: Vec<(bool, bool)> =
        sandbox.connections().iter().map(|seen| (seen.is_established(), seen.received_a_byte())).collect();
    assert_eq!(established, [(false, false), (true, true)]);
    assert_eq!(sandbox.connections()[1].first_line(), b"POST /api/v2/webhooks HTTP/1.1");
}
