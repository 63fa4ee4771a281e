//! `hb-portal webhooks delete`: deletes an endpoint.

use clap::Args;
use hb_portal::{Deleted, EndpointId};
use serde_json::json;

use crate::{
    confirm,
    exit::{Exit, Failure},
    output::Output,
    portal::Portal,
    progress, shown,
};

/// Delete an endpoint (preview)
///
/// Its secret is useless afterwards. Without --yes, it asks for confirmation, which requires a terminal.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  hb-portal webhooks delete 20417 --yes")]
pub(super) struct Delete {
    /// The id of the endpoint
    id: String,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

impl Delete {
    pub(super) async fn run(self, portal: &Portal, output: Output) -> Result<Exit, Failure> {
        let client = portal.client()?;
        let id = shown::text(&self.id);
        if !self.yes && !confirm::ask(&format!("delete endpoint {id}?"))? {
            return Err(Failure::new(Exit::No, format!("endpoint {id} was not deleted")));
        }
        let delete = client.webhooks().delete(&EndpointId::from(self.id)).send();
        let was_gone = progress::watch("waiting for the portal", delete).await? == Deleted::WasGone;
        let text = if was_gone { "was deleted, by this call or before it" } else { "was deleted" };
        output.result(
            || format!("endpoint {id} {text}\n"),
            || json!({"outcome": "deleted", "id": id, "was_gone": was_gone}),
        );
        Ok(Exit::Done)
    }
}
