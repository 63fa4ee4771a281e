//! What is remembered of blocks while somebody watches: who allocated each, and of those freed with a canary, who freed it.

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
    /// What the test was doing.
    pub phase: &'static str,
    /// `None` if it was allocated before anybody watched.
    pub allocated: Option<Backtrace>,
    pub freed: Backtrace,
}

/// A turn at the heap, of which there is one: a test takes it before it makes anything with a canary in it, or another test
/// that watches would find that.
pub struct Turn(#[allow(dead_code, reason = "it is held, not read")] MutexGuard<'static, ()>);

/// One measurement.
pub struct Watch<'a>(PhantomData<&'a Turn>);

static TURN: Mutex<()> = Mutex::new(());
static ARMED: AtomicBool = AtomicBool::new(false);
static PHASE: Mutex<&str> = Mutex::new("");
/// The live blocks by address, and who allocated them.
static LIVE: Mutex<BTreeMap<usize, Backtrace>> = Mutex::new(BTreeMap::new());
static HITS: Mutex<Vec<Hit>> = Mutex::new(Vec::new());

thread_local! {
    /// Whether this thread is remembering something: what that allocates is not looked at.
    static BUSY: Cell<bool> = const { Cell::new(false) };
    /// Whether this thread is the portal's.
    static OUTSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Waits for its turn.
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
    /// Names what comes next.
    pub fn phase(&self, name: &'static str) {
        *lock(&PHASE) = name;
    }

    /// Ends it, and tells which blocks were freed with a canary in them.
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

/// Says that this thread is the portal's, which has the secret in plain by right.
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

/// Does what needs the heap itself, unless nobody watches or it is doing so already.
fn remember(what: impl FnOnce()) {
    // A thread that panics holds the lock of the standard library's backtraces.
    if !ARMED.load(Ordering::Relaxed) || OUTSIDE.get() || thread::panicking() || BUSY.replace(true) {
        return;
    }
    what();
    BUSY.set(false);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
