//! The lock by which an attempt shows that it is running. It ends with the process.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::Path,
    thread,
    time::Duration,
};

use crate::sink::Liveness;

/// On Windows, no other process can read a locked file, but a journal must be readable. So a file is held there by opening it such
/// that others may read and remove it, but not write it.
#[cfg(windows)]
pub(super) fn hold(options: &mut OpenOptions) {
    const FILE_SHARE_READ: u32 = 1;
    const FILE_SHARE_DELETE: u32 = 4;
    std::os::windows::fs::OpenOptionsExt::share_mode(options, FILE_SHARE_READ | FILE_SHARE_DELETE);
}

/// Whether a file was not opened because another process holds it.
#[cfg(windows)]
fn is_held(error: &io::Error) -> bool {
    const ERROR_SHARING_VIOLATION: i32 = 32;
    error.raw_os_error() == Some(ERROR_SHARING_VIOLATION)
}

/// Takes the lock on a draft.
pub(super) fn take(file: &File) -> Result<(), TryLockError> {
    // On Windows the file is held since it was created, and cannot be opened to take the lock while it is held.
    if cfg!(windows) { Ok(()) } else { file.try_lock() }
}

/// Opens a journal. Returns whether its attempt is running if the system shows that when the file is opened.
pub(super) fn open(path: &Path) -> io::Result<(File, Option<Liveness>)> {
    // Only with write access does every file system grant an exclusive lock.
    let opened = OpenOptions::new().read(true).write(true).open(path);
    #[cfg(windows)]
    match opened {
        Err(error) if is_held(&error) => Ok((File::open(path)?, Some(Liveness::Live))),
        opened => Ok((opened?, Some(Liveness::Dead))),
    }
    #[cfg(not(windows))]
    Ok((opened?, None))
}

/// The delays in milliseconds after which a lock that is held is checked again. Until a child process runs its own program, it has
/// the locks of its parent, so that an attempt that has ended would seem to be running.
const CHECKED_AGAIN_AFTER: [u64; 4] = [1, 5, 20, 75];

/// Whether the attempt of an open journal is running.
pub(super) fn liveness(file: &File) -> io::Result<Liveness> {
    let mut delays = CHECKED_AGAIN_AFTER.into_iter();
    loop {
        // Shared, so that readers do not block each other. The owner's lock is exclusive.
        match file.try_lock_shared() {
            Ok(()) => return file.unlock().map(|()| Liveness::Dead),
            Err(TryLockError::Error(_)) => return Ok(Liveness::Unknown),
            Err(TryLockError::WouldBlock) => match delays.next() {
                Some(delay) => thread::sleep(Duration::from_millis(delay)),
                None => return Ok(Liveness::Live),
            },
        }
    }
}

/// Takes the lock on the journal at `path`, which was opened as `file`. `None` if another process has the lock. On Windows the
/// result may be another journal, which has replaced the one that was opened.
pub(super) fn seize(file: File, path: &Path) -> io::Result<Option<File>> {
    #[cfg(windows)]
    {
        // While it is open for writing, it cannot be held.
        drop(file);
        let mut options = OpenOptions::new();
        hold(options.read(true).write(true));
        match options.open(path) {
            Err(error) if is_held(&error) || error.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some),
        }
    }
    #[cfg(not(windows))]
    {
        let _ = path;
        Ok(file.try_lock().is_ok().then_some(file))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::{
        process::Command,
        sync::atomic::{AtomicBool, Ordering},
    };

    use super::*;

    #[test]
    fn a_child_that_is_being_started_does_not_make_an_ended_attempt_seem_to_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    assert!(Command::new("true").status().unwrap().success());
                }
            });
            for _ in 0..2000 {
                let file = File::create(&path).unwrap();
                file.lock().unwrap();
                drop(file);
                let found = liveness(&File::open(&path).unwrap()).unwrap();
                if found != Liveness::Dead {
                    is_over.store(true, Ordering::Relaxed);
                }
                assert_eq!(found, Liveness::Dead);
            }
            is_over.store(true, Ordering::Relaxed);
        });
    }
}
