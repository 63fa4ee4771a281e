//! A portal, and a folder in which to store a secret.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use hb_portal::{
    Attempt, Client, CreateError, CreatedWebhook, EventType, Liveness, NotSentReason, RetryPolicy, SecretFile,
};
use hb_portal_sandbox::{Sandbox, SandboxBuilder};
use tempfile::TempDir;

/// The URL of the endpoint.
pub const URL: &str = "https://your-app.com/webhooks";
/// The name of the file.
pub const NAME: &str = "webhook-secret";
/// The name of its journal.
pub const JOURNAL: &str = ".webhook-secret.journal";
/// The name of its record.
pub const RECORD: &str = ".webhook-secret.record";

/// A portal, and an empty folder.
pub struct Scene {
    pub sandbox: Sandbox,
    folder: TempDir,
    began: SystemTime,
}

impl Scene {
    pub async fn new() -> Self {
        Self::with(Sandbox::builder()).await
    }

    pub async fn with(sandbox: SandboxBuilder) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { sandbox: sandbox.start().await.unwrap(), folder, began: SystemTime::now() }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The path of the secret.
    pub fn path(&self) -> PathBuf {
        self.folder().join(NAME)
    }

    pub fn secret_file(&self) -> SecretFile {
        SecretFile::new(self.path())
    }

    /// Makes one create that stores the secret in the file.
    pub async fn create(&self) -> Result<CreatedWebhook, CreateError> {
        self.create_in(self.path()).await
    }

    pub async fn create_in(&self, path: impl Into<PathBuf>) -> Result<CreatedWebhook, CreateError> {
        create(self.sandbox.base_url(), self.sandbox.access_token(), path).await
    }

    /// Returns the content of the folder, by name.
    pub fn files(&self) -> Vec<Found> {
        let entries = fs::read_dir(self.folder()).unwrap().map(|entry| entry.unwrap());
        let mut files: Vec<_> = entries.map(|entry| Found::new(&entry.path())).collect();
        files.sort();
        files
    }

    /// Asserts that the file holds the secret of an endpoint and nothing else, and that only its owner can read it.
    pub fn assert_stored(&self) {
        let stored = fs::read(self.path()).unwrap();
        let has_stored = |secret: &str| stored == secret.as_bytes();
        assert!(
            self.sandbox.endpoints().iter().any(|endpoint| has_stored(endpoint.expose_secret())),
            "the file holds something other than the secret of an endpoint: {} bytes",
            stored.len()
        );
        assert_eq!(Found::new(&self.path()).mode, 0o600);
    }

    /// Asserts that the secret of the endpoint can be loaded with its record, and that the folder contains nothing
    /// else.
    pub fn assert_loaded(&self) {
        self.assert_stored();
        let stored = self.secret_file().load().unwrap().unwrap();
        let endpoint = stored.endpoint.unwrap();
        assert_eq!((&*endpoint.url, &*endpoint.events), (URL, &events()[..]));
        assert!(endpoint.id.is_some());
        let endpoints = self.sandbox.endpoints();
        assert!(endpoints.iter().any(|endpoint| endpoint.expose_secret() == stored.secret.expose_secret()));
        assert_eq!(self.files(), [Found::private(RECORD), Found::private(NAME)]);
    }

    /// Asserts that a journal describes an attempt of this scene.
    pub fn assert_journal(&self, attempt: &Attempt) {
        assert_eq!(attempt.url, URL);
        assert_eq!(attempt.events, events());
        assert_eq!(attempt.base_url, self.sandbox.base_url());
        let started_at: SystemTime = attempt.started_at.into();
        assert!(self.began <= started_at && started_at <= SystemTime::now(), "{attempt:?}");
        // The call's deadline started a moment before the attempt.
        let deadline = SystemTime::from(attempt.deadline.unwrap());
        assert!(started_at + DEADLINE / 2 < deadline && deadline <= started_at + DEADLINE, "{attempt:?}");
        assert_eq!(attempt.liveness, Liveness::Dead);
    }

    /// Asserts that the next attempt is refused before anything is sent, and returns the reason.
    pub async fn assert_refused(&self) -> String {
        let before = self.sandbox.requests().len();
        let why = refused(self.create().await);
        assert_eq!(self.sandbox.requests().len(), before, "something was sent");
        why
    }
}

/// Asserts that the sink refused an attempt, and returns the reason.
pub fn refused(outcome: Result<CreatedWebhook, CreateError>) -> String {
    match outcome {
        Err(CreateError::NotSent(error)) => {
            assert_eq!(error.reason(), NotSentReason::Sink);
            std::error::Error::source(&error).unwrap().to_string()
        }
        other => panic!("{other:?}"),
    }
}

/// Far longer than a slow machine needs.
const DEADLINE: Duration = Duration::from_secs(600);

/// Makes one create without retries.
pub async fn create(base_url: &str, token: &str, path: impl Into<PathBuf>) -> Result<CreatedWebhook, CreateError> {
    client(base_url, token).webhooks().create(URL, events()).store_secret_in(SecretFile::new(path)).send().await
}

/// A client that does not retry, with a deadline that is long enough for a slow machine.
pub fn client(base_url: &str, token: &str) -> Client {
    let client = Client::builder().base_url(base_url).access_token(token).retry(RetryPolicy::none());
    client.timeout(DEADLINE).connect_timeout(DEADLINE).deadline(DEADLINE).build().unwrap()
}

pub fn events() -> [EventType; 2] {
    [EventType::ReferenceSubmitted, EventType::from("custom.event")]
}

/// A file in the folder.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub name: String,
    pub mode: u32,
}

impl Found {
    pub fn new(path: &Path) -> Self {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        Self { name, mode: fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777 }
    }

    /// A file that only its owner can read.
    pub fn private(name: &str) -> Self {
        Self { name: name.to_owned(), mode: 0o600 }
    }
}
