//! The effect of a signal on a command that waits.

use hb_portal_sandbox::{Ending, Fault, Moment};

use super::program::{Running, Scene, line_with, wait_until};

#[test]
fn before_anything_is_sent_a_signal_leaves_nothing_behind() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        // The token does not arrive until the command has ended.
        let (scene, _release) = Scene::held_back();
        let mut command = scene.create("--secret-file secret --client-id 1");
        command.env("HB_PORTAL_API_KEY", scene.sandbox.api_key());
        let running = Running::start(command);
        wait_until(|| scene.sandbox.tokens_minted() > 0);
        running.signal(signal);
        let (status, stdout, stderr) = running.wait();
        assert_eq!(status.code(), Some(code), "{stderr:?}");
        assert!(stdout.is_empty(), "{stdout:?}");
        assert_eq!(stderr, ["error: interrupted; nothing was created"], "it neither waits nor warns");
        assert!(scene.sandbox.endpoints().is_empty());
        assert!(!scene.path(".secret.journal").exists());
    }
}

#[test]
fn after_the_request_was_sent_a_signal_waits_for_the_secret() {
    let scene = Scene::new();
    scene.sandbox.inject("commits, then the response stalls before the secret's closing quote".parse().unwrap());
    let running = Running::start(scene.create("--secret-file secret"));
    wait_until(|| !scene.sandbox.endpoints().is_empty());
    running.signal("INT");
    let waiting = line_with(&running.stderr, "interrupted");
    assert!(waiting.contains("waits for the response") && waiting.contains("Ctrl-C again"), "{waiting}");
    scene.disconnect();
    let (status, _, stderr) = running.wait();
    assert_eq!(status.code(), Some(130));
    let printed = scene.normal(&format!("{waiting}\n{}\n", stderr.join("\n")));
    insta::assert_snapshot!("create-interrupted", printed);

    let (scene, release) = Scene::held_back();
    let running = Running::start(scene.create("--secret-file secret"));
    wait_until(|| !scene.sandbox.endpoints().is_empty());
    running.signal("INT");
    line_with(&running.stderr, "waits for the response");
    release.send(()).unwrap();
    let (status, _, stderr) = running.wait();
    assert_eq!(status.code(), Some(130));
    assert_eq!(stderr, ["error: interrupted; endpoint 1 was created, and its secret is stored"]);
    let stored = std::fs::read_to_string(scene.path("secret")).unwrap();
    assert_eq!(stored, scene.sandbox.endpoints()[0].expose_secret());
}

#[test]
fn after_a_signal_standard_output_still_has_the_secret_alone() {
    let (scene, release) = Scene::held_back();
    let running = Running::start(scene.create("--json --show-secret"));
    wait_until(|| !scene.sandbox.endpoints().is_empty());
    running.signal("INT");
    line_with(&running.stderr, "waits for the response");
    release.send(()).unwrap();
    let (status, stdout, stderr) = running.wait();
    assert_eq!(status.code(), Some(130));
    let printed: serde_json::Value = serde_json::from_str(stderr.last().unwrap()).unwrap();
    assert_eq!((&printed["at_portal"], &printed["endpoint_id"]), (&"one".into(), &"1".into()), "{printed}");
    // Not `assert_eq!`, which would print the secret.
    assert!(stdout == [scene.sandbox.endpoints()[0].expose_secret()], "{} lines", stdout.len());
}

#[test]
fn a_signal_while_the_secret_is_being_stored_waits_for_it() {
    let scene = Scene::new();
    let mut create = scene.create("");
    create.args(["--secret-command", "touch begun; while [ ! -e enough ]; do sleep 0.05; done; cat > stored"]);
    let running = Running::start(create);
    wait_until(|| scene.path("begun").exists());
    running.signal("INT");
    let waiting = line_with(&running.stderr, "interrupted");
    assert!(waiting.contains("an endpoint was created") && waiting.contains("is stored"), "{waiting}");
    std::fs::write(scene.path("enough"), "").unwrap();
    let (status, _, stderr) = running.wait();
    assert_eq!(status.code(), Some(130));
    assert_eq!(stderr, ["error: interrupted; endpoint 1 was created, and its secret is stored"]);
    let stored = std::fs::read_to_string(scene.path("stored")).unwrap();
    assert!(stored == scene.sandbox.endpoints()[0].expose_secret());
}

#[test]
fn a_signal_ends_the_other_commands_and_says_what_may_have_happened() {
    for (operation, words, message) in [
        ("list", "webhooks list", "error: interrupted; nothing was changed"),
        ("delete", "webhooks delete 1 --yes", "the portal may have carried it out"),
    ] {
        let scene = Scene::new();
        scene.sandbox.inject(Fault::breaks(Moment::AfterRequest, Ending::Hang).on(operation.parse().unwrap()));
        let running = Running::start(scene.command(&format!("{words} --json --timeout 300")));
        wait_until(|| !scene.sandbox.requests().is_empty());
        running.signal("TERM");
        let (status, stdout, stderr) = running.wait();
        assert_eq!(status.code(), Some(143));
        assert!(
            stderr.last().unwrap().contains(message) && stdout[0].contains("\"interrupted\""),
            "{stderr:?} {stdout:?}"
        );
    }
}

#[test]
fn another_signal_stops_at_once_and_reports_what_may_exist() {
    let scene = Scene::new();
    scene.sandbox.inject(Fault::breaks(Moment::AfterCommit, Ending::Hang));
    let running = Running::start(scene.create("--secret-file secret"));
    wait_until(|| !scene.sandbox.endpoints().is_empty());
    running.signal("INT");
    line_with(&running.stderr, "Ctrl-C again");
    running.signal("INT");
    let (status, _, stderr) = running.wait();
    assert_eq!(status.code(), Some(130));
    insta::assert_snapshot!("create-interrupted-twice", scene.normal(&stderr.join("\n")));
    assert!(scene.path(".secret.journal").exists());
}
