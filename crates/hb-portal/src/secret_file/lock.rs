//! The lock by which an attempt shows that it is running. It ends with the process.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::Path,
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

/// Whether the attempt of an open journal is running.
pub(super) fn liveness(file: &File) -> io::Result<Liveness> {
    // Shared, so that readers do not block each other. The owner's lock is exclusive.
    match file.try_lock_shared() {
        Ok(()) => file.unlock().map(|()| Liveness::Dead),
        Err(TryLockError::Error(_)) => Ok(Liveness::Unknown),
        Err(TryLockError::WouldBlock) => Ok(Liveness::Live),
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
