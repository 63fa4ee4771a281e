//! The options for the place of the secret, in the order in which they are given.

use std::{io::Write as _, path::PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use hb_portal::{Attempt, BoxError, BoxFuture, CreatedWebhook, SecretCommand, SecretFile, SecretSink};

use crate::exit::Failure;

const FILE: &str = "secret-file";
const COMMAND: &str = "secret-command";
const SHOW: &str = "show-secret";

/// A file, a command, both of them in either order, or standard output.
#[derive(Debug, Clone, Default)]
pub(super) struct Sinks {
    pub(super) file: Option<PathBuf>,
    command: Option<String>,
    command_is_first: bool,
    pub(super) show: bool,
}

impl Sinks {
    /// The sink that these options describe.
    pub(super) fn sink(&self) -> Result<Box<dyn SecretSink>, Failure> {
        if cfg!(windows) && self.command.is_some() {
            return Err(Failure::usage(
                "--secret-command runs a command with `sh -c`, and Windows has no `sh`: use --secret-file",
            ));
        }
        let file = self.file.as_ref().map(SecretFile::new);
        let command = self.command.as_ref().map(|command| SecretCommand::new("sh", ["-c", command]));
        Ok(match (file, command) {
            (Some(file), Some(command)) if self.command_is_first => Box::new(command.or(file)),
            (Some(file), Some(command)) => Box::new(file.or(command)),
            (Some(file), None) => Box::new(file),
            (None, Some(command)) => Box::new(command),
            (None, None) if self.show => Box::new(StandardOutput),
            (None, None) => {
                return Err(Failure::usage(
                    "no place was given for the signing secret, which the portal shows once; nothing was sent: pass \
                     --secret-file, --secret-command or --show-secret",
                ));
            }
        })
    }
}

impl Args for Sinks {
    fn augment_args(command: Command) -> Command {
        command.next_help_heading("Where to store the secret").args([
            Arg::new(FILE)
                .long(FILE)
                .value_name("PATH")
                .value_parser(value_parser!(PathBuf))
                .help("A new file that only you can read; an existing file is never replaced"),
            Arg::new(COMMAND)
                .long(COMMAND)
                .value_name("COMMAND")
                // The shell would succeed without reading the secret.
                .value_parser(|text: &str| match text.trim() {
                    "" => Err("it is empty, so it would not store the secret"),
                    _ => Ok(text.to_owned()),
                })
                .help("A command that reads it from standard input, such as 'vault kv put secret/hb value=-'")
                .long_help(
                    "A command that reads it from standard input, such as 'vault kv put secret/hb value=-'\n\n\
                     `sh -c` runs it, without any variable whose name begins with HB_PORTAL_. Exit code 0 means that it has \
                     stored the secret, and counts only if it has read the whole secret. Its output is discarded.",
                ),
            Arg::new(SHOW)
                .long(SHOW)
                .action(ArgAction::SetTrue)
                .conflicts_with_all([FILE, COMMAND])
                .help("Standard output, which then contains only the secret; results are on standard error"),
        ])
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Sinks {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self {
            file: matches.get_one::<PathBuf>(FILE).cloned(),
            command: matches.get_one::<String>(COMMAND).cloned(),
            command_is_first: matches.index_of(COMMAND) < matches.index_of(FILE),
            show: matches.get_flag(SHOW),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Prints the secret on its own line. If that fails, the secret is not stored.
struct StandardOutput;

impl SecretSink for StandardOutput {
    fn prepare<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { Ok(()) })
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            let mut stdout = std::io::stdout().lock();
            let secret = created.secret.expose_secret();
            let printed = stdout.write_all(secret.as_bytes()).and_then(|()| stdout.write_all(b"\n"));
            printed.and_then(|()| stdout.flush()).map_err(|error| format!("standard output: {error}").into())
        })
    }
}
