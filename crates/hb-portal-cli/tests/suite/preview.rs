//! `webhooks list`, `show`, `update`, `delete`, `calls` and `test`.

use std::net::TcpListener;

use hb_portal_sandbox::Fault;

use super::{
    program::{Scene, text},
    receiver::respond,
    shown::{json, unpadded},
};

/// A receiver that accepts one delivery and refuses the next; returns its address.
fn receiver() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for status in ["204 No Content", "400 Bad Request"] {
            respond(&listener, status);
        }
    });
    address
}

#[test]
fn an_endpoints_life_is_shown_as_text_and_as_json() {
    let scene = Scene::new();
    let to = receiver();
    for path in ["a?key=canary", "b"] {
        let words = format!("webhooks create --url http://{to}/{path} --event reference.submitted --show-secret");
        assert!(scene.command(&words).output().unwrap().status.success());
    }
    for (name, words, code) in [
        ("list", "webhooks list", 0),
        ("list-page", "webhooks list --page 2 --per-page 1", 0),
        ("list-none", "webhooks list --page 9", 0),
        ("show", "webhooks show 1", 0),
        ("show-nothing", "webhooks show 7", 1),
        ("test", "webhooks test 1", 0),
        ("test-refused", "webhooks test 1", 1),
        ("calls", "webhooks calls 1 --per-page 1", 0),
        ("update", "webhooks update 2 --active false --event a b --delivery-timeout 5 --delivery-retries default", 0),
        ("update-nothing", "webhooks update 2", 3),
        ("delete-unasked", "webhooks delete 2", 2),
        ("delete", "webhooks delete 2 --yes", 0),
        ("delete-nothing", "webhooks delete 7 --yes", 4),
    ] {
        // Commands that have an effect run once; nothing is no JSON.
        let forms: &[&str] = match name {
            "list-none" | "test" | "test-refused" | "delete" => &[""],
            _ => &["", "--json"],
        };
        for option in forms {
            let output = scene.command(&format!("{words} {option}")).output().unwrap();
            assert_eq!(output.status.code(), Some(code), "{name}: {output:?}");
            assert!(!text(&output.stdout).contains("canary"), "{output:?}");
            match *option {
                "" => {
                    let printed = scene.report(&output);
                    let printed =
                        if matches!(name, "list" | "list-page" | "calls") { unpadded(&printed) } else { printed };
                    insta::assert_snapshot!(format!("webhooks-{name}"), printed);
                }
                _ => {
                    insta::assert_snapshot!(format!("webhooks-{name}-json"), scene.normal(&json(&text(&output.stdout))))
                }
            }
        }
    }
    assert_eq!(scene.sandbox.endpoints().len(), 1);
    assert_eq!(scene.sandbox.attempts().len(), 2);
}

#[test]
fn the_results_of_test_and_delete_are_shown_as_json_too() {
    let scene = Scene::new();
    let words = format!("webhooks create --url http://{}/ --event reference.submitted --show-secret", receiver());
    assert!(scene.command(&words).output().unwrap().status.success());
    for (name, words) in [("test", "webhooks test 1 --json"), ("delete", "webhooks delete 1 --yes --json")] {
        let output = scene.command(words).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        insta::assert_snapshot!(format!("webhooks-{name}-json"), scene.normal(&json(&text(&output.stdout))));
    }
}

#[test]
fn each_outcome_of_a_call_has_its_exit_code() {
    for (operation, words) in [
        ("list", "webhooks list"),
        ("list", "webhooks show 1"),
        ("update", "webhooks update 1 --active true"),
        ("delete", "webhooks delete 1 --yes"),
        ("calls", "webhooks calls 1"),
        ("test", "webhooks test 1"),
    ] {
        for (fault, code) in [("the connection is refused", 3), ("responds with 403", 4), ("responds with 500", 5)] {
            let scene = Scene::new();
            let fault: Fault = format!("{operation}: {fault}").parse().unwrap();
            scene.sandbox.inject_n(fault, 9);
            let output = scene.command(&format!("{words} --json")).output().unwrap();
            assert_eq!(output.status.code(), Some(code), "{words}: {output:?}");
            let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            let outcome = ["not_sent", "rejected", "unconfirmed"][usize::try_from(code - 3).unwrap()];
            assert_eq!(printed["outcome"], outcome, "{words}");
        }
    }
}
