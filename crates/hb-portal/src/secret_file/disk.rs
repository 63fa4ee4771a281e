//! Files that appear whole or not at all, replace nothing, and survive a crash of the machine.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::Path,
};

#[cfg(windows)]
use super::lock;

/// Puts a file at `path`, which only its owner can read. An existing file stays, and is an error.
///
/// The file is written under the name `draft` and linked to `path`, so that it appears whole. On a file system without hard
/// links it is written in place: a crash can leave a part of it there.
pub(super) fn put(path: &Path, draft: &Path, content: &[u8]) -> io::Result<()> {
    write_new(draft, content)?;
    let linked = link(draft, path);
    let removed = remove(draft);
    match linked {
        Err(error) if is_without_links(&error) => write_new(path, content),
        linked => linked.and(removed),
    }
}

/// Puts a file at `path`, which only its owner can read, in place of one that may be there.
pub(super) fn replace(path: &Path, draft: &Path, content: &[u8]) -> io::Result<()> {
    write_new(draft, content)?;
    fs::rename(draft, path).inspect_err(|_| drop(remove(draft)))
}

/// A new file that only its owner can read, and that is on the disk; none if it cannot be written.
fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = create(path)?;
    file.write_all(content).and_then(|()| file.sync_all()).inspect_err(|_| drop(remove(path)))
}

/// A new, empty file that only its owner can read, from its first byte on. It follows no link.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    #[cfg(windows)]
    lock::hold(&mut options);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // A umask can take permissions from the mode, even the owner's.
        let allowed = file.set_permissions(fs::Permissions::from_mode(0o600));
        allowed.inspect_err(|_| drop(remove(path)))?;
    }
    Ok(file)
}

/// Gives a file another name. Unlike a rename, a link fails if something has that name: it replaces nothing.
pub(super) fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)
}

/// Whether a link failed because the file system has none.
pub(super) fn is_without_links(error: &io::Error) -> bool {
    // Windows reports `ERROR_INVALID_FUNCTION` or `ERROR_NOT_SUPPORTED`, for which there is no kind.
    let is_unsupported = cfg!(windows) && matches!(error.raw_os_error(), Some(1 | 50));
    // Linux reports `EPERM`. If it means that this user may not write here, creating a file fails with the same error.
    is_unsupported || matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::Unsupported)
}

/// Removes a file that may not be there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes changes to the folder survive a crash of the machine.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened, and its changes are not held back.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The kind of the file at `path`, if there is one. A link is not followed.
pub(super) fn kind(path: &Path) -> io::Result<Option<fs::FileType>> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found.file_type())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether `path` is a name of this open file.
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let open = file.metadata()?;
        match fs::symlink_metadata(path) {
            Ok(found) => Ok((open.dev(), open.ino()) == (found.dev(), found.ino())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
    #[cfg(not(unix))]
    {
        // Locks are reliable there, and nothing else removes a journal whose lock is held.
        let _ = file;
        Ok(path.exists())
    }
}
