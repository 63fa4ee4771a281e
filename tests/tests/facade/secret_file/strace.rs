//! Runs the child under strace, which reports each of its steps, and can kill, stop or fail it at any of them.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write as _},
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::LazyLock,
    thread,
    time::Duration,
};

use tempfile::TempDir;

use super::{
    child::{self, Ended},
    scene::Scene,
};

/// Returns whether strace is installed and may trace. If not, it prints a warning, or panics if the environment demands
/// strace.
pub fn is_available() -> bool {
    static IS_AVAILABLE: LazyLock<bool> = LazyLock::new(probe);
    *IS_AVAILABLE
}

fn probe() -> bool {
    let traced = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    if traced.is_ok_and(|output| output.status.success()) {
        return true;
    }
    assert!(std::env::var_os("HB_PORTAL_TESTS_NEED_STRACE").is_none(), "strace is not installed, or may not trace");
    // Written directly, because the harness shows the output only of failing tests.
    let _ = writeln!(
        io::stderr(),
        "SKIPPED: strace is not installed, or may not trace; the tests that kill the child at each step did not run"
    );
    false
}

/// One step of the child: a system call on the folder or to the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub call: String,
    /// The number of calls of this kind that the thread has made, including this one.
    pub number: usize,
    /// The names of the files it operates on, with `*` for the random part.
    pub files: Vec<String>,
}

impl Step {
    /// Returns whether it operates on a file, and not on the connection.
    pub fn is_on_files(&self) -> bool {
        !NETWORK.contains(&&*self.call)
    }

    /// Returns whether another process can notice it, because it changes a file or sends something; true for unknown calls.
    pub fn is_observable(&self) -> bool {
        let opens_folder = self.call == "openat" && self.files.iter().all(|file| file == "./");
        !["statx", "newfstatat", "getdents64", "recvfrom"].contains(&&*self.call) && !self.is_private() && !opens_folder
    }

    /// Returns whether it neither changes nor reads anything that another process can change.
    pub fn is_private(&self) -> bool {
        ["fsync", "fcntl", "close", "lseek"].contains(&&*self.call)
    }

    /// Describes it by its call and its files.
    pub fn describe(&self) -> String {
        format!("{} {}", self.call, self.files.join(" "))
    }

    /// Returns strace's option for an intervention at this step.
    pub fn tamper(&self, how: &str) -> String {
        format!("inject={}:{how}:when={}", self.call, self.number)
    }
}

const NETWORK: &[&str] = &["connect", "recvfrom", "sendto", "writev"];

/// A run of the child.
pub struct Run {
    process: Child,
    log: PathBuf,
    folder: PathBuf,
    /// A folder that is removed with the run.
    own: TempDir,
}

/// The result of a run.
#[derive(Debug)]
pub struct Traced {
    pub status: ExitStatus,
    pub steps: Vec<Step>,
    /// The child's error output.
    pub stderr: String,
}

impl Traced {
    pub fn ended(&self) -> Option<Ended> {
        self.status.code().and_then(Ended::from_code)
    }

    pub fn was_killed(&self) -> bool {
        self.status.signal() == Some(9)
    }
}

impl Run {
    /// Starts the child in a scene, with a umask that removes no permission.
    pub fn start(scene: &Scene, tamper: &[&str]) -> Self {
        let own = tempfile::tempdir().unwrap();
        let log = own.path().join("log");
        let warm = own.path().join("warm");
        fs::create_dir(&warm).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "umask 0; exec \"$@\"", "sh", "strace", "-f", "-y", "-s", "0", "-o"]).arg(&log);
        command.args(["-e", "trace=%file,%desc,%network"]);
        command.args(tamper.iter().flat_map(|tamper| ["-e", tamper]));
        command.arg(child::program()).args(child::arguments());
        child::hand_over(&mut command, scene);
        child::warm_up_in(&mut command, &warm);
        let stderr = File::create(own.path().join("stderr")).unwrap();
        let process = command.stdout(Stdio::null()).stderr(stderr).spawn().unwrap();
        Self { process, log, folder: scene.folder().to_owned(), own }
    }

    /// Waits until it ends.
    pub fn finish(mut self) -> Traced {
        let status = self.process.wait().unwrap();
        let stderr = fs::read_to_string(self.own.path().join("stderr")).unwrap();
        Traced { status, steps: steps(&fs::read_to_string(&self.log).unwrap(), &self.folder), stderr }
    }

    /// Waits until a signal stops it, and returns its id.
    pub fn stopped(&mut self) -> String {
        loop {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let stopped = log.lines().find(|line| line.ends_with("--- stopped by SIGSTOP ---"));
            if let Some((thread, _)) = stopped.and_then(|line| line.split_once(' ')) {
                return thread.to_owned();
            }
            assert!(self.process.try_wait().unwrap().is_none(), "it ended before it was stopped");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Parses the steps in a log. Only the first thread that operates on files counts, because strace may also report its call for
/// another thread that dies with it.
fn steps(log: &str, folder: &Path) -> Vec<Step> {
    let mut made = HashMap::new();
    let mut steps = Vec::new();
    let mut working = None;
    for line in log.lines() {
        // Lines that report the end of a call, or a signal, have another format.
        let Some((thread, text)) = line.split_once(' ') else { continue };
        let Some((call, _)) = text.trim_start().split_once('(').filter(|(call, _)| call.chars().all(is_in_a_name))
        else {
            continue;
        };
        let number: &mut usize = made.entry((thread, call)).or_default();
        *number += 1;
        let files = files(text, folder);
        let is_on_files = !files.is_empty() && *working.get_or_insert(thread) == thread;
        if is_on_files || NETWORK.contains(&call) {
            steps.push(Step { call: call.to_owned(), number: *number, files });
        }
    }
    steps
}

fn is_in_a_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

/// Returns the files in the folder that a call operates on.
fn files(call: &str, folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for (at, found) in call.match_indices(folder.to_str().unwrap()) {
        let rest = &call[at + found.len()..];
        let name = rest.split(['"', '>']).next().unwrap_or_default().trim_start_matches('/');
        // Replaces the random part of the name of a temporary file.
        let name = match name.rsplit_once('-') {
            Some((draft, random)) if random.len() == 32 => format!("{draft}-*"),
            _ => format!("./{name}"),
        };
        if !files.contains(&name) {
            files.push(name);
        }
    }
    files
}
