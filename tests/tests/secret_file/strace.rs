//! Runs the child under strace, which tells each of its steps, and can end or hinder it at any of them.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write as _},
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use tempfile::TempDir;

use super::{
    child::{self, Ended},
    scene::Scene,
};

/// Whether there is strace and it may trace. Where it is not, that is said loudly, and where it was asked for, it fails.
pub fn is_there() -> bool {
    let traced = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    if traced.is_ok_and(|output| output.status.success()) {
        return true;
    }
    assert!(std::env::var_os("HB_PORTAL_TESTS_NEED_STRACE").is_none(), "strace is not there, or may not trace");
    // Past the harness, which shows the output only of tests that fail.
    let _ = writeln!(io::stderr(), "SKIPPED: strace is not there, or may not trace: nothing is killed at each step");
    false
}

/// One step of the child's: a system call on the folder or to the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub call: String,
    /// How many of that kind the thread made, this included.
    pub number: usize,
    /// The files it is about, by name, with `*` for what is random.
    pub files: Vec<String>,
}

impl Step {
    /// Whether it is about a file, and not the connection.
    pub fn is_on_files(&self) -> bool {
        !NETWORK.contains(&&*self.call)
    }

    /// What it does, in a word and a name.
    pub fn what(&self) -> String {
        format!("{} {}", self.call, self.files.join(" "))
    }

    /// What has strace do something at this step.
    pub fn tamper(&self, how: &str) -> String {
        format!("inject={}:{how}:when={}", self.call, self.number)
    }
}

const NETWORK: &[&str] = &["connect", "recvfrom", "sendto", "writev"];

/// A run of the child's.
pub struct Run {
    process: Child,
    log: PathBuf,
    folder: PathBuf,
    /// What is removed with the run.
    own: TempDir,
}

/// What became of it.
#[derive(Debug)]
pub struct Traced {
    pub status: ExitStatus,
    pub steps: Vec<Step>,
    /// What it said.
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
    /// Starts the child in a scene, under a umask that forbids nothing.
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

    /// Waits for its end.
    pub fn finish(mut self) -> Traced {
        let status = self.process.wait().unwrap();
        let stderr = fs::read_to_string(self.own.path().join("stderr")).unwrap();
        Traced { status, steps: steps(&fs::read_to_string(&self.log).unwrap(), &self.folder), stderr }
    }

    /// Waits until it is stopped by a signal, and returns its id.
    pub fn stopped(&mut self) -> String {
        loop {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let stopped = log.lines().find(|line| line.ends_with("--- stopped by SIGSTOP ---"));
            if let Some((thread, _)) = stopped.and_then(|line| line.split_once(' ')) {
                return thread.to_owned();
            }
            assert!(self.process.try_wait().unwrap().is_none(), "it ended before it was stopped");
            std::thread::yield_now();
        }
    }
}

/// The steps in a log.
fn steps(log: &str, folder: &Path) -> Vec<Step> {
    let mut made = HashMap::new();
    let mut steps = Vec::new();
    for line in log.lines() {
        // Ends of calls, and signals, begin otherwise.
        let Some((thread, text)) = line.split_once(' ') else { continue };
        let Some((call, _)) = text.trim_start().split_once('(').filter(|(call, _)| call.chars().all(is_of_a_name))
        else {
            continue;
        };
        let number: &mut usize = made.entry((thread, call)).or_default();
        *number += 1;
        let files = files(text, folder);
        if !files.is_empty() || NETWORK.contains(&call) {
            steps.push(Step { call: call.to_owned(), number: *number, files });
        }
    }
    steps
}

fn is_of_a_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

/// The files in the folder that a call is about.
fn files(call: &str, folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for (at, found) in call.match_indices(folder.to_str().unwrap()) {
        let rest = &call[at + found.len()..];
        let name = rest.split(['"', '>']).next().unwrap_or_default().trim_start_matches('/');
        // The random part of what is being written.
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
