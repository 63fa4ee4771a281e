//! `hb-portal webhooks calls` and `test`: the portal's calls to an endpoint.

use clap::{Args, value_parser};
use hb_portal::{EndpointId, WebhookCall};
use serde_json::json;

use crate::{
    exit::{Exit, Failure},
    output::Output,
    portal::Portal,
    progress, shown,
};

/// Show the portal's log of its calls to an endpoint, one page at a time (preview)
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  hb-portal webhooks calls 20417")]
pub(super) struct Calls {
    /// The id of the endpoint
    id: EndpointId,
    /// The page, counted from 1
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = value_parser!(u32).range(1..))]
    page: u32,
    /// How many calls to show per page [default: the portal's choice]
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u32).range(1..))]
    per_page: Option<u32>,
}

impl Calls {
    pub(super) async fn run(self, portal: &Portal, output: Output) -> Result<Exit, Failure> {
        let mut calls = portal.client()?.webhooks().calls(&self.id).page(self.page);
        if let Some(per_page) = self.per_page {
            calls = calls.per_page(per_page);
        }
        let page = progress::call(calls.send()).await?;
        let head = ["CALLED AT", "EVENT", "ATTEMPT", "RESULT", "TOOK", "DELIVERY"];
        output.results(head, &page.items, line, |one| json!(one));
        if page.has_more == Some(true) {
            output.step(&format!("there are more calls: pass --page {}", self.page.saturating_add(1)));
        }
        Ok(Exit::Done)
    }
}

fn line(call: &WebhookCall) -> [String; 6] {
    let or = |text: Option<String>| text.map_or_else(|| "?".to_owned(), |text| shown::text(&text));
    [
        or(call.called_at.map(|at| shown::time(at.into()))),
        or(call.event.as_ref().map(|event| event.as_str().to_owned())),
        or(call.attempt.map(|attempt| attempt.to_string())),
        result(call),
        or(call.duration_ms.map(|duration| format!("{duration}ms"))),
        or(call.delivery_id.clone()),
    ]
}

/// The result of a call: the receiver's status, or why there is none.
fn result(call: &WebhookCall) -> String {
    let code = call.response_code.map(|code| code.to_string());
    code.or_else(|| call.error.as_deref().map(shown::text)).unwrap_or_else(|| "?".to_owned())
}

/// Have the portal send a test delivery to an endpoint (preview)
///
/// It exits with 1 if the portal reports that the receiver did not accept the delivery.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  hb-portal webhooks test 20417")]
pub(super) struct SendTest {
    /// The id of the endpoint
    id: EndpointId,
}

impl SendTest {
    pub(super) async fn run(self, portal: &Portal, output: Output) -> Result<Exit, Failure> {
        let test = portal.client()?.webhooks().send_test(&self.id).send();
        let sent = progress::watch(|| "waiting for the portal and the receiver", test).await?;
        let is_accepted = sent.call.as_ref().and_then(|call| call.success);
        let text = || {
            let result = sent.call.as_ref().map_or_else(|| "?".to_owned(), result);
            let verdict = match is_accepted {
                Some(true) => format!("the receiver accepted the delivery ({result})"),
                Some(false) => format!("the receiver did not accept the delivery ({result})"),
                None => "the portal sent a test delivery, but did not report its result".to_owned(),
            };
            let message = sent.message.as_deref().map(|message| format!("{}\n", shown::text(message)));
            format!("{verdict}\n{}", message.unwrap_or_default())
        };
        output.result(text, || json!({"is_accepted": is_accepted, "call": sent.call, "message": sent.message}));
        Ok(if is_accepted == Some(false) { Exit::No } else { Exit::Done })
    }
}
