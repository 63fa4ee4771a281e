//! `hb-portal webhooks create`: creates an endpoint, and makes sure that its secret is not lost.

use std::{io, path::Path, sync::PoisonError, time::Duration};

use clap::{Args, value_parser};
use hb_portal::{Attempt, Client, CreateWebhook, CreatedWebhook, Liveness, SecretFile};

use super::{
    dry_run,
    keeper::{Keeper, Kept},
    sinks::Sinks,
    unfinished,
};
use crate::{
    endpoint::print_created,
    exit::{Exit, Failure},
    failed::{look, of_create},
    output::Output,
    portal::Portal,
    progress, shell, shown, state,
    stop::Stop,
};

const EXAMPLES: &str = "\
Examples:
  hb-portal webhooks create --url https://your-app.com/hook \\
    --event reference.submitted reference.declined \\
    --delivery-timeout 30 --delivery-retries 3 --secret-file webhook-secret
  hb-portal webhooks create --url https://your-app.com/hook \\
    --event reference.submitted \\
    --secret-command 'vault kv put secret/hb value=-'";

/// Create an endpoint, and store its signing secret
///
/// The portal shows the secret once, so specify where to store it. Nothing is sent before that place is known to be ready.
/// --secret-file and --secret-command can be combined: the first one given is tried first. If the secret cannot be stored
/// there, it is written to a new file in the state folder ($XDG_STATE_HOME/hb-portal or ~/.local/state/hb-portal), and the
/// path of that file is printed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", Exit::help()))]
pub(super) struct Create {
    /// Where the portal sends deliveries
    #[arg(long)]
    url: String,
    /// The events to deliver, such as reference.submitted, reference.declined or reference.all_completed
    #[arg(long = "event", value_name = "EVENT", required = true, num_args = 1..)]
    events: Vec<String>,
    /// How long the portal waits for the response to a delivery [default: the portal's choice]
    #[arg(long, value_name = "SECONDS", value_parser = value_parser!(u64).range(1..))]
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

const RECOVER: &str = "hb-portal webhooks recover";

/// A create whose request was not sent ends within this time after it was abandoned.
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
        self.check_unfinished(portal)?;
        let last = state::new_secret().map_err(|error| Failure::no_place(&error))?;
        let keeper = Keeper::new(chosen, SecretFile::new(&last));
        let kept = keeper.kept();
        let mut stop = Stop::listen()?;
        let send = self.call(&client).store_secret_in(keeper).send();
        let mut sending = Box::pin(progress::watch(|| kept().step(), send));
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
            Err(error) => Err(of_create(error, &self.recover())),
        }
    }

    /// Refuses to create an endpoint that an unfinished attempt may have created: one that was to store its secret in the same
    /// file, or one for the same URL at the same portal.
    fn check_unfinished(&self, portal: &Portal) -> Result<(), Failure> {
        let unreadable = |error: io::Error| Failure::no_place(&error);
        if let Some(file) = &self.sinks.file
            && let Some(attempt) = SecretFile::new(file).unfinished().map_err(unreadable)?
        {
            return Err(refusal(&attempt, &self.recover()));
        }
        let attempts = unfinished::attempts(None).map_err(unreadable)?;
        let is_same = |attempt: &Attempt| shown::is_same(&attempt.url, &self.url) && portal.is_at(&attempt.base_url);
        match attempts.iter().find(|known| is_same(&known.attempt)) {
            Some(known) => Err(refusal(&known.attempt, RECOVER)),
            None => Ok(()),
        }
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
            (None, Err(error)) => Err(of_create(error, &self.recover())),
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

    fn interrupted(&self, exit: Exit, kept: Kept, last: &Path) -> Failure {
        let id = match &kept {
            Kept::Stored(id) | Kept::InLastResort(id, _) | Kept::Lost(id) => id.as_ref(),
            Kept::NotBegun | Kept::Nothing | Kept::Waiting(_) => None,
        };
        let id = id.map(|id| shown::text(id.as_str()));
        let which = match &id {
            Some(id) => format!("endpoint {id}"),
            None => format!("an endpoint for {}", shown::url(&self.url)),
        };
        let (at_portal, text) = match &kept {
            Kept::NotBegun | Kept::Nothing => ("nothing", "nothing was created".to_owned()),
            Kept::Stored(_) => ("one", format!("{which} was created, and its secret is stored")),
            Kept::InLastResort(_, why) => {
                ("one", format!("{which} was created, and its secret is in {}, because {why}", last.display()))
            }
            Kept::Lost(Some(_)) => ("one", format!("{which} was created, but its secret is not stored")),
            Kept::Lost(None) | Kept::Waiting(_) => {
                ("perhaps_one", format!("{which} may have been created, and its secret is lost"))
            }
        };
        let failure = Failure::new(exit, format!("interrupted; {text}"));
        let failure = failure.with("at_portal", at_portal.into()).with("endpoint_id", id.into());
        match kept {
            Kept::Lost(_) | Kept::Waiting(_) => failure.hint(look(&self.recover())),
            _ => failure,
        }
    }

    /// The command that finds what an attempt left behind.
    fn recover(&self) -> String {
        let file =
            self.sinks.file.as_ref().map(|path| format!(" --secret-file {}", shell::quote(&path.to_string_lossy())));
        format!("{RECOVER}{}", file.unwrap_or_default())
    }
}

/// Why no other attempt may begin.
fn refusal(attempt: &Attempt, recover: &str) -> Failure {
    let (url, since) = (shown::url(&attempt.url), shown::time(attempt.started_at.into()));
    if attempt.liveness == Liveness::Live {
        let process = attempt.process;
        return Failure::nothing_sent(format!(
            "an attempt to create an endpoint for {url} has been running since {since} in process {process}; nothing was sent: \
             wait until it ends"
        ));
    }
    let left = match &attempt.id {
        Some(id) => format!("created endpoint {} for {url}, and did not store its secret", shown::text(id.as_str())),
        None => format!("has not finished, and may have created an endpoint for {url}"),
    };
    Failure::nothing_sent(format!("an attempt that began at {since} {left}; nothing was sent")).hint(look(recover))
}

/// Waits until the abandoned create has ended. Returns the exit code if another signal ends the wait.
async fn wait_on(client: &Client, stop: &mut Stop, kept: &impl Fn() -> Kept, output: Output) -> Option<Exit> {
    if tokio::time::timeout(MOMENT, client.drain()).await.is_ok() {
        return None;
    }
    let work = match kept() {
        Kept::Waiting(attempt) => {
            let limit = attempt.deadline.map(|at| format!(", until {} at the latest", at.format("%H:%M:%S UTC")));
            Some(format!(
                "the request was sent, so an endpoint may exist: this command waits for the response, to store the secret{}",
                limit.unwrap_or_default()
            ))
        }
        Kept::Lost(_) => Some("an endpoint was created: this command waits until its secret is stored".to_owned()),
        _ => None,
    };
    if let Some(work) = work {
        output.warning(&format!("interrupted: {work}; press Ctrl-C again to stop now and lose the secret"));
    }
    tokio::select! {
        () = progress::watch(|| kept().step(), client.drain()) => None,
        exit = stop.wait() => Some(exit),
    }
}
