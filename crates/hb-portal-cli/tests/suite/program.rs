//! Runs the command as a child process, with only the environment that a test sets.

use std::{
    io::{BufRead, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{
        Mutex,
        mpsc::{self, Receiver, Sender},
    },
    time::{Duration, Instant},
};

use hb_portal_sandbox::{HandledRequest, Sandbox, SandboxBuilder};
use tempfile::TempDir;
use tokio::{net::TcpSocket, runtime};

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_hb-portal");

/// A portal, a folder to work in, and the command with the variables for the portal.
pub(crate) struct Scene {
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(Sandbox::builder())
    }

    pub(crate) fn with(builder: SandboxBuilder) -> Self {
        Self { sandbox: start(builder), folder: tempfile::tempdir().unwrap() }
    }

    /// A portal that carries out a request but does not respond until the sender sends, or is dropped.
    pub(crate) fn held_back() -> (Self, Sender<()>) {
        let (release, released) = mpsc::channel();
        let released = Mutex::new(released);
        let hold = move |_: &HandledRequest| {
            let _ = released.lock().unwrap().recv_timeout(PATIENCE);
        };
        (Self::with(Sandbox::builder().on_request(hold)), release)
    }

    /// Closes the portal's connections.
    #[cfg(unix)]
    pub(crate) fn disconnect(&self) {
        runtime().block_on(self.sandbox.close_connections());
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command with these words as arguments, run in the folder.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = command(self.folder.path(), arguments.split_whitespace());
        command.env("HB_PORTAL_BASE_URL", self.sandbox.base_url());
        command.env("HB_PORTAL_ACCESS_TOKEN", self.sandbox.access_token());
        command
    }

    /// `webhooks create` for the documentation's URL, with more arguments.
    pub(crate) fn create(&self, arguments: &str) -> Command {
        let url = "https://your-app.com/webhooks/references";
        // Longer than `PATIENCE`, so that the command does not give up on a response that a test holds back.
        self.command(&format!("webhooks create --url {url} --event reference.submitted --timeout 300 {arguments}"))
    }

    /// A secret that is stored in the folder, in the file `secret`.
    pub(crate) fn store(&self, secret: &str) {
        std::fs::write(self.path("secret"), secret).unwrap();
    }

    /// The exit code and the output, normalised.
    pub(crate) fn report(&self, output: &Output) -> String {
        let (code, out, err) = (output.status.code(), text(&output.stdout), text(&output.stderr));
        self.normal(&format!("exit code {}\n--- standard output\n{out}--- standard error\n{err}", code.unwrap()))
    }

    /// `text` without the parts that differ from run to run.
    pub(crate) fn normal(&self, text: &str) -> String {
        let folder = self.folder.path().display().to_string();
        super::shown::normal(&text.replace(&folder, "FOLDER"))
    }
}

pub(crate) fn start(builder: SandboxBuilder) -> Sandbox {
    runtime().block_on(builder.start()).unwrap()
}

fn runtime() -> runtime::Runtime {
    runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// The command, with `folder` as its folder and as its home.
pub(crate) fn command<'a>(folder: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = isolated(BINARY, folder);
    command.args(arguments);
    command
}

/// A program with `folder` as its folder and as its home, without this process's environment apart from the search path.
pub(crate) fn isolated(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env_clear().env("HOME", folder).env("LOCALAPPDATA", folder);
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.stdin(Stdio::null());
    command
}

/// Runs the command with `input` as its standard input.
pub(crate) fn fed(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that refuses its options reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A command that runs until it is stopped.
pub(crate) struct Running {
    child: Child,
    pub(crate) stdout: Receiver<String>,
    pub(crate) stderr: Receiver<String>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    pub(crate) fn type_line(&mut self, line: &str) {
        self.child.stdin.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    }

    pub(crate) fn wait(mut self) -> (ExitStatus, Vec<String>, Vec<String>) {
        drop(self.child.stdin.take());
        let end = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < end, "the command is still running");
            std::thread::sleep(Duration::from_millis(5));
        }
        (self.child.wait().unwrap(), self.stdout.iter().collect(), self.stderr.iter().collect())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has usually ended by now, and another kill does no harm.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(from: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// A port for a command that listens. On Linux no other test gets it while the socket exists. Elsewhere no second socket can have
/// it, so it is only likely to be free.
///
/// The socket never listens: a process that is being started would have a copy for a moment, which would keep the port in use.
pub(crate) fn reserved_port() -> (Option<TcpSocket>, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port().to_string();
    (cfg!(target_os = "linux").then_some(socket), port)
}

pub(crate) fn wait_until(condition: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < end, "nothing happened");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The next line that contains `part`.
pub(crate) fn line_with(lines: &Receiver<String>, part: &str) -> String {
    let mut seen = Vec::new();
    loop {
        let line = lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no {part:?} in {seen:#?}"));
        if line.contains(part) {
            return line;
        }
        seen.push(line);
    }
}
