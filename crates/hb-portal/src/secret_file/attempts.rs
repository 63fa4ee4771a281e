//! The steps of an attempt on disk, ordered so that each crash leaves a record of what the portal may hold.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Write as _},
    thread,
    time::Duration,
};

use super::{
    disk,
    journal::{self, Journal},
    layout::Layout,
    lock,
    record::StoredEndpoint,
    refusal::{about, occupied, unfinished},
};
use crate::sink::{Attempt, Liveness};

/// An attempt that has its journal, and the lock on it.
pub(super) struct Held {
    pub(super) attempt: Attempt,
    file: File,
}

impl Drop for Held {
    fn drop(&mut self) {
        // Closing the file would not be enough: until a process that is being started runs its program, it has a copy of every
        // open file, and with it the lock. On Windows there is no lock to release, and no copy.
        let _ = self.file.unlock();
    }
}

/// How many times to repeat a step that another process interfered with.
const ROUNDS: usize = 20;
const PAUSE: Duration = Duration::from_millis(10);

/// Writes the journal of an attempt, and so proves that files can be stored here.
pub(super) fn begin(layout: &Layout, attempt: &Attempt) -> io::Result<Held> {
    for _ in 0..ROUNDS {
        refuse_what_is_there(layout)?;
        if let Some(other) = read(layout)? {
            return Err(unfinished(layout, &other));
        }
        sweep(layout);
        let Some(held) = create_journal(layout, attempt).map_err(|error| about(layout, error))? else { continue };
        // Another attempt may have stored its secret and removed its journal since the first check.
        let ready = disk::sync(&layout.folder).map_err(|error| about(layout, error));
        return match ready.and_then(|()| refuse_what_is_there(layout)) {
            Ok(()) => Ok(held),
            Err(error) => {
                // Nothing was sent. The first error is the one that is reported.
                let _ = forget(layout, &held);
                Err(error)
            }
        };
    }
    Err(about(layout, ErrorKind::ResourceBusy.into()))
}

/// Refuses what would make storing fail.
fn refuse_what_is_there(layout: &Layout) -> io::Result<()> {
    let kind = |path| disk::kind(path).map_err(|error| about(layout, error));
    let fix = "choose another path, or move it away if it is not needed";
    match kind(&layout.secret)? {
        None => {}
        Some(kind) if kind.is_symlink() => return Err(occupied(&layout.secret, "is a symbolic link", fix)),
        Some(kind) if kind.is_dir() => return Err(occupied(&layout.secret, "is a folder", fix)),
        Some(_) => return Err(occupied(&layout.secret, "exists", fix)),
    }
    if kind(&layout.response)?.is_some() {
        let fix = "look for the secret in it, keep what you need, then remove it";
        return Err(occupied(&layout.response, "holds the response to an earlier attempt", fix));
    }
    if kind(&layout.record)?.is_some_and(|kind| !kind.is_file()) {
        return Err(occupied(&layout.record, "is not a file", "move it away"));
    }
    Ok(())
}

/// Puts the journal at its name, locked, so that others always see whether the attempt is running. There is none if another
/// attempt was faster, or removed the draft while it had no lock yet.
fn create_journal(layout: &Layout, attempt: &Attempt) -> io::Result<Option<Held>> {
    let draft = layout.journal_draft(&attempt.nonce);
    let held = Held { attempt: attempt.clone(), file: disk::create(&draft)? };
    let linked = fill(&held).and_then(|()| disk::link(&draft, &layout.journal));
    let removed = disk::remove(&draft);
    match linked {
        Ok(()) => match removed {
            Ok(()) => Ok(Some(held)),
            Err(error) => {
                let _ = disk::remove(&layout.journal);
                Err(error)
            }
        },
        Err(error) if is_overtaken(&error) => Ok(None),
        Err(error) if disk::is_without_links(&error) => create_in_place(layout, attempt),
        Err(error) => Err(error),
    }
}

/// Puts the journal at its name without a link: for a moment it is there without its lock and incomplete, which others report
/// as unknown.
fn create_in_place(layout: &Layout, attempt: &Attempt) -> io::Result<Option<Held>> {
    let file = match disk::create(&layout.journal) {
        Err(error) if is_overtaken(&error) => return Ok(None),
        created => created?,
    };
    let held = Held { attempt: attempt.clone(), file };
    fill(&held).inspect_err(|_| drop(disk::remove(&layout.journal)))?;
    Ok(Some(held))
}

fn is_overtaken(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound | ErrorKind::WouldBlock)
}

/// Locks a journal and writes it.
fn fill(Held { attempt, file }: &Held) -> io::Result<()> {
    let mut file = file;
    let locked = match lock::take(file) {
        Ok(()) => true,
        // Another attempt takes it for abandoned, and is about to remove it.
        Err(TryLockError::WouldBlock) => return Err(ErrorKind::WouldBlock.into()),
        // The file system has no locks.
        Err(TryLockError::Error(_)) => false,
    };
    file.write_all(journal::text(attempt, locked).as_bytes())?;
    file.sync_all()
}

/// Removes the drafts of journals whose attempts were killed before they sent anything. They are harmless, so it is no error if
/// that fails.
fn sweep(layout: &Layout) {
    for entry in fs::read_dir(&layout.folder).into_iter().flatten().flatten() {
        let is_draft =
            layout.is_journal_draft(&entry.file_name()) && entry.file_type().is_ok_and(|kind| kind.is_file());
        if !is_draft {
            continue;
        }
        let locked = OpenOptions::new().write(true).open(entry.path()).map(|file| (lock::take(&file).is_ok(), file));
        if let Ok((true, _file)) = locked {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The attempt that has a journal here.
pub(super) fn read(layout: &Layout) -> io::Result<Option<Attempt>> {
    Ok(open(layout)?.map(|journal| journal.attempt))
}

fn open(layout: &Layout) -> io::Result<Option<Journal>> {
    Journal::open(&layout.journal).map_err(|error| match error.kind() {
        ErrorKind::InvalidData => io::Error::new(error.kind(), format!("{} is {error}", layout.journal.display())),
        _ => about(layout, error),
    })
}

/// Stores the secret, and only then forgets the attempt.
pub(super) fn store(
    layout: &Layout,
    held: Option<&Held>,
    nonce: &str,
    secret: &[u8],
    endpoint: Option<&StoredEndpoint>,
) -> io::Result<()> {
    if let Some(held) = held {
        // The known facts help to delete the endpoint. The secret matters more.
        let _ = journal::append(&held.file, &held.attempt);
    }
    let draft = layout.draft(nonce);
    // The record comes first: with a journal, a secret counts only if its record says how long it is.
    let recorded = match endpoint {
        Some(endpoint) => disk::replace(&layout.record, &draft, endpoint.text(secret.len()).as_bytes()),
        None => disk::remove(&layout.record),
    };
    if let Err(error) = recorded {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "the endpoint could not be recorded next to its secret");
        let _ = disk::remove(&layout.record);
    }
    let stored = disk::put(&layout.secret, &draft, secret).inspect_err(|_| drop(disk::remove(&layout.record)));
    stored.and_then(|()| disk::sync(&layout.folder)).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            occupied(&layout.secret, "appeared while the request was sent", "store the secret elsewhere")
        }
        _ => about(layout, error),
    })?;
    if let Some(Err(error)) = held.map(|held| forget(layout, held)) {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "the secret is stored, and the journal of its attempt could not be removed");
    }
    Ok(())
}

/// Removes the attempt's own journal.
pub(super) fn forget(layout: &Layout, held: &Held) -> io::Result<()> {
    // Without locks, this attempt may have been acknowledged, and another one begun.
    let forgotten = disk::is_at(&held.file, &layout.journal).and_then(|is_own| match is_own {
        true => disk::remove(&layout.journal).and_then(|()| disk::sync(&layout.folder)),
        false => Ok(()),
    });
    forgotten.map_err(|error| about(layout, error))
}

/// Adds the known facts to the journal of an attempt that is over, and releases its lock.
pub(super) fn give_up(layout: &Layout, held: Held, known: &Attempt) -> io::Result<()> {
    journal::append(&held.file, known).map_err(|error| about(layout, error))
}

/// Keeps a response in which no secret was found.
pub(super) fn keep(layout: &Layout, attempt: &Attempt, body: &[u8]) -> io::Result<()> {
    disk::put(&layout.response, &layout.draft(&attempt.nonce), body)
        .and_then(|()| disk::sync(&layout.folder))
        .map_err(|error| about(layout, error))
}

/// Removes the journal of an attempt that is over, and returns the attempt.
pub(super) fn acknowledge(layout: &Layout) -> io::Result<Option<Attempt>> {
    let mut rounds = 0..ROUNDS;
    while let Some(journal) = open(layout)? {
        let attempt = journal.attempt.clone();
        let ended = match attempt.liveness {
            Liveness::Dead => journal.seize(&layout.journal).map_err(|error| about(layout, error))?,
            Liveness::Unknown => Some(journal),
            Liveness::Live => None,
        };
        if ended.is_some() {
            let removed = disk::remove(&layout.draft(&attempt.nonce)).and_then(|()| disk::remove(&layout.journal));
            removed.and_then(|()| disk::sync(&layout.folder)).map_err(|error| about(layout, error))?;
            return Ok(Some(attempt));
        }
        // A mere reader holds the lock for a moment.
        if rounds.next().is_none() {
            return Err(unfinished(layout, &Attempt { liveness: Liveness::Live, ..attempt }));
        }
        thread::sleep(PAUSE);
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn layout(folder: &Path) -> Layout {
        Layout::of(&folder.join("secret")).unwrap()
    }

    fn attempt() -> Attempt {
        let url = "https://your-app.com/webhooks".to_owned();
        Attempt::begin(url, Vec::new(), "https://portal.example".to_owned(), None).unwrap()
    }

    fn liveness(layout: &Layout) -> Option<Liveness> {
        read(layout).unwrap().map(|attempt| attempt.liveness)
    }

    #[test]
    fn a_running_attempt_can_be_read_and_neither_acknowledged_nor_followed_by_another() {
        let folder = tempfile::tempdir().unwrap();
        let layout = layout(folder.path());
        let held = begin(&layout, &attempt()).unwrap();
        assert_eq!(liveness(&layout), Some(Liveness::Live));
        assert_eq!(acknowledge(&layout).unwrap_err().kind(), ErrorKind::ResourceBusy);
        assert_eq!(begin(&layout, &attempt()).err().unwrap().kind(), ErrorKind::ResourceBusy);
        store(&layout, Some(&held), &held.attempt.nonce, b"whsec_1", None).unwrap();
        drop(held);
        assert_eq!(liveness(&layout), None, "the journal of an attempt that stored its secret is removed");
    }

    /// On Windows no other process has a copy.
    #[cfg(unix)]
    #[test]
    fn an_attempt_that_ended_does_not_seem_to_run_while_a_process_that_is_being_started_has_its_journal() {
        let folder = tempfile::tempdir().unwrap();
        let layout = layout(folder.path());
        let attempt = attempt();
        let held = begin(&layout, &attempt).unwrap();
        let copy = held.file.try_clone().unwrap();
        assert_eq!(liveness(&layout), Some(Liveness::Live));
        give_up(&layout, held, &attempt).unwrap();
        assert_eq!(liveness(&layout), Some(Liveness::Dead));
        drop(copy);
    }

    #[test]
    fn an_attempt_whose_process_ended_can_be_acknowledged_once() {
        let folder = tempfile::tempdir().unwrap();
        let layout = layout(folder.path());
        drop(begin(&layout, &attempt()).unwrap());
        assert_eq!(liveness(&layout), Some(Liveness::Dead));
        assert_eq!(begin(&layout, &attempt()).err().unwrap().kind(), ErrorKind::AlreadyExists);
        assert!(acknowledge(&layout).unwrap().is_some());
        assert_eq!(acknowledge(&layout).unwrap(), None);
        drop(begin(&layout, &attempt()).unwrap());
    }

    #[test]
    fn of_two_that_acknowledge_an_attempt_at_once_one_removes_its_journal() {
        let folder = tempfile::tempdir().unwrap();
        let layout = layout(folder.path());
        for _ in 0..20 {
            drop(begin(&layout, &attempt()).unwrap());
            let found = thread::scope(|scope| {
                let both = [(); 4].map(|()| scope.spawn(|| acknowledge(&layout)));
                both.map(|one| one.join().unwrap())
            });
            let removed = found.iter().filter(|found| matches!(found, Ok(Some(_)))).count();
            assert_eq!(removed, 1, "{found:?}");
            assert_eq!(liveness(&layout), None);
        }
    }
}
