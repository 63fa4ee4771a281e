//! Creates a webhook endpoint and keeps its signing secret: at the portal that `HB_PORTAL_*` names, or in a sandbox, which then
//! delivers to it.

mod cli;
mod report;
mod round;

use std::{path::PathBuf, process::ExitCode};

use cli::Options;
use hb_portal::{BuildError, Client, CreateError, CreatedWebhook, EventType, SecretFile};
use hb_portal_sandbox::Sandbox;

/// Where the example's secret goes, and what it goes through.
struct Setup {
    client: Client,
    file: SecretFile,
    /// Kept so that it runs on; `None` where the portal is a real one.
    sandbox: Option<Sandbox>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = match cli::parse(std::env::args_os()) {
        Ok(Some(options)) => options,
        Ok(None) => {
            report::out(cli::HELP);
            return ExitCode::SUCCESS;
        }
        Err(error) => return report::usage(&error.to_string()),
    };
    let setup = match setup(&options).await {
        Ok(setup) => setup,
        Err(error) => return report::usage(&error),
    };
    match &setup.sandbox {
        Some(sandbox) => report::step(&format!("started a sandbox of the portal at {}", sandbox.base_url())),
        None => report::step("using the portal that HB_PORTAL_BASE_URL names"),
    }
    report::step(&format!("creating a webhook endpoint for {}", options.url));
    let created = match create(&setup, &options).await {
        Ok(created) => created,
        Err(error) => return report::failed(error),
    };
    report::created(&created, setup.file.path());
    let Some(sandbox) = &setup.sandbox else { return ExitCode::SUCCESS };
    report::step("having the sandbox deliver to a receiver on this machine: once as it should, once forged");
    match round::trip(sandbox, setup.file.path()).await {
        Ok(rows) => report::delivered(&rows),
        Err(error) => report::not_delivered(&*error),
    }
}

/// What names the real portal, and gives access to it.
const VARIABLES: [&str; 4] =
    ["HB_PORTAL_BASE_URL", "HB_PORTAL_ACCESS_TOKEN", "HB_PORTAL_CLIENT_ID", "HB_PORTAL_API_KEY"];

/// The documentation's example request.
async fn create(setup: &Setup, options: &Options) -> Result<CreatedWebhook, CreateError> {
    let events = [EventType::ReferenceSubmitted, EventType::ReferenceDeclined, EventType::ReferenceAllCompleted];
    setup
        .client
        .webhooks()
        .create(&options.url, events)
        .delivery_timeout(std::time::Duration::from_secs(30))
        .delivery_retries(3)
        .store_secret_in(setup.file.clone())
        .send()
        .await
}

async fn setup(options: &Options) -> Result<Setup, String> {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if VARIABLES.iter().any(is_set) {
        let client = Client::from_env().map_err(|error| {
            let mend = match error {
                BuildError::Environment { .. } => "set it, or none of the HB_PORTAL_* for a run against a sandbox",
                _ => "correct it",
            };
            format!("{error}; {mend}")
        })?;
        let path = options.secret_file.clone().ok_or(
            "the portal shows a signing secret once, so say where to store it: --secret-file PATH (a file that is not there yet)",
        )?;
        return Ok(Setup { client, file: SecretFile::new(absolute(path)?), sandbox: None });
    }
    let sandbox = Sandbox::start().await.map_err(|error| format!("the sandbox cannot be started: {error}"))?;
    let client = Client::builder().base_url(sandbox.base_url()).access_token(sandbox.access_token()).build();
    let client = client.map_err(|error| error.to_string())?;
    let path = match &options.secret_file {
        Some(path) => path.clone(),
        // A fresh folder each time, which stays: the secret is to outlive this process.
        None => tempfile::Builder::new()
            .prefix("hb-portal-")
            .tempdir()
            .map_err(|error| format!("no folder for the secret can be made: {error}"))?
            .keep()
            .join("webhook-secret"),
    };
    Ok(Setup { client, file: SecretFile::new(absolute(path)?), sandbox: Some(sandbox) })
}

/// The whole path, which is what a person can find again.
fn absolute(path: PathBuf) -> Result<PathBuf, String> {
    std::path::absolute(&path).map_err(|error| format!("{} is no path: {error}", path.display()))
}
