//! The command `hb-portal`: reads the command line, runs one command, and exits with the code of its outcome.

mod capture;
mod demo;
mod detect;
mod endpoint;
mod exit;
mod listen;
mod output;
mod portal;
mod progress;
mod sandbox;
mod scheme;
mod shell;
mod shown;
mod sign;
mod socket;
mod state;
mod stop;
mod verify;
mod webhooks;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use exit::{Exit, Failure};
use output::Output;

/// Webhook endpoints of the Healthier Business Portal: create one without losing its signing secret, and receive and verify
/// what it delivers.
///
/// The portal shows a signing secret once. This command stores it before it says that all is well, and never prints it unless
/// asked to. It takes tokens and keys from the environment only, because other users of a machine can read command lines:
///
///   HB_PORTAL_BASE_URL      the base URL of your account, such as https://portal.example/api/v2
///   HB_PORTAL_ACCESS_TOKEN  an access token; or instead of it
///   HB_PORTAL_CLIENT_ID     the id of an API client (a number), with
///   HB_PORTAL_API_KEY       its key
#[derive(Parser)]
#[command(name = "hb-portal", version, verbatim_doc_comment, max_term_width = 100, after_long_help = HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print results as JSON, one object per line; no secret is ever in them
    #[arg(long, global = true)]
    json: bool,
}

const HELP: &str = concat!(
    "\
Examples:
  hb-portal demo
      Everything once, in a sandbox: create, store, receive, verify, refuse a forgery
  hb-portal sandbox
      A portal on this machine to try the other commands against
  hb-portal webhooks create --url https://your-app.com/hook --event reference.submitted --secret-file secret
      Create an endpoint and store its secret

Colours are used on a terminal only, unless NO_COLOR is set. Progress is shown on a terminal only.

",
    include_str!("exit_codes.txt")
);

#[derive(Subcommand)]
enum Command {
    Webhooks(Box<webhooks::Webhooks>),
    Listen(listen::Listen),
    Verify(verify::Verify),
    Detect(detect::Detect),
    Sign(sign::Sign),
    Sandbox(sandbox::Sandbox),
    Demo(demo::Demo),
}

fn main() -> ExitCode {
    let Cli { command, json } = Cli::parse();
    let output = Output::new(json);
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::No, format!("could not start: {error}")))
        .and_then(|runtime| {
            let outcome = runtime.block_on(run(command, output));
            // A thread that waits for standard input would wait for ever.
            runtime.shutdown_background();
            outcome
        });
    match outcome {
        Ok(exit) => exit,
        Err(failure) => {
            output.failure(&failure);
            failure.exit
        }
    }
    .into()
}

async fn run(command: Command, output: Output) -> Result<Exit, Failure> {
    match command {
        Command::Webhooks(webhooks) => webhooks.run(output).await,
        Command::Listen(listen) => listen.run(output).await,
        Command::Verify(verify) => verify.run(output),
        Command::Detect(detect) => detect.run(output),
        Command::Sign(sign) => sign.run(output),
        Command::Sandbox(sandbox) => sandbox.run(output).await,
        Command::Demo(demo) => demo.run(output).await,
    }
}
