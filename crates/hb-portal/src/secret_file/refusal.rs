//! The messages for a secret that cannot be stored: the path, the cause and the fix.

use std::{
    io::{self, ErrorKind},
    path::Path,
};

use super::layout::Layout;
use crate::{
    endpoint::ShownUrl,
    sink::{Attempt, Liveness},
};

/// The error of a step, with the path of the secret and the fix.
pub(super) fn about(layout: &Layout, error: io::Error) -> io::Error {
    let folder = layout.folder.display();
    let fix = match error.kind() {
        ErrorKind::NotFound => format!("create the folder {folder}"),
        ErrorKind::NotADirectory => format!("choose a path inside a folder, which {folder} is not"),
        ErrorKind::PermissionDenied => format!("give this user permission to read and write in {folder}"),
        ErrorKind::ReadOnlyFilesystem => "choose a path on a writable file system".to_owned(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => format!("free some space for {folder}"),
        ErrorKind::FileTooLarge => "raise this process's limit on the size of files".to_owned(),
        ErrorKind::InvalidFilename => "choose a shorter name".to_owned(),
        ErrorKind::InvalidInput => "choose a path that the system accepts".to_owned(),
        _ => format!("check the file system of {folder}"),
    };
    io::Error::new(error.kind(), format!("{}: {error}: {fix}", layout.secret.display()))
}

/// The place of a file is taken, and nothing is ever replaced.
pub(super) fn occupied(path: &Path, what: &str, fix: &str) -> io::Error {
    io::Error::new(ErrorKind::AlreadyExists, format!("{} {what} and is never replaced: {fix}", path.display()))
}

/// An attempt has a journal, so no other may begin.
pub(super) fn unfinished(layout: &Layout, attempt: &Attempt) -> io::Error {
    let (url, since, process) = (ShownUrl(&attempt.url), attempt.since(), attempt.process);
    let secret = layout.secret.display();
    if attempt.liveness == Liveness::Live {
        let why = format!(
            "{secret}: another attempt to create an endpoint for {url} has been running since {since} in process \
             {process}: wait until it ends"
        );
        return io::Error::new(ErrorKind::ResourceBusy, why);
    }
    let found = match (&attempt.id, attempt.status) {
        (Some(id), _) => format!("created endpoint {id} for {url} and did not store its secret"),
        (None, Some(status)) if status.is_success() => {
            format!("received {status} without a secret, so an endpoint for {url} was probably created")
        }
        (None, Some(status)) => format!("received {status}, so an endpoint for {url} may have been created"),
        (None, None) => format!("did not finish, so an endpoint for {url} may have been created"),
    };
    let look = match &attempt.id {
        Some(id) => format!("delete endpoint {id} at the portal"),
        None => {
            format!("list the portal's endpoints, delete the one for that URL that was created at or after {since}")
        }
    };
    let first = match attempt.liveness {
        Liveness::Unknown => {
            format!("whether it is still running is unknown: make sure that process {process} has ended, {look}")
        }
        _ => look,
    };
    let why = format!(
        "{secret}: an attempt that began at {since} in process {process} {found}: {first}, then call \
         `SecretFile::acknowledge`, which removes {}",
        layout.journal.display()
    );
    io::Error::new(ErrorKind::AlreadyExists, why)
}
