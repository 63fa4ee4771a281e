//! `hb-portal sign`: signs a delivery for curl.

use std::{collections::BTreeMap, path::PathBuf, time::SystemTime};

use clap::Args;
use hb_portal::{http::HeaderMap, verify::Signer};
use serde_json::json;

use crate::{
    capture,
    exit::{Exit, Failure},
    output::Output,
    scheme::{Scheme, load, unusable},
    shell,
};

/// Sign a body from standard input, as the portal would, to test a receiver
///
/// Without --url, it prints the headers, for `curl --header @FILE`; with --url, it prints a complete curl command.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  echo '{\"event\":\"reference.submitted\"}' |
    hb-portal sign --scheme hex:Signature --secret-file secret \\
      --url http://127.0.0.1:8090/ | sh")]
pub(crate) struct Sign {
    #[command(flatten)]
    scheme: Scheme,
    /// A file with the signing secret
    #[arg(long, value_name = "PATH")]
    secret_file: PathBuf,
    /// The URL of a receiver, to print a curl command that delivers to it
    #[arg(long)]
    url: Option<String>,
    /// The id of the delivery, if the scheme has one [default: a new id]
    #[arg(long)]
    id: Option<String>,
}

impl Sign {
    pub(crate) fn run(&self, output: Output) -> Result<Exit, Failure> {
        let signer = Signer::new(self.scheme.scheme.clone(), &load(&self.secret_file)?).map_err(unusable)?;
        let body = capture::stdin(output)?;
        let signed = match &self.id {
            Some(id) => signer.sign_at(id, SystemTime::now(), &body),
            None => signer.sign(&body),
        };
        let mut headers = lines(&signed.map_err(unusable)?);
        headers.insert("content-type".to_owned(), "application/json".to_owned());
        let text = match &self.url {
            None => headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect(),
            Some(url) => {
                // A NUL ends an argument.
                let body = String::from_utf8(body).ok().filter(|body| !body.contains('\0'));
                let body = body.ok_or_else(|| {
                    Failure::usage(
                        "the body is not text, so a command line cannot contain it: omit --url, and pass the body to curl \
                         with --data-binary @FILE",
                    )
                })?;
                let headers: String = headers
                    .iter()
                    .map(|(name, value)| format!("  --header {} \\\n", shell::quote(&format!("{name}: {value}"))))
                    .collect();
                let (url, body) = (shell::quote(url), shell::quote(&body));
                format!("curl --include {url} \\\n{headers}  --data-raw {body}\n")
            }
        };
        output.result(|| text, || json!({"headers": headers}));
        Ok(Exit::Done)
    }
}

/// The headers as text; the headers of a signer are always text.
fn lines(headers: &HeaderMap) -> BTreeMap<String, String> {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect()
}
