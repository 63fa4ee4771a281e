//! `webhooks recover`: the endpoints that it deletes, and the decisions that it leaves to a person.

use std::process::Output;

use hb_portal_sandbox::{Ending, Fault, Moment, Operation, Response, Sandbox};

use super::{
    program::{Running, Scene, text, wait_until},
    shown::json,
};

/// The scene after a create that failed with `fault` and left a journal.
fn after(fault: Fault) -> Scene {
    let scene = Scene::new();
    scene.sandbox.inject(fault);
    let output = scene.create("--secret-file secret").output().unwrap();
    assert!(matches!(output.status.code(), Some(5 | 6)), "{output:?}");
    assert!(scene.path(".secret.journal").exists());
    scene
}

fn committed() -> Fault {
    Fault::responds(Response::new(500).committing())
}

fn recover(scene: &Scene, options: &str) -> Output {
    scene.command(&format!("webhooks recover --secret-file secret {options}")).output().unwrap()
}

/// The same create with another state folder, so without knowledge of the first attempt, into the file `other`.
fn elsewhere(scene: &Scene) -> Output {
    scene.create("--secret-file other").env("XDG_STATE_HOME", scene.path("elsewhere")).output().unwrap()
}

/// Whether the next create may begin.
fn way_is_clear(scene: &Scene) -> bool {
    let journals = |folder: &str| {
        let entries = std::fs::read_dir(scene.path(folder)).unwrap().map(|entry| entry.unwrap().file_name());
        entries.filter(|name| name.to_str().unwrap().ends_with(".journal")).count()
    };
    journals(".") + journals(".local/state/hb-portal") == 0
}

#[test]
fn a_certain_endpoint_is_deleted_and_the_next_create_is_allowed() {
    for (option, name) in [("", "recover-certain"), ("--json", "recover-certain-json")] {
        let scene = after(committed());
        let refused = scene.create("--secret-file secret").output().unwrap();
        assert_eq!(refused.status.code(), Some(3));
        assert!(
            text(&refused.stderr).contains("hint: `hb-portal webhooks recover --secret-file secret`"),
            "{refused:?}"
        );
        let output = recover(&scene, &format!("--only-registrar --yes {option}"));
        assert!(output.status.success(), "{output:?}");
        let printed =
            if option.is_empty() { scene.report(&output) } else { scene.normal(&json(&text(&output.stdout))) };
        insta::assert_snapshot!(name, printed);
        assert!(scene.sandbox.endpoints().is_empty() && way_is_clear(&scene));
        assert!(scene.create("--secret-file secret").output().unwrap().status.success());
        let again = recover(&scene, option);
        assert!(again.status.success() && text(&again.stdout).contains("nothing"), "{again:?}");
    }
}

#[test]
fn an_uncertain_endpoint_is_left_to_a_person() {
    for (option, name) in [("", "recover-possible"), ("--json", "recover-possible-json")] {
        let scene = after(committed());
        let output = recover(&scene, option);
        assert_eq!(output.status.code(), Some(9));
        let printed =
            if option.is_empty() { scene.report(&output) } else { scene.normal(&json(&text(&output.stdout))) };
        insta::assert_snapshot!(name, printed);
        assert!(scene.sandbox.endpoints().len() == 1 && !way_is_clear(&scene));
    }
    let scene = after(committed());
    assert!(elsewhere(&scene).status.success());
    let output = recover(&scene, "--only-registrar --yes");
    assert_eq!(output.status.code(), Some(9));
    insta::assert_snapshot!("recover-two", scene.report(&output));
    assert_eq!(scene.sandbox.endpoints().len(), 2);
    // Once the person has deleted one.
    let output = recover(&scene, "--acknowledge");
    assert!(output.status.success() && way_is_clear(&scene), "{output:?}");
    assert_eq!(scene.sandbox.endpoints().len(), 2);

    let scene = after(committed());
    let output = recover(&scene, "--only-registrar");
    assert_eq!(output.status.code(), Some(2), "there is no terminal to ask on: {output:?}");
    assert!(scene.sandbox.endpoints().len() == 1 && !way_is_clear(&scene));
}

#[test]
fn an_endpoint_for_another_url_is_neither_shown_nor_an_obstacle() {
    let scene = Scene::new();
    let other = "webhooks create --url https://your-app.com/other --event reference.submitted --show-secret";
    assert!(scene.command(other).output().unwrap().status.success());
    scene.sandbox.inject(Fault::breaks(Moment::AfterRequest, Ending::Reset));
    assert_eq!(scene.create("--secret-file secret").output().unwrap().status.code(), Some(5));
    let output = recover(&scene, "--json");
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&printed["outcome"], &printed["candidates"]), (&"recovered".into(), &serde_json::json!([])));
    assert!(output.status.success() && scene.sandbox.endpoints().len() == 1 && way_is_clear(&scene), "{output:?}");
}

#[test]
fn no_create_begins_while_an_attempt_may_have_created_the_endpoint() {
    let scene = after(committed());
    let url = "HTTPS://Your-App.com/webhooks/references";
    for (options, hint) in [
        ("--secret-file secret --secret-command cat", "recover --secret-file secret`"),
        ("--secret-command cat --secret-file secret", "recover --secret-file secret`"),
        ("--secret-command cat", "recover`"),
        ("--secret-file another", "recover`"),
        ("--show-secret", "recover`"),
    ] {
        for mut command in [
            scene.create(options),
            scene.command(&format!("webhooks create --url {url} --event reference.submitted {options}")),
        ] {
            let output = command.output().unwrap();
            assert_eq!(output.status.code(), Some(3), "{options}: {output:?}");
            assert!(output.stdout.is_empty() && text(&output.stderr).contains(hint), "{options}: {output:?}");
        }
    }
    assert_eq!(scene.sandbox.endpoints().len(), 1);
    // It cannot have created one at another portal.
    let other = super::program::start(Sandbox::builder());
    let mut command = scene.create("--secret-file another");
    command.env("HB_PORTAL_BASE_URL", format!("{}/", other.base_url()));
    let output = command.env("HB_PORTAL_ACCESS_TOKEN", other.access_token()).output().unwrap();
    assert!(output.status.success() && other.endpoints().len() == 1, "{output:?}");
}

#[test]
fn what_a_person_has_checked_needs_no_portal() {
    let scene = after(committed());
    let mut command = scene.command("webhooks recover --secret-file secret --acknowledge");
    let output = command.env_remove("HB_PORTAL_BASE_URL").env_remove("HB_PORTAL_ACCESS_TOKEN").output().unwrap();
    assert!(output.status.success() && way_is_clear(&scene), "{output:?}");
}

#[test]
fn if_nothing_was_created_the_next_create_is_allowed() {
    let scene = after(Fault::breaks(Moment::AfterRequest, Ending::Reset));
    let output = recover(&scene, "");
    insta::assert_snapshot!("recover-nothing-made", scene.report(&output));
    assert!(output.status.success() && way_is_clear(&scene));
}

#[test]
fn an_empty_list_that_may_be_incomplete_proves_nothing() {
    let scene = after(committed());
    let list = Fault::responds(Response::new(200).json(r#"{"data":[]}"#)).on(Operation::List);
    scene.sandbox.inject_always(list);
    let output = recover(&scene, "--only-registrar --yes");
    assert_eq!(output.status.code(), Some(9));
    insta::assert_snapshot!("recover-incomplete", scene.report(&output));
    assert!(!way_is_clear(&scene));
}

#[test]
fn a_list_that_cannot_be_read_changes_nothing() {
    let scene = after(committed());
    scene.sandbox.inject_n("list: responds with 500".parse().unwrap(), 9);
    let output = recover(&scene, "--only-registrar --yes");
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    assert!(scene.sandbox.endpoints().len() == 1 && !way_is_clear(&scene));
}

#[test]
fn an_empty_list_of_another_portal_proves_nothing() {
    let scene = after(committed());
    let other = super::program::start(Sandbox::builder());
    let mut command = scene.command("webhooks recover --secret-file secret --only-registrar --yes");
    command.env("HB_PORTAL_BASE_URL", other.base_url()).env("HB_PORTAL_ACCESS_TOKEN", other.access_token());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(9));
    insta::assert_snapshot!("recover-other-portal", scene.report(&output));
    assert!(other.requests().iter().all(|request| request.method() == "GET") && !way_is_clear(&scene));
}

#[test]
fn a_response_that_may_hold_the_secret_is_for_a_person() {
    let scene = after("commits, then the response is cut inside the secret".parse().unwrap());
    let output = recover(&scene, "--only-registrar --yes");
    assert_eq!(output.status.code(), Some(9));
    insta::assert_snapshot!("recover-response", scene.report(&output));
    assert_eq!(scene.sandbox.endpoints().len(), 1);
    std::fs::remove_file(scene.path("secret.response")).unwrap();
    assert!(recover(&scene, "--only-registrar --yes").status.success());
    assert!(scene.sandbox.endpoints().is_empty() && way_is_clear(&scene));
}

#[test]
fn without_a_file_the_state_folder_is_searched() {
    let scene = Scene::new();
    scene.sandbox.inject(committed());
    let mut create = scene.create("");
    let output = create.args(["--secret-command", "cat > stored"]).output().unwrap();
    assert!(text(&output.stderr).contains("hint: `hb-portal webhooks recover` looks"), "{output:?}");
    // Until then, another attempt for the same URL is refused, wherever its secret is to be stored.
    for (option, kind) in [("", "text"), ("--json", "json")] {
        let output = scene.create(&format!("--secret-file another {option}")).output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        match kind {
            "json" => insta::assert_snapshot!("create-unfinished-json", scene.normal(&json(&text(&output.stdout)))),
            _ => insta::assert_snapshot!("create-unfinished", scene.report(&output)),
        }
    }
    let other = "webhooks create --url https://your-app.com/other --event a --show-secret";
    assert!(scene.command(other).output().unwrap().status.success());
    let output = scene.command("webhooks recover --only-registrar --yes --json").output().unwrap();
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success() && printed["attempt"]["status"] == 500, "{output:?}");
    assert!(scene.sandbox.endpoints().len() == 1 && way_is_clear(&scene));
    assert!(scene.create("--secret-file another").output().unwrap().status.success());
}

#[test]
fn an_endpoint_whose_secret_is_stored_after_all_is_not_deleted() {
    let scene = after(Fault::breaks(Moment::AfterRequest, Ending::Reset));
    // As if a process had ended between storing the secret and removing its journal.
    assert!(elsewhere(&scene).status.success());
    for (from, to) in [("other", "secret"), (".other.record", ".secret.record")] {
        std::fs::rename(scene.path(from), scene.path(to)).unwrap();
    }
    let output = recover(&scene, "--only-registrar --yes");
    insta::assert_snapshot!("recover-stored", scene.report(&output));
    assert!(output.status.success() && way_is_clear(&scene));
    assert_eq!(scene.sandbox.endpoints().len(), 1);
}

#[test]
fn an_attempt_that_is_running_is_left_alone() {
    let scene = Scene::new();
    scene.sandbox.inject(Fault::breaks(Moment::AfterCommit, Ending::Hang));
    let running = Running::start(scene.create("--secret-file secret"));
    wait_until(|| !scene.sandbox.endpoints().is_empty());
    for option in ["--only-registrar --yes", "--acknowledge"] {
        let output = recover(&scene, option);
        assert_eq!(output.status.code(), Some(9), "{output:?}");
        assert!(text(&output.stderr).contains("still running"), "{output:?}");
    }
    assert!(scene.sandbox.endpoints().len() == 1 && scene.path(".secret.journal").exists());
    drop(running);
}
