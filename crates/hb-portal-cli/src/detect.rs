//! `hb-portal detect`: which scheme signed a captured delivery.

use std::path::PathBuf;

use clap::Args;
use hb_portal::verify::detect;
use serde_json::json;

use crate::{
    capture::Capture,
    exit::{Exit, Failure},
    output::Output,
    scheme::load,
};

/// Find the scheme that a captured delivery was signed with
///
/// It prints the schemes that verify the delivery, one per line, in the form that --scheme takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  hb-portal detect --secret-file secret < captured.http")]
pub(crate) struct Detect {
    /// A file with the signing secret of the endpoint
    #[arg(long, value_name = "PATH")]
    secret_file: PathBuf,
    #[command(flatten)]
    capture: Capture,
}

impl Detect {
    pub(crate) fn run(&self, output: Output) -> Result<Exit, Failure> {
        let secret = load(&self.secret_file)?;
        let (headers, body) = self.capture.read(output)?;
        let detected = detect(&headers, &body, &secret);
        if detected.is_empty() {
            return Err(Failure::new(Exit::No, "no known scheme verifies this delivery with this secret").hint(
                "check that the secret belongs to this endpoint, and that the body is byte for byte as it arrived",
            ));
        }
        let schemes: Vec<(String, bool)> =
            detected.iter().map(|found| (found.scheme.to_string(), found.is_open_to_replay())).collect();
        let text = || schemes.iter().map(|(scheme, _)| format!("{scheme}\n")).collect();
        output.result(text, || {
            let schemes = schemes.iter().map(|(scheme, open)| json!({"scheme": scheme, "is_open_to_replay": open}));
            json!({"schemes": schemes.collect::<Vec<_>>()})
        });
        for (scheme, _) in schemes.iter().filter(|(_, is_open)| *is_open) {
            output.warning(&format!(
                "{scheme} signs neither an id nor a timestamp, so anyone who has seen a delivery can replay it: record the \
                 deliveries that you have handled"
            ));
        }
        Ok(Exit::Done)
    }
}
