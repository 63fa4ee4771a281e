//! The prompt of the sandbox: commands that make deliveries and faults, and that list what the sandbox holds.

use std::{
    io::{self, BufRead as _},
    net::SocketAddr,
    sync::Arc,
};

use hb_portal_sandbox::{Fault, Flaw, Operation, Sandbox, Signing, TestDelivery};
use tokio::{sync::mpsc, task::JoinSet};

use super::log;
use crate::{output::err, shown};

const HELP: &str = "\
deliver [ID] [EVENT]  deliver EVENT [default: reference.submitted] to endpoint ID [default: the newest]
bad KIND [ID]         send one delivery that a receiver must refuse; KIND is
                        signature  signed with another secret
                        old        signed an hour ago (noticeable only if the timestamp is signed)
                        replayed   the last delivery again, byte for byte
                        huge       8 MiB long
                        text       not JSON
fail NAME [TIMES]     make the next matching request fail, or the next TIMES; `faults` lists the names
faults [OPERATION]    list the faults for create [default], list, update, delete, calls, test or token,
                      and the faults that are waiting for a request
clear                 remove the faults that are waiting
endpoints             list the endpoints that the sandbox holds
attempts              list the delivery attempts so far
help                  show this
";

/// One line that was typed.
#[derive(Debug)]
enum Line {
    Deliver { endpoint: Option<u64>, event: Option<String>, flaw: Option<Flaw> },
    Fail { fault: Fault, times: usize },
    Faults(Operation),
    Clear,
    Endpoints,
    Attempts,
    Help,
    Empty,
}

impl Line {
    /// Parses a line; `Err` explains why it is not a command.
    fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let id = |text: &str| text.parse::<u64>().map_err(|_| format!("{text:?} is not the id of an endpoint"));
        let deliver =
            |endpoint, event: Option<&str>| Self::Deliver { endpoint, event: event.map(str::to_owned), flaw: None };
        let bad = |kind, endpoint| Ok(Self::Deliver { endpoint, event: None, flaw: Some(flaw(kind)?) });
        match words.as_slice() {
            [] => Ok(Self::Empty),
            ["help"] => Ok(Self::Help),
            ["attempts"] => Ok(Self::Attempts),
            ["endpoints"] => Ok(Self::Endpoints),
            ["clear"] => Ok(Self::Clear),
            ["faults"] => Ok(Self::Faults(Operation::Create)),
            ["faults", operation] => operation.parse().map(Self::Faults).map_err(|error: io::Error| error.to_string()),
            ["fail", name @ ..] => fail(name),
            ["deliver"] => Ok(deliver(None, None)),
            ["deliver", word] => Ok(word.parse().map_or(deliver(None, Some(word)), |id| deliver(Some(id), None))),
            ["deliver", number, event] => Ok(deliver(Some(id(number)?), Some(event))),
            ["bad", kind] => bad(kind, None),
            ["bad", kind, number] => bad(kind, Some(id(number)?)),
            _ => Err(format!("{:?} is not a command: type help to list the commands", text.trim())),
        }
    }
}

/// A name may end in a number, so a last number is TIMES only if the words before it are a name.
fn fail(words: &[&str]) -> Result<Line, String> {
    let fault = |words: &[&str]| words.join(" ").parse::<Fault>();
    match fault(words) {
        Ok(fault) => Ok(Line::Fail { fault, times: 1 }),
        Err(error) => {
            let counted = words.split_last().and_then(|(last, name)| Some((fault(name).ok()?, last.parse().ok()?)));
            let (fault, times) = counted.ok_or_else(|| error.to_string())?;
            Ok(Line::Fail { fault, times })
        }
    }
}

fn flaw(kind: &str) -> Result<Flaw, String> {
    match kind {
        "signature" => Ok(Flaw::WrongSignature),
        "old" => Ok(Flaw::Old),
        "replayed" => Ok(Flaw::Replayed),
        "huge" => Ok(Flaw::Huge),
        "text" => Ok(Flaw::NotJson),
        _ => Err(format!("{kind:?} is not a kind of bad delivery: type help to list the kinds")),
    }
}

/// Runs the commands that are typed. When standard input ends, the sandbox keeps running.
pub(super) async fn converse(sandbox: &Arc<Sandbox>, signing: &Signing, connect_to: Option<SocketAddr>) {
    let mut lines = lines();
    // Dropped when the program stops, which aborts the deliveries in progress.
    let mut deliveries = JoinSet::new();
    while let Some(text) = lines.recv().await {
        while deliveries.try_join_next().is_some() {}
        let reply = match Line::parse(&text) {
            Ok(Line::Deliver { endpoint, event, flaw }) => {
                match delivery(sandbox, signing, connect_to, endpoint, event, flaw) {
                    Ok(delivery) => {
                        let sandbox = Arc::clone(sandbox);
                        // In a task, because retries are delayed. The log reports the attempts.
                        deliveries.spawn(async move {
                            if let Err(error) = sandbox.deliver(delivery).await {
                                err(&format!("not delivered: {error}\n"));
                            }
                        });
                        String::new()
                    }
                    Err(error) => format!("not delivered: {error}\n"),
                }
            }
            Ok(line) => look(sandbox, line),
            Err(error) => format!("{error}\n"),
        };
        err(&reply);
    }
    while deliveries.join_next().await.is_some() {}
    std::future::pending().await
}

/// Runs a command that needs no waiting, and returns its output.
fn look(sandbox: &Sandbox, line: Line) -> String {
    match line {
        Line::Fail { fault, times } => {
            let reply = format!("waiting for {times} request(s) of {}: {fault}\n", fault.operation());
            sandbox.inject_n(fault, times);
            reply
        }
        Line::Faults(operation) => faults(sandbox, operation),
        Line::Clear => match sandbox.clear_faults() {
            Ok(()) => "no fault is waiting\n".to_owned(),
            Err(error) => format!("could not listen again: {error}\n"),
        },
        Line::Endpoints => match sandbox.endpoints().as_slice() {
            [] => "there is no endpoint yet\n".to_owned(),
            endpoints => endpoints
                .iter()
                .map(|one| {
                    let (url, events) = (shown::url(&one.url), shown::text(&one.events.join(", ")));
                    format!("{}  {url}  {events}  created at {}\n", one.id, one.created_at)
                })
                .collect(),
        },
        Line::Attempts => match sandbox.attempts().as_slice() {
            [] => "nothing has been delivered yet\n".to_owned(),
            attempts => attempts.iter().map(|attempt| log::attempt(attempt) + "\n").collect(),
        },
        Line::Help => HELP.to_owned(),
        Line::Deliver { .. } | Line::Empty => String::new(),
    }
}

fn faults(sandbox: &Sandbox, operation: Operation) -> String {
    let all = if operation == Operation::Create { Fault::all() } else { Fault::all_on(operation) };
    let listed: String = all.iter().map(|fault| format!("  {fault}\n")).collect();
    let waiting: String =
        sandbox.pending_faults().iter().map(|fault| format!("  {}: {fault}\n", fault.operation())).collect();
    let waiting = if waiting.is_empty() { "no fault is waiting\n".to_owned() } else { format!("waiting:\n{waiting}") };
    format!("for {operation}:\n{listed}{waiting}")
}

/// The delivery to make, or why none can be made.
fn delivery(
    sandbox: &Sandbox,
    signing: &Signing,
    connect_to: Option<SocketAddr>,
    endpoint: Option<u64>,
    event: Option<String>,
    flaw: Option<Flaw>,
) -> Result<TestDelivery, String> {
    let newest = || sandbox.endpoints().last().map(|endpoint| endpoint.id);
    let endpoint = endpoint.or_else(newest).ok_or("there is no endpoint yet; create one first")?;
    let mut delivery = TestDelivery::new(endpoint, signing.clone());
    if let Some(event) = event {
        delivery = delivery.event(event);
    }
    if let Some(flaw) = flaw {
        delivery = delivery.flaw(flaw);
    }
    if let Some(address) = connect_to {
        delivery = delivery.connect_to(address);
    }
    Ok(delivery)
}

/// The lines of standard input, until it ends. A separate thread reads them, and ends with the process.
fn lines() -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        Line::parse(text).map_or_else(|error| error, |line| format!("{line:?}"))
    }

    #[test]
    fn every_command_is_parsed_and_nothing_else_is() {
        for (text, line) in [
            ("", "Empty"),
            ("help\r\n", "Help"),
            (" attempts ", "Attempts"),
            ("deliver", "Deliver { endpoint: None, event: None, flaw: None }"),
            ("deliver 2", "Deliver { endpoint: Some(2), event: None, flaw: None }"),
            ("deliver x.y", "Deliver { endpoint: None, event: Some(\"x.y\"), flaw: None }"),
            ("deliver 2 x", "Deliver { endpoint: Some(2), event: Some(\"x\"), flaw: None }"),
            ("bad huge", "Deliver { endpoint: None, event: None, flaw: Some(Huge) }"),
            ("bad replayed 3", "Deliver { endpoint: Some(3), event: None, flaw: Some(Replayed) }"),
            ("faults list", "Faults(List)"),
        ] {
            assert_eq!(read(text), line, "{text:?}");
        }
        for text in
            ["send", "bad", "bad luck", "bad old x", "deliver x y", "deliver 1 2 3", "fail", "fail x", "faults x"]
        {
            assert!(Line::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_number_after_the_name_of_a_fault_is_its_count() {
        for (text, name, count) in [
            ("fail responds with 422", "responds with 422", 1),
            ("fail responds with 422 3", "responds with 422", 3),
            ("fail responds-with-422-in-HTML 2", "responds with 422 in HTML", 2),
            ("fail commits, then responds with 500", "commits, then responds with 500", 1),
        ] {
            match Line::parse(text) {
                Ok(Line::Fail { fault, times }) => assert_eq!((fault.name(), times), (name, count)),
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
