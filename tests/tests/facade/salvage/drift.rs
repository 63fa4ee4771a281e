//! Shapes that this vendor is known to send: the newer copy of the page, and its other APIs.

use hb_portal::CreatedWebhook;
use hb_portal_tests::logs::Warnings;

use super::{
    body::URL,
    server::{Reply, Server},
};

const SECRET: &str = "canary-secret";

/// The `201` of the other stored copy of the page (`corroborated`).
fn newer() -> String {
    format!(
        r#"{{"data":{{"id":7,"name":"n","url":"{URL}","events":["reference.submitted"],"is_active":true,"timeout_seconds":30,
        "secret_prefix":"canary-s","last_delivered_at":null,"last_response_code":null,"consecutive_failures":0,
        "created_at":"2026-02-17T18:56:15+00:00","updated_at":null}},"secret":"{SECRET}","message":"m"}}"#
    )
}

/// A response of another API of the vendor: flat, with another name for the secret (`inferred`, house style).
fn house_style() -> String {
    format!(
        r#"{{"id":7,"name":"n","url":"{URL}","events":["reference.submitted"],"is_active":true,"timeout_seconds":30,
        "secret_prefix":"canary-s••••","last_delivered_at":null,"last_response_code":null,"consecutive_failures":0,
        "created_at":"2026-02-17T18:56:15+00:00","signing_secret":"{SECRET}","signing_secret_notice":"n"}}"#
    )
}

fn pointers(created: &CreatedWebhook) -> Vec<(&str, &str, &str)> {
    created.deviations().iter().map(|one| (one.pointer(), one.expected(), one.found())).collect()
}

#[test]
fn the_newer_shape_of_the_page_is_read_and_missing_fields_are_reported() {
    let created = Server::start().create(Reply::whole(201, newer())).unwrap();
    assert_eq!(created.secret.expose_secret(), SECRET);
    assert_eq!(created.endpoint.id.as_ref().map(|id| id.as_str()), Some("7"));
    assert_eq!(created.endpoint.timeout_seconds, Some(30));
    assert_eq!((created.endpoint.name.as_deref(), created.endpoint.consecutive_failures), (Some("n"), Some(0)));
    let missing = ["max_retries", "failure_count", "last_called_at", "last_failed_at"];
    let found: Vec<_> = pointers(&created).into_iter().map(|(at, _, found)| (at.to_owned(), found)).collect();
    assert_eq!(found, missing.map(|name| (format!("/data/{name}"), "missing")));
    assert!(!format!("{created:?}").contains("canary-s"), "{created:?}");
}

#[test]
fn the_house_style_is_read_and_its_prefix_is_not_shown() {
    let created = Server::start().create(Reply::whole(201, house_style())).unwrap();
    assert_eq!(created.secret.expose_secret(), SECRET);
    let endpoint = &created.endpoint;
    assert_eq!((endpoint.id.as_ref().map(|id| id.as_str()), endpoint.url.as_deref()), (Some("7"), Some(URL)));
    assert_eq!(endpoint.created_at.map(|date| date.timestamp()), Some(1_771_354_575));
    let found = pointers(&created);
    assert!(found.contains(&("/signing_secret", "nothing", "string")), "{found:?}");
    assert!(found.contains(&("/secret", "string", "missing")), "{found:?}");
    assert!(!format!("{created:?}").contains("canary-s"), "{created:?}");
}

#[test]
fn no_more_than_32_deviations_are_listed() {
    let many: String = (0..100).map(|number| format!(r#""field_{number}":1,"#)).collect();
    let created = Server::start().create(Reply::whole(201, format!(r#"{{{many}"secret":"{SECRET}"}}"#))).unwrap();
    assert_eq!(created.deviations().len(), 32);
}

/// The portal chooses the keys of a response: one could be the secret, or contain it.
#[test]
fn a_key_that_could_be_the_secret_is_not_shown() {
    let long = "k".repeat(41);
    let keys = [SECRET, "canary-sec", "a-CANARY-SECRET-b", "a b", "", "9a", long.as_str(), "shown"];
    let members: String = keys.iter().map(|key| format!(r#""{key}":1,"#)).collect();
    let created = Server::start().create(Reply::whole(201, format!(r#"{{{members}"secret":"{SECRET}"}}"#))).unwrap();
    let found = pointers(&created);
    let unknown: Vec<_> = found.iter().filter(|(_, expected, _)| *expected == "nothing").map(|(at, ..)| *at).collect();
    assert_eq!(unknown, ["/…", "/…", "/…", "/…", "/…", "/…", "/…", "/shown"]);
}

#[test]
fn a_deviation_is_logged_once_per_process() {
    let server = Server::start();
    let (warnings, _guard) = Warnings::collect();
    let body = format!(r#"{{"logged_once":1,"logged_once_too":2,{}"#, newer().strip_prefix('{').unwrap());
    for expected in ["logged_once", "logged_once_too"] {
        let created = server.create(Reply::whole(201, body.as_str())).unwrap();
        assert!(created.deviations().iter().any(|one| one.pointer() == format!("/{expected}")));
    }
    // Other tests of this process may already have logged the deviations of `newer`.
    let logged = warnings.fields("deviation").len();
    let created = server.create(Reply::whole(201, body)).unwrap();
    assert!((2..=created.deviations().len()).contains(&logged), "{logged}");
    assert_eq!(warnings.fields("deviation").len(), logged, "a repeated deviation is not logged again");
}
