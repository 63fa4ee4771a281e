//! `SecretCommand` passes the secret on standard input and nowhere else.

#![cfg(unix)]

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use hb_portal::{CreateError, NotSentReason, SecretCommand};
use hb_portal_sandbox::{Fault, Response};

use super::recorder::create;

/// A shell script that gets a path as `$1`.
fn shell(script: &str, path: &Path) -> SecretCommand {
    SecretCommand::new("sh", [OsString::from("-c"), script.into(), "sh".into(), path.into()])
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_secret_is_the_whole_standard_input_and_not_an_argument() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stored");
    let (outcome, held) = create(shell(r#"cat > "$1"; tr '\0' ' ' < /proc/$$/cmdline > "$1.args""#, &path), None).await;
    drop(outcome.unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), held[0]);
    let args = fs::read_to_string(folder.path().join("stored.args")).unwrap();
    assert!(args.contains("stored") && !args.contains(&held[0]), "{args}");
}

const CHILD: &str = "HB_PORTAL_TESTS_COMMAND_CHILD";

/// Not really a test: with its variable set, it stores a secret with a command that records its environment.
#[tokio::test]
async fn child() {
    if let Some(path) = env::var_os(CHILD) {
        let script = r#"cat > /dev/null; env > "$1"; echo printed; echo printed >&2"#;
        drop(create(shell(script, Path::new(&path)), None).await.0.unwrap());
    }
}

#[test]
fn the_program_inherits_the_environment_without_the_credentials_and_its_output_is_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("env");
    let output = Command::new(env::current_exe().unwrap())
        .args(["sinks::commands::child", "--exact"])
        .env(CHILD, &path)
        .env("HB_PORTAL_API_KEY", "canary")
        .env("HB_PORTAL_ACCESS_TOKEN", "canary")
        .env("HB_PORTALS", "inherited")
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    assert!(output.status.success() && !printed.contains("printed"), "{printed}");
    let seen = fs::read_to_string(path).unwrap();
    assert!(seen.contains("HB_PORTALS=inherited") && seen.contains("PATH="), "{seen}");
    assert!(!seen.contains("HB_PORTAL_") && !seen.contains("canary"), "{seen}");
}

#[tokio::test]
async fn a_program_that_cannot_be_started_is_detected_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    fs::write(&plain, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&plain, fs::Permissions::from_mode(0o644)).unwrap();
    let missing = folder.path().join("missing");
    for (program, fix) in [
        ("hb-portal-no-such-program".into(), "install it"),
        (OsString::new(), "was not found"),
        (missing.into_os_string(), "was not found"),
        (plain.into_os_string(), "check its permissions"),
        (folder.path().as_os_str().to_owned(), "not an executable file"),
    ] {
        let (outcome, held) = create(SecretCommand::new(&program, ["canary"]), None).await;
        let Err(CreateError::NotSent(error)) = outcome else { panic!("{program:?}: {outcome:?}") };
        assert_eq!((error.reason(), held.len()), (NotSentReason::Sink, 0));
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains(fix) && !cause.contains("canary"), "{cause}");
    }
}

#[tokio::test]
async fn a_program_that_fails_leaves_the_secret_in_the_error_which_does_not_quote_its_output() {
    let nowhere = Path::new("/nowhere");
    for script in ["cat >&2; exit 3", "cat; exit 1", "kill -9 $$"] {
        let (outcome, held) = create(shell(script, nowhere), None).await;
        let Err(CreateError::NotStored(error)) = outcome else { panic!("{script}: {outcome:?}") };
        assert_eq!(error.created().secret.expose_secret(), held[0]);
        let cause = error.error().to_string();
        assert!(cause.contains("the command sh failed (") && !cause.contains(&held[0]), "{cause}");
        assert!(!cause.contains(script) && !format!("{error:?}").contains(&held[0]), "{cause}");
    }
}

/// Only the long secret does not fit in a pipe's buffer.
#[tokio::test]
async fn a_program_that_does_not_read_the_whole_secret_has_not_stored_it() {
    for (length, script) in [(32, "exit 0"), (32, "head -c 10 > /dev/null"), (200 * 1024, "head -c 1000 > /dev/null")] {
        let secret = "s".repeat(length);
        let body = format!(r#"{{"data":{{"id":7}},"secret":"{secret}"}}"#);
        let fault = Fault::responds(Response::new(201).json(&body));
        let (outcome, _) = create(shell(script, Path::new("/nowhere")), Some(fault)).await;
        let Err(CreateError::NotStored(error)) = outcome else { panic!("{script}: the secret was stored") };
        assert_eq!(error.created().secret.expose_secret(), secret);
        assert!(error.error().to_string().contains("did not read the whole secret"), "{}", error.error());
    }
}

#[tokio::test]
async fn a_program_that_does_not_end_is_killed() {
    let limit = Duration::from_millis(500);
    let began = Instant::now();
    let (outcome, held) = create(SecretCommand::new("sleep", ["600"]).timeout(limit), None).await;
    let Err(CreateError::NotStored(error)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.created().secret.expose_secret(), held[0]);
    assert!(error.error().to_string().contains("did not end within 500ms"), "{}", error.error());
    assert!(began.elapsed() >= limit);
}

/// The program ends only when the runtime has removed the file that the program has made.
#[tokio::test]
async fn a_program_does_not_block_the_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("running");
    let call = create(shell(r#"cat > "$1"; while test -e "$1"; do sleep 0.01; done"#, &path), None);
    let removed = async {
        while fs::remove_file(&path).is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let ((outcome, _), ()) = tokio::join!(call, removed);
    drop(outcome.unwrap());
}

#[test]
fn a_command_does_not_show_its_arguments() {
    let shown = format!("{:?}", SecretCommand::new("vault", ["--token=canary"]));
    assert!(shown.contains("vault") && !shown.contains("canary"), "{shown}");
}
