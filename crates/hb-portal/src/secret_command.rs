//! A signing secret on the standard input of a command.

use std::{
    env,
    ffi::{OsStr, OsString},
    fmt, fs,
    io::{self, ErrorKind, PipeReader, PipeWriter, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use zeroize::Zeroizing;

use crate::{
    boxed::{BoxError, BoxFuture},
    created::CreatedWebhook,
    sink::{Attempt, SecretSink},
};

/// A [`SecretSink`] that starts a program and writes the secret, without a newline, to its standard input.
///
/// The secret is never an argument, which other users of the machine could read. The program does not inherit variables whose
/// name begins with `HB_PORTAL_`, so it cannot see this process's credentials. Its output is discarded, because it may contain
/// the secret. Exit status 0 means that it has stored the secret, and counts only if the program has read all of it by then: if
/// any of it is left, the secret counts as not stored. So a program that passes its standard input to a process in the background
/// must not end before that process has read it.
///
/// `prepare` finds the program and checks that it is executable. Whether it will succeed is not known before it runs, so
/// combine it with a second sink:
///
/// ```
/// use hb_portal::{SecretCommand, SecretFile, SecretSink as _};
///
/// let sink = SecretCommand::new("pass", ["insert", "--multiline", "hb-portal-webhook"])
///     .or(SecretFile::new("hb-portal-webhook-secret"));
/// ```
#[derive(Clone)]
pub struct SecretCommand {
    program: OsString,
    args: Vec<OsString>,
    timeout: Duration,
}

/// Long enough for a store at the other end of a network, short enough for a deployment that waits.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How long to wait between two checks whether the program has ended.
const PAUSE: Duration = Duration::from_millis(10);

impl SecretCommand {
    /// A sink that runs `program` with `args`, without a shell. A name without a slash is looked up in `PATH`; a relative path
    /// is resolved now.
    #[must_use]
    pub fn new(program: impl Into<OsString>, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        let program = program.into();
        let program = match std::path::absolute(&program) {
            Ok(path) if is_path(&program) => path.into(),
            _ => program,
        };
        Self { program, args: args.into_iter().map(Into::into).collect(), timeout: TIMEOUT }
    }

    /// How long the program may run; then it is killed, and the secret counts as not stored. Default: 60 seconds.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Runs `job` where blocking is allowed.
    fn blocking<'a>(
        &'a self,
        job: impl FnOnce(&Self) -> io::Result<()> + Send + 'static,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        let command = self.clone();
        Box::pin(async move { Ok(tokio::task::spawn_blocking(move || job(&command)).await??) })
    }

    /// The program's file.
    fn find(&self) -> io::Result<PathBuf> {
        let shown = self.program.display();
        let refuse = |kind, what: &str| Err(io::Error::new(kind, format!("the command {shown} {what}")));
        let found = if is_path(&self.program) {
            Some(PathBuf::from(&self.program)).filter(|path| path.exists())
        } else {
            let path = env::var_os("PATH").unwrap_or_default();
            let folders = env::split_paths(&path).filter(|_| !self.program.is_empty());
            let files: Vec<_> = folders.flat_map(|folder| names(&folder, &self.program)).collect();
            let executable = files.iter().find(|path| is_executable(path));
            executable.or_else(|| files.iter().find(|path| path.exists())).cloned()
        };
        match found {
            Some(path) if is_executable(&path) => Ok(path),
            Some(_) => refuse(ErrorKind::PermissionDenied, "is not an executable file: check its permissions"),
            None => refuse(ErrorKind::NotFound, "was not found: install it, or give its full path"),
        }
    }

    fn run(&self, secret: &[u8]) -> io::Result<()> {
        let shown = self.program.display();
        let mut command = Command::new(self.find()?);
        command.args(&self.args).stdout(Stdio::null()).stderr(Stdio::null());
        for (name, _) in env::vars_os().filter(|(name, _)| is_of_portal(name)) {
            command.env_remove(name);
        }
        let (mut unread, mut input, mut child) = start(command).map_err(|error| {
            io::Error::new(error.kind(), format!("the command {shown} could not be started: {error}"))
        })?;
        let (status, is_read) = thread::scope(|scope| {
            // On a separate thread, because a program that reads nothing would block it for ever. The thread ends by closing the
            // input for the program.
            let writer = scope.spawn(move || input.write_all(secret));
            let status = wait(&mut child, self.timeout);
            // Finds a byte that is left, or else the end of the input, which comes when the writer has ended.
            let is_read = matches!(&status, Ok(Some(status)) if status.success())
                && unread.read_exact(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::UnexpectedEof);
            // A write that is blocked fails now.
            drop(unread);
            let written = writer.join().is_ok_and(|written| written.is_ok());
            (status, is_read && written)
        });
        let Some(status) = status? else {
            let why = format!("the command {shown} did not end within {:?} and was killed", self.timeout);
            return Err(io::Error::new(ErrorKind::TimedOut, why));
        };
        if !status.success() {
            let why = format!("the command {shown} failed ({status}): run it with another input to see what it prints");
            return Err(io::Error::other(why));
        }
        if !is_read {
            let why = format!(
                "the command {shown} ended with exit status 0 but did not read the whole secret, so it cannot have stored it: \
                 make it read its standard input to the end"
            );
            return Err(io::Error::other(why));
        }
        Ok(())
    }
}

/// Starts a program. Returns a second reading end of its input, in which the bytes that it did not read are found when it has
/// ended, and the writing end.
fn start(mut command: Command) -> io::Result<(PipeReader, PipeWriter, Child)> {
    let (reader, writer) = io::pipe()?;
    // The command has one of the reading ends until it is dropped.
    let child = command.stdin(reader.try_clone()?).spawn()?;
    Ok((reader, writer, child))
}

/// Whether a variable may hold this process's credentials. Windows does not distinguish case in the names of variables.
fn is_of_portal(name: &OsStr) -> bool {
    const PREFIX: &[u8] = b"HB_PORTAL_";
    name.as_encoded_bytes().get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// Waits for a program's end, or kills it.
fn wait(child: &mut Child, timeout: Duration) -> io::Result<Option<std::process::ExitStatus>> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if began.elapsed() >= timeout {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(PAUSE);
    }
}

/// Whether the program is a path, and not a name to look up.
fn is_path(program: &OsStr) -> bool {
    Path::new(program).components().count() > 1 || Path::new(program).is_absolute()
}

/// The files that may be called `program` in a folder.
fn names(folder: &Path, program: &OsStr) -> impl Iterator<Item = PathBuf> + use<> {
    let mut suffixed = program.to_owned();
    suffixed.push(env::consts::EXE_SUFFIX);
    let suffixed = (!env::consts::EXE_SUFFIX.is_empty()).then(|| folder.join(suffixed));
    std::iter::once(folder.join(program)).chain(suffixed)
}

fn is_executable(path: &Path) -> bool {
    let Ok(found) = fs::metadata(path) else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        found.is_file() && found.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    found.is_file()
}

impl SecretSink for SecretCommand {
    fn prepare<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
        self.blocking(|command| command.find().map(drop))
    }

    fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
        let secret = Zeroizing::new(created.secret.expose_secret().as_bytes().to_vec());
        self.blocking(move |command| command.run(&secret))
    }
}

/// Without the arguments, which may hold credentials.
impl fmt::Debug for SecretCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretCommand").field("program", &self.program).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The long secret does not fit in a pipe's buffer.
    #[cfg(unix)]
    #[test]
    fn a_program_that_succeeds_without_reading_the_whole_secret_has_not_stored_it() {
        let run = |script: &str, secret: &[u8]| SecretCommand::new("sh", ["-c", script]).run(secret);
        for secret in [&b"whsec_1"[..], &[b's'; 200 * 1024]] {
            for script in ["exit 0", "head -c 6 > /dev/null", "exec 3<&0; sleep 1 <&3 > /dev/null &"] {
                let error = run(script, secret).unwrap_err().to_string();
                assert!(error.contains("did not read the whole secret"), "{script}: {error}");
            }
            run("cat > /dev/null", secret).unwrap();
            // It reads the secret, but not the end of the input.
            run(&format!("head -c {} > /dev/null", secret.len()), secret).unwrap();
            let error = run("exit 3", secret).unwrap_err().to_string();
            assert!(error.contains("failed ("), "{error}");
        }
    }

    #[test]
    fn variables_of_the_portal_are_recognised_in_any_case() {
        for name in ["HB_PORTAL_ACCESS_TOKEN", "hb_portal_api_key", "Hb_Portal_"] {
            assert!(is_of_portal(OsStr::new(name)), "{name}");
        }
        for name in ["HB_PORTAL", "PATH", "", "XHB_PORTAL_API_KEY"] {
            assert!(!is_of_portal(OsStr::new(name)), "{name}");
        }
    }
}
