//! A signing secret in a file that only its owner can read.

mod files;
mod journal;

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use crate::{Attempt, BoxError, BoxFuture, CreatedWebhook, SecretSink};
use files::Files;
pub use journal::Journal;

/// A [`SecretSink`] that puts the secret in a file: the secret and nothing else, no newline, as container secrets are.
///
/// The file can be read by its owner alone from its first byte on (mode 0600, whatever the umask; on systems other than
/// Unix the folder's permissions decide). It never replaces a file, nor follows a link, that is at its path, appears whole
/// or not at all, and is on the disk before [`send`](crate::CreateWebhook::send) returns `Ok`.
///
/// Before anything is sent, the attempt is noted in a journal beside the file, `.NAME.journal`. The journal goes when the
/// secret is stored, or when it is certain that nothing was created. So after a crash there is either no trace, and
/// nothing was created; or a journal, and an endpoint may exist; or the secret. While there is a journal, or the file, the
/// next attempt is refused before anything is sent: look at the portal for the endpoint that [`journal`](Self::journal)
/// names, delete it, and [`acknowledge`](Self::acknowledge).
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("webhook-secret");
/// use hb_portal::SecretFile;
///
/// let file = SecretFile::new(path);
/// if let Some(journal) = file.journal()? {
///     eprintln!("an endpoint for {} may exist since {}", journal.url, journal.started_at);
///     // Once someone has looked:
///     file.acknowledge()?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SecretFile {
    path: PathBuf,
}

impl SecretFile {
    /// A sink that stores the secret at `path`, whose folder must exist.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where the secret is stored.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The attempt that was not finished, if there is one.
    ///
    /// # Errors
    ///
    /// The journal cannot be read.
    pub fn journal(&self) -> io::Result<Option<Journal>> {
        Files::of(&self.path)?.read_journal()
    }

    /// Takes note of the attempt that was not finished, returns it, and clears the way for the next.
    ///
    /// It removes the journal, and what an interrupted store may have left; a secret that is stored stays.
    ///
    /// # Errors
    ///
    /// A file cannot be read or removed.
    pub fn acknowledge(&self) -> io::Result<Option<Journal>> {
        let files = Files::of(&self.path)?;
        let journal = files.read_journal()?;
        files.clear()?;
        Ok(journal)
    }

    /// Runs `job` where blocking is allowed. Once begun it is finished, whether or not anyone waits for it.
    fn blocking<'a>(
        &'a self,
        job: impl FnOnce(Files) -> io::Result<()> + Send + 'static,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let files = Files::of(&self.path)?;
            Ok(tokio::task::spawn_blocking(move || job(files)).await??)
        })
    }
}

impl SecretSink for SecretFile {
    fn prepare<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        let journal = Journal::of(attempt);
        self.blocking(move |files| files.begin(&journal))
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        let secret = zeroize::Zeroizing::new(created.secret.expose_secret().as_bytes().to_vec());
        self.blocking(move |files| files.store(&secret))
    }

    fn discard<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        self.blocking(|files| files.clear())
    }
}

impl fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SecretFile").field(&self.path).finish()
    }
}
