//! Registers an endpoint once, as a deployment step, and stores its secret where the environment says.
//!
//! `SECRET_COMMAND='pass insert --multiline hb-portal-webhook'` hands the secret to that command's standard input;
//! `SECRET_FILE=path` writes it to a file. With both, the file is for the case that the command fails. If all of that fails, the
//! secret goes to the file `hb-portal-webhook-secret` in the current folder, because the portal does not show it again.

use std::process::ExitCode;

use hb_portal::{Client, EventType, SecretCommand, SecretFile, SecretSink};

const LAST_RESORT: &str = "hb-portal-webhook-secret";

/// The sink that the environment names, chosen at run time.
fn sink() -> Option<Box<dyn SecretSink>> {
    let command = std::env::var("SECRET_COMMAND").ok().and_then(|command| {
        let mut words = command.split_whitespace().map(str::to_owned);
        Some(SecretCommand::new(words.next()?, words))
    });
    let file = std::env::var_os("SECRET_FILE").map(SecretFile::new);
    Some(match (command, file) {
        (Some(command), Some(file)) => Box::new(command.or(file)),
        (Some(command), None) => Box::new(command),
        (None, Some(file)) => Box::new(file),
        (None, None) => return None,
    })
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(sink) = sink() else {
        eprintln!("error: set SECRET_COMMAND, SECRET_FILE or both: the portal shows the secret only once");
        return ExitCode::from(2);
    };
    let client = match Client::from_env() {
        Ok(client) => client,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    let create = client.webhooks().create("https://your-app.com/webhooks/references", &[EventType::ReferenceSubmitted]);
    match create.store_secret_in(sink.or(SecretFile::new(LAST_RESORT))).send().await {
        Ok(created) => {
            let id = created.endpoint.id.map_or_else(|| "(unknown)".to_owned(), |id| id.to_string());
            println!("created endpoint {id}; secret {} is stored", created.secret.fingerprint());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:?}");
            ExitCode::FAILURE
        }
    }
}
