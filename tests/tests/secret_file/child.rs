//! The child: this program once more, which makes one create and tells by its exit code how that ended.

use std::{
    env,
    fs::{self, File},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{self, Command},
    time::Duration,
};

use hb_portal::{CreateError, CreatedWebhook, Ensured, SecretFile, SigningSecret, Stored};
use tokio::{runtime, task};

use super::scene::{self, Scene};

const BASE_URL: &str = "HB_PORTAL_TESTS_CHILD_BASE_URL";
const TOKEN: &str = "HB_PORTAL_TESTS_CHILD_TOKEN";
const PATH: &str = "HB_PORTAL_TESTS_CHILD_PATH";
const ENSURE: &str = "HB_PORTAL_TESTS_CHILD_ENSURE";
const WARM_UP: &str = "HB_PORTAL_TESTS_CHILD_WARM_UP";

/// How the child's create ended.
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

/// A test only in name: it is how the child begins.
#[test]
fn begins() {
    let (Ok(base_url), Ok(token), Some(path)) = (env::var(BASE_URL), env::var(TOKEN), env::var_os(PATH)) else {
        return;
    };
    // With one thread for what blocks, every step of the file's happens on that.
    // And that thread stays, however long the machine takes: a new one would count its steps from one.
    let mut runtime = runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().max_blocking_threads(1).thread_keep_alive(Duration::MAX).build().unwrap();
    let outcome = runtime.block_on(async {
        if let Some(folder) = env::var_os(WARM_UP) {
            task::spawn_blocking(move || warm_up(Path::new(&folder)).unwrap()).await.unwrap();
        }
        if env::var_os(ENSURE).is_some() {
            let ensure =
                scene::client(&base_url, &token).webhooks().ensure(scene::URL, scene::events(), SecretFile::new(path));
            return ensure.send().await;
        }
        scene::create(&base_url, &token, path).await.map(Ensured::Created)
    });
    let say = |secret: &SigningSecret| writeln!(io::stderr(), "fingerprint {}", secret.fingerprint()).unwrap();
    let ended = match &outcome {
        Ok(Ensured::Created(CreatedWebhook { secret, .. }) | Ensured::Stored(Stored { secret, .. })) => {
            say(secret);
            Ended::Ok
        }
        Err(CreateError::NotSent(error)) => {
            let why = std::error::Error::source(error).map(ToString::to_string);
            writeln!(io::stderr(), "{error}: {why:?}").unwrap();
            Ended::NotSent
        }
        Err(CreateError::NotStored(error)) => {
            say(&error.created().secret);
            Ended::NotStored
        }
        Err(_) => Ended::Otherwise,
    };
    process::exit(ended as i32)
}

/// Makes each kind of step so often that no other thread makes as many, so that a number names one of this thread's. To
/// start a program, files are opened and looked at up to a hundred times, and the rest is done a few times.
fn warm_up(folder: &Path) -> io::Result<()> {
    let (file, link) = (folder.join("file"), folder.join("link"));
    for _ in 0..200 {
        fs::read_dir(folder)?.count();
        assert!(fs::symlink_metadata(&link).is_err());
    }
    for _ in 0..50 {
        let mut written = File::options().read(true).write(true).create_new(true).open(&file)?;
        written.set_permissions(fs::Permissions::from_mode(0o600))?;
        // The file system may be one that has neither locks nor links.
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

/// The command that makes the child create an endpoint in a scene.
pub fn command(scene: &Scene) -> Command {
    let mut command = Command::new(program());
    command.args(arguments());
    hand_over(&mut command, scene);
    command
}

/// The program.
pub fn program() -> PathBuf {
    env::current_exe().unwrap()
}

/// What makes the program be the child.
pub fn arguments() -> [&'static str; 4] {
    ["child::begins", "--exact", "--nocapture", "--test-threads=1"]
}

/// Tells the child where to create what.
pub fn hand_over(command: &mut Command, scene: &Scene) {
    command
        .env(BASE_URL, scene.sandbox.base_url())
        .env(TOKEN, scene.sandbox.access_token())
        .env(PATH, scene.path())
        .env_remove(ENSURE)
        .env_remove(WARM_UP);
}

/// Has the child call `ensure`, not `create`.
pub fn ensure(command: &mut Command) {
    command.env(ENSURE, "1");
}

/// Has the child store the secret elsewhere.
pub fn store_in(command: &mut Command, path: &Path) {
    command.env(PATH, path);
}

/// Has the child warm up in that folder.
pub fn warm_up_in(command: &mut Command, folder: &Path) {
    command.env(WARM_UP, folder);
}
