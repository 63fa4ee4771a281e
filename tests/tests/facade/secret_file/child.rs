//! The child: this test program run again. It makes one create and reports the outcome by its exit code.

use std::{
    env,
    fs::{self, File},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use hb_portal::{
    Attempt, BoxError, BoxFuture, CreateError, CreatedWebhook, Ensured, SecretFile, SecretSink, SigningSecret, Stored,
};
use tokio::{runtime, task};

use super::scene::{self, Scene};

const BASE_URL: &str = "HB_PORTAL_TESTS_CHILD_BASE_URL";
const TOKEN: &str = "HB_PORTAL_TESTS_CHILD_TOKEN";
const PATH: &str = "HB_PORTAL_TESTS_CHILD_PATH";
const ENSURE: &str = "HB_PORTAL_TESTS_CHILD_ENSURE";
const WARM_UP: &str = "HB_PORTAL_TESTS_CHILD_WARM_UP";

/// The outcome of the child's create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Ok = 10,
    NotSent,
    NotStored,
    Otherwise,
}

impl Ended {
    pub fn from_code(code: i32) -> Option<Self> {
        [Self::Ok, Self::NotSent, Self::NotStored, Self::Otherwise].into_iter().find(|ended| *ended as i32 == code)
    }
}

/// Not a test, but the entry point of the child.
#[test]
fn entry_point() {
    let (Ok(base_url), Ok(token), Some(path)) = (env::var(BASE_URL), env::var(TOKEN), env::var_os(PATH)) else {
        return;
    };
    // With a single blocking thread, every file operation happens on that thread. It is never replaced, however long
    // the machine takes, because a new thread would start counting its steps at one.
    let mut runtime = runtime::Builder::new_current_thread();
    runtime.enable_all().max_blocking_threads(1).thread_keep_alive(Duration::MAX);
    let gate = Arc::new(Gate::default());
    let opened = Arc::clone(&gate);
    let runtime = runtime.on_thread_park(move || opened.open()).build().unwrap();
    let outcome = runtime.block_on(async {
        if let Some(folder) = env::var_os(WARM_UP) {
            gate.close();
            task::spawn_blocking(move || warm_up(Path::new(&folder)).unwrap()).await.unwrap();
        }
        if env::var_os(ENSURE).is_some() {
            let ensure =
                scene::client(&base_url, &token).webhooks().ensure(scene::URL, scene::events(), SecretFile::new(path));
            return ensure.send().await;
        }
        let sink = Gated { file: SecretFile::new(path), gate };
        let create = scene::client(&base_url, &token).webhooks().create(scene::URL, scene::events());
        create.store_secret_in(sink).send().await.map(Ensured::Created)
    });
    let report = |secret: &SigningSecret| writeln!(io::stderr(), "fingerprint {}", secret.fingerprint()).unwrap();
    let ended = match &outcome {
        Ok(Ensured::Created(CreatedWebhook { secret, .. }) | Ensured::Stored(Stored { secret, .. })) => {
            report(secret);
            Ended::Ok
        }
        Err(CreateError::NotSent(error)) => {
            let why = std::error::Error::source(error).map(ToString::to_string);
            writeln!(io::stderr(), "{error}: {why:?}").unwrap();
            Ended::NotSent
        }
        Err(CreateError::NotStored(error)) => {
            report(&error.created().secret);
            Ended::NotStored
        }
        Err(_) => Ended::Otherwise,
    };
    process::exit(ended as i32)
}

/// Holds the blocking thread back until the main thread waits for it.
///
/// Work that ends before anyone waits for it wakes nobody, and a wake-up is a `write`. So without the gate, the numbers of the
/// later writes depend on which thread is faster.
#[derive(Default)]
struct Gate {
    /// How many times the gate was closed, and how many of these times are over.
    times: Mutex<(u64, u64)>,
    is_open: Condvar,
}

impl Gate {
    /// Stops the blocking thread before its next work.
    fn close(self: &Arc<Self>) {
        let gate = Arc::clone(self);
        let mut times = self.times.lock().unwrap();
        times.0 += 1;
        let number = times.0;
        task::spawn_blocking(move || {
            let times = gate.times.lock().unwrap();
            drop(gate.is_open.wait_while(times, |(_, over)| *over < number).unwrap());
        });
    }

    /// Opens the gate, because the main thread has nothing left to do.
    fn open(&self) {
        let mut times = self.times.lock().unwrap();
        times.1 = times.0;
        self.is_open.notify_all();
    }
}

/// A file behind a gate.
struct Gated {
    file: SecretFile,
    gate: Arc<Gate>,
}

impl Gated {
    fn gated<'a, T: 'a>(&'a self, work: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
        Box::pin(async {
            self.gate.close();
            work.await
        })
    }
}

impl SecretSink for Gated {
    fn prepare<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        self.gated(self.file.prepare(attempt))
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        self.gated(self.file.store(created))
    }

    fn discard<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        self.gated(self.file.discard(attempt))
    }

    fn give_up<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        self.gated(self.file.give_up(attempt))
    }
}

/// Makes each kind of step more times than any other thread does, so that a step number identifies a step on this thread.
/// Starting a program opens and inspects files up to a hundred times, and does the other steps a few times.
fn warm_up(folder: &Path) -> io::Result<()> {
    let (file, link) = (folder.join("file"), folder.join("link"));
    for _ in 0..200 {
        fs::read_dir(folder)?.count();
        assert!(fs::symlink_metadata(&link).is_err());
    }
    for _ in 0..50 {
        let mut written = File::options().read(true).write(true).create_new(true).open(&file)?;
        written.set_permissions(fs::Permissions::from_mode(0o600))?;
        // The file system may have neither locks nor links.
        let _ = written.try_lock();
        written.write_all(b"warm")?;
        written.rewind()?;
        written.read_to_end(&mut Vec::new())?;
        written.sync_all()?;
        written.metadata()?;
        let _ = fs::hard_link(&file, &link);
        fs::rename(&file, &link)?;
        let _ = fs::remove_file(&file);
        fs::remove_file(&link)?;
    }
    Ok(())
}

/// Returns the command that makes the child create an endpoint in a scene.
pub fn command(scene: &Scene) -> Command {
    let mut command = Command::new(program());
    command.args(arguments());
    hand_over(&mut command, scene);
    command
}

/// Returns the path of this program.
pub fn program() -> PathBuf {
    env::current_exe().unwrap()
}

/// Returns the arguments that make the program act as the child.
pub fn arguments() -> [&'static str; 4] {
    ["secret_file::child::entry_point", "--exact", "--nocapture", "--test-threads=1"]
}

/// Tells the child which portal to use and where to store the secret.
pub fn hand_over(command: &mut Command, scene: &Scene) {
    command
        .env(BASE_URL, scene.sandbox.base_url())
        .env(TOKEN, scene.sandbox.access_token())
        .env(PATH, scene.path())
        .env_remove(ENSURE)
        .env_remove(WARM_UP);
}

/// Makes the child call `ensure` instead of `create`.
pub fn ensure(command: &mut Command) {
    command.env(ENSURE, "1");
}

/// Makes the child store the secret in another place.
pub fn store_in(command: &mut Command, path: &Path) {
    command.env(PATH, path);
}

/// Makes the child warm up in that folder.
pub fn warm_up_in(command: &mut Command, folder: &Path) {
    command.env(WARM_UP, folder);
}
