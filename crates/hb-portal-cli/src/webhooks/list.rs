//! `hb-portal webhooks list` and `show`: the endpoints of the account.

use clap::{Args, value_parser};
use hb_portal::{EndpointId, WebhookEndpoint};
use serde_json::json;

use crate::{
    endpoint,
    exit::{Exit, Failure},
    output::{Output, rows},
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
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u32).range(1..))]
    page: Option<u32>,
    /// How many endpoints to show per page [default: the portal's choice]
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u32).range(1..))]
    per_page: Option<u32>,
}

impl List {
    pub(super) async fn run(self, portal: &Portal, output: Output) -> Result<Exit, Failure> {
        let mut list = portal.client()?.webhooks().list();
        if let Some(per_page) = self.per_page {
            list = list.per_page(per_page);
        }
        let endpoints = match self.page {
            Some(page) => progress::call(list.page(page).send()).await?.items,
            None => {
                let mut stream = list.stream();
                let mut endpoints = Vec::new();
                while let Some(endpoint) = progress::call(stream.next()).await {
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

/// Show one endpoint (preview)
///
/// The portal names no operation for this, so the command searches the list. It exits with 1 if the endpoint is not in it.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  hb-portal webhooks show 20417")]
pub(super) struct Show {
    /// The id of the endpoint
    id: EndpointId,
}

impl Show {
    pub(super) async fn run(self, portal: &Portal, output: Output) -> Result<Exit, Failure> {
        let mut stream = portal.client()?.webhooks().list().stream();
        while let Some(endpoint) = progress::call(stream.next()).await {
            let endpoint = endpoint?;
            if endpoint.id.as_ref() == Some(&self.id) {
                output.result(|| rows(endpoint::fields(&endpoint)), || json!(endpoint));
                return Ok(Exit::Done);
            }
        }
        Err(Failure::new(Exit::No, format!("the account has no endpoint {}", shown::text(self.id.as_str()))))
    }
}
