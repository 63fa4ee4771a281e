//! Registers an endpoint, and recovers from an interrupted attempt, even one that was killed with `kill -9` between the request
//! and the response.
//!
//! ```text
//! recover URL EVENT[,EVENT…] FILE [--only-registrar]
//! ```
//!
//! It reads the portal's base URL and the token from the environment, as [`Client::from_env`] does. `--only-registrar` declares
//! that nothing else registers this URL. Without it, the program deletes nothing and leaves the decision to a person.
//!
//! Exit codes: 0 the secret is stored, 1 it is not, 2 the arguments or the environment are wrong, 3 a person has to decide.

use std::{
    error::Error,
    ffi::OsString,
    fs,
    io::{self, ErrorKind},
    path::PathBuf,
    process::ExitCode,
};

use hb_portal::{Attempt, Client, Liveness, SecretFile};

struct Options {
    url: String,
    events: Vec<String>,
    file: SecretFile,
    is_only_registrar: bool,
}

fn options(mut arguments: Vec<OsString>) -> Option<Options> {
    let before = arguments.len();
    arguments.retain(|argument| argument != "--only-registrar");
    let is_only_registrar = arguments.len() < before;
    let [url, events, file] = arguments.try_into().ok()?;
    let events = events.into_string().ok()?.split(',').map(str::to_owned).collect();
    Some(Options { url: url.into_string().ok()?, events, file: SecretFile::new(file), is_only_registrar })
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(options) = options(std::env::args_os().skip(1).collect()) else {
        eprintln!("usage: recover URL EVENT[,EVENT…] FILE [--only-registrar]");
        return ExitCode::from(2);
    };
    let client = match Client::from_env() {
        Ok(client) => client,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    match run(&client, &options).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(client: &Client, options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    // 1. Is there an unfinished attempt?
    if let Some(attempt) = options.file.unfinished()? {
        if attempt.liveness == Liveness::Live {
            eprintln!("another process is registering this endpoint; nothing to recover");
            return Ok(ExitCode::FAILURE);
        }
        if options.file.load().is_ok_and(|stored| stored.is_some()) {
            // The attempt was interrupted after it had stored the secret.
            options.file.acknowledge()?;
        } else if !recover(client, options, &attempt).await? {
            return Ok(ExitCode::from(3));
        }
    }
    if let Some(stored) = options.file.load()? {
        println!("secret {} is stored", stored.secret.fingerprint());
        return Ok(ExitCode::SUCCESS);
    }
    // 5. The attempt left nothing behind: create the endpoint.
    let create = client.webhooks().create(&options.url, &options.events).store_secret_in(options.file.clone());
    let created = create.send().await?;
    println!("secret {} is stored", created.secret.fingerprint());
    Ok(ExitCode::SUCCESS)
}

/// Removes what an attempt left behind, at the portal and on this machine. Returns whether the next attempt may begin.
async fn recover(client: &Client, options: &Options, attempt: &Attempt) -> Result<bool, Box<dyn Error>> {
    // 2. What did it leave at the portal?
    let find = || match client.webhooks().find_orphans(attempt) {
        find if options.is_only_registrar => find.only_registrar(),
        find => find,
    };
    let found = find().send().await?;
    if let Some(id) = found.iter().find_map(|orphan| orphan.deletable()) {
        // 3. Its secret is lost, so it is useless. Delete it, and check that it is gone.
        println!("deleting endpoint {id}, whose secret was never stored");
        client.webhooks().delete(id).send().await?;
        if find().send().await?.iter().any(|orphan| orphan.endpoint().id.as_ref() == Some(id)) {
            eprintln!("the portal still lists endpoint {id}");
            return Ok(false);
        }
    } else if !found.nothing_left() {
        for doubt in found.doubts() {
            eprintln!("about the search: {doubt}");
        }
        for orphan in &found {
            let doubts: Vec<String> = orphan.doubts().iter().map(ToString::to_string).collect();
            eprintln!("possibly left behind: {:?}: {}", orphan.endpoint(), doubts.join("; "));
        }
        eprintln!("check the portal, delete the endpoint that is not in use, then call `SecretFile::acknowledge`");
        return Ok(false);
    }
    // 4. Allow the next attempt. A kept response belongs to an endpoint that is gone.
    match fs::remove_file(kept_response(&options.file)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => options.file.acknowledge().map(|_| true).map_err(io::Error::into),
    }
}

/// The path at which [`SecretFile`] keeps a response in which no secret was found.
fn kept_response(file: &SecretFile) -> PathBuf {
    let mut path = file.path().as_os_str().to_owned();
    path.push(".response");
    path.into()
}
