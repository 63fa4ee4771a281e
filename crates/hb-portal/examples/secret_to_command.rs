//! Hands the signing secret to a command, and to a file if the command fails.
//!
//! `cargo run --example secret_to_command -- pass insert --multiline hb-portal-webhook`

use std::process::ExitCode;

use hb_portal::{Client, EventType, SecretCommand, SecretFile, SecretSink as _};

const FILE: &str = "hb-portal-webhook-secret";

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut args = std::env::args_os().skip(1);
    let Some(program) = args.next() else {
        eprintln!("usage: secret_to_command PROGRAM [ARGUMENT]…");
        return Ok(ExitCode::FAILURE);
    };
    let sink = SecretCommand::new(program, args).or(SecretFile::new(FILE));
    let events = [EventType::ReferenceSubmitted];
    let create = Client::from_env()?.webhooks().create("https://your-app.com/webhooks/references", events);
    let created = create.store_secret_in(sink).send().await?;
    let id = created.endpoint.id.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
    println!(
        "created endpoint {id} with secret {}; it is in {FILE} if the command failed",
        created.secret.fingerprint()
    );
    Ok(ExitCode::SUCCESS)
}
