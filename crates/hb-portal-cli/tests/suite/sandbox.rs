//! `sandbox`: its output is enough to use it, and its prompt runs commands.

use std::{collections::BTreeMap, net::TcpListener};

use super::{
    program::{Running, command, fed, line_with, reserved_port, text},
    receiver::respond,
};

struct Portal {
    running: Running,
    variables: BTreeMap<String, String>,
    folder: tempfile::TempDir,
}

impl Portal {
    fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let running = Running::start(command(folder.path(), ["sandbox"].iter().chain(arguments).copied()));
        let variables = (0..4).map(|_| {
            let line = line_with(&running.stdout, "export ");
            let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        });
        Self { variables: variables.collect(), running, folder }
    }

    /// Creates an endpoint with the command, stores its secret in `file`, and returns the exit code.
    fn create(&self, file: &str) -> Option<i32> {
        let url = format!("https://your-app.com/{file}?key=canary");
        let words = format!("webhooks create --url {url} --event reference.submitted --secret-file {file}");
        let mut create = command(self.folder.path(), words.split_whitespace());
        create.envs(&self.variables).output().unwrap().status.code()
    }
}

#[cfg(unix)]
#[test]
fn a_shell_evaluates_its_output_and_its_log_has_no_secret() {
    let portal = Portal::start(&[]);
    let lines: String = portal.variables.iter().map(|(name, value)| format!("export {name}={value}\n")).collect();
    let script = format!(
        "{lines}exec '{}' webhooks create --url https://your-app.com/hook?key=canary --event a --secret-file b",
        env!("CARGO_BIN_EXE_hb-portal")
    );
    for by_key in [false, true] {
        let script = if by_key {
            script.replace("exec ", "unset HB_PORTAL_ACCESS_TOKEN; rm b .b.record; exec ")
        } else {
            script.clone()
        };
        let output = super::program::isolated("sh", portal.folder.path()).args(["-c", &script]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let stored = std::fs::read_to_string(portal.folder.path().join("b")).unwrap();
    portal.running.signal("TERM");
    let Portal { running, variables, .. } = portal;
    let (status, stdout, log) = running.wait();
    assert!(status.success() && stdout.is_empty(), "{stdout:?}");
    let log = log.join("\n");
    for secret in [&stored, &variables["HB_PORTAL_ACCESS_TOKEN"], &variables["HB_PORTAL_API_KEY"]] {
        assert!(!log.contains(secret), "{log}");
    }
    assert!(!log.contains("canary") && !log.contains('\x1b'), "{log}");
    assert!(log.contains("POST /api/v2/webhooks 201") && log.contains("POST /api/v2/auth/token 200"), "{log}");
    assert!(log.ends_with("stopped; it held 2 endpoint(s)"), "{log}");
}

#[test]
fn faults_strike_from_options_and_from_the_prompt() {
    let mut portal = Portal::start(&["--fault", "responds with 403", "--fault", "create:responds-with-422-in-HTML"]);
    assert_eq!((portal.create("a"), portal.create("a")), (Some(4), Some(4)));
    assert_eq!(portal.create("a"), Some(0));
    portal.running.type_line("fail commits, then responds with 500 2");
    line_with(&portal.running.stderr, "waiting for 2 request(s) of create: commits, then responds with 500");
    portal.running.type_line("faults");
    line_with(&portal.running.stderr, "responds with 201, and the secret is null");
    line_with(&portal.running.stderr, "  create: commits, then responds with 500");
    assert_eq!((portal.create("b"), portal.create("c")), (Some(5), Some(5)));
    portal.running.type_line("fail list: responds with 503");
    line_with(&portal.running.stderr, "of list: responds with 503");
    portal.running.type_line("fail the connection is refused");
    line_with(&portal.running.stderr, "the connection is refused");
    assert_eq!(portal.create("d"), Some(3));
    portal.running.type_line("clear");
    line_with(&portal.running.stderr, "no fault is waiting");
    assert_eq!(portal.create("d"), Some(0));
    portal.running.type_line("endpoints");
    line_with(&portal.running.stderr, "4  https://your-app.com/d  reference.submitted  created at ");
    portal.running.type_line("fail nothing");
    line_with(&portal.running.stderr, "there is no fault \"nothing\"");
}

#[test]
fn deliveries_from_the_prompt_are_sent_and_logged() {
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = receiver.local_addr().unwrap().to_string();
    let mut portal = Portal::start(&["--connect-to", &to, "--sign", "github"]);
    portal.running.type_line("deliver");
    line_with(&portal.running.stderr, "there is no endpoint yet");
    assert_eq!(portal.create("a"), Some(0));
    for (line, logged) in [
        ("deliver reference.declined", "deliver reference.declined to endpoint 1, attempt 1: 204"),
        ("bad old 1", "deliver reference.submitted to endpoint 1, attempt 1, Old: 204"),
    ] {
        portal.running.type_line(line);
        let (request, _) = respond(&receiver, "204 No Content");
        assert!(request.to_lowercase().contains("x-hub-signature-256: sha256="), "{request}");
        line_with(&portal.running.stderr, logged);
    }
    portal.running.type_line("attempts");
    line_with(&portal.running.stderr, "reference.declined to endpoint 1, attempt 1: 204");
    line_with(&portal.running.stderr, "attempt 1, Old: 204");
}

#[test]
fn its_options_do_what_the_help_says() {
    let (_reserved, free) = reserved_port();
    let portal = Portal::start(&["--port", &free, "--base-path", "/x", "--dialect", "house"]);
    assert_eq!(portal.variables["HB_PORTAL_BASE_URL"], format!("http://127.0.0.1:{free}/x"));
    assert_eq!(portal.create("a"), Some(0));
    // Not a limit of 1: in a slow test, the second create would be asked to wait for less than 30 seconds, and would wait.
    assert_eq!(Portal::start(&["--rate-limit", "0"]).create("a"), Some(4));
    let folder = tempfile::tempdir().unwrap();
    let taken = command(folder.path(), ["sandbox", "--port", &free]).output().unwrap();
    assert_eq!(taken.status.code(), Some(1));
    assert!(text(&taken.stderr).contains("another program uses it") && taken.stdout.is_empty(), "{taken:?}");
    for arguments in [["--bind", "192.0.2.1"], ["--base-path", "x"]] {
        let refused = fed(command(folder.path(), ["sandbox"].into_iter().chain(arguments)), b"");
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    }
}
