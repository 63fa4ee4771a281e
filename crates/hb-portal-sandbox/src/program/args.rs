//! The command line.

use std::net::SocketAddr;

use hb_portal_sandbox::{Dialect, Signing};
use lexopt::{Arg, Parser, ValueExt};

pub(super) const VERSION: &str = concat!("hb-portal-sandbox ", env!("CARGO_PKG_VERSION"), "\n");

pub(super) const HELP: &str = "\
The Healthier Business Portal's webhook API on loopback, for a first try and for tests.

Serves {base}/webhooks and {base}/auth, keeps the endpoints in memory, and forgets them when it
stops. Nothing that it prints is worth protecting: its token, its key and
its secrets are random, good for this run only, and of no use to the real portal.

Usage: hb-portal-sandbox [OPTIONS]

Options:
  --port N          the port of 127.0.0.1 to listen on        [default: a free one]
  --base-path PATH  the path that the operations lie under    [default: /api/v2]
                    (the sandbox's own choice: the portal documents neither host nor path)
  --dialect NAME    the style of its responses: page, as the portal's documentation shows it;
                    drifted, as another copy of that page does; house, as the vendor's other
                    APIs do                                   [default: page]
  --rate-limit N    requests a minute before it answers 429   [default: no limit]
  --sign SCHEME     how deliveries are signed: hex:HEADER, base64:HEADER, github, stripe:HEADER
                    or standard-webhooks                      [default: hex:Signature]
                    (the sandbox's own choice: the portal documents none)
  --connect-to ADDR where deliveries go, as in 127.0.0.1:8090, whatever host an endpoint's URL
                    names; by itself it delivers by http to this machine only
  -h, --help        print this text
  -V, --version     print the version

Environment: the program reads NO_COLOR (no colours in the log, which has them on a terminal
only). It prints these for the SDK, ready to paste into another shell:
  HB_PORTAL_BASE_URL        where the operations are
  HB_PORTAL_ACCESS_TOKEN    a token that it accepts
or, in place of the token, what mints one:
  HB_PORTAL_CLIENT_ID       a number
  HB_PORTAL_API_KEY         its key

While it runs, it takes commands on standard input: deliver, bad, attempts, help.

Standard output says how to use it, and answers commands. Standard error has one line for each
request and each try to deliver: when, what, the status, how long; no headers, no bodies.

Exit codes: 0 stopped by Ctrl-C or SIGTERM, 1 cannot start, 2 wrong usage.
";

/// What the user wants.
#[derive(Debug, PartialEq)]
pub(super) enum Command {
    Serve(Options),
    Help,
    Version,
}

#[derive(Debug, PartialEq)]
pub(super) struct Options {
    /// 0 for a free one.
    pub(super) port: u16,
    pub(super) base_path: String,
    pub(super) dialect: Dialect,
    pub(super) rate_limit: Option<u32>,
    pub(super) signing: Signing,
    pub(super) connect_to: Option<SocketAddr>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            base_path: "/api/v2".to_owned(),
            dialect: Dialect::default(),
            rate_limit: None,
            signing: Signing::Hex("Signature".to_owned()),
            connect_to: None,
        }
    }
}

pub(super) fn parse(mut arguments: Parser) -> Result<Command, lexopt::Error> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("port") => options.port = arguments.value()?.parse()?,
            Arg::Long("base-path") => options.base_path = arguments.value()?.string()?,
            Arg::Long("dialect") => options.dialect = arguments.value()?.parse_with(Dialect::parse)?,
            Arg::Long("rate-limit") => options.rate_limit = Some(arguments.value()?.parse()?),
            Arg::Long("sign") => options.signing = arguments.value()?.parse_with(Signing::parse)?,
            Arg::Long("connect-to") => options.connect_to = Some(arguments.value()?.parse()?),
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            Arg::Short('V') | Arg::Long("version") => return Ok(Command::Version),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Serve(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, lexopt::Error> {
        parse(Parser::from_args(arguments))
    }

    #[test]
    fn every_option_is_read() {
        let options = parsed(&[
            "--port",
            "8080",
            "--base-path=/x",
            "--dialect=house",
            "--rate-limit",
            "5",
            "--sign",
            "github",
            "--connect-to=127.0.0.1:9",
        ])
        .unwrap();
        let expected = Options {
            port: 8080,
            base_path: "/x".to_owned(),
            dialect: Dialect::House,
            rate_limit: Some(5),
            signing: Signing::Github,
            connect_to: Some(SocketAddr::from(([127, 0, 0, 1], 9))),
        };
        assert_eq!(options, Command::Serve(expected));
        assert_eq!(parsed(&[]).unwrap(), Command::Serve(Options::default()));
        assert_eq!(parsed(&["-h"]).unwrap(), Command::Help);
        assert_eq!(parsed(&["--version"]).unwrap(), Command::Version);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for bad in
            [&["--port", "66000"][..], &["--port"], &["--colour"], &["serve"], &["--sign", "md5"], &["--dialect", "x"]]
        {
            assert!(parsed(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_help_names_every_option_and_its_default() {
        for word in
            ["--port", "--base-path", "--dialect", "--rate-limit", "--sign", "--connect-to", "--help", "--version"]
        {
            assert!(HELP.contains(word), "{word}");
        }
        let Options { base_path, dialect, signing, .. } = Options::default();
        for default in [base_path, dialect.to_string(), signing.to_string()] {
            assert!(HELP.contains(&format!("[default: {default}]")));
        }
    }
}
