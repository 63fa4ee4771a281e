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
    id: EndpointId,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

impl Delete {
    pub(super) async fn run(self, portal: &Portal, output: Output) -> Result<Exit, Failure> {
        let client = portal.client()?;
        let id = shown::text(self.id.as_str());
        if !self.yes && !confirm::ask(&format!("delete endpoint {id}?")).await? {
            return Err(Failure::new(Exit::No, format!("endpoint {id} was not deleted")));
        }
        let was_gone = progress::call(client.webhooks().delete(&self.id).send()).await? == Deleted::WasGone;
        let text = if was_gone { "was deleted, by this call or before it" } else { "was deleted" };
        output.result(
            || format!("endpoint {id} {text}\n"),
            || json!({"outcome": "deleted", "id": id, "was_gone": was_gone}),
        );
        Ok(Exit::Done)
    }
}
