//! What a person types while the program runs: deliveries to make, and a look at those that were made.

use std::io::{self, BufRead as _};

use hb_portal_sandbox::{DeliveryAttempt, Flaw, Sandbox, TestDelivery};
use tokio::sync::mpsc;

use super::args::Options;
use super::log;

pub(super) const HELP: &str = "\
deliver [ID] [EVENT]  delivers EVENT [default: reference.submitted] to endpoint ID [default: the newest]
bad KIND [ID]         delivers what a receiver must refuse, once; KIND is
                        signature  signed with another secret
                        old        signed an hour ago (shows where the timestamp is signed)
                        replayed   what was delivered last, byte for byte
                        huge       8 MiB long
                        text       not JSON
attempts              shows every try to deliver so far
help                  shows this
";

/// One line that was typed.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    Deliver { endpoint: Option<u64>, event: Option<String>, flaw: Option<Flaw> },
    Attempts,
    Help,
    Empty,
}

impl Line {
    /// `Err` says what it is not.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let id = |text: &str| text.parse::<u64>().map_err(|_| format!("{text:?} is no endpoint's id"));
        match words.as_slice() {
            [] => Ok(Self::Empty),
            ["help"] => Ok(Self::Help),
            ["attempts"] => Ok(Self::Attempts),
            ["deliver"] => Ok(Self::Deliver { endpoint: None, event: None, flaw: None }),
            ["deliver", word] => Ok(match word.parse() {
                Ok(id) => Self::Deliver { endpoint: Some(id), event: None, flaw: None },
                Err(_) => Self::Deliver { endpoint: None, event: Some((*word).to_owned()), flaw: None },
            }),
            ["deliver", number, event] => {
                Ok(Self::Deliver { endpoint: Some(id(number)?), event: Some((*event).to_owned()), flaw: None })
            }
            ["bad", kind] => Ok(Self::Deliver { endpoint: None, event: None, flaw: Some(flaw(kind)?) }),
            ["bad", kind, number] => {
                Ok(Self::Deliver { endpoint: Some(id(number)?), event: None, flaw: Some(flaw(kind)?) })
            }
            _ => Err(format!("{:?} is no command; help shows them", text.trim())),
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
        _ => Err(format!("{kind:?} is no kind of bad delivery; help shows them")),
    }
}

/// The lines of standard input, until it ends. A thread of its own reads them, and dies with the process.
pub(super) fn lines() -> mpsc::UnboundedReceiver<String> {
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

/// What a delivery is to be, or why there is none.
pub(super) fn delivery(sandbox: &Sandbox, options: &Options, line: Line) -> Result<TestDelivery, String> {
    let Line::Deliver { endpoint, event, flaw } = line else { return Err("that is no delivery".to_owned()) };
    let newest = || sandbox.endpoints().last().map(|endpoint| endpoint.id);
    let endpoint = endpoint.or_else(newest).ok_or("there is no endpoint yet; create one first")?;
    let mut delivery = TestDelivery::new(endpoint, options.signing.clone());
    if let Some(event) = event {
        delivery = delivery.event(event);
    }
    if let Some(flaw) = flaw {
        delivery = delivery.flaw(flaw);
    }
    if let Some(address) = options.connect_to {
        delivery = delivery.connect_to(address);
    }
    Ok(delivery)
}

/// One line for each try.
pub(super) fn attempts(attempts: &[DeliveryAttempt]) -> String {
    match attempts {
        [] => "nothing was delivered yet\n".to_owned(),
        attempts => attempts.iter().map(|attempt| log::attempt(attempt) + "\n").collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_read_and_nothing_else() {
        let deliver =
            |endpoint, event: Option<&str>, flaw| Line::Deliver { endpoint, event: event.map(str::to_owned), flaw };
        for (text, line) in [
            ("", Line::Empty),
            ("help\r\n", Line::Help),
            (" attempts ", Line::Attempts),
            ("deliver", deliver(None, None, None)),
            ("deliver 2", deliver(Some(2), None, None)),
            ("deliver reference.declined", deliver(None, Some("reference.declined"), None)),
            ("deliver 2 x", deliver(Some(2), Some("x"), None)),
            ("bad huge", deliver(None, None, Some(Flaw::Huge))),
            ("bad replayed 3", deliver(Some(3), None, Some(Flaw::Replayed))),
        ] {
            assert_eq!(Line::parse(text).unwrap(), line, "{text:?}");
        }
        for text in ["send", "bad", "bad luck", "bad old x", "deliver x y", "deliver 1 2 3"] {
            assert!(Line::parse(text).is_err(), "{text:?}");
        }
        for word in ["signature", "old", "replayed", "huge", "text"] {
            assert!(flaw(word).is_ok() && HELP.contains(word));
        }
    }
}
