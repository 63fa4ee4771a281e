//! A portal, and a folder with a place for a secret in it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use hb_portal::{Client, CreateError, CreatedWebhook, EventType, Journal, NotSentReason, RetryPolicy, SecretFile};
use hb_portal_sandbox::{Sandbox, SandboxBuilder};
use tempfile::TempDir;

/// Where the endpoint is to be called.
pub const URL: &str = "https://your-app.com/webhooks";
/// What the file is called.
pub const NAME: &str = "webhook-secret";
/// What its journal is called.
pub const JOURNAL: &str = ".webhook-secret.journal";

/// A portal, and a folder that holds nothing.
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

    /// Where the secret is to be.
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

    /// What lies in the folder, by name.
    pub fn files(&self) -> Vec<Found> {
        let entries = fs::read_dir(self.folder()).unwrap().map(|entry| entry.unwrap());
        let mut files: Vec<_> = entries.map(|entry| Found::new(&entry.path())).collect();
        files.sort();
        files
    }

    /// Asserts that the file holds the secret of an endpoint and nothing else, and that only its owner can read it.
    pub fn assert_stored(&self) {
        let stored = fs::read(self.path()).unwrap();
        let is_that_of = |secret: &str| stored == secret.as_bytes();
        assert!(
            self.sandbox.endpoints().iter().any(|endpoint| is_that_of(endpoint.expose_secret())),
            "the file holds something else than the secret of an endpoint: {} bytes",
            stored.len()
        );
        assert_eq!(Found::new(&self.path()).mode, 0o600);
    }

    /// Asserts that a journal names the attempt.
    pub fn assert_journal(&self, journal: &Journal) {
        assert_eq!(journal.url, URL);
        assert_eq!(journal.events, events());
        let started_at: SystemTime = journal.started_at.into();
        // It has whole milliseconds.
        let ago = self.began.duration_since(started_at).unwrap_or_default();
        assert!(ago.as_millis() <= 1 && started_at <= SystemTime::now(), "{journal:?}");
    }

    /// Asserts that the next attempt is refused before anything is sent.
    pub async fn assert_refused(&self) {
        let before = self.sandbox.requests().len();
        match self.create().await {
            Err(CreateError::NotSent(error)) => assert_eq!(error.reason(), NotSentReason::Sink),
            other => panic!("{other:?}"),
        }
        assert_eq!(self.sandbox.requests().len(), before, "something was sent");
    }
}

/// Makes one create, which is not repeated.
pub async fn create(base_url: &str, token: &str, path: impl Into<PathBuf>) -> Result<CreatedWebhook, CreateError> {
    let client = Client::builder().base_url(base_url).access_token(token).retry(RetryPolicy::none()).build().unwrap();
    client.webhooks().create(URL, events()).store_secret_in(SecretFile::new(path)).send().await
}

fn events() -> [EventType; 2] {
    [EventType::ReferenceSubmitted, EventType::from("custom.event")]
}

/// Something in the folder.
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
