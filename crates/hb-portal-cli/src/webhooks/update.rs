//! `hb-portal webhooks update`: changes an endpoint.

use std::{str::FromStr, time::Duration};

use clap::Args;
use hb_portal::EndpointId;
use serde_json::json;

use crate::{
    endpoint,
    exit::{Exit, Failure},
    output::{Output, rows},
    portal::Portal,
    progress,
};

/// Change an endpoint (preview)
///
/// Fields whose options are not given stay unchanged.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  hb-portal webhooks update 20417 --active false")]
pub(super) struct Update {
    /// The id of the endpoint
    id: EndpointId,
    /// Where the portal sends deliveries
    #[arg(long)]
    url: Option<String>,
    /// The events to deliver, instead of the current ones
    #[arg(long = "event", value_name = "EVENT", num_args = 1..)]
    events: Vec<String>,
    /// Whether the portal sends deliveries
    #[arg(long, value_name = "true|false")]
    active: Option<bool>,
    /// How long the portal waits for the response to a delivery; `default` is the portal's choice
    #[arg(long, value_name = "SECONDS|default", value_parser = setting::<u64>)]
    delivery_timeout: Option<Setting<u64>>,
    /// How many times the portal retries a failed delivery; `default` is the portal's choice
    #[arg(long, value_name = "NUMBER|default", value_parser = setting::<u32>)]
    delivery_retries: Option<Setting<u32>>,
}

#[derive(Debug, Clone, Copy)]
enum Setting<T> {
    Default,
    To(T),
}

fn setting<T: FromStr>(text: &str) -> Result<Setting<T>, &'static str> {
    match text {
        "default" => Ok(Setting::Default),
        number => number.parse().map(Setting::To).map_err(|_| "expected a whole number, or default"),
    }
}

impl Update {
    pub(super) async fn run(self, portal: &Portal, output: Output) -> Result<Exit, Failure> {
        let mut update = portal.client()?.webhooks().update(&self.id);
        if let Some(url) = self.url {
            update = update.url(url);
        }
        if !self.events.is_empty() {
            update = update.events(self.events);
        }
        if let Some(active) = self.active {
            update = update.is_active(active);
        }
        update = match self.delivery_timeout {
            Some(Setting::To(seconds)) => update.delivery_timeout(Duration::from_secs(seconds)),
            Some(Setting::Default) => update.default_delivery_timeout(),
            None => update,
        };
        update = match self.delivery_retries {
            Some(Setting::To(retries)) => update.delivery_retries(retries),
            Some(Setting::Default) => update.default_delivery_retries(),
            None => update,
        };
        let endpoint = progress::call(update.send()).await?;
        output.result(|| format!("updated the endpoint\n{}", rows(endpoint::fields(&endpoint))), || json!(endpoint));
        Ok(Exit::Done)
    }
}
