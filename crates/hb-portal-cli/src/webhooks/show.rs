//! `hb-portal webhooks show`: one endpoint.

use clap::Args;
use hb_portal::EndpointId;
use serde_json::json;

use crate::{
    endpoint,
    exit::{Exit, Failure},
    output::{Output, rows},
    portal::Portal,
    progress, shown,
};

/// Show one endpoint (preview)
///
/// The portal names no operation for this, so the command searches the list. It exits with 1 if the endpoint is not in it.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  hb-portal webhooks show 20417")]
pub(super) struct Show {
    /// The id of the endpoint
    id: String,
}

impl Show {
    pub(super) async fn run(self, portal: &Portal, output: Output) -> Result<Exit, Failure> {
        let id = EndpointId::from(self.id);
        let mut stream = portal.client()?.webhooks().list().stream();
        while let Some(endpoint) = progress::watch("waiting for the portal", stream.next()).await {
            let endpoint = endpoint?;
            if endpoint.id.as_ref() == Some(&id) {
                output.result(|| rows(endpoint::fields(&endpoint)), || json!(endpoint));
                return Ok(Exit::Done);
            }
        }
        Err(Failure::new(Exit::No, format!("the account has no endpoint {}", shown::text(id.as_str()))))
    }
}
