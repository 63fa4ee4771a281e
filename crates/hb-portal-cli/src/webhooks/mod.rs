//! `hb-portal webhooks`: the endpoints of an account.

mod calls;
mod create;
mod delete;
mod dry_run;
mod keeper;
mod list;
mod recover;
mod sinks;
mod unfinished;
mod update;

use std::pin::Pin;

use clap::{Args, Subcommand};

use crate::{
    exit::{Exit, Failure},
    output::Output,
    portal::Portal,
    stop::Stop,
};

/// Create and manage webhook endpoints
///
/// The portal documents only `create`. The other commands are a preview: the portal's documentation names their operations,
/// but neither paths nor fields, so these commands may change when it does.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hb-portal webhooks create --url https://your-app.com/hook \\
    --event reference.submitted --secret-file webhook-secret
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
    Show(list::Show),
    Update(update::Update),
    Delete(delete::Delete),
    Calls(calls::Calls),
    Test(calls::SendTest),
    Recover(recover::Recover),
}

impl Webhooks {
    /// Whether the command prints something other than results on standard output.
    pub(crate) fn takes_stdout(&self) -> bool {
        matches!(&self.command, Command::Create(create) if create.takes_stdout())
    }

    pub(crate) async fn run(self, output: Output) -> Result<Exit, Failure> {
        let portal = &self.portal;
        let is_reader = matches!(self.command, Command::List(_) | Command::Show(_) | Command::Calls(_));
        let work: Pin<Box<dyn Future<Output = Result<Exit, Failure>> + '_>> = match self.command {
            // It handles signals itself, because a secret may be on its way.
            Command::Create(create) => return create.run(portal, output).await,
            Command::List(list) => Box::pin(list.run(portal, output)),
            Command::Show(show) => Box::pin(show.run(portal, output)),
            Command::Update(update) => Box::pin(update.run(portal, output)),
            Command::Delete(delete) => Box::pin(delete.run(portal, output)),
            Command::Calls(calls) => Box::pin(calls.run(portal, output)),
            Command::Test(test) => Box::pin(test.run(portal, output)),
            Command::Recover(recover) => Box::pin(recover.run(portal, output)),
        };
        let mut stop = Stop::listen()?;
        tokio::select! {
            outcome = work => outcome,
            exit = stop.wait() => Err(Failure::new(exit, match is_reader {
                true => "interrupted; nothing was changed",
                false => "interrupted; if a request was on its way, the portal may have carried it out: check with \
                          `hb-portal webhooks list`",
            })),
        }
    }
}
