//! Records everything that this process logs, from every target and at every level, and the messages of its panics.

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
    /// The messages of panics, while they are collected.
    static PANICS: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Starts recording, for the whole process.
pub(crate) fn install() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        tracing::subscriber::set_global_default(Spans(AtomicU64::new(1))).unwrap();
        log::set_logger(&Lines).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
        let ordinary = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let collected =
                PANICS.with_borrow_mut(|panics| panics.as_mut().map(|text| text.push_str(&info.to_string())));
            if collected.is_none() {
                ordinary(info);
            }
        }));
    });
}

/// Returns the records so far.
pub(crate) fn records() -> Vec<String> {
    lock().all.clone()
}

/// Returns the records since the last call.
pub(crate) fn take_unswept() -> Vec<String> {
    let mut records = lock();
    let unswept = records.all[records.swept..].to_vec();
    records.swept = records.all.len();
    unswept
}

fn add(record: String) {
    lock().all.push(record);
}

fn lock() -> MutexGuard<'static, Records> {
    RECORDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the message of a panic, both from the hook and from its payload.
pub(crate) fn panic_of<T>(job: impl FnOnce() -> T + UnwindSafe) -> String {
    let (caught, mut message) = with_panics(|| panic::catch_unwind(job));
    let Err(payload) = caught else { panic!("there is no panic") };
    message.push_str(payload.downcast_ref::<String>().map_or("", String::as_str));
    message
}

/// Returns the result of `job`, and the messages of the panics that it catches itself.
pub(crate) fn with_panics<T>(job: impl FnOnce() -> T) -> (T, String) {
    install();
    PANICS.set(Some(String::new()));
    let result = job();
    (result, PANICS.take().unwrap_or_default())
}

/// Records the spans and events of `tracing`.
struct Spans(AtomicU64);

impl Subscriber for Spans {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut record = Record::of(attributes.metadata());
        attributes.record(&mut record);
        record.add();
        span::Id::from_u64(self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut record = Record("a span's fields".to_owned());
        values.record(&mut record);
        record.add();
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut record = Record::of(event.metadata());
        event.record(&mut record);
        record.add();
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// One record, with the value of each field in every format in which a subscriber may print it.
struct Record(String);

impl Record {
    fn of(metadata: &Metadata<'_>) -> Self {
        Self(format!("tracing {} {} {}", metadata.level(), metadata.target(), metadata.name()))
    }

    fn add(self) {
        add(self.0);
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

/// Records the lines of `log`.
struct Lines;

impl log::Log for Lines {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, line: &log::Record<'_>) {
        add(format!("log {} {} {}", line.level(), line.target(), line.args()));
    }

    fn flush(&self) {}
}
