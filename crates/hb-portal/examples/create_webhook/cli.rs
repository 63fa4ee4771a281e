//! The example's command line.

use std::{ffi::OsString, path::PathBuf};

use lexopt::{Arg, ValueExt as _};

pub(crate) const HELP: &str = "\
Creates a webhook endpoint (the documentation's example request) and stores its signing secret, which the portal shows
once, in a file that only you can read. The secret itself is never shown.

Usage: cargo run --example create_webhook [-- OPTIONS]

With none of the variables below set, a sandbox of the portal is started in this process, and the secret goes to a fresh
folder. The sandbox then delivers to a receiver in this process, which verifies the delivery with the stored secret and
refuses a forged one. With them, the real portal is used, and nothing is delivered.

Options:
      --secret-file PATH  Where to store the secret; no file may be there yet. Required with the real portal
      --url URL           The endpoint's URL [default: https://your-app.com/webhooks/references]
  -h, --help              Print this

Environment:
  HB_PORTAL_BASE_URL      The base URL of your account, as in https://portal.example/api/v2
  HB_PORTAL_ACCESS_TOKEN  An access token; or instead of it
  HB_PORTAL_CLIENT_ID     the id of an API client (a number), with
  HB_PORTAL_API_KEY       its key

Exit codes:
  0  created, and the secret is stored
  1  created, and the secret is stored, but the sandbox could not deliver
  2  the command line or the environment is not complete; nothing was sent
  3  not sent: nothing was created
  4  rejected: nothing was created
  5  unconfirmed: an endpoint may exist
  6  secret missing: an endpoint exists, and its secret is lost
  7  not stored: an endpoint exists, and its secret could not be stored
";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) url: String,
    pub(crate) secret_file: Option<PathBuf>,
}

/// `None` when help is asked for.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options { url: "https://your-app.com/webhooks/references".to_owned(), secret_file: None };
    let mut parser = lexopt::Parser::from_iter(args);
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("secret-file") => options.secret_file = Some(parser.value()?.into()),
            Arg::Long("url") => options.url = parser.value()?.string()?,
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(options))
}
