//! A command under a pseudo-terminal.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    os::fd::OwnedFd,
    path::Path,
    process::Child,
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use pty_process::{Size, blocking};

use super::program::{BINARY, PATIENCE, Scene, wait_until};

/// A command with a screen and a keyboard.
pub(crate) struct Terminal {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<Vec<u8>>>,
    /// Disconnected when the screen is complete.
    is_over: Receiver<()>,
    /// How many bytes of the screen have been read.
    seen: usize,
}

impl Terminal {
    /// Runs the command in `folder`, with nothing in its environment but `variables` and a home.
    pub(crate) fn run(folder: &Path, arguments: &[&str], variables: &[(&str, String)]) -> Self {
        let (pty, pts) = blocking::open().unwrap();
        pty.resize(Size::new(50, 100)).unwrap();
        let command = blocking::Command::new(BINARY).args(arguments).current_dir(folder).env_clear();
        let command = command.env("HOME", folder).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let command = command.env("TERM", "xterm").envs(variables.iter().map(|(name, value)| (*name, value)));
        let child = command.spawn(pts).unwrap();
        let keyboard = File::from(OwnedFd::from(pty));
        let screen = Arc::new(Mutex::new(Vec::new()));
        let (mut from, to) = (keyboard.try_clone().unwrap(), Arc::clone(&screen));
        let (reads, is_over) = mpsc::channel();
        std::thread::spawn(move || {
            let _reads = reads;
            let mut bytes = [0; 4096];
            // When no process has the terminal any more and everything has been read, reading fails.
            while let Ok(count @ 1..) = from.read(&mut bytes) {
                to.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        });
        Self { child, keyboard, screen, is_over, seen: 0 }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    pub(crate) fn screen(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    /// Reads until `text` appears.
    pub(crate) fn read_up_to(&mut self, text: &str) {
        self.read(text, "");
    }

    /// Reads until `text` appears and its line is complete.
    pub(crate) fn read_until(&mut self, text: &str) {
        self.read(text, "\n");
    }

    fn read(&mut self, text: &str, end_of_it: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            let found = screen[self.seen..].find(text).map(|at| self.seen + at + text.len());
            if let Some(line_end) =
                found.and_then(|at| screen[at..].find(end_of_it).map(|end| at + end + end_of_it.len()))
            {
                self.seen = line_end;
                return;
            }
            assert!(Instant::now() < end, "no {text:?} in {:?}", &screen[self.seen..]);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The exit code, and everything that was shown.
    pub(crate) fn wait(mut self) -> (i32, String) {
        let end = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < end, "the command is still running: {}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
        let code = self.child.wait().unwrap().code().unwrap();
        assert_eq!(self.is_over.recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected));
        (code, self.screen())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It has usually ended by now, and another kill does no harm.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The final screen: progress is removed, as a terminal does, and escape sequences are visible.
pub(crate) fn visible(screen: &str) -> String {
    let is_progress = |piece: &&str| piece.starts_with("… ") && piece.ends_with(" s)");
    let kept: String = screen.split("\r\x1b[K").filter(|piece| !is_progress(piece)).collect();
    // Linux echoes Ctrl-C after it has sent the signal, so what the command then prints may come first.
    kept.replace("^C", "").replace("\r\n", "\n").replace('\x1b', "␛")
}

#[test]
fn a_wait_of_more_than_a_second_is_shown_and_removed() {
    let scene = Scene::new();
    scene.sandbox.inject("the connection hangs after the request".parse().unwrap());
    let url = "https://your-app.com/hook";
    let arguments = ["webhooks", "create", "--url", url, "--event", "a", "--secret-file", "secret", "--timeout", "300"];
    let variables = [
        ("HB_PORTAL_BASE_URL", scene.sandbox.base_url().to_owned()),
        ("HB_PORTAL_ACCESS_TOKEN", scene.sandbox.access_token().to_owned()),
    ];
    let mut terminal = Terminal::run(scene.folder.path(), &arguments, &variables);
    terminal.read_up_to("\r\x1b[K… waiting for the portal (");
    wait_until(|| !scene.sandbox.requests().is_empty());
    scene.disconnect();
    let (code, screen) = terminal.wait();
    assert_eq!(code, 5);
    assert!(visible(&screen).starts_with("␛[1m␛[31merror:␛[0m the connection broke before a response"), "{screen:?}");
    // The unfinished attempt is refused without a wait.
    let colourless = [variables[0].clone(), variables[1].clone(), ("NO_COLOR", "1".to_owned())];
    let (_, screen) = Terminal::run(scene.folder.path(), &arguments, &colourless).wait();
    assert!(screen.starts_with("error: ") && !screen.contains('\x1b'), "{screen:?}");
}

#[test]
fn a_command_that_reads_a_terminal_says_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), "a secret of the sandbox").unwrap();
    let arguments = ["detect", "--secret-file", "secret"];
    let mut terminal = Terminal::run(folder.path(), &arguments, &[]);
    terminal.read_until("Ctrl-D");
    terminal.press("a: b\n\n{}\n\x04");
    assert_eq!(terminal.wait().0, 1);
}
