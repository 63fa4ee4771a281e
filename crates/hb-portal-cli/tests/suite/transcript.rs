//! A session at three terminals that needs only what the command prints.

use std::path::Path;

use super::{
    program::reserved_port,
    shown::{normal, unpadded},
    terminal::{Terminal, visible},
};

/// The session at one terminal.
struct Transcript<'a> {
    folder: &'a Path,
    variables: Vec<(&'a str, String)>,
    text: String,
}

impl<'a> Transcript<'a> {
    fn new(folder: &'a Path) -> Self {
        Self { folder, variables: Vec::new(), text: String::new() }
    }

    fn start(&mut self, arguments: &str) -> Terminal {
        self.text.push_str(&format!("$ hb-portal {arguments}\n"));
        Terminal::run(self.folder, &arguments.split_whitespace().collect::<Vec<_>>(), &self.variables)
    }

    fn end(&mut self, terminal: Terminal) -> i32 {
        let (code, screen) = terminal.wait();
        self.text.push_str(&visible(&screen));
        self.text.push_str(&if code == 0 { String::new() } else { format!("[exit code {code}]\n") });
        code
    }

    fn run(&mut self, arguments: &str) -> i32 {
        let terminal = self.start(arguments);
        self.end(terminal)
    }
}

#[test]
fn the_help_alone_leads_from_a_sandbox_to_a_recovery() {
    let folder = tempfile::tempdir().unwrap();
    let [mut portal, mut work, mut receiver] = [(); 3].map(|()| Transcript::new(folder.path()));
    let (_reserved, port) = reserved_port();

    portal.run("-h");
    portal.run("sandbox -h");
    let mut sandbox = portal.start("sandbox");
    sandbox.read_until("Ctrl-C stops");
    for line in sandbox.screen().lines() {
        if let Some((name, value)) = line.trim_end().strip_prefix("export ").and_then(|line| line.split_once('=')) {
            let name = ["HB_PORTAL_BASE_URL", "HB_PORTAL_ACCESS_TOKEN"].into_iter().find(|known| *known == name);
            work.variables.extend(name.map(|name| (name, value.to_owned())));
        }
    }
    assert_eq!(work.variables.len(), 2);
    work.text.push_str("$ export HB_PORTAL_BASE_URL=… HB_PORTAL_ACCESS_TOKEN=…\n");

    work.run("webhooks create -h");
    let create = |path: &str, file: &str| {
        format!("webhooks create --url http://127.0.0.1:{port}/{path} --event reference.submitted --secret-file {file}")
    };
    assert_eq!(work.run(&create("hook", "secret")), 0);
    sandbox.read_until("POST /api/v2/webhooks");

    receiver.run("listen -h");
    let mut listen =
        receiver.start(&format!("listen --scheme hex:Signature --secret-file secret --port {port} --save kept --body"));
    listen.read_until("Ctrl-C stops");
    sandbox.press("help\n");
    sandbox.read_until("show this");
    sandbox.press("deliver\n");
    sandbox.read_until("attempt 1");
    listen.read_until("\"test\"");
    sandbox.press("bad signature\n");
    sandbox.read_until("WrongSignature");
    listen.read_until("\"test\"");
    assert_eq!(work.run("webhooks test 1"), 0);
    sandbox.read_until("POST /api/v2/webhooks/1/test");
    listen.read_until("\"test\"");
    listen.press("\x03");
    assert_eq!(receiver.end(listen), 0);

    sandbox.press("fail commits, then responds with 500\n");
    sandbox.read_until("waiting for 1 request(s)");
    assert_eq!(work.run(&create("other", "other-secret")), 5);
    sandbox.read_until("POST /api/v2/webhooks");
    sandbox.press("endpoints\n");
    sandbox.read_until("2  http://");
    work.run("webhooks recover -h");
    assert_eq!(work.run("webhooks recover --secret-file other-secret"), 9);
    sandbox.read_until("GET /api/v2/webhooks");
    let mut recover = work.start("webhooks recover --secret-file other-secret --only-registrar");
    recover.read_up_to("[y/N]");
    recover.press("y\n");
    assert_eq!(work.end(recover), 0);
    sandbox.read_until("DELETE /api/v2/webhooks/2");
    sandbox.read_until("GET /api/v2/webhooks");
    let before = work.text.len();
    assert_eq!(work.run("webhooks list"), 0);
    let table = unpadded(&work.text.split_off(before));
    work.text.push_str(&table);
    sandbox.read_until("GET /api/v2/webhooks");
    sandbox.press("\x03");
    assert_eq!(portal.end(sandbox), 0);

    let text =
        format!("=== Terminal 1\n{}\n=== Terminal 2\n{}\n=== Terminal 3\n{}", portal.text, work.text, receiver.text);
    for word in text.split_whitespace() {
        assert!(!word.contains(&std::fs::read_to_string(folder.path().join("secret")).unwrap()), "{word}");
    }
    let text =
        text.replace(&folder.path().display().to_string(), "FOLDER").replace(&format!("--port {port}"), "--port PORT");
    insta::assert_snapshot!("transcript", normal(&text));
}
