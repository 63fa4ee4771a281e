//! `hb-portal listen`: receives deliveries, verifies them, and reports the outcome of each.

mod folder;
mod forward;
mod receive;

use std::{net::IpAddr, net::Ipv4Addr, net::SocketAddr, path::PathBuf, sync::Arc};

use axum::{Router, routing::post};
use clap::Args;
use hb_portal::replay::MemoryReplayGuard;
use tokio::net::TcpListener;

use crate::{
    exit::{Exit, Failure},
    output::{Output, err},
    scheme::Accepted,
    socket,
    stop::Stop,
};

/// Receive deliveries, and report whether each one verifies
///
/// It accepts any path under http://127.0.0.1:PORT, prints a verdict for each delivery, and runs until you press Ctrl-C.
/// Refused deliveries are neither saved nor forwarded.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  hb-portal listen --scheme hex:Signature --secret-file webhook-secret \\
    --forward http://127.0.0.1:3000/hook")]
pub(crate) struct Listen {
    #[command(flatten)]
    accepted: Accepted,
    /// The port; 0 picks a free one
    #[arg(long, default_value_t = 8090)]
    port: u16,
    /// The address to listen on; any other than a loopback address lets other machines connect
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// Where to forward each verified delivery; the response from there is returned to the sender
    #[arg(long, value_name = "URL")]
    forward: Option<String>,
    /// A folder for verified deliveries: numbered files that only you can read, for `verify` and `detect`
    #[arg(long, value_name = "FOLDER")]
    save: Option<PathBuf>,
    /// Also print the bodies
    #[arg(long)]
    body: bool,
}

impl Listen {
    pub(crate) async fn run(self, output: Output) -> Result<Exit, Failure> {
        let receiver = receive::Receiver {
            verifier: self.accepted.verifier()?,
            guard: MemoryReplayGuard::default(),
            folder: self.save.map(folder::Folder::create).transpose()?,
            forward: self.forward.as_deref().map(forward::Forward::to).transpose()?,
            prints_bodies: self.body,
            output,
            diagnosed: Default::default(),
        };
        // Before the port is announced, because a script that reads it may stop the program at once.
        let mut stop = Stop::listen()?;
        let address = SocketAddr::from((self.bind, self.port));
        let listener = TcpListener::bind(address).await.map_err(|error| socket::failure(&error, address))?;
        let address = listener.local_addr().map_err(|error| socket::failure(&error, address))?;
        output.step(&format!("receiving at http://{address}/; Ctrl-C stops it"));
        let router = Router::new().fallback(post(receive::receive)).with_state(Arc::new(receiver));
        tokio::select! {
            served = axum::serve(listener, router) => {
                served.map_err(|error| socket::failure(&error, address))?;
            }
            _ = stop.wait() => {}
        }
        err("stopped\n");
        Ok(Exit::Done)
    }
}
