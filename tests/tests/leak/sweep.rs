//! Prints values in every possible way, counts the ways, and finds the canaries in the output.

use std::{
    collections::BTreeSet,
    error::Error,
    fmt::{Debug, Display},
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicUsize, Ordering},
};

use hb_portal::{CreateError, CreatedWebhook};

use super::{
    canary::{Canary, canaries, dense},
    record,
};

/// The number of texts in all sweeps of this process.
static CHANNELS: AtomicUsize = AtomicUsize::new(0);

/// A search of several texts, which must be [finished](Self::finish).
pub(crate) struct Sweep {
    area: &'static str,
    canaries: Vec<Canary>,
    starts: BTreeSet<String>,
    channels: usize,
    leaks: Vec<String>,
}

impl Sweep {
    pub(crate) fn new(area: &'static str) -> Self {
        Self::for_canaries(area, canaries())
    }

    pub(crate) fn for_canaries(area: &'static str, canaries: Vec<Canary>) -> Self {
        record::install();
        let starts = canaries.iter().flat_map(Canary::starts).collect();
        Self { area, canaries, starts, channels: 0, leaks: Vec::new() }
    }

    /// Sweeps one text.
    pub(crate) fn text(&mut self, what: &str, text: &str) {
        self.channels += 1;
        let dense = dense(text);
        if !self.starts.iter().any(|start| dense.contains(start)) {
            return;
        }
        let found = self.canaries.iter().filter_map(|canary| canary.form_in(&dense));
        self.leaks.extend(found.map(|form| format!("{what}: {form}, in {text:.300}")));
    }

    pub(crate) fn debug(&mut self, what: &str, value: &(impl Debug + ?Sized)) {
        self.text(&format!("{what}, {{:?}}"), &format!("{value:?}"));
        self.text(&format!("{what}, {{:#?}}"), &format!("{value:#?}"));
    }

    pub(crate) fn display(&mut self, what: &str, value: &(impl Display + ?Sized)) {
        self.text(&format!("{what}, {{}}"), &format!("{value}"));
        self.text(&format!("{what}, {{:#}}"), &format!("{value:#}"));
    }

    /// Sweeps an error and all of its sources.
    pub(crate) fn error(&mut self, what: &str, error: &(dyn Error + 'static)) {
        let mut cause = Some(error);
        let mut what = what.to_owned();
        while let Some(error) = cause {
            self.debug(&what, error);
            self.display(&what, error);
            what.push_str(", its source");
            cause = error.source();
        }
    }

    /// Sweeps a panic's message.
    pub(crate) fn panic<T>(&mut self, what: &str, job: impl FnOnce() -> T) {
        self.text(&format!("{what}, panic"), &record::panic_of(AssertUnwindSafe(job)));
    }

    /// Sweeps the error of a result, and the panic of a user's `unwrap`.
    pub(crate) fn failure<T, E: Error + 'static>(&mut self, what: &str, result: Result<T, E>) {
        let Err(error) = result else { panic!("{what} is not a failure") };
        self.error(what, &error);
        self.panic(what, || expect(Err::<(), _>(&error)));
        self.panic(what, || unwrap(Err::<(), _>(error)));
    }

    /// Sweeps an outcome, and everything that it returns without an `expose_` method.
    pub(crate) fn outcome(&mut self, what: &str, outcome: Result<CreatedWebhook, CreateError>) {
        match outcome {
            Ok(created) => {
                self.created(what, &created);
                self.panic(what, || expect_err(Ok::<_, ()>(&created)));
                self.panic(what, || unwrap_err(Ok::<_, ()>(created)));
            }
            Err(error) => {
                self.parts(what, &error);
                self.failure(what, Err::<(), _>(error));
            }
        }
    }

    fn created(&mut self, what: &str, created: &CreatedWebhook) {
        self.debug(what, created);
        self.debug(&format!("{what}, endpoint"), &created.endpoint);
        self.text(&format!("{what}, serialised"), &serde_json::to_string(&created.endpoint).unwrap());
        self.debug(&format!("{what}, secret"), &created.secret);
        self.text(&format!("{what}, fingerprint"), &created.secret.fingerprint());
        self.messages(what, created.message.as_deref(), created.request_id());
        self.debug(&format!("{what}, deviations"), created.deviations());
        for deviation in created.deviations() {
            self.display(&format!("{what}, deviation"), deviation);
        }
    }

    fn parts(&mut self, what: &str, error: &CreateError) {
        match error {
            CreateError::NotSent(part) => {
                self.debug(what, part);
                self.display(what, part);
            }
            CreateError::Rejected(part) => {
                self.debug(what, part);
                self.display(what, part);
                self.messages(what, part.message(), part.request_id());
                self.debug(&format!("{what}, messages by field"), part.field_errors());
            }
            CreateError::Unconfirmed(part) => {
                self.debug(what, part);
                self.display(what, part);
                self.messages(what, part.message(), part.request_id());
            }
            CreateError::SecretMissing(part) => {
                self.debug(what, part);
                self.display(what, part);
                self.messages(what, part.message(), part.request_id());
            }
            CreateError::NotStored(part) => {
                self.debug(what, part);
                self.display(what, part);
                self.error(&format!("{what}, why"), part.error());
                self.created(what, part.created());
            }
            other => panic!("an outcome that is not swept: {other}"),
        }
    }

    /// Sweeps the portal's message and request id, which are passed on.
    fn messages(&mut self, what: &str, message: Option<&str>, request_id: Option<&str>) {
        self.text(&format!("{what}, message"), message.unwrap_or_default());
        self.text(&format!("{what}, request id"), request_id.unwrap_or_default());
    }

    /// Returns the leaks found so far.
    pub(crate) fn leaks(&self) -> &[String] {
        &self.leaks
    }

    /// Sweeps the log since the last sweep that finished, and panics if this sweep found a leak.
    pub(crate) fn finish(mut self) {
        let records = record::take_unswept();
        for line in &records {
            self.text("log", line);
        }
        let all = CHANNELS.fetch_add(self.channels, Ordering::Relaxed) + self.channels;
        let (channels, area, logged) = (self.channels, self.area, records.len());
        println!("leak: {channels} channels swept for {area}, {logged} of them log records; {all} so far");
        let shown = self.leaks.len().min(20);
        assert!(self.leaks.is_empty(), "{} leaks:\n{}", self.leaks.len(), self.leaks[..shown].join("\n"));
    }
}

/// Prints the error of a result in its panic, as in a user's program.
pub(crate) fn unwrap<T, E: Debug>(result: Result<T, E>) -> T {
    result.unwrap()
}

fn expect<T, E: Debug>(result: Result<T, E>) -> T {
    result.expect("it succeeds")
}

/// Prints the value of a result in its panic, as in a user's test.
fn unwrap_err<T: Debug, E>(result: Result<T, E>) -> E {
    result.unwrap_err()
}

fn expect_err<T: Debug, E>(result: Result<T, E>) -> E {
    result.expect_err("it fails")
}
