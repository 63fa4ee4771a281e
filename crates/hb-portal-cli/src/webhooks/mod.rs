//! `hb-portal webhooks`: the endpoints of an account.

mod create;
mod dry_run;
mod keeper;
mod sinks;

use clap::{Args, Subcommand};

use crate::{
    exit::{Exit, Failure},
    output::Output,
    portal::Portal,
};

/// Create webhook endpoints
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  hb-portal webhooks create --url https://your-app.com/hook --event reference.submitted \\
    --secret-file webhook-secret")]
pub(crate) struct Webhooks {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    portal: Portal,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(create::Create),
}

impl Webhooks {
    pub(crate) async fn run(self, output: Output) -> Result<Exit, Failure> {
        match self.command {
            Command::Create(create) => create.run(&self.portal, output).await,
        }
    }
}
