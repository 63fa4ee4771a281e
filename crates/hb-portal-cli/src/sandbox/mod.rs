//! `hb-portal sandbox`: a portal on this machine, with a prompt for deliveries and faults.

mod log;
mod prompt;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use clap::Args;
use hb_portal_sandbox::{Dialect, Fault, Signing};
use serde_json::json;

use crate::{
    exit::{Exit, Failure},
    output::{Output, err},
    shell, socket,
    stop::Stop,
};

/// Run the portal's webhook API on this machine, for experiments and tests
///
/// It keeps endpoints in memory, and forgets them when it stops. Its token, key and secrets are random, valid for one run, and
/// useless at the real portal. It prints the variables to set on standard output, in the syntax of a shell, and one line for
/// each request and each delivery attempt on standard error, without headers and bodies.
///
/// While it runs, type `help` to list its commands: they send deliveries and forgeries, make requests fail, and list
/// endpoints. Ctrl-C stops it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hb-portal sandbox
  hb-portal sandbox > variables < /dev/null &   # then: . ./variables
  hb-portal sandbox --port 8080 --connect-to 127.0.0.1:8090 \\
    --fault 'responds with 503' --fault list:responds-with-500")]
pub(crate) struct Sandbox {
    /// The port; 0 picks a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The address of this machine to listen on; only loopback addresses are accepted
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// The path before the operations; the portal documents neither host nor path
    #[arg(long, value_name = "PATH", default_value = "/api/v2")]
    base_path: String,
    /// The style of its responses: page, as in the portal's documentation; drifted, as in another copy of that page; house,
    /// as in the vendor's other APIs
    #[arg(long, value_name = "NAME", default_value_t, value_parser = Dialect::parse)]
    dialect: Dialect,
    /// Requests per minute before it responds with 429 [default: no limit]
    #[arg(long, value_name = "NUMBER")]
    rate_limit: Option<u32>,
    /// How it signs deliveries: hex:HEADER, base64:HEADER, github, stripe:HEADER or standard-webhooks; the portal documents no
    /// scheme
    #[arg(long, value_name = "SCHEME", default_value = "hex:Signature", value_parser = Signing::parse)]
    sign: Signing,
    /// The address to deliver to, such as 127.0.0.1:8090, whatever host an endpoint's URL names
    ///
    /// Without this option, it delivers only to endpoints on this machine, over http.
    #[arg(long, value_name = "ADDRESS")]
    connect_to: Option<SocketAddr>,
    /// A fault for the next matching request, by name; repeat the option for more. `faults` at the prompt lists all faults
    ///
    /// Spaces and commas can be written as dashes. A name before a colon selects the operation, as in list:responds-with-500;
    /// the default is create.
    #[arg(long = "fault", value_name = "NAME")]
    faults: Vec<Fault>,
}

impl Sandbox {
    pub(crate) async fn run(self, output: Output) -> Result<Exit, Failure> {
        // Before the port is announced, because a script that reads it may stop the program at once.
        let mut stop = Stop::listen()?;
        let sandbox = Arc::new(self.start().await.map_err(|error| self.not_started(&error))?);
        for fault in &self.faults {
            sandbox.inject(fault.clone());
        }
        let variables = [
            ("HB_PORTAL_BASE_URL", sandbox.base_url().to_owned()),
            ("HB_PORTAL_ACCESS_TOKEN", sandbox.access_token().to_owned()),
            ("HB_PORTAL_CLIENT_ID", sandbox.client_id().to_string()),
            ("HB_PORTAL_API_KEY", sandbox.api_key().to_owned()),
        ];
        output.result(
            || variables.iter().map(|(name, value)| format!("export {name}={}\n", shell::quote(value))).collect(),
            || json!(variables.iter().cloned().collect::<std::collections::BTreeMap<_, _>>()),
        );
        output.step(
            "the sandbox is running: set these variables in another terminal; type help to list its commands; Ctrl-C stops \
             it",
        );
        tokio::select! {
            _ = stop.wait() => {}
            () = prompt::converse(&sandbox, &self.sign, self.connect_to) => {}
        }
        let held = sandbox.endpoints().len();
        drop(sandbox);
        err(&format!("stopped; it held {held} endpoint(s)\n"));
        Ok(Exit::Done)
    }

    async fn start(&self) -> io::Result<hb_portal_sandbox::Sandbox> {
        let mut builder = hb_portal_sandbox::Sandbox::builder()
            .bind(SocketAddr::new(self.bind, self.port))
            .base_path(&self.base_path)
            .dialect(self.dialect)
            .signing(self.sign.clone())
            .on_request(|request| err(&format!("{}\n", log::request(request))))
            .on_attempt(|attempt| err(&format!("{}\n", log::attempt(attempt))));
        if let Some(address) = self.connect_to {
            builder = builder.deliver_to(address);
        }
        if let Some(per_minute) = self.rate_limit {
            builder = builder.rate_limit(per_minute);
        }
        builder.start().await
    }

    fn not_started(&self, error: &io::Error) -> Failure {
        if error.kind() == io::ErrorKind::InvalidInput {
            return Failure::usage(format!("could not start the sandbox: {error}"));
        }
        socket::failure(error, SocketAddr::new(self.bind, self.port))
    }
}
