//! The target of a delivery, which is always on this machine.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The parts of a URL that a delivery needs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// The value of the `Host` header.
    pub(crate) authority: String,
    /// Path and query.
    pub(crate) path: String,
}

impl Target {
    /// Returns the target of `url`, at the address `instead` if it is given, regardless of the host in `url`.
    pub(crate) fn of(url: &str, instead: Option<SocketAddr>) -> io::Result<Self> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| invalid("the endpoint's URL has no scheme"))?;
        let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let path = path.split('#').next().unwrap_or_default();
        let slash = if path.starts_with('/') { "" } else { "/" };
        let address = match instead {
            Some(address) => address,
            None if scheme.eq_ignore_ascii_case("http") => resolve(authority)?,
            None => return Err(elsewhere()),
        };
        if !address.ip().is_loopback() {
            return Err(elsewhere());
        }
        if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(invalid("the endpoint's URL contains characters that are not allowed in a request"));
        }
        Ok(Self { address, authority: authority.to_owned(), path: format!("{slash}{path}") })
    }
}

fn resolve(authority: &str) -> io::Result<SocketAddr> {
    if let Ok(address) = authority.parse() {
        return Ok(address);
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            (host, port.parse().map_err(|_| invalid("the endpoint's URL has no valid port"))?)
        }
        _ => (authority, 80),
    };
    let address: Option<IpAddr> = match host {
        // Not resolved by the operating system, because it may resolve to another machine.
        "localhost" => Some(Ipv4Addr::LOCALHOST.into()),
        _ => host.trim_start_matches('[').trim_end_matches(']').parse().ok(),
    };
    address.map(|address| SocketAddr::new(address, port)).ok_or_else(elsewhere)
}

fn elsewhere() -> io::Error {
    invalid(
        "a sandbox delivers only to this machine, over http; use an http URL of this machine, or give the sandbox an address to deliver to",
    )
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_a_target() {
        for (url, address, path) in [
            ("http://127.0.0.1:8090/hook?a=b#c", "127.0.0.1:8090", "/hook?a=b"),
            ("HTTP://localhost:1", "127.0.0.1:1", "/"),
            ("http://localhost?x", "127.0.0.1:80", "/?x"),
            ("http://[::1]:7/", "[::1]:7", "/"),
            ("http://[::1]/", "[::1]:80", "/"),
        ] {
            let target = Target::of(url, None).unwrap();
            assert_eq!((target.address.to_string(), &*target.path), (address.to_owned(), path), "{url}");
        }
        for url in [
            "https://127.0.0.1/",
            "http://example.com/",
            "http://10.0.0.1/",
            "http://127.0.0.1:x/",
            "/x",
            "http://127.0.0.1/a b",
        ] {
            assert!(Target::of(url, None).is_err(), "{url}");
        }
        let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
        let target = Target::of("https://your-app.com/webhooks", Some(local)).unwrap();
        assert_eq!((target.address, &*target.authority, &*target.path), (local, "your-app.com", "/webhooks"));
        assert!(Target::of("https://your-app.com/", Some(SocketAddr::from(([8, 8, 8, 8], 80)))).is_err());
    }
}
