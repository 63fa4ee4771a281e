//! The journal of an attempt: its text, and the lock that shows whether the attempt is running.

use std::{
    fs::File,
    io::{self, ErrorKind, Read as _, Seek as _, Write as _},
    path::Path,
};

use chrono::{DateTime, SecondsFormat, Utc};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{disk, layout::is_nonce, lock};
use crate::{
    endpoint::EndpointId,
    event::EventType,
    sink::{Attempt, Liveness},
};

const NOTE: &str = "A webhook endpoint for this URL may exist at the portal, and its signing secret was not stored.";

/// The text of a journal. `locked` says whether the attempt holds a lock on it; without one it is unknown whether the attempt
/// is running.
pub(super) fn text(attempt: &Attempt, locked: bool) -> String {
    let date = |date: DateTime<Utc>| date.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let text = json!({
        "note": NOTE,
        "url": attempt.url,
        "events": attempt.events.iter().map(EventType::as_str).collect::<Vec<_>>(),
        "started_at": date(attempt.started_at),
        "deadline": attempt.deadline.map(date),
        "base_url": attempt.base_url,
        "process": attempt.process,
        "nonce": attempt.nonce,
        "locked": locked,
    });
    format!("{text:#}\n")
}

/// Adds new facts about the attempt. They are appended, so that a crash cannot damage the existing text.
pub(super) fn append(mut file: &File, attempt: &Attempt) -> io::Result<()> {
    if (attempt.status, &attempt.id) == (None, &None) {
        return Ok(());
    }
    let known = json!({
        "status": attempt.status.map(|status| status.as_u16()),
        "id": attempt.id.as_ref().map(EndpointId::as_str),
    });
    file.seek(io::SeekFrom::End(0))?;
    file.write_all(format!("{known}\n").as_bytes())?;
    file.sync_all()
}

/// The attempt that a journal's text describes, and whether it holds a lock. A last addition that is incomplete is ignored.
fn parse(text: &str) -> Option<(Attempt, bool)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Map<String, Value>>();
    let mut fields = values.next()?.ok()?;
    for known in values.map_while(Result::ok) {
        fields.extend(known.into_iter().filter(|(_, value)| !value.is_null()));
    }
    let string = |name: &str| fields.get(name)?.as_str().map(str::to_owned);
    let date = |name: &str| DateTime::parse_from_rfc3339(&string(name)?).ok().map(|date| date.to_utc());
    let number = |name: &str| fields.get(name)?.as_u64();
    let attempt = Attempt {
        url: string("url")?,
        events: fields.get("events")?.as_array()?.iter().filter_map(Value::as_str).map(EventType::from).collect(),
        started_at: date("started_at")?,
        deadline: date("deadline"),
        base_url: string("base_url")?,
        process: number("process")?.try_into().ok()?,
        nonce: string("nonce").filter(|nonce| is_nonce(nonce))?,
        liveness: Liveness::Unknown,
        status: number("status")
            .and_then(|status| u16::try_from(status).ok())
            .and_then(|status| StatusCode::from_u16(status).ok()),
        id: string("id").map(EndpointId::from),
    };
    Some((attempt, fields.get("locked")?.as_bool()?))
}

/// A journal that is open.
pub(super) struct Journal {
    pub(super) attempt: Attempt,
    pub(super) file: File,
}

impl Journal {
    /// Opens the journal at `path`, if there is one.
    pub(super) fn open(path: &Path) -> io::Result<Option<Self>> {
        while let Some(journal) = Self::open_once(path)? {
            // An attempt that finishes removes its journal and then releases the lock. A journal that still exists is unfinished.
            if disk::is_at(&journal.file, path)? {
                return Ok(Some(journal));
            }
        }
        Ok(None)
    }

    fn open_once(path: &Path) -> io::Result<Option<Self>> {
        match disk::kind(path)? {
            None => return Ok(None),
            Some(kind) if !kind.is_file() => {
                let why = "not a file, so it is not the journal of an attempt: move it away";
                return Err(io::Error::new(ErrorKind::InvalidData, why));
            }
            Some(_) => {}
        }
        let (mut file, shown) = match lock::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let Some((mut attempt, locked)) = parse(&text) else {
            let why = "incomplete, or not the journal of an attempt: if no attempt is running, look for an endpoint at the \
                       portal that is not in use, delete it, and remove this file";
            return Err(io::Error::new(ErrorKind::InvalidData, why));
        };
        if locked {
            // Not earlier: a journal that is incomplete may have no lock yet.
            attempt.liveness = shown.map_or_else(|| lock::liveness(&file), Ok)?;
        }
        Ok(Some(Self { attempt, file }))
    }

    /// Takes the lock of an attempt whose process ended. `None` if another process has it, or has removed the journal.
    pub(super) fn seize(self, path: &Path) -> io::Result<Option<Self>> {
        let Self { attempt, file } = self;
        let Some(mut file) = lock::seize(file, path)? else { return Ok(None) };
        let mut text = String::new();
        file.rewind()?;
        file.read_to_string(&mut text)?;
        // Under the lock nothing else removes it.
        let is_same = parse(&text).is_some_and(|(found, _)| found.nonce == attempt.nonce) && disk::is_at(&file, path)?;
        Ok(is_same.then_some(Self { attempt, file }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt() -> Attempt {
        let url = "https://user:pass@your-app.com/\"quoted\"?key=1".to_owned();
        let events = vec![EventType::ReferenceSubmitted, EventType::from("x")];
        let limit = Some(std::time::Duration::from_secs(300));
        let attempt = Attempt::begin(url, events, "https://portal.example".to_owned(), limit).unwrap();
        Attempt { liveness: Liveness::Unknown, ..attempt }
    }

    #[test]
    fn a_journal_is_read_back_as_it_was_written() {
        for deadline in [attempt().deadline, None] {
            let attempt = Attempt { deadline, ..attempt() };
            for locked in [true, false] {
                assert_eq!(parse(&text(&attempt, locked)), Some((attempt.clone(), locked)));
            }
        }
    }

    #[test]
    fn added_facts_are_read_back_even_if_the_last_addition_is_incomplete() {
        let mut file = tempfile::tempfile().unwrap();
        let attempt = Attempt { status: Some(StatusCode::CREATED), ..attempt() };
        file.write_all(text(&attempt, true).as_bytes()).unwrap();
        append(&file, &attempt).unwrap();
        append(&file, &Attempt { status: None, id: Some(EndpointId::from("7")), ..attempt.clone() }).unwrap();
        file.write_all(b"{\"id\":\"8\"").unwrap();
        file.rewind().unwrap();
        let mut read = String::new();
        file.read_to_string(&mut read).unwrap();
        let (known, _) = parse(&read).unwrap();
        assert_eq!(known, Attempt { id: Some(EndpointId::from("7")), ..attempt });
    }

    #[test]
    fn a_file_that_is_no_journal_is_refused() {
        let whole = text(&attempt(), true);
        for end in 0..whole.trim_end().len() {
            assert_eq!(parse(&whole[..end]), None, "{end}");
        }
        for nonce in ["", "../../../../../../etc/passwd-00000", "0123456789ABCDEF0123456789ABCDEF"] {
            let text = text(&Attempt { nonce: nonce.to_owned(), ..attempt() }, true);
            assert_eq!(parse(&text), None, "{nonce:?} would name a file");
        }
    }
}
