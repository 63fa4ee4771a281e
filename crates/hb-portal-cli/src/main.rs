//! The command `hb-portal`: reads the command line, runs one command, and exits with the code of its outcome.

mod capture;
mod confirm;
mod demo;
mod detect;
mod endpoint;
mod exit;
mod failed;
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

const EXAMPLES: &str = "\
Examples:
  hb-portal demo     create, store, receive, verify and refuse, in a sandbox
  hb-portal sandbox  a portal on this machine to experiment with";

const ENVIRONMENT: &str = "\
Environment:
  HB_PORTAL_BASE_URL      the base URL of your account
  HB_PORTAL_ACCESS_TOKEN  an access token, or instead of it
  HB_PORTAL_CLIENT_ID     the id of an API client (a number), with
  HB_PORTAL_API_KEY       its key
  NO_COLOR                turns off colours, which are used only on a terminal
Tokens and keys come only from the environment, because other users of a machine
can read command lines.";

/// Create webhook endpoints of the Healthier Business Portal, and receive and verify their deliveries
///
/// The portal shows the signing secret of an endpoint once. This command stores the secret before it reports success, and never
/// prints it unless asked to.
#[derive(Parser)]
#[command(name = "hb-portal", version, max_term_width = 100, after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{ENVIRONMENT}\n\n{}", Exit::help()))]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print results as JSON, one object per line; none ever contains a signing secret
    #[arg(long, global = true)]
    json: bool,
}

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
    let Cli { command, json } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return unparsed(&error),
    };
    let output = match &command {
        Command::Webhooks(webhooks) if webhooks.takes_stdout() => Output::new(json).leave_stdout(),
        _ => Output::new(json),
    };
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::No, format!("could not start: {error}")))
        .and_then(|runtime| {
            let outcome = runtime.block_on(run(command, output));
            // A thread that waits for standard input may never end.
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

/// Prints help, or the problem with the command line.
fn unparsed(error: &clap::Error) -> ExitCode {
    // If nothing reads it, the exit code still reports the outcome.
    let _ = error.print();
    if !error.use_stderr() {
        return Exit::Done.into();
    }
    if std::env::args_os().any(|argument| argument == "--json") {
        let text = error.to_string();
        let first = text.split("\n\n").next().unwrap_or_default();
        let words: Vec<&str> = first.trim_start_matches("error: ").split_whitespace().collect();
        Output::new(true).json(|| Failure::usage(words.join(" ")).json());
    }
    Exit::Usage.into()
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
