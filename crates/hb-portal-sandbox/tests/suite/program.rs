//! The program, run as a child.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;

use crate::client::{Answer, Client, DOCUMENTED, PATIENCE, find, post};

/// A child that is not left behind, whatever becomes of the test.
struct Program {
    child: Child,
    base_url: String,
    token: String,
    client_id: String,
    api_key: String,
    welcome: String,
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hb-portal-sandbox"));
    command.args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut welcome = String::new();
        while !welcome.contains("--data") {
            welcome += &lines.next().expect("the program ended").unwrap();
            welcome += "\n";
        }
        let value = |name: &str| {
            let prefix = format!("export HB_PORTAL_{name}=");
            let line = welcome.lines().find_map(|line| line.strip_prefix(&prefix));
            line.unwrap_or_else(|| panic!("no {name} in {welcome}")).to_owned()
        };
        Self {
            base_url: value("BASE_URL"),
            token: value("ACCESS_TOKEN"),
            client_id: value("CLIENT_ID"),
            api_key: value("API_KEY"),
            child,
            welcome,
        }
    }

    fn ask(&self, path: &str, token: Option<&str>, body: &str) -> Answer {
        let (authority, base) = self.base_url[7..].split_once('/').unwrap();
        let address: SocketAddr = authority.parse().unwrap();
        let request = post(&format!("/{base}{path}"), token, body);
        let mut client = Client::to(address);
        client.send(request);
        client.answer()
    }

    /// Sends a signal; gives what it logged.
    fn stop(mut self, signal: &'static str) -> String {
        let mut stderr = self.child.stderr.take().unwrap();
        let (sender, log) = mpsc::channel();
        std::thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).unwrap();
            sender.send(log)
        });
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status().unwrap();
        assert!(sent.success());
        // Its standard error ends when it does.
        let log = log.recv_timeout(PATIENCE).expect("the program goes on");
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        log
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has mostly ended by now, and a second kill does no harm.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_it_prints_is_enough_to_use_it_and_what_it_logs_tells_nothing() {
    let program = Program::start(&[]);
    let created = program.ask("/webhooks", Some(&program.token), DOCUMENTED);
    assert_eq!(created.status, 201);
    let credentials = format!(r#"{{"client_id": {}, "api_key": "{}"}}"#, program.client_id, program.api_key);
    let minted = program.ask("/auth/token", None, &credentials);
    assert_eq!(minted.status, 200);
    assert_eq!(program.ask("/webhooks?secret=1", None, DOCUMENTED).status, 401);

    let secrets = [
        created.json()["secret"].as_str().unwrap().to_owned(),
        minted.json()["access_token"].as_str().unwrap().to_owned(),
        program.token.clone(),
        program.api_key.clone(),
        "secret".to_owned(),
        "your-app".to_owned(),
    ];
    let log = program.stop("INT");
    for secret in secrets {
        assert!(!log.contains(&secret), "{log}");
    }
    // Time, then method, path and status, then the duration; no colours, as it is no terminal.
    let lines: Vec<&str> = log.lines().collect();
    let expected = ["POST /api/v2/webhooks 201", "POST /api/v2/auth/token 200", "POST /api/v2/webhooks 401"];
    for (line, expected) in lines.iter().zip(expected) {
        let (time, rest) = line.split_once(' ').unwrap();
        assert!(time.ends_with('Z') && time.len() == 24, "{line}");
        assert!(rest.starts_with(expected) && rest.ends_with("ms"), "{line}");
    }
    assert_eq!(lines[3..], ["stopped; it held 1 endpoint(s)"]);
}

#[test]
fn the_curl_command_that_it_prints_works() {
    if Command::new("curl").arg("--version").output().is_err() {
        return;
    }
    let program = Program::start(&[]);
    let at = program.welcome.find("curl ").unwrap();
    let output = Command::new("sh").args(["-c", &program.welcome[at..]]).output().unwrap();
    assert!(find(&output.stdout, b"HTTP/1.1 201 Created").is_some(), "{output:?}");
}

#[test]
fn what_is_typed_is_delivered_and_logged() {
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = receiver.local_addr().unwrap().to_string();
    let mut child = command(&["--connect-to", &address, "--sign", "github"]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut until = |word: &str| said.by_ref().find(|line| line.contains(word)).unwrap_or_else(|| panic!("no {word}"));
    let mut export = |name: &str| until(name).split_once('=').unwrap().1.to_owned();
    let (base_url, token) = (export("HB_PORTAL_BASE_URL"), export("HB_PORTAL_ACCESS_TOKEN"));
    until("type: deliver");
    stdin.write_all(b"deliver\nsend\n").unwrap();
    until("there is no endpoint yet");
    until("is no command");
    let mut client = Client::to(base_url[7..].split_once('/').unwrap().0.parse().unwrap());
    client.send(post("/api/v2/webhooks", Some(&token), DOCUMENTED));
    assert_eq!(client.answer().status, 201);
    for line in ["deliver reference.declined\n", "bad signature\n"] {
        stdin.write_all(line.as_bytes()).unwrap();
        let (mut stream, _) = receiver.accept().unwrap();
        let mut first = [0; 4];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"POST");
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    }
    // Until the program has noticed both answers.
    loop {
        stdin.write_all(b"attempts\nhelp\n").unwrap();
        let shown: Vec<String> = said.by_ref().take_while(|line| !line.contains("shows this")).collect();
        let has = |text: &str| shown.iter().any(|line| line.contains(text));
        if has("reference.declined to endpoint 1, try 1: 204") && has("try 1 WrongSignature: 204") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn it_stops_when_it_is_terminated_too() {
    let log = Program::start(&[]).stop("TERM");
    assert_eq!(log, "stopped; it held 0 endpoint(s)\n");
}

#[test]
fn its_options_do_what_the_help_says() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let program = Program::start(&["--port", &free, "--base-path", "/x", "--rate-limit", "1"]);
    assert_eq!(program.base_url, format!("http://127.0.0.1:{free}/x"));
    let create = || program.ask("/webhooks", Some(&program.token), DOCUMENTED).status;
    assert_eq!((create(), create()), (201, 429));
}

#[test]
fn a_port_that_is_taken_is_named_with_what_mends_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run(&["--port", &port]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("error: ") && error.contains(&port) && error.contains("--port"), "{error}");
}

#[test]
fn wrong_usage_exits_with_two_and_points_to_the_help() {
    for arguments in [&["--port", "x"][..], &["--nonsense"], &["serve"], &["--base-path", "x"]] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("--help"), "{error}");
    }
}

#[test]
fn help_and_version_are_printed_and_nothing_is_started() {
    let help = run(&["--help"]);
    assert!(help.status.success() && help.stderr.is_empty());
    let text = String::from_utf8(help.stdout).unwrap();
    for name in ["BASE_URL", "ACCESS_TOKEN", "CLIENT_ID", "API_KEY"] {
        assert!(text.contains(&format!("HB_PORTAL_{name}")), "{name}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let version = run(&["-V"]);
    let expected = concat!("hb-portal-sandbox ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(String::from_utf8(version.stdout).unwrap(), expected);
}
