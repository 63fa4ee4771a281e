//! `hb-portal webhooks create`: creates an endpoint, and makes sure that its secret is not lost.

use std::{
    path::{Path, PathBuf},
    sync::PoisonError,
    time::Duration,
};

use clap::Args;
use hb_portal::{Client, CreateError, CreateWebhook, CreatedWebhook, NotSentReason, SecretFile};

use super::{
    dry_run,
    keeper::{Keeper, Kept},
    sinks::Sinks,
    unfinished,
};
use crate::{
    endpoint::print_created,
    exit::{self, Exit, Failure},
    output::Output,
    portal::Portal,
    progress, shell, shown, state,
    stop::Stop,
};

macro_rules! examples {
    () => {
        "\
Examples:
  hb-portal webhooks create --url https://your-app.com/hook \\
    --event reference.submitted reference.declined --delivery-timeout 30 --delivery-retries 3 \\
    --secret-file webhook-secret
  hb-portal webhooks create --url https://your-app.com/hook --event reference.submitted \\
    --secret-command 'vault kv put secret/hb value=-'"
    };
}

/// Create an endpoint, and store its signing secret
///
/// The portal shows the secret once, so specify where to store it. Nothing is sent before that place is known to be ready.
/// --secret-file and --secret-command can be combined: the first one given is tried first. If the secret cannot be stored
/// there, it is written to a new file in the state folder ($XDG_STATE_HOME/hb-portal or ~/.local/state/hb-portal), and the
/// path of that file is printed.
#[derive(Debug, Args)]
#[command(after_help = examples!(), after_long_help = concat!(examples!(), "\n\n", include_str!("../exit_codes.txt")))]
pub(super) struct Create {
    /// Where the portal sends deliveries
    #[arg(long)]
    url: String,
    /// The events to deliver, such as reference.submitted, reference.declined or reference.all_completed
    #[arg(long = "event", value_name = "EVENT", required = true, num_args = 1..)]
    events: Vec<String>,
    /// How long the portal waits for the response to a delivery [default: the portal's choice]
    #[arg(long, value_name = "SECONDS")]
    delivery_timeout: Option<u64>,
    /// How many times the portal retries a failed delivery [default: the portal's choice]
    #[arg(long, value_name = "NUMBER")]
    delivery_retries: Option<u32>,
    /// Show the request, without credentials, and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    sinks: Sinks,
}

/// A request that was never sent is abandoned within this time.
const MOMENT: Duration = Duration::from_millis(200);

impl Create {
    /// Whether standard output is for the secret alone.
    pub(super) fn takes_stdout(&self) -> bool {
        self.sinks.show && !self.dry_run
    }

    pub(super) async fn run(self, portal: &Portal, output: Output) -> Result<Exit, Failure> {
        if self.dry_run {
            return self.show_request(portal, output).await;
        }
        let chosen = self.sinks.sink()?;
        let client = portal.client()?;
        self.check_unfinished()?;
        let last = state::new_secret().map_err(|error| Failure::of(Exit::NotSent, &error))?;
        let keeper = Keeper::new(chosen, SecretFile::new(&last));
        let kept = keeper.kept();
        let mut stop = Stop::listen()?;
        let send = self.call(&client).store_secret_in(keeper).send();
        let mut sending = Box::pin(progress::watch("waiting for the portal", send));
        let outcome = tokio::select! {
            biased;
            outcome = &mut sending => outcome,
            exit = stop.wait() => {
                drop(sending);
                let stopped = wait_on(&client, &mut stop, &kept, output).await;
                return Err(self.interrupted(stopped.unwrap_or(exit), kept(), &last));
            }
        };
        match outcome {
            Ok(created) => Ok(self.created(&created, kept(), &last, output)),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Refuses to create an endpoint that an attempt may have created already, as the journal next to a secret file does for
    /// that file.
    fn check_unfinished(&self) -> Result<(), Failure> {
        if self.sinks.file.as_ref().is_some_and(has_journal) {
            return Ok(());
        }
        let attempts = unfinished::attempts(None).map_err(|error| Failure::of(Exit::NotSent, &error))?;
        let Some(known) = attempts.iter().find(|known| known.attempt.url == self.url) else { return Ok(()) };
        let (url, since) = (shown::url(&self.url), shown::time(known.attempt.started_at.into()));
        let text = format!(
            "an attempt that began at {since} has not finished, and may have created an endpoint for {url}; nothing was sent"
        );
        let hint = "`hb-portal webhooks recover` looks for the endpoint at the portal, then allows the next attempt";
        Err(Failure::new(Exit::NotSent, text).with("at_portal", "nothing".into()).hint(hint))
    }

    fn call(&self, client: &Client) -> CreateWebhook {
        let mut call = client.webhooks().create(&self.url, self.events.iter().map(String::as_str));
        if let Some(seconds) = self.delivery_timeout {
            call = call.delivery_timeout(Duration::from_secs(seconds));
        }
        if let Some(retries) = self.delivery_retries {
            call = call.delivery_retries(retries);
        }
        call
    }

    async fn show_request(&self, portal: &Portal, output: Output) -> Result<Exit, Failure> {
        let (client, seen) = dry_run::client(portal.builder()?, &self.url)?;
        let outcome = self.call(&client).send().await;
        match (seen.lock().unwrap_or_else(PoisonError::into_inner).take(), outcome) {
            (Some(request), _) => {
                output.result(|| request.text(), || request.json());
                Ok(Exit::Done)
            }
            (None, Err(error)) => Err(self.failed(error)),
            (None, Ok(_)) => Err(Failure::new(Exit::No, "no request was made")),
        }
    }

    fn created(&self, created: &CreatedWebhook, kept: Kept, last: &Path, output: Output) -> Exit {
        if let Kept::InLastResort(_, why) = kept {
            let path = last.display().to_string();
            print_created(output, created, Exit::StoredElsewhere.name(), ("last_resort", Some(&path)));
            output.warning(&format!(
                "the secret could not be stored as you asked: {why}; it is in {path}: move it from there"
            ));
            return Exit::StoredElsewhere;
        }
        let file = self.sinks.file.as_ref().map(SecretFile::new);
        let holds_it = |file: &SecretFile| {
            let stored = file.load().ok().flatten();
            stored.is_some_and(|stored| stored.secret.fingerprint() == created.secret.fingerprint())
        };
        match file.filter(holds_it) {
            Some(file) => print_created(output, created, "created", ("file", Some(&file.path().display().to_string()))),
            None if self.sinks.show => print_created(output, created, "created", ("standard_output", None)),
            None => print_created(output, created, "created", ("command", None)),
        }
        Exit::Done
    }

    fn failed(&self, error: CreateError) -> Failure {
        let recover = self.recover();
        let is_sink = matches!(&error, CreateError::NotSent(not_sent) if not_sent.reason() == NotSentReason::Sink);
        let failure = exit::of_create(error, &recover);
        match is_sink && self.sinks.file.as_ref().is_some_and(has_journal) {
            true => failure.hint(format!("`{recover}` checks the portal, then allows the next attempt")),
            false => failure,
        }
    }

    fn interrupted(&self, exit: Exit, kept: Kept, last: &Path) -> Failure {
        let which = |id: Option<_>| id.map_or_else(String::new, |id| format!(" {}", shown::text(&format!("{id}"))));
        let fail = |text: String, at_portal: &str| Failure::new(exit, text).with("at_portal", at_portal.into());
        let look = format!("`{}` looks for the endpoint at the portal, then allows the next attempt", self.recover());
        match kept {
            Kept::NotBegun | Kept::Nothing => fail("interrupted; nothing was created".to_owned(), "nothing"),
            Kept::Stored(id) => {
                fail(format!("interrupted; endpoint{} was created, and its secret is stored", which(id)), "one")
            }
            Kept::InLastResort(id, why) => {
                let (id, last) = (which(id), last.display());
                fail(
                    format!("interrupted; endpoint{id} was created, and its secret is in {last}, because {why}"),
                    "one",
                )
            }
            Kept::Lost(Some(id)) => {
                let text =
                    format!("interrupted; endpoint{} was created, but its secret is not stored", which(Some(id)));
                fail(text, "one").hint(look)
            }
            Kept::Lost(None) | Kept::Waiting(_) => {
                let url = shown::url(&self.url);
                fail(
                    format!("interrupted; an endpoint for {url} may have been created, and its secret is lost"),
                    "perhaps_one",
                )
                .hint(look)
            }
        }
    }

    /// The command that finds what an attempt left behind.
    fn recover(&self) -> String {
        let file =
            self.sinks.file.as_ref().map(|path| format!(" --secret-file {}", shell::quote(&path.to_string_lossy())));
        format!("hb-portal webhooks recover{}", file.unwrap_or_default())
    }
}

/// Whether an attempt to store a secret at `path` has not finished.
fn has_journal(path: &PathBuf) -> bool {
    SecretFile::new(path).unfinished().ok().flatten().is_some()
}

/// Waits until the abandoned create has ended. Returns the exit code if another signal ends the wait.
async fn wait_on(client: &Client, stop: &mut Stop, kept: &impl Fn() -> Kept, output: Output) -> Option<Exit> {
    if tokio::time::timeout(MOMENT, client.drain()).await.is_ok() {
        return None;
    }
    let limit = match kept() {
        Kept::Waiting(attempt) => {
            attempt.deadline.map(|at| format!(", until {} at the latest", at.format("%H:%M:%S UTC")))
        }
        _ => None,
    };
    output.warning(&format!(
        "interrupted: if the request is in flight, an endpoint may exist, so this command waits for the response and stores \
         the secret{}; press Ctrl-C again to stop now and lose the secret",
        limit.unwrap_or_default()
    ));
    tokio::select! {
        () = progress::watch("waiting for the response", client.drain()) => None,
        exit = stop.wait() => Some(exit),
    }
}
