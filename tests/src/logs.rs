//! Collects the log of a test's thread.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use tracing::{
    Dispatch, Event, Level, Subscriber,
    field::{Field, Visit},
    subscriber::{self, DefaultGuard},
};
use tracing_subscriber::{Layer, Registry, layer::Context, prelude::*};

/// Sends the log of this thread to `layer` until the guard is dropped.
#[must_use = "the layer gets nothing once the guard is dropped"]
pub fn subscribe(layer: impl Layer<Registry> + Send + Sync) -> DefaultGuard {
    // While a process has only one subscriber, tracing lets the first thread that reaches a call site decide whether it is
    // enabled for all threads. That may be the thread of another test, which has no subscriber. This second subscriber prevents it.
    static SECOND: OnceLock<Dispatch> = OnceLock::new();
    SECOND.get_or_init(|| Dispatch::new(tracing_subscriber::registry()));
    subscriber::set_default(tracing_subscriber::registry().with(layer))
}

/// The fields of an event or a span, each as text without quotes.
pub type Fields = BTreeMap<&'static str, String>;

/// A visitor that records each field as text.
#[derive(Debug)]
pub struct Recorded<'a>(pub &'a mut Fields);

impl Visit for Recorded<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}").trim_matches('"').to_owned());
    }
}

/// The logged warnings.
#[derive(Debug, Clone, Default)]
pub struct Warnings(Arc<Mutex<Vec<Fields>>>);

impl Warnings {
    /// Collects the warnings of this thread, until the guard is dropped.
    pub fn collect() -> (Self, DefaultGuard) {
        let warnings = Self::default();
        (warnings.clone(), subscribe(warnings))
    }

    /// Returns the warnings so far.
    #[must_use]
    pub fn all(&self) -> Vec<Fields> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the field `name` of each warning that has it.
    #[must_use]
    pub fn fields(&self, name: &str) -> Vec<String> {
        self.all().iter().filter_map(|fields| fields.get(name).cloned()).collect()
    }

    /// Returns each warning as text with all of its fields.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let text = |fields: &Fields| fields.iter().map(|(name, value)| format!("{name}={value} ")).collect();
        self.all().iter().map(text).collect()
    }
}

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == Level::WARN {
            let mut fields = Fields::new();
            event.record(&mut Recorded(&mut fields));
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fields);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn warn() {
        tracing::warn!(number = 7, "it is late");
    }

    #[test]
    fn a_thread_without_a_subscriber_silences_no_other() {
        let (warnings, _guard) = Warnings::collect();
        // This thread is the first to reach the call site.
        thread::spawn(warn).join().unwrap();
        warn();
        assert_eq!(warnings.texts(), ["message=it is late number=7 "]);
    }
}
