//! Reads the unfinished attempts and the stored secrets from files.

use std::{
    io,
    path::{Path, PathBuf},
};

use hb_portal::{Attempt, SecretFile, StoredEndpoint, WebhookEndpoint};

use crate::state;

/// An attempt that did not finish.
pub(super) struct Unfinished {
    pub(super) attempt: Attempt,
    /// The files that have its journal: the one for the secret, and the last resort.
    files: Vec<SecretFile>,
}

/// The attempts and secrets that files record.
pub(super) struct Found {
    pub(super) unfinished: Vec<Unfinished>,
    stored: Vec<(PathBuf, StoredEndpoint)>,
}

/// The attempts whose journal is at `path`, or in the state folder.
pub(super) fn attempts(path: Option<&Path>) -> io::Result<Vec<Unfinished>> {
    let mut unfinished: Vec<Unfinished> = Vec::new();
    for file in files(path)? {
        let Some(attempt) = file.unfinished()? else { continue };
        let is_wanted = path.is_none_or(|path| SecretFile::new(path) == file);
        match unfinished.iter_mut().find(|known| known.attempt.nonce == attempt.nonce) {
            Some(known) => known.files.push(file),
            None if is_wanted => unfinished.push(Unfinished { attempt, files: vec![file] }),
            None => {}
        }
    }
    Ok(unfinished)
}

/// The attempts, as from [`attempts`], and the stored secrets.
pub(super) fn find(path: Option<&Path>) -> io::Result<Found> {
    let mut stored = Vec::new();
    for file in files(path)? {
        let endpoint = file.load()?.and_then(|stored| stored.endpoint);
        stored.extend(endpoint.map(|endpoint| (file.path().to_owned(), endpoint)));
    }
    Ok(Found { unfinished: attempts(path)?, stored })
}

/// The file at `path`, then those in the state folder.
fn files(path: Option<&Path>) -> io::Result<Vec<SecretFile>> {
    Ok(path.map(SecretFile::new).into_iter().chain(state::secrets()?.into_iter().map(SecretFile::new)).collect())
}

impl Found {
    /// Where the secret of `endpoint` is, if it is stored after all. A record without an id may belong to any endpoint for its
    /// URL.
    pub(super) fn secret_of(&self, endpoint: &WebhookEndpoint) -> Option<&Path> {
        let is_its = |stored: &StoredEndpoint| match &stored.id {
            Some(id) => endpoint.id.as_ref() == Some(id),
            None => endpoint.url.as_ref() == Some(&stored.url),
        };
        self.stored.iter().find(|(_, stored)| is_its(stored)).map(|(path, _)| path.as_path())
    }
}

impl Unfinished {
    /// The responses that may hold the secret, as `SecretFile` keeps them.
    pub(super) fn kept_responses(&self) -> Vec<PathBuf> {
        let response = |file: &SecretFile| {
            let mut path = file.path().as_os_str().to_owned();
            path.push(".response");
            PathBuf::from(path)
        };
        self.files.iter().map(response).filter(|path| path.exists()).collect()
    }

    /// Removes the journals, which allows the next attempt.
    pub(super) fn acknowledge(&self) -> io::Result<()> {
        self.files.iter().try_for_each(|file| file.acknowledge().map(drop))
    }
}
