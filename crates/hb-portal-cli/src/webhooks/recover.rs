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

/// The outcome for an attempt.
enum Outcome {
    /// Nothing is left at the portal, or a person has confirmed that; why.
    Clear(String),
    /// The endpoint that the attempt created was deleted.
    Deleted(EndpointId),
    /// A person has to decide; why.
    Left(String),
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
        let mut exit = Exit::Done;
        for unfinished in &found.unfinished {
            if self.one(portal, &found, unfinished, output).await? != Exit::Done {
                exit = Exit::LeftToPerson;
            }
        }
        Ok(exit)
    }

    async fn one(
        &self,
        portal: &Portal,
        found: &Found,
        unfinished: &Unfinished,
        output: Output,
    ) -> Result<Exit, Failure> {
        let attempt = &unfinished.attempt;
        output.text(&format!("an attempt did not finish\n{}", rows(facts(attempt))));
        let mut candidates = Vec::new();
        let outcome = match self.without_the_portal(portal, attempt) {
            Some(outcome) => outcome,
            None => {
                let client = portal.client()?;
                let orphans = self.orphans(&client, attempt).await?;
                let shown = possible(&orphans);
                output.text(&shown.iter().map(|orphan| line(orphan, found)).collect::<String>());
                candidates = shown.iter().map(|orphan| candidate(orphan, found)).collect();
                self.recover(&client, found, unfinished, &orphans).await?
            }
        };
        let (exit, name, deleted, reason) = match &outcome {
            Outcome::Clear(_) => (Exit::Done, "recovered", None, None),
            Outcome::Deleted(id) => (Exit::Done, "recovered", Some(id), None),
            Outcome::Left(why) => (Exit::LeftToPerson, Exit::LeftToPerson.name(), None, Some(why)),
        };
        if exit == Exit::Done {
            unfinished.acknowledge().map_err(|error| Failure::of(Exit::LeftToPerson, &error))?;
        }
        match &outcome {
            Outcome::Clear(why) => output.text(&format!("{why}; the next attempt is allowed\n")),
            Outcome::Deleted(id) => {
                let id = shown::text(id.as_str());
                output.text(&format!("endpoint {id} was deleted; the next attempt is allowed\n"));
            }
            Outcome::Left(why) => output.warning(&format!("{why}; nothing was changed")),
        }
        output.json(|| {
            json!({
                "outcome": name, "attempt": described(attempt), "candidates": candidates, "deleted": deleted, "reason": reason,
                "acknowledged": exit == Exit::Done,
            })
        });
        Ok(exit)
    }

    async fn orphans(&self, client: &Client, attempt: &Attempt) -> Result<Orphans, CallError> {
        let find = client.webhooks().find_orphans(attempt);
        progress::call(if self.only_registrar { find.only_registrar() } else { find }.send()).await
    }

    /// Deletes the endpoint, and lists again to see that it is gone.
    async fn delete(&self, client: &Client, attempt: &Attempt, id: &EndpointId) -> Result<(), Failure> {
        progress::call(client.webhooks().delete(id).send()).await?;
        if self.orphans(client, attempt).await?.iter().any(|orphan| orphan.endpoint().id.as_ref() == Some(id)) {
            let id = shown::text(id.as_str());
            let text = format!("the portal deleted endpoint {id}, but still lists it: check again later");
            return Err(Failure::new(Exit::Unconfirmed, text));
        }
        Ok(())
    }

    /// The outcome, if it does not depend on what the portal holds.
    fn without_the_portal(&self, portal: &Portal, attempt: &Attempt) -> Option<Outcome> {
        if attempt.liveness == Liveness::Live {
            let process = attempt.process;
            let why = format!("the attempt is still running, in process {process}: wait until it ends");
            return Some(Outcome::Left(why));
        }
        if self.acknowledge {
            return Some(Outcome::Clear("you have checked the portal".to_owned()));
        }
        let url = shown::url(&attempt.base_url);
        (!portal.is_at(&attempt.base_url)).then(|| {
            Outcome::Left(format!(
                "the attempt was made at another portal: set HB_PORTAL_BASE_URL to {url}, or if that portal no longer exists, run \
                 this command with --acknowledge"
            ))
        })
    }

    async fn recover(
        &self,
        client: &Client,
        found: &Found,
        unfinished: &Unfinished,
        orphans: &Orphans,
    ) -> Result<Outcome, Failure> {
        if let Some(path) = unfinished.kept_responses().first() {
            let path = path.display();
            return Ok(Outcome::Left(format!(
                "{path} contains the response, which may contain the secret: if it does, store the secret and run this command \
                 with --acknowledge; remove the file in either case"
            )));
        }
        let candidates = possible(orphans);
        let stored = candidates.iter().find_map(|orphan| found.secret_of(orphan.endpoint()));
        let mut open = candidates.iter().filter(|orphan| found.secret_of(orphan.endpoint()).is_none()).peekable();
        if let Some(path) = stored.filter(|_| open.peek().is_none()) {
            return Ok(Outcome::Clear(format!("the secret is not lost: it is in {}", path.display())));
        }
        if let Some(id) = open.find_map(|orphan| orphan.deletable()) {
            let question = format!("delete endpoint {}, whose secret is lost?", shown::text(id.as_str()));
            if !self.yes && !confirm::ask(&question).await? {
                return Ok(Outcome::Left("you declined the deletion".to_owned()));
            }
            self.delete(client, &unfinished.attempt, id).await?;
            return Ok(Outcome::Deleted(id.clone()));
        }
        if candidates.is_empty() {
            // The other doubts are about endpoints that the list has.
            let known = [Doubt::OthersMayRegister, Doubt::NoClock, Doubt::NoDeadline];
            let hiding = orphans.doubts().iter().filter(|doubt| !known.contains(doubt));
            let hiding: Vec<String> = hiding.map(ToString::to_string).collect();
            return Ok(match hiding.as_slice() {
                [] => Outcome::Clear("the portal has no endpoint that the attempt may have created".to_owned()),
                _ => Outcome::Left(format!(
                    "no endpoint was found, but there may be one ({}): check the portal, then run this command with --acknowledge",
                    hiding.join("; ")
                )),
            });
        }
        let only = if self.only_registrar {
            ""
        } else {
            "if nothing else registers the URL, pass --only-registrar; otherwise, "
        };
        Ok(Outcome::Left(format!(
            "no endpoint was certainly created by the attempt: {only}find out which one it created, delete that one with \
             `hb-portal webhooks delete ID`, and run this command with --acknowledge"
        )))
    }
}

/// The endpoints that the attempt may have created. One with another URL, or another id than the response had, is not its own.
fn possible(orphans: &Orphans) -> Vec<&Orphan> {
    let is_other = |doubt: &Doubt| matches!(doubt, Doubt::OtherUrl | Doubt::OtherId);
    orphans.iter().filter(|orphan| !orphan.doubts().iter().any(is_other)).collect()
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

fn line(orphan: &Orphan, found: &Found) -> String {
    let endpoint = orphan.endpoint();
    let id = endpoint.id.as_ref().map_or_else(|| "without an id".to_owned(), |id| shown::text(id.as_str()));
    let created = endpoint.created_at.map_or_else(String::new, |at| format!(", created at {}", shown::time(at.into())));
    let url = endpoint.url.as_deref().map_or_else(|| "an unknown URL".to_owned(), shown::url);
    let verdict = match (found.secret_of(endpoint), orphan) {
        (Some(path), _) => format!("its secret is in {}", path.display()),
        (None, Orphan::Certain(_)) => "certain: there is no reason for doubt".to_owned(),
        (None, _) => format!("possible: {}", doubts(orphan).join("; ")),
    };
    format!("endpoint {id} for {url}{created}\n  {verdict}\n")
}

fn candidate(orphan: &Orphan, found: &Found) -> Value {
    let path = found.secret_of(orphan.endpoint()).map(|path| path.display().to_string());
    json!({
        "endpoint": orphan.endpoint(), "is_certain": orphan.doubts().is_empty(), "doubts": doubts(orphan),
        "secret_is_in": path,
    })
}
