//! The suite finds a planted leak wherever it is, and finds nothing if there is none.

use std::thread;

use hb_portal::{Attempt, BoxError, BoxFuture, CreatedWebhook, SecretSink};
use zeroize::Zeroizing;

use super::{
    bench::{Bench, HTTP},
    canary::{API_KEY, SECRET, SLASHED, TOKEN, UNITS},
    clients,
    responses::CASES,
    table::Residue,
    watch,
};

/// Counts the blocks with the secret and those with a credential that `job` leaves.
fn left_by(job: impl FnOnce()) -> (usize, usize) {
    let residue = residue(job);
    assert_eq!(residue.transport.count(), 0, "no block belongs to the transport");
    (residue.others.count(), residue.credentials.count())
}

/// Returns the blocks that a job leaves.
pub fn residue(job: impl FnOnce()) -> Residue {
    let turn = watch::take_turn();
    let watch = turn.watch();
    watch.phase("planted");
    job();
    Residue::of(watch.end())
}

#[test]
fn an_unwiped_copy_is_found_in_every_spelling_and_so_is_half_of_it() {
    for (text, left) in [
        (SECRET.as_bytes(), (1, 0)),
        (&SLASHED, (1, 0)),
        (&UNITS, (1, 0)),
        (&SECRET.as_bytes()[..40], (1, 0)),
        (&SECRET.as_bytes()[40..], (1, 0)),
        (TOKEN.as_bytes(), (0, 1)),
        (API_KEY.as_bytes(), (0, 1)),
        (b"nothing of the kind", (0, 0)),
    ] {
        assert_eq!(left_by(|| drop(text.to_vec())), left);
    }
}

#[test]
fn a_wiped_copy_is_not_found() {
    assert_eq!(left_by(|| drop(Zeroizing::new(SECRET.to_owned()))), (0, 0));
}

#[test]
fn the_old_block_of_a_growing_buffer_is_found() {
    let grown = || {
        let mut text = Zeroizing::new(SECRET.to_owned());
        text.reserve(1000);
    };
    assert_eq!(left_by(grown), (1, 0));
}

#[test]
fn a_block_is_found_once_and_not_again_when_its_memory_is_reused() {
    let reused = || {
        drop(SECRET.as_bytes().to_vec());
        (0..100).for_each(|_| drop(Vec::<u8>::with_capacity(SECRET.len())));
    };
    assert_eq!(left_by(reused), (1, 0));
}

#[test]
fn every_thread_except_the_portals_is_watched() {
    let copy = || drop(SECRET.to_owned());
    assert_eq!(left_by(|| thread::spawn(copy).join().unwrap()), (1, 0));
    let portal = move || {
        watch::leave_out_this_thread();
        copy();
    };
    assert_eq!(left_by(|| thread::spawn(portal).join().unwrap()), (0, 0));
}

/// A sink that leaves a copy of the secret.
struct Careless;

impl SecretSink for Careless {
    fn prepare<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { Ok(()) })
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        drop(created.secret.expose_secret().to_owned());
        Box::pin(async { Ok(()) })
    }
}

#[test]
fn a_leak_by_a_sink_is_found_during_a_create() {
    let residue = Bench::new().measure(
        HTTP,
        || CASES[0].response(),
        async |run| {
            clients::ours(run, HTTP.authorization, Some(Careless)).await;
        },
    );
    assert_eq!((residue.others.to_string(), residue.transport.count()), (format!("1: residue {}", SECRET.len()), 0));
    assert!(!residue.traces.contains(SECRET));
}
