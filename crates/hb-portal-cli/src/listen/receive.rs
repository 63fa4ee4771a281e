//! Verifies a delivery, handles it once, and reports the outcome.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use axum::{
    extract::{State, rejection::BytesRejection},
    response::{IntoResponse as _, Response},
};
use hb_portal::{
    bytes::Bytes,
    http::{HeaderMap, StatusCode},
    replay::{MemoryReplayGuard, Once, OnceError, handle_once},
    verify::{Delivery, ReceiveError, Verifier, VerifyError},
};
use serde_json::{Map, Value};

use super::{folder::Folder, forward::Forward};
use crate::{
    output::{BAD, GOOD, ODD, Output, rows},
    shown,
};

/// A diagnosis costs as much as hundreds of deliveries, so strangers must not be able to cause many.
const BETWEEN_DIAGNOSES: Duration = Duration::from_secs(1);

pub(super) struct Receiver {
    pub(super) verifier: Verifier,
    pub(super) guard: MemoryReplayGuard,
    pub(super) folder: Option<Folder>,
    pub(super) forward: Option<Forward>,
    pub(super) prints_bodies: bool,
    pub(super) output: Output,
    pub(super) diagnosed: Mutex<Option<Instant>>,
}

/// The report on one delivery.
struct Report {
    verdict: &'static str,
    status: StatusCode,
    facts: Vec<(&'static str, String)>,
}

pub(super) async fn receive(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(error) => {
            let is_long = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
            let error = if is_long { ReceiveError::TooLarge } else { ReceiveError::Unreadable };
            receiver.print(&receiver.refused(&error, &headers, &[]), &[]);
            return error.status().into_response();
        }
    };
    match receiver.verifier.receive(&headers, body.clone()) {
        Ok(delivery) => receiver.handle(&headers, &delivery, body).await,
        Err(error) => {
            receiver.print(&receiver.refused(&error, &headers, &body), &body);
            error.status().into_response()
        }
    }
}

impl Receiver {
    async fn handle(&self, headers: &HeaderMap, delivery: &Delivery<Value>, body: Bytes) -> Response {
        let verified = delivery.verified();
        let key = verified.delivery_key();
        let event = delivery.event().map(|event| shown::text(event.as_str()));
        let mut facts: Vec<(&'static str, String)> = Vec::new();
        facts.extend(event.map(|event| ("event", event)));
        facts.extend(verified.id().map(|id| ("id", shown::text(id))));
        facts.push(("delivery", key.to_string()));
        facts.extend(verified.timestamp().map(|at| ("signed at", shown::time(at))));
        facts.extend(
            (verified.secret_index() > 0).then(|| ("secret", format!("number {}", verified.secret_index() + 1))),
        );
        let mut done = Vec::new();
        let once = handle_once(&self.guard, &key, || self.keep(headers, body.clone(), &mut done)).await;
        let (verdict, response) = match once {
            Ok(once @ (Once::Handled(_) | Once::Unconfirmed(..))) => ("verified", once.into_response()),
            Ok(once) => ("repeated", once.into_response()),
            Err(OnceError::Handler(status)) => ("verified", status.into_response()),
            Err(error) => ("verified", error.into_response()),
        };
        facts.extend(done);
        self.print(&Report { verdict, status: response.status(), facts }, &body);
        response
    }

    /// Saves and forwards a delivery. If either fails, the response makes the sender retry.
    async fn keep(
        &self,
        headers: &HeaderMap,
        body: Bytes,
        done: &mut Vec<(&'static str, String)>,
    ) -> Result<StatusCode, StatusCode> {
        if let Some(folder) = &self.folder {
            match folder.save(headers, &body) {
                Ok(path) => done.push(("saved", path.display().to_string())),
                Err(error) => {
                    done.push(("not saved", error.to_string()));
                    return Err(StatusCode::INTERNAL_SERVER_ERROR);
                }
            }
        }
        let Some(forward) = &self.forward else { return Ok(StatusCode::NO_CONTENT) };
        match forward.pass_on(headers, body).await {
            Ok(status) => {
                done.push(("forwarded", status.as_u16().to_string()));
                if status.is_success() { Ok(status) } else { Err(status) }
            }
            Err(why) => {
                done.push(("not forwarded", why));
                Err(StatusCode::BAD_GATEWAY)
            }
        }
    }

    fn refused(&self, error: &ReceiveError, headers: &HeaderMap, body: &[u8]) -> Report {
        let reason = match error {
            ReceiveError::Refused(error) => error.to_string(),
            error => error.to_string(),
        };
        let mut facts = vec![("reason", reason)];
        if matches!(error, ReceiveError::Refused(VerifyError::NoMatch)) && self.may_diagnose() {
            facts.push(("advice", self.verifier.diagnose(headers, body).to_string()));
        }
        Report { verdict: "refused", status: error.status(), facts }
    }

    fn may_diagnose(&self) -> bool {
        let mut last = self.diagnosed.lock().unwrap_or_else(PoisonError::into_inner);
        let may = last.is_none_or(|last| last.elapsed() >= BETWEEN_DIAGNOSES);
        if may {
            *last = Some(Instant::now());
        }
        may
    }

    fn print(&self, report: &Report, body: &[u8]) {
        let Report { verdict, status, facts } = report;
        let (now, status, bytes) = (shown::time(SystemTime::now()), status.as_u16(), body.len());
        let text = || {
            let style = match *verdict {
                "verified" => GOOD,
                "repeated" => ODD,
                _ => BAD,
            };
            let lines = if self.prints_bodies { shown::lines(body) } else { Vec::new() };
            let lines: String = lines.iter().map(|line| format!("    {line}\n")).collect();
            format!("{now} {style}{verdict}{style:#} ({status}), {bytes} bytes\n{}{lines}", rows(facts.iter().cloned()))
        };
        self.output.result(text, || {
            let facts = facts.iter().map(|(name, value)| (name.replace(' ', "_"), Value::from(value.as_str())));
            let mut object: Map<String, Value> = facts.collect();
            object.insert("verdict".to_owned(), (*verdict).into());
            object.insert("time".to_owned(), now.clone().into());
            object.insert("status".to_owned(), status.into());
            object.insert("bytes".to_owned(), bytes.into());
            if self.prints_bodies {
                object.insert("body".to_owned(), String::from_utf8_lossy(body).into());
            }
            object.into()
        });
    }
}
