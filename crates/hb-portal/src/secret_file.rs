//! A signing secret in a file that only its owner can read.

mod attempts;
mod disk;
mod journal;
mod layout;
mod lock;
mod record;
mod refusal;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use zeroize::Zeroizing;

use crate::{
    boxed::{BoxError, BoxFuture},
    created::CreatedWebhook,
    sink::{Attempt, Liveness, SecretSink, nonce},
};
use attempts::Held;
use layout::Layout;
pub use record::{Stored, StoredEndpoint};

/// A [`SecretSink`] that puts the secret in a file: the secret and nothing else, without a newline, as container secrets are.
///
/// Only its owner can read the file, from its first byte on (mode 0600, whatever the umask; on systems other than Unix the
/// folder's permissions decide). It replaces nothing and follows no symbolic link at its own place (links in its path are
/// followed), appears whole or not at all, and is on the disk before [`send`](crate::CreateWebhook::send) returns `Ok`.
///
/// These files are next to it, all with mode 0600. The first two hold the endpoint's whole URL.
///
/// | name | what it is |
/// |---|---|
/// | `.NAME.journal` | describes an attempt until its secret is stored or it is certain that it created nothing |
/// | `.NAME.record` | the id, URL, events and time of the endpoint, for [`load`](Self::load) |
/// | `NAME.response` | the body of a successful response in which no secret was found; it may hold the secret |
///
/// So after a crash there is either no journal, and nothing was created; or a journal, and an endpoint may exist; or the secret.
/// While the secret, a journal or a kept response exists, the next attempt is refused before anything is sent, and the error
/// says what to do. An attempt holds a lock on its journal, which distinguishes a running attempt from one whose process ended.
///
/// A name may have up to 213 bytes where the file system allows 255.
///
/// # File systems
///
/// Without hard links (FAT, some network and FUSE file systems), a crash while the secret is being written can leave a part
/// of it; its journal is there then, and [`load`](Self::load) refuses it. Without locks, [`Attempt::liveness`] is
/// [`Unknown`](crate::Liveness::Unknown): then see for yourself that no attempt is running before you
/// [`acknowledge`](Self::acknowledge) one. If several machines share a folder, its file system must share locks among them,
/// as NFS does unless it is mounted with `nolock` or `local_lock`.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("webhook-secret");
/// use hb_portal::SecretFile;
///
/// let file = SecretFile::new(path);
/// if let Some(attempt) = file.unfinished()? {
///     eprintln!("an endpoint may exist: {attempt:?}");
///     // Once someone has looked at the portal:
///     file.acknowledge()?;
/// }
/// if let Some(stored) = file.load()? {
///     println!("secret {} is stored", stored.secret.fingerprint());
/// }
/// # Ok(())
/// # }
/// ```
pub struct SecretFile {
    path: PathBuf,
    /// The attempt that this value has prepared.
    held: Arc<Mutex<Option<Held>>>,
}

impl SecretFile {
    /// A sink that stores the secret at `path`, whose folder must exist. A relative path is resolved now.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: layout::resolve(path.into()), held: Arc::default() }
    }

    /// Where the secret is stored.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The secret that is stored, and the endpoint that it belongs to; `None` if there is no file. A newline at the end, as
    /// editors add it, is not part of the secret.
    ///
    /// It follows symbolic links, which is how Kubernetes mounts secrets. It reads files: in asynchronous code, call it
    /// where blocking is allowed.
    ///
    /// # Errors
    ///
    /// A file cannot be read, does not hold a secret, or holds one that may be incomplete because the attempt that wrote it
    /// was interrupted.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("webhook-secret");
    /// use hb_portal::SecretFile;
    ///
    /// std::fs::write(&path, "whsec_1\n")?;
    /// let stored = SecretFile::new(&path).load()?.ok_or("no secret is stored")?;
    /// assert_eq!(stored.secret.expose_secret(), "whsec_1");
    /// # Ok(())
    /// # }
    /// ```
    pub fn load(&self) -> io::Result<Option<Stored>> {
        let layout = Layout::of(&self.path)?;
        let is_interrupted = disk::kind(&layout.journal).map_err(|error| refusal::about(&layout, error))?.is_some();
        record::load(&layout, is_interrupted)
    }

    /// The unfinished attempt, if there is one: it is running, or an endpoint may exist whose secret is not stored.
    ///
    /// # Errors
    ///
    /// The journal cannot be read, or is incomplete.
    pub fn unfinished(&self) -> io::Result<Option<Attempt>> {
        attempts::read(&Layout::of(&self.path)?)
    }

    /// Removes the journal of the unfinished attempt, which allows the next one, and returns the attempt. Call it after you have
    /// looked at the portal for the endpoint that the attempt may have created.
    ///
    /// A secret that is stored stays, and so does a response that was kept.
    ///
    /// # Errors
    ///
    /// The attempt is still running, or a file cannot be read or removed.
    pub fn acknowledge(&self) -> io::Result<Option<Attempt>> {
        attempts::acknowledge(&Layout::of(&self.path)?)
    }

    /// The state of the file, for a call that wants the secret, even if another attempt creates the endpoint.
    pub(crate) fn look(&self) -> io::Result<Found> {
        let layout = Layout::of(&self.path)?;
        match attempts::read(&layout)? {
            Some(attempt) if attempt.liveness == Liveness::Live => Ok(Found::Unfinished(attempt)),
            unfinished => Ok(match (record::load(&layout, unfinished.is_some())?, unfinished) {
                (Some(stored), _) => Found::Stored(stored),
                (None, Some(attempt)) => Found::Unfinished(attempt),
                (None, None) => Found::Nothing,
            }),
        }
    }

    /// Why no attempt may begin while there is another.
    pub(crate) fn refusal(&self, attempt: &Attempt) -> io::Result<io::Error> {
        Ok(refusal::unfinished(&Layout::of(&self.path)?, attempt))
    }

    /// Runs `job` where blocking is allowed. Once begun, it is finished even if nothing waits for it.
    fn blocking<'a, T: Send + 'static>(
        &'a self,
        job: impl FnOnce(&Layout, &mut Option<Held>) -> io::Result<T> + Send + 'static,
    ) -> BoxFuture<'a, Result<T, BoxError>> {
        Box::pin(async move {
            let (layout, held) = (Layout::of(&self.path)?, Arc::clone(&self.held));
            // Ignores poisoning: no critical section can leave the value half-updated.
            let job = move || job(&layout, &mut held.lock().unwrap_or_else(PoisonError::into_inner));
            Ok(tokio::task::spawn_blocking(job).await??)
        })
    }
}

/// The state of the path of a [`SecretFile`].
pub(crate) enum Found {
    Nothing,
    Stored(Stored),
    Unfinished(Attempt),
}

impl SecretSink for SecretFile {
    fn prepare<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        let attempt = attempt.clone();
        self.blocking(move |layout, held| {
            *held = Some(attempts::begin(layout, &attempt)?);
            Ok(())
        })
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        let secret = Zeroizing::new(created.secret.expose_secret().as_bytes().to_vec());
        let (url, events) = (created.endpoint.url.clone(), created.endpoint.events.clone());
        let endpoint = StoredEndpoint::of(created, url.unwrap_or_default(), events);
        self.blocking(move |layout, held| {
            let endpoint = match held {
                Some(Held { attempt, .. }) => {
                    attempt.id.clone_from(&endpoint.id);
                    Some(StoredEndpoint { url: attempt.url.clone(), events: attempt.events.clone(), ..endpoint })
                }
                None => Some(endpoint).filter(|endpoint| !endpoint.url.is_empty()),
            };
            let nonce = held.as_ref().map_or_else(nonce, |held| Ok(held.attempt.nonce.clone()));
            attempts::store(layout, held.as_ref(), &nonce?, &secret, endpoint.as_ref())?;
            *held = None;
            Ok(())
        })
    }

    fn discard<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        let nonce = attempt.nonce.clone();
        self.blocking(move |layout, held| {
            let own = held.take_if(|held| held.attempt.nonce == nonce);
            own.map_or(Ok(()), |own| attempts::forget(layout, &own))
        })
    }

    fn keep_response<'a>(
        &'a self,
        attempt: &'a Attempt,
        body: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<String>, BoxError>> {
        let (attempt, body) = (attempt.clone(), Zeroizing::new(body.to_vec()));
        self.blocking(move |layout, _| {
            attempts::keep(layout, &attempt, &body)?;
            Ok(Some(layout.response.display().to_string()))
        })
    }

    fn give_up<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        let attempt = attempt.clone();
        self.blocking(move |layout, held| {
            let own = held.take_if(|held| held.attempt.nonce == attempt.nonce);
            own.map_or(Ok(()), |own| attempts::give_up(layout, own, &attempt))
        })
    }
}

/// The copy has prepared nothing.
impl Clone for SecretFile {
    fn clone(&self) -> Self {
        Self { path: self.path.clone(), held: Arc::default() }
    }
}

impl PartialEq for SecretFile {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for SecretFile {}

impl fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SecretFile").field(&self.path).finish()
    }
}
