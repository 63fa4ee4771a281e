//! The files of a secret: itself, its journal, and what is being written; and the order in which they come and go.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, OpenOptions},
    hash::{BuildHasher as _, RandomState},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use super::Journal;

/// Where everything of one secret lies.
pub(super) struct Files {
    secret: PathBuf,
    journal: PathBuf,
    folder: PathBuf,
    /// What a file is called while it is written, before it is linked to its name; a random part follows. Who begins
    /// cannot meet what another attempt is storing.
    journal_draft: OsString,
    secret_draft: OsString,
}

impl Files {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let Some(name) = path.file_name() else {
            return Err(io::Error::new(ErrorKind::InvalidInput, format!("{} names no file", path.display())));
        };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let hidden = |ending: &str| {
            let mut hidden = OsString::from(".");
            hidden.push(name);
            hidden.push(ending);
            hidden
        };
        Ok(Self {
            secret: path.to_owned(),
            journal: folder.join(hidden(".journal")),
            journal_draft: hidden(".journal-"),
            secret_draft: hidden(".secret-"),
            folder,
        })
    }

    /// Notes an attempt, and in doing so proves that a file can be stored here.
    pub(super) fn begin(&self, journal: &Journal) -> io::Result<()> {
        self.refuse_to_replace()?;
        if let Some(unfinished) = self.read_journal()? {
            let why = format!(
                "an attempt of {} was not finished, so a webhook endpoint for {} may exist: look for it at the portal, \
                 delete it, and acknowledge the attempt with `SecretFile::acknowledge`, which removes {}",
                unfinished.started_at,
                unfinished.url,
                self.journal.display()
            );
            return Err(io::Error::new(ErrorKind::AlreadyExists, why));
        }
        // Without a journal, nothing was ever sent for what these were written for.
        self.remove_drafts(&self.journal_draft)?;
        let draft = self.link(journal.to_text().as_bytes(), &self.journal, &self.journal_draft)?;
        // Another attempt may have stored its secret, and removed its journal, between the looks at either.
        self.settle(&draft).and_then(|()| self.refuse_to_replace()).inspect_err(|_| {
            // It is this attempt's, and nothing was sent for it.
            let _ = remove(&self.journal);
        })
    }

    fn refuse_to_replace(&self) -> io::Result<()> {
        match fs::symlink_metadata(&self.secret) {
            Ok(_) => {
                let why = format!("{} exists and is never replaced: give another path", self.secret.display());
                Err(io::Error::new(ErrorKind::AlreadyExists, why))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(about(&self.secret, error)),
        }
    }

    /// Stores the secret, and only then forgets the attempt.
    pub(super) fn store(&self, secret: &[u8]) -> io::Result<()> {
        let draft = self.link(secret, &self.secret, &self.secret_draft)?;
        self.settle(&draft)?;
        self.clear()
    }

    /// Forgets the attempt.
    pub(super) fn clear(&self) -> io::Result<()> {
        self.remove_drafts(&self.journal_draft)?;
        self.remove_drafts(&self.secret_draft)?;
        remove(&self.journal)?;
        self.sync_folder()
    }

    pub(super) fn read_journal(&self) -> io::Result<Option<Journal>> {
        match fs::read_to_string(&self.journal) {
            Ok(text) => Journal::from_text(&text).map(Some).map_err(|error| about(&self.journal, error)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(about(&self.journal, error)),
        }
    }

    /// Puts a file at `path` that is whole and on the disk, or none. What is there already stays. Returns the name that it
    /// was written under, which it still has.
    fn link(&self, content: &[u8], path: &Path, draft: &OsStr) -> io::Result<PathBuf> {
        let mut name = draft.to_owned();
        name.push(format!("{:016x}", RandomState::new().hash_one(std::process::id())));
        let draft = self.folder.join(name);
        let linked = write(&draft, content).map_err(|error| about(&draft, error)).and_then(|()| {
            // Unlike a rename, a link fails where something is: nothing is replaced, and no link is followed.
            fs::hard_link(&draft, path).map_err(|error| about(path, error))
        });
        if linked.is_err() {
            // What went wrong first is what is told.
            let _ = remove(&draft);
        }
        linked.map(|()| draft)
    }

    /// Leaves what was linked its one name, which survives a crash of the machine.
    fn settle(&self, draft: &Path) -> io::Result<()> {
        remove(draft)?;
        self.sync_folder()
    }

    fn remove_drafts(&self, draft: &OsStr) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder).map_err(|error| about(&self.folder, error))? {
            let entry = entry.map_err(|error| about(&self.folder, error))?;
            if entry.file_name().as_encoded_bytes().starts_with(draft.as_encoded_bytes()) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Makes what was linked and removed in the folder survive a crash of the machine.
    fn sync_folder(&self) -> io::Result<()> {
        // Elsewhere a folder cannot be opened, and its changes are not held back.
        if cfg!(unix) {
            File::open(&self.folder)
                .and_then(|folder| folder.sync_all())
                .map_err(|error| about(&self.folder, error))?;
        }
        Ok(())
    }
}

/// Writes a file that only its owner can read, from its first byte on, and that is on the disk.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // A umask can take from the mode, even from the owner.
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    file.write_all(content)?;
    file.sync_all()
}

/// Removes a file that may not be there.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(about(path, error)),
        _ => Ok(()),
    }
}

/// The error with the file it is about.
fn about(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
