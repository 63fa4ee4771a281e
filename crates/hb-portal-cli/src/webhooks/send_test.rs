//! `hb-portal webhooks test`: makes the portal send a test delivery.

use clap::Args;
use hb_portal::EndpointId;
use serde_json::json;

use super::calls;
use crate::{
    exit::{Exit, Failure},
    output::Output,
    portal::Portal,
    progress, shown,
};

/// Have the portal send a test delivery to an endpoint (preview)
///
/// It exits with 1 if the portal reports that the receiver did not accept the delivery.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  hb-portal webhooks test 20417")]
pub(super) struct SendTest {
    /// The id of the endpoint
    id: String,
}

impl SendTest {
    pub(super) async fn run(self, portal: &Portal, output: Output) -> Result<Exit, Failure> {
        let test = portal.client()?.webhooks().send_test(&EndpointId::from(self.id)).send();
        let sent = progress::watch("waiting for the portal and the receiver", test).await?;
        let is_accepted = sent.call.as_ref().and_then(|call| call.success);
        let text = || {
            let result = sent.call.as_ref().map_or_else(|| "?".to_owned(), calls::result);
            let verdict = match is_accepted {
                Some(true) => format!("the receiver accepted the delivery ({result})"),
                Some(false) => format!("the receiver did not accept the delivery ({result})"),
                None => "the portal sent a test delivery, but did not report its result".to_owned(),
            };
            let message = sent.message.as_deref().map(|message| format!("{}\n", shown::text(message)));
            format!("{verdict}\n{}", message.unwrap_or_default())
        };
        output.result(text, || json!({"is_accepted": is_accepted, "call": sent.call, "message": sent.message}));
        Ok(if is_accepted == Some(false) { Exit::No } else { Exit::Done })
    }
}
