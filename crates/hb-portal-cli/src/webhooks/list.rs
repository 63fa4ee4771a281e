//! `hb-portal webhooks list`: the endpoints of the account.

use clap::Args;
use hb_portal::WebhookEndpoint;
use serde_json::json;

use crate::{
    exit::{Exit, Failure},
    output::Output,
    portal::Portal,
    progress, shown,
};

/// List the endpoints of the account (preview)
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  hb-portal webhooks list")]
pub(super) struct List {
    /// Show one page, counted from 1, instead of all
    #[arg(long, value_name = "NUMBER")]
    page: Option<u32>,
    /// How many endpoints to show per page [default: the portal's choice]
    #[arg(long, value_name = "NUMBER")]
    per_page: Option<u32>,
}

impl List {
    pub(super) async fn run(self, portal: &Portal, output: Output) -> Result<Exit, Failure> {
        let mut list = portal.client()?.webhooks().list();
        if let Some(per_page) = self.per_page {
            list = list.per_page(per_page);
        }
        let endpoints = match self.page {
            Some(page) => progress::watch("waiting for the portal", list.page(page).send()).await?.items,
            None => {
                let mut stream = list.stream();
                let mut endpoints = Vec::new();
                while let Some(endpoint) = progress::watch("waiting for the portal", stream.next()).await {
                    endpoints.push(endpoint?);
                }
                endpoints
            }
        };
        output.results(["ID", "ACTIVE", "URL", "EVENTS"], &endpoints, line, |one| json!(one));
        Ok(Exit::Done)
    }
}

fn line(endpoint: &WebhookEndpoint) -> [String; 4] {
    let WebhookEndpoint { id, url, events, is_active, .. } = endpoint;
    let active = is_active.map_or("?", |active| if active { "yes" } else { "no" });
    let events: Vec<&str> = events.iter().map(|event| event.as_str()).collect();
    [
        id.as_ref().map_or_else(|| "?".to_owned(), |id| shown::text(id.as_str())),
        active.to_owned(),
        url.as_deref().map_or_else(|| "?".to_owned(), shown::url),
        shown::text(&events.join(", ")),
    ]
}
