//! `hb-portal verify`: verifies a captured delivery, or explains why it is refused.

use std::time::Duration;

use clap::Args;
use hb_portal::verify::VerifyError;
use serde_json::json;

use crate::{
    capture::Capture,
    exit::{Exit, Failure},
    output::{BAD, GOOD, Output, rows},
    scheme::Accepted,
    shown,
};

/// Verify a captured delivery, or explain why it is refused
///
/// It exits with 0 if the delivery is signed with the secret, and with 1 if it must be refused.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  hb-portal verify --scheme hex:Signature --secret-file secret < captured.http")]
pub(crate) struct Verify {
    #[command(flatten)]
    accepted: Accepted,
    #[command(flatten)]
    capture: Capture,
    /// How old, or how far in the future, a signed timestamp may be
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    tolerance: u64,
}

impl Verify {
    pub(crate) fn run(&self, output: Output) -> Result<Exit, Failure> {
        let verifier = self.accepted.verifier()?.tolerance(Duration::from_secs(self.tolerance));
        let (headers, body) = self.capture.read(output)?;
        let error = match verifier.verify(&headers, &body) {
            Ok(verified) => {
                let id = verified.id().map(shown::text);
                let signed_at = verified.timestamp().map(shown::time);
                let key = verified.delivery_key().to_string();
                let index = verified.secret_index();
                let text = || {
                    let signer = (index > 0).then(|| ("secret", format!("number {}", index + 1)));
                    let facts = [("id", id.clone()), ("signed at", signed_at.clone()), ("delivery", Some(key.clone()))];
                    let facts = facts.into_iter().filter_map(|(name, value)| Some((name, value?))).chain(signer);
                    format!("{GOOD}verified{GOOD:#}\n{}", rows(facts))
                };
                output.result(text, || {
                    json!({"verdict": "verified", "id": id, "signed_at": signed_at, "delivery": key, "secret_index": index})
                });
                return Ok(Exit::Done);
            }
            Err(error) => error,
        };
        // A delivery that is refused for its time may be signed correctly.
        let is_time = matches!(error, VerifyError::TooOld { .. } | VerifyError::InTheFuture { .. });
        let is_signed = is_time && verifier.clone().tolerance(Duration::MAX).verify(&headers, &body).is_ok();
        let diagnosis = verifier.diagnose(&headers, &body);
        let advice = if is_signed {
            "the signature matches; to ignore the age of a capture, pass a larger --tolerance".to_owned()
        } else {
            diagnosis.to_string()
        };
        let text =
            || format!("{BAD}refused{BAD:#}\n{}", rows([("reason", error.to_string()), ("advice", advice.clone())]));
        output.result(text, || {
            json!({
                "verdict": "refused",
                "reason": error.to_string(),
                "advice": advice,
                "is_from_sender": is_signed || diagnosis.is_proven(),
            })
        });
        Ok(Exit::No)
    }
}
