//! Heads and encodings that other clients read.

use super::{
    body::URL,
    server::{Reply, Server},
};
use hb_portal::CreateError;

const SECRET: &str = "canary-sécret";

fn body() -> String {
    format!(r#"{{"data":{{"id":7,"url":"{URL}","events":[]}},"secret":"{SECRET}"}}"#)
}

#[test]
fn a_head_that_other_clients_read_does_not_lose_the_secret() {
    let server = Server::start();
    let many: String = (0..500).map(|number| format!("x-{number}: 1\r\n")).collect();
    for (what, head) in [
        ("500 headers", many.as_str()),
        ("a folded header", "x-folded: one\r\n  two\r\n"),
        ("a space before the colon", "x-spaced : one\r\n"),
    ] {
        let outcome = server.create(Reply { head: head.to_owned(), ..Reply::whole(201, body()) });
        assert!(outcome.as_ref().is_ok_and(|created| created.secret.expose_secret() == SECRET), "{what}: {outcome:?}");
    }
}

#[test]
fn a_body_in_utf16_is_read() {
    let server = Server::start();
    let encoded = |unit: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
        mark.then_some(0xfeff).into_iter().chain(body().encode_utf16()).flat_map(unit).collect()
    };
    let little = u16::to_le_bytes as fn(u16) -> [u8; 2];
    let big = u16::to_be_bytes as fn(u16) -> [u8; 2];
    let json = "content-type: application/json\r\n";
    let named = "content-type: application/json; charset=UTF-16\r\n";
    for (what, head, body) in [
        ("little-endian, named", named, encoded(little, false)),
        ("big-endian, named", named, encoded(big, false)),
        ("little-endian, named and marked", named, encoded(little, true)),
        ("big-endian, marked", json, encoded(big, true)),
    ] {
        let outcome = server.create(Reply { head: head.to_owned(), ..Reply::whole(201, body) });
        let created = outcome.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(created.secret.expose_secret(), SECRET, "{what}");
        assert_eq!(created.endpoint.id.as_ref().map(|id| id.as_str()), Some("7"), "{what}");
        assert_eq!(created.deviations()[0].found(), "one in UTF-16", "{what}");
    }
    // An odd byte at the end, and half of a pair, are where it was cut off.
    let mut cut = encoded(little, false);
    cut.extend([0x3d, 0xd8, 0x00]);
    let created = server.create(Reply { head: named.to_owned(), ..Reply::whole(201, cut) }).unwrap();
    assert_eq!(created.secret.expose_secret(), SECRET);
}

/// The portal is not blamed for what the network lost.
#[test]
fn a_body_that_is_cut_off_before_the_secret_is_reported_as_that() {
    let server = Server::start();
    let body = body();
    let reaches = body.find("\"secret\"").unwrap();
    let error = server.create(Reply { reaches, ..Reply::whole(201, body.as_str()) }).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, CreateError::SecretMissing(_)), "{text}");
    assert!(text.contains("but the connection broke before a signing secret arrived"), "{text}");
    assert!(text.contains("with id 7"), "{text}");
    let error = server.create(Reply { reaches: 1, ..Reply::whole(200, body.as_str()) }).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, CreateError::Unconfirmed(_)), "{text}");
    assert!(text.contains("but the connection broke before the response was complete"), "{text}");
    let much = " ".repeat(1024 * 1024);
    let error = server.create(Reply::whole(201, format!("{much}{body}"))).unwrap_err();
    assert!(error.to_string().contains("reading stopped at 1 MiB before a signing secret arrived"), "{error}");
}
