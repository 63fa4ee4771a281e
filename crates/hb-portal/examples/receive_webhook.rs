//! Receives deliveries on this machine: verifies each, handles it once, and reports what became of it.

use std::{convert::Infallible, net::Ipv4Addr, process::ExitCode, sync::Arc};

use axum::{Router, extract::FromRef, extract::State, http::StatusCode, routing::post};
use hb_portal::{
    SecretFile,
    axum::VerifiedWebhook,
    replay::{MemoryReplayGuard, Once, OnceError, handle_once},
    verify::{Delivery, ReceiveError, SignatureScheme, Verifier},
};
use lexopt::{Arg, ValueExt as _};

const HELP: &str = "\
Receives deliveries at http://127.0.0.1:PORT, under any path, and reports whether each verifies.

Usage: cargo run --example receive_webhook --features axum -- --secret-file PATH --scheme SCHEME [--port N]

Options:
      --secret-file PATH  Where the signing secret is, as the example create_webhook stores it
      --scheme SCHEME     How deliveries are signed: hex:HEADER, base64:HEADER, github, stripe:HEADER, standard-webhooks,
                          or any other scheme as `SignatureScheme` documents it, such as
                          'hex:X-Sig signed={timestamp}.{body} timestamp=header:X-Time'. There is no default: the portal
                          documents none. The sandbox signs as it is told, hex:Signature unless told otherwise
      --port N            The port of 127.0.0.1 to listen on [default: 8090]
  -h, --help              Print this
";

/// The router's state: the verifier is taken from it for each delivery.
#[derive(Clone)]
struct Receiver {
    verifier: Verifier,
    guard: Arc<MemoryReplayGuard>,
}

impl FromRef<Receiver> for Verifier {
    fn from_ref(receiver: &Receiver) -> Self {
        receiver.verifier.clone()
    }
}

async fn receive(
    State(receiver): State<Receiver>,
    webhook: Result<VerifiedWebhook, ReceiveError>,
) -> Result<Result<Once<StatusCode>, OnceError<Infallible>>, ReceiveError> {
    let VerifiedWebhook(delivery) = webhook.inspect_err(|refused| {
        let cause = std::error::Error::source(refused).map(|cause| format!(": {cause}")).unwrap_or_default();
        println!("refused with {}: {refused}{cause}", refused.status().as_u16());
    })?;
    let key = delivery.verified().delivery_key();
    // Its result is the response: 503 and Retry-After where the sender has to try again.
    let once = handle_once(&*receiver.guard, &key, || handle(&delivery)).await;
    if matches!(once, Ok(Once::AlreadyHandled)) {
        println!("handled before: nothing is done, and the sender need not try again");
    }
    Ok(once)
}

/// Where your own work goes: keep what is needed, respond soon.
async fn handle(delivery: &Delivery) -> Result<StatusCode, Infallible> {
    let event = delivery.event().map_or_else(|| "an event without a name".to_owned(), |event| event.to_string());
    println!("verified: {event}, {} bytes, delivery {}", delivery.body().len(), delivery.verified().delivery_key());
    Ok(StatusCode::NO_CONTENT)
}

/// The receiver and its port; `None` when help is asked for.
fn setup() -> Result<Option<(Receiver, u16)>, Box<dyn std::error::Error>> {
    let (mut secret_file, mut named, mut port) = (None, None, 8090);
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("secret-file") => secret_file = Some(std::path::PathBuf::from(parser.value()?)),
            Arg::Long("scheme") => named = Some(parser.value()?.string()?),
            Arg::Long("port") => port = parser.value()?.parse()?,
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            other => return Err(other.unexpected().into()),
        }
    }
    let path = secret_file.ok_or("--secret-file says where the signing secret is")?;
    let stored = SecretFile::new(path).load()?.ok_or("--secret-file: there is no such file")?;
    let scheme: SignatureScheme = named.ok_or("--scheme says how deliveries are signed")?.parse()?;
    let verifier = Verifier::new(scheme, &stored.secret)?;
    Ok(Some((Receiver { verifier, guard: Arc::default() }, port)))
}

#[tokio::main]
async fn main() -> ExitCode {
    let (receiver, port) = match setup() {
        Ok(Some(setup)) => setup,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("error: {error}\n\nFor what there is: --help");
            return ExitCode::from(2);
        }
    };
    let router = Router::new().fallback(post(receive)).with_state(receiver);
    let served = async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        println!("receiving at http://{}; Ctrl-C stops", listener.local_addr()?);
        axum::serve(listener, router).await
    };
    match served.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: port {port} of 127.0.0.1: {error}");
            ExitCode::FAILURE
        }
    }
}
