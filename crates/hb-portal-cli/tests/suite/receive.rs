//! `listen`, `verify`, `detect` and `sign`.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, SystemTime},
};

use hb_portal::{
    SigningSecret,
    verify::{SignatureScheme, Signer},
};

use super::{
    program::{PATIENCE, Running, Scene, fed, line_with, reserved_port, text},
    receiver::respond,
    shown::json,
};

const SECRET: &str = "whsec_a secret of the sandbox";
const BODY: &str = "{\"event\":\"reference.submitted\",\"id\":\"evt_1\"}";

/// The headers of a delivery of `body`, one per line.
fn signed(scheme: &str, at: SystemTime, body: &str) -> String {
    let scheme: SignatureScheme = scheme.parse().unwrap();
    let headers =
        Signer::new(scheme, &SigningSecret::new(SECRET)).unwrap().sign_at("msg_1", at, body.as_bytes()).unwrap();
    headers.iter().map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap())).collect()
}

/// Sends a delivery, and returns the status of the response.
fn deliver(to: SocketAddr, headers: &str, body: &str) -> u16 {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    let head =
        format!("POST /hook HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response.split(' ').nth(1).unwrap().parse().unwrap()
}

fn listen(scene: &Scene, arguments: &str) -> (Running, SocketAddr) {
    scene.store(SECRET);
    let command = scene.command(&format!("listen --secret-file secret --port 0 {arguments}"));
    let running = Running::start(command);
    let line = line_with(&running.stderr, "receiving at http://");
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().parse().unwrap();
    (running, address)
}

/// Stops the command, and returns what it printed.
#[cfg(unix)]
fn printed(scene: &Scene, running: Running) -> String {
    running.signal("INT");
    let (status, stdout, _) = running.wait();
    assert!(status.success(), "Ctrl-C is the normal end");
    scene.normal(&(stdout.join("\n") + "\n"))
}

#[cfg(unix)]
#[test]
fn each_delivery_has_its_verdict_and_nothing_in_it_reaches_the_terminal() {
    let hostile = "{\"event\":\"\\u001b[2J\u{202e}x\",\n\"text\":\"\x7f\"}";
    for (option, name) in [("--body", "listen"), ("--body --json", "listen-json")] {
        let scene = Scene::new();
        let (running, address) = listen(&scene, &format!("--scheme hex:Signature {option}"));
        assert!(address.ip().is_loopback());
        let good = signed("hex:Signature", SystemTime::now(), BODY);
        assert_eq!(deliver(address, &good, BODY), 204);
        assert_eq!(deliver(address, &good, BODY), 204);
        assert_eq!(deliver(address, &good, &format!("{BODY}\n")), 401);
        assert_eq!(deliver(address, "", BODY), 401);
        assert_eq!(deliver(address, &signed("hex:Signature", SystemTime::now(), "no JSON"), "no JSON"), 400);
        assert_eq!(deliver(address, &signed("hex:Signature", SystemTime::now(), hostile), hostile), 204);
        // One byte too long: a longer body would not be read to its end, and the response could be lost in a reset.
        assert_eq!(deliver(address, &good, &"x".repeat(2 * 1024 * 1024 + 1)), 413);
        let printed = printed(&scene, running);
        assert!(!printed.contains(['\x1b', '\x7f', '\u{202e}']) || option.contains("json"), "{printed:?}");
        insta::assert_snapshot!(name, if option.contains("json") { json(&printed) } else { printed });
    }
}

#[cfg(unix)]
#[test]
fn only_verified_deliveries_are_saved_and_their_files_are_numbered() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::new();
    std::fs::create_dir(scene.path("kept")).unwrap();
    std::fs::write(scene.path("kept/000007.http"), "").unwrap();
    let (running, address) = listen(&scene, "--scheme hex:Signature --save kept");
    let good = signed("hex:Signature", SystemTime::now(), BODY) + "x-file-name: ../../etc/passwd\r\n";
    assert_eq!(deliver(address, &good, BODY), 204);
    let began = std::time::Instant::now();
    for _ in 0..20 {
        assert_eq!(deliver(address, &good, "forged"), 401);
    }
    let seconds = usize::try_from(began.elapsed().as_secs()).unwrap();
    let printed = printed(&scene, running);
    assert!(printed.contains("saved        kept/000008.http"));
    assert!((1..=seconds + 1).contains(&printed.matches("advice").count()), "a stranger causes much work: {printed}");
    let mut names: Vec<_> =
        std::fs::read_dir(scene.path("kept")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["000007.http", "000008.http"]);
    let saved = scene.path("kept/000008.http");
    assert_eq!(std::fs::metadata(&saved).unwrap().permissions().mode() & 0o7777, 0o600);
    // A saved delivery can be verified again.
    let verify = scene.command("verify --scheme hex:Signature --secret-file secret");
    let output = fed(verify, &std::fs::read(&saved).unwrap());
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn only_verified_deliveries_are_forwarded_and_the_response_is_returned() {
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let scene = Scene::new();
    let to = receiver.local_addr().unwrap();
    let (_running, address) = listen(&scene, &format!("--scheme hex:Signature --forward http://{to}/x?key=canary"));
    let good = signed("hex:Signature", SystemTime::now(), BODY);
    let behind = std::thread::spawn(move || {
        ["503 Service Unavailable", "202 Accepted"].map(|status| respond(&receiver, status).0)
    });
    assert_eq!(deliver(address, &good, "forged"), 401);
    assert_eq!(deliver(address, &good, BODY), 503);
    assert_eq!(deliver(address, &good, BODY), 202, "a delivery whose handler failed is handled again");
    assert_eq!(deliver(address, &good, BODY), 204, "a handled delivery is not");
    for request in behind.join().unwrap() {
        assert!(request.starts_with("POST /x?key=canary HTTP/1.1\r\n") && request.contains(good.trim()), "{request}");
        assert!(request.contains(&format!("host: {to}\r\n")) && !request.contains("connection: close"), "{request}");
        assert!(request.ends_with(&format!("\r\n\r\n{BODY}")), "{request}");
    }
}

#[test]
fn a_delivery_that_cannot_be_forwarded_is_refused() {
    let (_reserved, port) = reserved_port();
    let scene = Scene::new();
    let forward = format!("--forward http://127.0.0.1:{port}/x?key=canary");
    let (running, address) = listen(&scene, &format!("--scheme hex:Signature {forward}"));
    assert_eq!(deliver(address, &signed("hex:Signature", SystemTime::now(), BODY), BODY), 502);
    let line = line_with(&running.stdout, "not forwarded");
    assert!(line.contains("could not be reached") && !line.contains("canary"), "{line}");
}

#[test]
fn a_receiver_that_closes_kept_connections_receives_every_delivery() {
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let scene = Scene::new();
    let to = receiver.local_addr().unwrap();
    let (_running, address) = listen(&scene, &format!("--scheme hex:Signature --forward http://{to}/"));
    std::thread::spawn(move || {
        loop {
            let (_, mut kept) = respond(&receiver, "200 OK");
            // Closed when the next request arrives on it.
            std::thread::spawn(move || kept.read(&mut [0; 64 * 1024]));
        }
    });
    for id in 1..=3 {
        let body = format!("{{\"id\":{id}}}");
        assert_eq!(deliver(address, &signed("hex:Signature", SystemTime::now(), &body), &body), 200, "delivery {id}");
    }
}

#[test]
fn a_capture_verifies_or_is_explained() {
    let scene = Scene::new();
    scene.store(SECRET);
    std::fs::write(scene.path("old"), "the old signing secret").unwrap();
    let now = SystemTime::now();
    let hour_ago = now - Duration::from_secs(3600);
    let good = signed("hex:Signature", now, BODY);
    let stripe = signed("stripe:Sig", now, BODY);
    let old = signed("stripe:Sig", hour_ago, BODY);
    let plain = "--scheme hex:Signature --secret-file secret";
    let timed = "--scheme stripe:Sig --secret-file secret";
    for (name, arguments, input, code) in [
        ("verified", plain.to_owned(), format!("POST / HTTP/1.1\r\n{good}\r\n{BODY}"), 0),
        ("timed", timed.to_owned(), format!("{stripe}\r\n{BODY}"), 0),
        (
            "rotated",
            "--scheme hex:Signature --secret-file old --secret-file secret".to_owned(),
            format!("{good}\r\n{BODY}"),
            0,
        ),
        ("changed", plain.to_owned(), format!("{good}\r\n{BODY}\n"), 1),
        ("forged", plain.to_owned(), format!("{good}\r\nforged"), 1),
        ("unsigned", plain.to_owned(), format!("a: b\r\n\r\n{BODY}"), 1),
        ("late", timed.to_owned(), format!("{old}\r\n{BODY}"), 1),
        ("headless", plain.to_owned(), BODY.to_owned(), 2),
    ] {
        for (option, kind) in [("", ""), ("--json", "-json")] {
            let output = fed(scene.command(&format!("verify {arguments} {option}")), input.as_bytes());
            assert_eq!(output.status.code(), Some(code), "{name}: {output:?}");
            let (out, err) = (text(&output.stdout), text(&output.stderr));
            let printed = if kind.is_empty() { format!("{out}{err}") } else { json(&out) };
            insta::assert_snapshot!(format!("verify-{name}{kind}"), scene.normal(&printed));
        }
    }
    let tolerant = scene.command(&format!("verify {timed} --tolerance 7200"));
    assert!(fed(tolerant, format!("{old}\r\n{BODY}").as_bytes()).status.success());
    let mut with_header = scene.command(&format!("verify {plain}"));
    with_header.args(["--header", good.trim()]);
    assert!(fed(with_header, BODY.as_bytes()).status.success());
    let mut no_header = scene.command(&format!("verify {plain}"));
    no_header.args(["--header", "no colon"]);
    let no_header = fed(no_header, BODY.as_bytes());
    assert_eq!((no_header.status.code(), text(&no_header.stderr).contains("error: --header")), (Some(2), true));
    let no_file = fed(scene.command("verify --scheme github --secret-file none"), b"");
    assert_eq!((no_file.status.code(), text(&no_file.stderr).contains("there is no file none")), (Some(2), true));
}

#[test]
fn the_scheme_of_a_capture_is_found() {
    let scene = Scene::new();
    scene.store(SECRET);
    for (scheme, option, name) in [("stripe:x-sig", "", "detect"), ("hex:x-sig", "--json", "detect-json")] {
        let capture = format!("{}\r\n{BODY}", signed(scheme, SystemTime::now(), BODY));
        let output = fed(scene.command(&format!("detect --secret-file secret {option}")), capture.as_bytes());
        assert!(output.status.success(), "{output:?}");
        let out = text(&output.stdout);
        insta::assert_snapshot!(name, if option.is_empty() { out } else { json(&out) + &text(&output.stderr) });
    }
    let output = fed(scene.command("detect --secret-file secret"), format!("a: b\r\n\r\n{BODY}").as_bytes());
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!("detect-nothing", text(&output.stderr));
}

#[test]
fn a_signed_body_verifies() {
    let scene = Scene::new();
    scene.store(SECRET);
    let body = "{\"text\":\"it's\"}\n";
    let sign = |more: &str| {
        let output =
            fed(scene.command(&format!("sign --scheme hex:X-Sig --secret-file secret {more}")), body.as_bytes());
        assert!(output.status.success(), "{output:?}");
        text(&output.stdout)
    };
    let verify = scene.command("verify --scheme hex:X-Sig --secret-file secret");
    assert!(fed(verify, format!("{}\n{body}", sign("")).as_bytes()).status.success());
    insta::assert_snapshot!("sign", sign(""));
    insta::assert_snapshot!("sign-url", sign("--url http://127.0.0.1:8090/a?b&c"));
    insta::assert_snapshot!("sign-json", json(&sign("--json")));
    let refused = fed(scene.command("sign --scheme hex:X-Sig --secret-file secret --url http://a/"), b"\xff\0");
    assert_eq!(refused.status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn the_curl_command_delivers_the_signed_body() {
    use super::program::isolated;
    let scene = Scene::new();
    if isolated("curl", scene.folder.path()).arg("--version").output().is_err() {
        return;
    }
    let (_running, address) = listen(&scene, "--scheme hex:X-Sig");
    let sign = scene.command(&format!("sign --scheme hex:X-Sig --secret-file secret --url http://{address}/"));
    let command = text(&fed(sign, b"{\"text\":\"it's\",\n\"home\":\"$HOME\"}\n").stdout);
    let output = isolated("sh", scene.folder.path()).args(["-c", &command]).output().unwrap();
    assert!(text(&output.stdout).contains("204 No Content"), "{output:?}");
}
