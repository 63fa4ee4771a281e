//! The portal's base URL, which is the only place that a token may be sent to.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use reqwest::Url;

/// A checked base URL, without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    text: Arc<str>,
    authority: Arc<str>,
    secure: bool,
    loopback: bool,
}

impl BaseUrl {
    /// Parses the URL, or returns why it cannot be used. Plain http is allowed for loopback and for the `trusted` host.
    pub(crate) fn parse(text: &str, trusted: Option<&str>) -> Result<Self, &'static str> {
        let refuse = Err;
        let Ok(url) = Url::parse(text.trim()) else {
            return refuse("it is not an absolute URL");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it has user info; the token is given separately");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("it has a query or a fragment");
        }
        let loopback = is_loopback(&url);
        let secure = match url.scheme() {
            "https" => true,
            "http" if loopback || trusted.is_some_and(|host| url.host_str() == Some(host)) => false,
            "http" => {
                return refuse(
                    "it is plain http, which would show the token to the network; use https, or allow plain http to its host",
                );
            }
            _ => return refuse("it is not an https URL"),
        };
        let port = url.port_or_known_default().unwrap_or_default();
        let authority = format!("{}:{port}", url.host_str().unwrap_or_default()).into();
        Ok(Self { text: url.as_str().trim_end_matches('/').into(), authority, secure, loopback })
    }

    /// The URL, without a trailing slash.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The host and port to connect to.
    pub(crate) fn authority(&self) -> String {
        self.authority.to_string()
    }

    /// Whether it is https.
    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }

    /// Whether its host is this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        self.loopback
    }
}

/// Whether a URL's host is this machine.
fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let v6 = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || v6.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_kept_without_a_final_slash() {
        for (text, kept) in [
            ("https://portal.example", "https://portal.example"),
            ("https://portal.example/", "https://portal.example"),
            ("https://portal.example/api/v2//", "https://portal.example/api/v2"),
            ("https://portal.example:8443/api", "https://portal.example:8443/api"),
            ("http://127.0.0.1:80/", "http://127.0.0.1"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(BaseUrl::parse(text, None).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn plain_http_goes_to_the_one_trusted_host() {
        let base = BaseUrl::parse("http://portal-mock:8080/api/", Some("portal-mock")).unwrap();
        assert_eq!((base.as_str(), base.is_secure()), ("http://portal-mock:8080/api", false));
        assert_eq!(base.authority(), "portal-mock:8080");
        for other in ["http://portal-mock.example/", "http://mock/", "http://portal-mock@evil.example/"] {
            BaseUrl::parse(other, Some("portal-mock")).unwrap_err();
        }
    }

    #[test]
    fn a_url_that_would_leak_or_lose_something_is_refused_and_not_repeated() {
        for (text, why) in [
            ("portal.example", "not an absolute URL"),
            ("", "not an absolute URL"),
            ("https://", "not an absolute URL"),
            ("ftp://portal.example", "not an https URL"),
            ("http://portal.example", "plain http"),
            ("http://127.0.0.1.example", "plain http"),
            ("http://localhost.example", "plain http"),
            ("http://[::2]/", "plain http"),
            ("https://user:canary@portal.example", "user info"),
            ("https://canary@portal.example", "user info"),
            ("https://portal.example/?token=canary", "a query"),
            ("https://portal.example/#canary", "a query or a fragment"),
        ] {
            let error = BaseUrl::parse(text, None).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
            assert!(!error.contains("canary"), "{text}: {error:?}");
        }
    }
}
