//! https with a newly generated, self-signed certificate.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::http1::{Socket, Wire};

/// A certificate, and an acceptor that uses it and its key.
pub(crate) struct Identity {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) pem: String,
    pub(crate) der: Vec<u8>,
}

impl Identity {
    /// Generates an identity for `address` and `localhost`.
    pub(crate) fn self_signed(address: IpAddr) -> io::Result<Self> {
        let names = vec!["localhost".to_owned(), address.to_string()];
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).map_err(io::Error::other)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        // The provider is passed explicitly, because the process-wide default is the application's choice.
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key))
            .map_err(io::Error::other)?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), pem: cert.pem(), der: cert.der().to_vec() })
    }
}

impl Wire for TlsStream<Socket> {
    fn into_socket(self) -> Socket {
        self.into_inner().0
    }
}
