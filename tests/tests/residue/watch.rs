//! The record of blocks during a watch: who allocated each one, and who freed those that held a canary.

use std::{
    backtrace::Backtrace,
    cell::Cell,
    collections::BTreeMap,
    marker::PhantomData,
    mem,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::canary::Found;

/// A block that was freed with a canary in it.
#[derive(Debug)]
pub struct Hit {
    pub found: Found,
    pub size: usize,
    /// The phase of the test.
    pub phase: &'static str,
    /// `None` if it was allocated before the watch began.
    pub allocated: Option<Backtrace>,
    pub freed: Backtrace,
}

/// Exclusive access to the heap. A test takes it before it creates anything that holds a canary, because another test
/// that watches would find that.
pub struct Turn(#[allow(dead_code, reason = "it is held, not read")] MutexGuard<'static, ()>);

/// One measurement.
pub struct Watch<'a>(PhantomData<&'a Turn>);

static TURN: Mutex<()> = Mutex::new(());
static ARMED: AtomicBool = AtomicBool::new(false);
static PHASE: Mutex<&str> = Mutex::new("");
/// The live blocks by address, with the backtraces of their allocations.
static LIVE: Mutex<BTreeMap<usize, Backtrace>> = Mutex::new(BTreeMap::new());
static HITS: Mutex<Vec<Hit>> = Mutex::new(Vec::new());

thread_local! {
    /// Whether this thread is recording. Allocations made by recording are not recorded.
    static BUSY: Cell<bool> = const { Cell::new(false) };
    /// Whether this thread belongs to the portal.
    static OUTSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Waits until no other test has access.
pub fn take_turn() -> Turn {
    Turn(lock(&TURN))
}

impl Turn {
    /// Begins to watch.
    pub fn watch(&self) -> Watch<'_> {
        ARMED.store(true, Ordering::SeqCst);
        Watch(PhantomData)
    }
}

impl Watch<'_> {
    /// Names the next phase.
    pub fn phase(&self, name: &'static str) {
        *lock(&PHASE) = name;
    }

    /// Ends the watch, and returns the blocks that held a canary when they were freed.
    pub fn end(self) -> Vec<Hit> {
        drop(self);
        mem::take(&mut lock(&HITS))
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        ARMED.store(false, Ordering::SeqCst);
        lock(&LIVE).clear();
    }
}

/// Marks this thread as the portal's, which is allowed to hold the secret in plain text.
pub fn leave_out_this_thread() {
    OUTSIDE.set(true);
}

/// Called for each block that is allocated.
pub fn allocated(address: usize) {
    remember(|| {
        let trace = Backtrace::force_capture();
        lock(&LIVE).insert(address, trace);
    });
}

/// Called for each block that is about to be freed.
pub fn freed(address: usize, size: usize, found: Found) {
    remember(|| {
        let allocated = lock(&LIVE).remove(&address);
        if found.any() {
            let hit = Hit { found, size, phase: *lock(&PHASE), allocated, freed: Backtrace::force_capture() };
            lock(&HITS).push(hit);
        }
    });
}

/// Runs `record`, which uses the heap itself, unless there is no watch or this thread is recording already.
fn remember(record: impl FnOnce()) {
    // A thread that panics holds the lock of the standard library's backtraces.
    if !ARMED.load(Ordering::Relaxed) || OUTSIDE.get() || thread::panicking() || BUSY.replace(true) {
        return;
    }
    record();
    BUSY.set(false);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
