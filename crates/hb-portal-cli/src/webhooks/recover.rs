//! `hb-portal webhooks recover`: finds what an attempt left at the portal, and deletes it if that is safe.

use std::path::PathBuf;

use clap::Args;
use hb_portal::{Attempt, CallError, Client, Doubt, EndpointId, Liveness, Orphan, Orphans};
use serde_json::{Value, json};

use super::unfinished::{Found, Unfinished, find};
use crate::{
    confirm,
    exit::{Exit, Failure},
    output::{Output, rows},
    portal::Portal,
    progress, shown,
};

/// Find what an unfinished create left at the portal, and allow the next create (preview)
///
/// It reads the journal of the attempt and lists the endpoints that the attempt may have created. It deletes an endpoint only
/// if the attempt certainly created it, then checks that it is gone, and removes the journal. It leaves anything else to a
/// person, and exits with 9. An endpoint is certain only with --only-registrar, because the portal does not report who created
/// an endpoint.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hb-portal webhooks recover --secret-file webhook-secret
  hb-portal webhooks recover --secret-file webhook-secret --only-registrar --yes")]
pub(super) struct Recover {
    /// Where the attempt was to store the secret [default: the attempts in the state folder]
    #[arg(long, value_name = "PATH")]
    secret_file: Option<PathBuf>,
    /// Declare that no other program, machine or person registers the URL of the attempt
    #[arg(long)]
    only_registrar: bool,
    /// Do not ask before deleting
    #[arg(long)]
    yes: bool,
    /// Delete nothing, and allow the next create: you have checked the portal
    #[arg(long, conflicts_with_all = ["only_registrar", "yes"])]
    acknowledge: bool,
}

/// The decision about an attempt.
enum Decision {
    /// Nothing is left at the portal, or a person has confirmed that; why.
    MakeWay(String),
    Delete(EndpointId),
    /// A person has to decide; why.
    Leave(String),
}

impl Recover {
    pub(super) async fn run(self, portal: &Portal, output: Output) -> Result<Exit, Failure> {
        let found = find(self.secret_file.as_deref()).map_err(|error| Failure::of(Exit::LeftToPerson, &error))?;
        if found.unfinished.is_empty() {
            output.result(
                || "there is no unfinished attempt, so there is nothing to recover\n".to_owned(),
                || json!({"outcome": "nothing_to_recover"}),
            );
            return Ok(Exit::Done);
        }
        let client = portal.client()?;
        let mut exit = Exit::Done;
        for unfinished in &found.unfinished {
            if self.one(&client, &found, unfinished, output).await? != Exit::Done {
                exit = Exit::LeftToPerson;
            }
        }
        Ok(exit)
    }

    async fn one(
        &self,
        client: &Client,
        found: &Found,
        unfinished: &Unfinished,
        output: Output,
    ) -> Result<Exit, Failure> {
        let attempt = &unfinished.attempt;
        output.text(&format!("an attempt did not finish\n{}", rows(facts(attempt))));
        let orphans = self.orphans(client, attempt).await?;
        output.text(&candidates(&orphans, found));
        let decision = self.decide(found, unfinished, &orphans)?;
        let report = |outcome: &str, deleted: Option<&EndpointId>, reason: Option<&str>| {
            output.json(|| {
                let candidates: Vec<Value> = orphans.iter().map(|orphan| candidate(orphan, found)).collect();
                let (attempt, is_recovered) = (described(attempt), reason.is_none());
                json!({
                    "outcome": outcome, "attempt": attempt, "candidates": candidates, "deleted": deleted, "reason": reason,
                    "acknowledged": is_recovered,
                })
            });
        };
        let make_way = || unfinished.acknowledge().map_err(|error| Failure::of(Exit::LeftToPerson, &error));
        match decision {
            Decision::MakeWay(why) => {
                make_way()?;
                output.text(&format!("{why}; the next attempt is allowed\n"));
                report("recovered", None, None);
                Ok(Exit::Done)
            }
            Decision::Delete(id) => {
                progress::watch("waiting for the portal", client.webhooks().delete(&id).send()).await?;
                let is_it = |orphan: &Orphan| orphan.endpoint().id.as_ref() == Some(&id);
                let id_text = shown::text(id.as_str());
                if self.orphans(client, attempt).await?.iter().any(is_it) {
                    let text = format!("the portal deleted endpoint {id_text}, but still lists it: check again later");
                    return Err(Failure::new(Exit::Unconfirmed, text));
                }
                make_way()?;
                output.text(&format!("endpoint {id_text} was deleted; the next attempt is allowed\n"));
                report("recovered", Some(&id), None);
                Ok(Exit::Done)
            }
            Decision::Leave(why) => {
                output.warning(&format!("{why}; nothing was changed"));
                report("left_to_person", None, Some(&why));
                Ok(Exit::LeftToPerson)
            }
        }
    }

    async fn orphans(&self, client: &Client, attempt: &Attempt) -> Result<Orphans, CallError> {
        let find = client.webhooks().find_orphans(attempt);
        let find = if self.only_registrar { find.only_registrar() } else { find };
        progress::watch("waiting for the portal", find.send()).await
    }

    fn decide(&self, found: &Found, unfinished: &Unfinished, orphans: &Orphans) -> Result<Decision, Failure> {
        let attempt = &unfinished.attempt;
        if attempt.liveness == Liveness::Live {
            let process = attempt.process;
            return Ok(Decision::Leave(format!(
                "the attempt is still running, in process {process}: wait until it ends"
            )));
        }
        if self.acknowledge {
            return Ok(Decision::MakeWay("you have checked the portal".to_owned()));
        }
        if orphans.doubts().contains(&Doubt::OtherPortal) {
            let url = shown::url(&attempt.base_url);
            return Ok(Decision::Leave(format!(
                "the attempt was made at another portal: set HB_PORTAL_BASE_URL to {url}"
            )));
        }
        if let Some(path) = unfinished.kept_responses().first() {
            let path = path.display();
            return Ok(Decision::Leave(format!(
                "{path} contains the response, which may contain the secret: if it does, store the secret and run this command \
                 with --acknowledge; remove the file in either case"
            )));
        }
        let stored = orphans.iter().find_map(|orphan| found.secret_of(orphan.endpoint()));
        let mut open = orphans.iter().filter(|orphan| found.secret_of(orphan.endpoint()).is_none()).peekable();
        if let Some(path) = stored.filter(|_| open.peek().is_none()) {
            return Ok(Decision::MakeWay(format!("the secret is not lost: it is in {}", path.display())));
        }
        if let Some(id) = open.find_map(Orphan::deletable) {
            let question = format!("delete endpoint {}, whose secret is lost?", shown::text(id.as_str()));
            return Ok(match self.yes || confirm::ask(&question)? {
                true => Decision::Delete(id.clone()),
                false => Decision::Leave("you declined the deletion".to_owned()),
            });
        }
        if orphans.nothing_left() {
            return Ok(Decision::MakeWay("the portal has no endpoint that the attempt may have created".to_owned()));
        }
        if orphans.is_empty() {
            let open = orphans.doubts().iter().filter(|doubt| **doubt != Doubt::OthersMayRegister);
            let open: Vec<String> = open.map(ToString::to_string).collect();
            return Ok(Decision::Leave(format!(
                "no endpoint was found, but there may be one ({}): check the portal, then run this command with --acknowledge",
                open.join("; ")
            )));
        }
        let only = if self.only_registrar {
            ""
        } else {
            "if nothing else registers the URL, pass --only-registrar; otherwise, "
        };
        Ok(Decision::Leave(format!(
            "no endpoint was certainly created by the attempt: {only}delete the right one with `hb-portal webhooks delete`, \
             and run this command with --acknowledge"
        )))
    }
}

fn facts(attempt: &Attempt) -> Vec<(&'static str, String)> {
    let Attempt { url, events, started_at, base_url, process, status, id, .. } = attempt;
    let events: Vec<&str> = events.iter().map(|event| event.as_str()).collect();
    let response = status.map_or_else(|| "none".to_owned(), |status| status.as_u16().to_string());
    let mut facts = vec![
        ("url", shown::url(url)),
        ("events", shown::text(&events.join(", "))),
        ("began at", shown::time((*started_at).into())),
        ("portal", shown::url(base_url)),
        ("process", process.to_string()),
        ("response", response),
    ];
    facts.extend(id.as_ref().map(|id| ("endpoint", shown::text(id.as_str()))));
    facts
}

fn described(attempt: &Attempt) -> Value {
    let Attempt { url, events, started_at, base_url, process, status, id, .. } = attempt;
    json!({
        "url": shown::url(url), "events": events, "started_at": started_at, "base_url": shown::url(base_url), "process": process,
        "status": status.map(|status| status.as_u16()), "endpoint_id": id,
    })
}

/// Why an endpoint is not certain, in words.
fn doubts(orphan: &Orphan) -> Vec<String> {
    orphan.doubts().iter().map(ToString::to_string).collect()
}

fn candidates(orphans: &Orphans, found: &Found) -> String {
    let line = |orphan: &Orphan| {
        let endpoint = orphan.endpoint();
        let id = endpoint.id.as_ref().map_or_else(|| "without an id".to_owned(), |id| shown::text(id.as_str()));
        let created =
            endpoint.created_at.map_or_else(String::new, |at| format!(", created at {}", shown::time(at.into())));
        let url = endpoint.url.as_deref().map_or_else(|| "an unknown URL".to_owned(), shown::url);
        let verdict = match (found.secret_of(endpoint), orphan) {
            (Some(path), _) => format!("its secret is in {}", path.display()),
            (None, Orphan::Certain(_)) => "certain: there is no reason for doubt".to_owned(),
            (None, _) => format!("possible: {}", doubts(orphan).join("; ")),
        };
        format!("endpoint {id} for {url}{created}\n  {verdict}\n")
    };
    orphans.iter().map(line).collect()
}

fn candidate(orphan: &Orphan, found: &Found) -> Value {
    let path = found.secret_of(orphan.endpoint()).map(|path| path.display().to_string());
    json!({
        "endpoint": orphan.endpoint(), "is_certain": orphan.doubts().is_empty(), "doubts": doubts(orphan),
        "secret_is_in": path,
    })
}
