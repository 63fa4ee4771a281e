//! The error of building a client.

use std::fmt;

/// The error of building a [`Client`](crate::Client). It names the problem and never repeats a value.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// No base URL was given. There is no default: the documentation names no host.
    NoBaseUrl,
    /// The base URL cannot be used.
    BaseUrl {
        /// The reason.
        why: &'static str,
    },
    /// Neither a token, nor credentials, nor a token provider was given.
    NoToken,
    /// The access token cannot be used.
    AccessToken {
        /// The reason.
        why: &'static str,
    },
    /// The API key cannot be used.
    ApiKey {
        /// The reason.
        why: &'static str,
    },
    /// The `User-Agent` has characters that no header can have.
    UserAgent,
    /// An environment variable is missing or cannot be read.
    Environment {
        /// The name of the variable.
        variable: &'static str,
        /// The problem, and what the variable should be.
        why: &'static str,
    },
    /// A root certificate is not PEM, or the PEM holds no certificate.
    RootCertificate,
    /// Root certificates were given together with a `reqwest::ClientBuilder`, which has its own: add them there.
    TwoTlsConfigurations,
    /// The `reqwest::ClientBuilder` that was given has no TLS provider.
    NoTlsProvider,
    /// The base URL is https, and this crate was built with neither the feature `rustls` nor `native-tls`.
    NoTls,
    /// TLS could not be set up.
    #[doc(hidden)]
    Tls(Box<dyn std::error::Error + Send + Sync>),
    /// The HTTP client could not be set up.
    #[doc(hidden)]
    Http(Box<dyn std::error::Error + Send + Sync>),
}

impl BuildError {
    #[cfg(feature = "rustls")]
    pub(super) fn tls(error: rustls::Error) -> Self {
        Self::Tls(error.into())
    }

    pub(super) fn http(error: reqwest::Error) -> Self {
        Self::Http(error.without_url().into())
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBaseUrl => f.write_str("no base URL: give `base_url` the one that belongs to your account"),
            Self::BaseUrl { why } => write!(f, "the base URL cannot be used: {why}"),
            Self::NoToken => f.write_str("no token: give `access_token`, `credentials` or `token_provider`"),
            Self::AccessToken { why } => write!(f, "the access token cannot be used: {why}"),
            Self::ApiKey { why } => write!(f, "the API key cannot be used: {why}"),
            Self::UserAgent => f.write_str("the user agent has characters that no header can have"),
            Self::Environment { variable, why } => write!(f, "the environment variable {variable} {why}"),
            Self::RootCertificate => f.write_str("a root certificate is not PEM, or holds no certificate"),
            Self::TwoTlsConfigurations => f.write_str(
                "root certificates were given next to an HTTP client: add them to the `reqwest::ClientBuilder` instead",
            ),
            Self::NoTlsProvider => f.write_str(
                "the `reqwest::ClientBuilder` has no TLS provider: install one for the process, as in \
                 `rustls::crypto::ring::default_provider().install_default()`, or hand over a `rustls::ClientConfig` \
                 with `tls_backend_preconfigured`",
            ),
            Self::NoTls => {
                f.write_str("the base URL is https, and there is no TLS: enable the feature `rustls` or `native-tls`")
            }
            Self::Tls(_) => f.write_str("TLS could not be set up"),
            Self::Http(_) => f.write_str("the HTTP client could not be set up"),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Tls(error) | Self::Http(error) => Some(&**error),
            _ => None,
        }
    }
}

const _: () = {
    const fn is_an_error<T: std::error::Error + Send + Sync + 'static>() {}
    is_an_error::<BuildError>();
};
