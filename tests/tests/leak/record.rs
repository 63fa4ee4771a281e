//! Keeps everything that this process logs, from every target and at every level, and what its panics say.

use std::{
    cell::RefCell,
    error::Error,
    fmt,
    panic::{self, UnwindSafe},
    sync::{
        Mutex, MutexGuard, Once, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

static RECORDS: Mutex<Records> = Mutex::new(Records { all: Vec::new(), swept: 0 });

struct Records {
    all: Vec<String>,
    swept: usize,
}

thread_local! {
    /// The texts of panics, while they are collected.
    static SAID: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Starts to keep records, for the whole process.
pub(crate) fn install() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        tracing::subscriber::set_global_default(Spans(AtomicU64::new(1))).unwrap();
        log::set_logger(&Lines).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
        let ordinary = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let said = SAID.with_borrow_mut(|said| said.as_mut().map(|said| said.push_str(&info.to_string())));
            if said.is_none() {
                ordinary(info);
            }
        }));
    });
}

/// The records so far.
pub(crate) fn records() -> Vec<String> {
    kept().all.clone()
}

/// The records since the last call.
pub(crate) fn take_unswept() -> Vec<String> {
    let mut records = kept();
    let unswept = records.all[records.swept..].to_vec();
    records.swept = records.all.len();
    unswept
}

fn keep(record: String) {
    kept().all.push(record);
}

fn kept() -> MutexGuard<'static, Records> {
    RECORDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The text of a panic, in the hook and in its payload.
pub(crate) fn panic_of<T>(job: impl FnOnce() -> T + UnwindSafe) -> String {
    let (caught, mut said) = heard(|| panic::catch_unwind(job));
    let Err(payload) = caught else { panic!("there is no panic") };
    said.push_str(payload.downcast_ref::<String>().map_or("", String::as_str));
    said
}

/// What `job` gives, and what panics say that it catches itself.
pub(crate) fn heard<T>(job: impl FnOnce() -> T) -> (T, String) {
    install();
    SAID.set(Some(String::new()));
    let given = job();
    (given, SAID.take().unwrap_or_default())
}

/// What `tracing` gets.
struct Spans(AtomicU64);

impl Subscriber for Spans {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut record = Record::of(attributes.metadata());
        attributes.record(&mut record);
        record.keep();
        span::Id::from_u64(self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut record = Record("a span's fields".to_owned());
        values.record(&mut record);
        record.keep();
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut record = Record::of(event.metadata());
        event.record(&mut record);
        record.keep();
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// One record, with the value of each field in every way in which a subscriber may print it.
struct Record(String);

impl Record {
    fn of(metadata: &Metadata<'_>) -> Self {
        Self(format!("tracing {} {} {}", metadata.level(), metadata.target(), metadata.name()))
    }

    fn keep(self) {
        keep(self.0);
    }
}

impl Visit for Record {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?} {value:#?}", field.name()));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push_str(&format!(" {}={value}", field.name()));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut cause = Some(value);
        while let Some(error) = cause {
            self.0.push_str(&format!(" {}={error} {error:#} {error:?} {error:#?}", field.name()));
            cause = error.source();
        }
    }
}

/// What `log` gets.
struct Lines;

impl log::Log for Lines {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, line: &log::Record<'_>) {
        keep(format!("log {} {} {}", line.level(), line.target(), line.args()));
    }

    fn flush(&self) {}
}
