//! `hb-portal webhooks`: the endpoints of an account.

mod calls;
mod create;
mod delete;
mod dry_run;
mod keeper;
mod list;
mod recover;
mod send_test;
mod show;
mod sinks;
mod unfinished;
mod update;

use clap::{Args, Subcommand};

use crate::{
    exit::{Exit, Failure},
    output::Output,
    portal::Portal,
};

/// Create and manage webhook endpoints
///
/// The portal documents only `create`. The other commands are a preview: the portal's documentation names their operations,
/// but neither paths nor fields, so these commands may change when it does.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hb-portal webhooks create --url https://your-app.com/hook --event reference.submitted \\
    --secret-file webhook-secret
  hb-portal webhooks list")]
pub(crate) struct Webhooks {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    portal: Portal,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(create::Create),
    List(list::List),
    Show(show::Show),
    Update(update::Update),
    Delete(delete::Delete),
    Calls(calls::Calls),
    Test(send_test::SendTest),
    Recover(recover::Recover),
}

impl Webhooks {
    /// Whether the command prints something other than results on standard output.
    pub(crate) fn takes_stdout(&self) -> bool {
        matches!(&self.command, Command::Create(create) if create.takes_stdout())
    }

    pub(crate) async fn run(self, output: Output) -> Result<Exit, Failure> {
        let portal = &self.portal;
        match self.command {
            Command::Create(create) => create.run(portal, output).await,
            Command::List(list) => list.run(portal, output).await,
            Command::Show(show) => show.run(portal, output).await,
            Command::Update(update) => update.run(portal, output).await,
            Command::Delete(delete) => delete.run(portal, output).await,
            Command::Calls(calls) => calls.run(portal, output).await,
            Command::Test(test) => test.run(portal, output).await,
            Command::Recover(recover) => recover.run(portal, output).await,
        }
    }
}
