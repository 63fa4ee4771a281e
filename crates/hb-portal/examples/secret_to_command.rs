//! A sink of one's own: hands the signing secret to a command's standard input, as in `pass insert --multiline NAME`.
//!
//! `cargo run --example secret_to_command -- pass insert --multiline hb-portal-webhook`

use std::{io::Write as _, process::Command, process::Stdio};

use hb_portal::{Attempt, BoxError, BoxFuture, Client, CreatedWebhook, EventType, SecretSink};

/// The command, and its arguments. A secret among these would show in the list of processes.
struct ToCommand(Vec<String>);

impl SecretSink for ToCommand {
    fn prepare<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { self.0.first().map(|_| ()).ok_or_else(|| "name the command that stores the secret".into()) })
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            let (command, args) = self.0.split_first().ok_or("no command")?;
            let mut child = Command::new(command).args(args).stdin(Stdio::piped()).spawn()?;
            // Dropped after it is written, so that the command sees the end of its input.
            child.stdin.take().ok_or("no input")?.write_all(created.secret.expose_secret().as_bytes())?;
            if child.wait()?.success() { Ok(()) } else { Err(format!("{command} failed").into()) }
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sink = ToCommand(std::env::args().skip(1).collect());
    let client = Client::from_env()?;
    let events = [EventType::ReferenceSubmitted];
    let create = client.webhooks().create("https://your-app.com/webhooks/references", events);
    let created = create.store_secret_in(sink).send().await?;
    if let Some(id) = &created.endpoint.id {
        println!("created endpoint {id}");
    }
    Ok(())
}
