//! The HTTP client underneath: it does not retry, redirect, decompress or log.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use reqwest::redirect::Policy;

use super::error::BuildError;
use crate::transport::BaseUrl;

/// The maximum number of headers in a response. hyper's default is 100.
const MOST_HEADERS: usize = 512;

/// The settings of the HTTP client, apart from the base URL.
pub(super) struct Settings {
    pub(super) given: Option<reqwest::ClientBuilder>,
    pub(super) user_agent: String,
    pub(super) connect_timeout: Duration,
    pub(super) proxies: Vec<reqwest::Proxy>,
    pub(super) root_certificates: Vec<Vec<u8>>,
}

/// Finishes the user's builder, or our own.
pub(super) fn build(settings: Settings, timeout: Duration, base: &BaseUrl) -> Result<reqwest::Client, BuildError> {
    let ours = settings.given.is_none();
    let mut builder = settings
        .given
        .unwrap_or_default()
        // A token is sent only to the configured origin.
        .redirect(Policy::none())
        .referer(false)
        // `exchange` decides what is retried, because it knows what the portal may have done.
        .retry(reqwest::retry::never())
        // Over HTTP/2, hyper itself retries refused streams.
        .http1_only()
        // Accepts every head that other clients accept: an unread response may hold the only copy of a secret.
        .http1_max_headers(MOST_HEADERS)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        // It would log every byte, tokens and secrets included, at TRACE.
        .connection_verbose(false)
        // The response is read as it was sent, and no other `Accept-Encoding` is added.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .timeout(timeout)
        .connect_timeout(settings.connect_timeout)
        // The portal may close an idle connection just as a request leaves on it, which makes the request's outcome unknown.
        // Requests are rare, and an unknown outcome costs more than a handshake.
        .pool_max_idle_per_host(0)
        .user_agent(settings.user_agent);
    if base.is_secure() {
        // A proxy from the environment is on another machine, which cannot reach this machine's loopback.
        if ours && base.is_loopback() {
            builder = builder.no_proxy();
        }
        for proxy in settings.proxies {
            builder = builder.proxy(proxy);
        }
    } else {
        // Plain http reaches only loopback or the trusted host, whatever `HTTP_PROXY` or the resolver says.
        let loopback = [(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()];
        builder = builder.no_proxy().resolve_to_addrs("localhost", &loopback);
    }
    tls::finish(builder, ours, &settings.root_certificates, base)
}

#[cfg(feature = "rustls")]
mod tls {
    use std::{
        panic::{self, AssertUnwindSafe},
        sync::Arc,
    };

    use rustls::{
        ClientConfig, RootCertStore,
        crypto::CryptoProvider,
        pki_types::{CertificateDer, pem::PemObject as _},
    };
    use rustls_platform_verifier::Verifier;

    use super::{BaseUrl, BuildError};

    /// Configures rustls with the process's provider, or ring if there is none. It installs no provider.
    pub(super) fn finish(
        builder: reqwest::ClientBuilder,
        ours: bool,
        roots: &[Vec<u8>],
        base: &BaseUrl,
    ) -> Result<reqwest::Client, BuildError> {
        if ours || !base.is_secure() {
            let config = config(roots, base)?;
            return builder.tls_backend_preconfigured(config).build().map_err(BuildError::http);
        }
        if !roots.is_empty() {
            return Err(BuildError::TwoTlsConfigurations);
        }
        // The TLS settings of the user's builder cannot be read, and replacing them could weaken them. reqwest panics if there is
        // no provider, which only an incomplete manual TLS configuration can cause.
        let built = panic::catch_unwind(AssertUnwindSafe(|| builder.build()));
        built.map_err(|_| BuildError::NoTlsProvider)?.map_err(BuildError::http)
    }

    fn config(roots: &[Vec<u8>], base: &BaseUrl) -> Result<ClientConfig, BuildError> {
        let provider = CryptoProvider::get_default()
            .cloned()
            .unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()));
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(BuildError::tls)?;
        let config = if base.is_secure() {
            let mut extra = Vec::new();
            for pem in roots {
                let before = extra.len();
                for certificate in CertificateDer::pem_slice_iter(pem) {
                    let certificate = certificate.map_err(|_| BuildError::RootCertificate)?;
                    // The verifier would not report which root is invalid, or whether it is one of the system's.
                    RootCertStore::empty().add(certificate.clone()).map_err(|_| BuildError::RootCertificate)?;
                    extra.push(certificate);
                }
                if extra.len() == before {
                    return Err(BuildError::RootCertificate);
                }
            }
            let verifier = Verifier::new_with_extra_roots(extra, provider).map_err(BuildError::tls)?;
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        } else {
            // This client never uses TLS; a machine without certificates can still use loopback.
            builder.with_root_certificates(RootCertStore::empty())
        };
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
mod tls {
    use super::{BaseUrl, BuildError};

    /// Adds the roots to the system's TLS.
    pub(super) fn finish(
        mut builder: reqwest::ClientBuilder,
        _ours: bool,
        roots: &[Vec<u8>],
        _base: &BaseUrl,
    ) -> Result<reqwest::Client, BuildError> {
        for pem in roots {
            let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|_| BuildError::RootCertificate)?;
            if certificates.is_empty() {
                return Err(BuildError::RootCertificate);
            }
            builder = builder.tls_certs_merge(certificates);
        }
        builder.build().map_err(BuildError::http)
    }
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
mod tls {
    use super::{BaseUrl, BuildError};

    /// Without TLS only loopback can be reached.
    pub(super) fn finish(
        builder: reqwest::ClientBuilder,
        _ours: bool,
        _roots: &[Vec<u8>],
        base: &BaseUrl,
    ) -> Result<reqwest::Client, BuildError> {
        if base.is_secure() {
            return Err(BuildError::NoTls);
        }
        builder.build().map_err(BuildError::http)
    }
}
