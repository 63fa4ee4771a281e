//! `webhooks create`: its outcomes, and where the secret is stored.

use hb_portal_sandbox::{Ending, Fault, Moment, Offset, Response, Sandbox};

use super::{
    program::{Running, Scene, text, wait_until},
    shown::json,
};

fn files(scene: &Scene, folder: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(scene.path(folder)) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| scene.normal(&name))
        .collect();
    names.sort();
    names
}

const STATE: &str = ".local/state/hb-portal";

#[test]
fn each_outcome_has_its_exit_code_its_message_and_its_json() {
    let cut = Response::documented().cut_at(Offset::BeforeSecretEnd(5));
    let invalid =
        Response::new(422).json(r#"{"message":"No.","errors":{"url":["must be \u001b[2J https"],"events":["no"]}}"#);
    let faults = [
        ("created", None, 0),
        ("deviating", Some(Fault::responds(Response::documented().status(202))), 0),
        ("connection", Some(Fault::refuses()), 3),
        ("unauthorised", Some(Fault::responds(Response::new(401))), 4),
        ("invalid", Some(Fault::responds(invalid)), 4),
        ("limited", Some(Fault::responds(Response::new(429).header("retry-after", "600"))), 4),
        ("broken", Some(Fault::breaks(Moment::AfterCommit, Ending::Reset)), 5),
        ("failed", Some(Fault::responds(Response::new(500).committing())), 5),
        ("cut", Some(Fault::responds(cut)), 6),
    ];
    for (name, fault, code) in faults {
        for (option, kind) in [("", "text"), ("--json", "json")] {
            let scene = Scene::new();
            if let Some(fault) = &fault {
                scene.sandbox.inject_n(fault.clone(), 9);
            }
            let output = scene.create(&format!("--secret-file secret {option}")).output().unwrap();
            assert_eq!(output.status.code(), Some(code), "{name}: {output:?}");
            assert_eq!(scene.path("secret").exists(), code == 0, "{name}");
            let stdout = text(&output.stdout);
            for endpoint in scene.sandbox.endpoints() {
                let secret = endpoint.expose_secret();
                assert!(!stdout.contains(secret) && !text(&output.stderr).contains(secret), "{name}");
            }
            match kind {
                "json" => insta::assert_snapshot!(format!("create-{name}-json"), scene.normal(&json(&stdout))),
                _ => insta::assert_snapshot!(format!("create-{name}"), scene.report(&output)),
            }
        }
    }
}

#[test]
fn missing_input_is_named_and_nothing_is_sent() {
    let scene = Scene::new();
    scene.store("taken");
    let without = |name: &str| {
        let mut command = scene.create("--secret-file new");
        command.env_remove(name);
        command
    };
    let mut no_key = without("HB_PORTAL_ACCESS_TOKEN");
    no_key.env("HB_PORTAL_CLIENT_ID", "7");
    let mut no_number = without("HB_PORTAL_ACCESS_TOKEN");
    no_number.args(["--client-id", "x"]).env("HB_PORTAL_API_KEY", "y");
    let mut plain = scene.create("--secret-file new");
    plain.args(["--base-url", "http://portal.example"]);
    let mut no_home = scene.create("--secret-file new");
    no_home.env("XDG_STATE_HOME", scene.path("secret"));
    for (name, mut command, code) in [
        ("base-url", without("HB_PORTAL_BASE_URL"), 2),
        ("token", without("HB_PORTAL_ACCESS_TOKEN"), 2),
        ("key", no_key, 2),
        ("client-id", no_number, 2),
        ("plain-http", plain, 2),
        ("sink", scene.create(""), 2),
        ("taken", scene.create("--secret-file secret"), 3),
        ("folder", scene.create("--secret-file no/such/folder"), 3),
        ("state", no_home, 3),
        ("event", scene.command("webhooks create --url https://a.example/ --event= --show-secret"), 3),
        ("url", scene.command("webhooks create --url canary --event a --show-secret"), 3),
    ] {
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}: {output:?}");
        insta::assert_snapshot!(format!("create-without-{name}"), scene.report(&output));
    }
    assert!(scene.sandbox.requests().is_empty());
    assert_eq!((files(&scene, STATE), files(&scene, ".")), (Vec::new(), vec!["secret".to_owned()]));
}

#[test]
fn credentials_mint_a_token_and_an_option_counts_as_its_variable() {
    let scene = Scene::with(Sandbox::builder().credentials(7, "a key"));
    let mut command = scene.create("--secret-file secret --client-id 7");
    // The option for one kind of credentials overrides the variable for the other kind.
    command.env("HB_PORTAL_ACCESS_TOKEN", "of no use").env("HB_PORTAL_API_KEY", "a key");
    command.env("HB_PORTAL_BASE_URL", "https://portal.invalid").args(["--base-url", scene.sandbox.base_url()]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(scene.sandbox.tokens_minted(), 1);
}

#[test]
fn the_secret_is_printed_alone_and_only_on_request() {
    let scene = Scene::new();
    for option in ["", "--json"] {
        let output = scene.create(&format!("--show-secret {option}")).output().unwrap();
        let secret = scene.sandbox.endpoints().last().unwrap().expose_secret().to_owned();
        assert_eq!(text(&output.stdout), format!("{secret}\n"));
        assert!(!text(&output.stderr).contains(&secret) && text(&output.stderr).contains("standard"));
    }
    assert_eq!(files(&scene, STATE), [""; 0]);
}

#[test]
fn a_dry_run_shows_the_request_without_credentials_and_sends_nothing() {
    let scene = Scene::with(Sandbox::builder().access_token("1|canary").credentials(7, "canary"));
    let arguments = "webhooks create --event reference.submitted --event=reference.declined --delivery-timeout 30 \
                     --delivery-retries 3 --dry-run --url https://canary:canary@your-app.com/hook?key=canary#canary";
    let by_key = ["", "--client-id 7"];
    let mut printed = Vec::new();
    for (option, key) in [("", by_key[0]), ("--show-secret", by_key[1]), ("--json", by_key[0])] {
        let mut command = scene.command(&format!("{arguments} {option} {key}"));
        let output = command.env("HB_PORTAL_API_KEY", "canary").output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        assert!(!text(&output.stdout).contains("canary"), "{output:?}");
        printed.push(text(&output.stdout));
    }
    assert_eq!(printed[0], printed[1]);
    insta::assert_snapshot!("create-dry-run", scene.normal(&printed[0]));
    insta::assert_snapshot!("create-dry-run-json", scene.normal(&json(&printed[2])));
    assert!(scene.sandbox.requests().is_empty() && files(&scene, ".").is_empty());
}

#[cfg(unix)]
#[test]
fn a_secret_that_cannot_be_printed_is_kept() {
    use std::{net::Shutdown, os::fd::OwnedFd, os::unix::net::UnixStream, process::Stdio};
    let scene = Scene::new();
    // Not a pipe whose reader is dropped: a process that is being started has a copy of the reader for a moment.
    let (_reader, writer) = UnixStream::pair().unwrap();
    writer.shutdown(Shutdown::Write).unwrap();
    let mut create = scene.create("--show-secret");
    let running = create.stdout(OwnedFd::from(writer)).stderr(Stdio::piped()).spawn().unwrap();
    let output = running.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(8), "{output:?}");
    assert_eq!(files(&scene, STATE), [".webhook-secret-TIME-PID.record", "webhook-secret-TIME-PID"]);
}

#[test]
fn a_file_that_appears_meanwhile_is_kept_and_so_is_the_secret() {
    let (scene, release) = Scene::held_back();
    let running = Running::start(scene.create("--secret-file secret"));
    wait_until(|| !scene.sandbox.endpoints().is_empty());
    scene.store("taken");
    release.send(()).unwrap();
    let (status, _, stderr) = running.wait();
    assert_eq!(status.code(), Some(8), "{stderr:?}");
    assert_eq!(files(&scene, "."), [".local", "secret"], "no attempt is left unfinished");
    assert_eq!(files(&scene, STATE), [".webhook-secret-TIME-PID.record", "webhook-secret-TIME-PID"]);
    assert_eq!(std::fs::read_to_string(scene.path("secret")).unwrap(), "taken");
}

#[cfg(unix)]
mod commands {
    use std::process::Command;

    use super::*;

    fn with_command(scene: &Scene, before: &str, command: &str, after: &str) -> Command {
        let mut create = scene.create(before);
        create.args(["--secret-command", command]).args(after.split_whitespace());
        create
    }

    #[test]
    fn a_command_reads_the_secret_and_sees_no_credentials() {
        let scene = Scene::new();
        let output = with_command(&scene, "", "cat > stored; env > environment", "").output().unwrap();
        let secret = scene.sandbox.endpoints()[0].expose_secret().to_owned();
        assert_eq!(std::fs::read_to_string(scene.path("stored")).unwrap(), secret);
        let environment = std::fs::read_to_string(scene.path("environment")).unwrap();
        assert!(environment.contains("HOME=") && !environment.contains("HB_PORTAL_"), "{environment}");
        assert_eq!(files(&scene, STATE), [""; 0]);
        insta::assert_snapshot!("create-by-command", scene.report(&output));
    }

    #[test]
    fn the_first_sink_given_is_tried_first() {
        for (before, after, file) in [("--secret-file secret", "", true), ("", "--secret-file secret", false)] {
            let scene = Scene::new();
            let output = with_command(&scene, before, "cat > stored", after).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            assert_eq!((scene.path("secret").exists(), scene.path("stored").exists()), (file, !file));
            assert_eq!(text(&output.stdout).contains("secret file"), file);
        }
        let scene = Scene::new();
        let output = with_command(&scene, "", "exit 1", "--secret-file secret").output().unwrap();
        assert!(output.status.success() && scene.path("secret").exists(), "{output:?}");
    }

    #[test]
    fn the_last_resort_keeps_a_secret_that_nothing_else_stores() {
        let scene = Scene::new();
        let output = with_command(&scene, "", "exit 1", "").output().unwrap();
        assert_eq!(output.status.code(), Some(8));
        insta::assert_snapshot!("create-stored-elsewhere", scene.report(&output));
        assert_eq!(files(&scene, STATE), [".webhook-secret-TIME-PID.record", "webhook-secret-TIME-PID"]);
        let state = scene.path(STATE);
        let mut entries = std::fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().path());
        let kept = entries.find(|path| !path.file_name().unwrap().to_str().unwrap().starts_with('.')).unwrap();
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), scene.sandbox.endpoints()[0].expose_secret());
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!((mode(&kept), mode(&state)), (0o600, 0o700));

        let scene = Scene::new();
        std::fs::create_dir(scene.path("gone")).unwrap();
        let output = with_command(&scene, "", "rm -r gone; exit 1", "--secret-file gone/secret").output().unwrap();
        assert_eq!(output.status.code(), Some(8));
        insta::assert_snapshot!("create-both-fail", scene.report(&output));

        let scene = Scene::new();
        let output = with_command(&scene, "--json", "exit 1", "").output().unwrap();
        insta::assert_snapshot!("create-stored-elsewhere-json", scene.normal(&json(&text(&output.stdout))));
    }

    #[test]
    fn the_last_resort_keeps_a_response_without_a_secret() {
        let scene = Scene::new();
        scene.sandbox.inject(Fault::responds(Response::documented().cut_at(Offset::BeforeSecretEnd(5))));
        let output = with_command(&scene, "", "cat", "").output().unwrap();
        assert_eq!(output.status.code(), Some(6));
        assert!(
            scene.report(&output).contains(&format!("FOLDER/{STATE}/webhook-secret-TIME-PID.response")),
            "{output:?}"
        );
        assert_eq!(files(&scene, STATE), [".webhook-secret-TIME-PID.journal", "webhook-secret-TIME-PID.response"]);
    }

    #[test]
    fn when_the_last_resort_fails_too_the_endpoint_to_delete_is_named() {
        for (option, kind) in [("", ""), ("--json", "-json")] {
            let scene = Scene::new();
            let output = with_command(&scene, option, "rm -r .local; exit 1", "").output().unwrap();
            assert_eq!(output.status.code(), Some(7));
            let printed =
                if kind.is_empty() { scene.report(&output) } else { scene.normal(&json(&text(&output.stdout))) };
            insta::assert_snapshot!(format!("create-not-stored{kind}"), printed);
            assert!(!text(&output.stderr).contains(scene.sandbox.endpoints()[0].expose_secret()));
        }
    }
}
