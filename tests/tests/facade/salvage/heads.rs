//! Heads and encodings that other clients accept.

use std::time::Duration;

use hb_portal::CreateError;

use super::{
    body::URL,
    server::{Reply, Server},
};

const SECRET: &str = "canary-sécret";

fn body() -> String {
    format!(r#"{{"data":{{"id":7,"url":"{URL}","events":[]}},"secret":"{SECRET}"}}"#)
}

#[test]
fn a_head_that_other_clients_accept_does_not_lose_the_secret() {
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
        ("big-endian, neither named nor marked", json, encoded(big, false)),
        ("little-endian, named and marked", named, encoded(little, true)),
        ("big-endian, marked", json, encoded(big, true)),
    ] {
        let outcome = server.create(Reply { head: head.to_owned(), ..Reply::whole(201, body) });
        let created = outcome.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(created.secret.expose_secret(), SECRET, "{what}");
        assert_eq!(created.endpoint.id.as_ref().map(|id| id.as_str()), Some("7"), "{what}");
        assert_eq!(created.deviations()[0].found(), "one in UTF-16", "{what}");
    }
    // A wrong encoding name does not matter.
    let created = server.create(Reply { head: named.to_owned(), ..Reply::whole(201, body()) }).unwrap();
    assert_eq!(created.secret.expose_secret(), SECRET);
    // An odd byte at the end, and half of a surrogate pair, mean that the body was cut off there.
    let mut cut = encoded(little, false);
    cut.extend([0x3d, 0xd8, 0x00]);
    let created = server.create(Reply { head: named.to_owned(), ..Reply::whole(201, cut) }).unwrap();
    assert_eq!(created.secret.expose_secret(), SECRET);
}

/// The portal is not blamed for bytes that the network lost.
#[test]
fn a_body_cut_off_before_the_secret_is_reported_as_cut_off() {
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

#[test]
fn retry_after_is_read_from_every_line_and_counted_from_the_responses_date() {
    let server = Server::start();
    for (head, expected) in [
        ("retry-after: 2\r\nretry-after: 6.5\r\nretry-after: 3\r\n", 7),
        ("date: Sun, 06 Nov 1994 08:49:30 GMT\r\nretry-after: Sunday, 06-Nov-94 08:49:37 GMT\r\n", 7),
    ] {
        let Err(CreateError::Rejected(rejection)) =
            server.create(Reply { head: head.to_owned(), ..Reply::whole(422, "{}") })
        else {
            panic!("the outcome is not a rejection")
        };
        assert_eq!(rejection.retry_after(), Some(Duration::from_secs(expected)), "{head}");
    }
}

/// Each of these statuses means that the portal did nothing. A proxy may send 408, 499 or most 5xx while the portal is
/// still processing the request.
#[test]
fn exactly_the_statuses_that_mean_that_nothing_was_done_are_rejections() {
    let rejections = [
        301, 307, 308, 400, 401, 403, 404, 405, 406, 409, 410, 411, 413, 414, 415, 417, 419, 421, 422, 426, 428, 429,
        431, 451, 501, 505,
    ];
    let server = Server::start();
    for status in 300..600 {
        let error = server.create(Reply::whole(status, r#"{"message":"no more"}"#)).unwrap_err();
        let is_rejection = match &error {
            CreateError::Rejected(rejection) => rejection.status() == status,
            CreateError::Unconfirmed(unconfirmed) => {
                assert_eq!(unconfirmed.status().map(|status| status.as_u16()), Some(status));
                false
            }
            other => panic!("{other}"),
        };
        assert_eq!(is_rejection, rejections.contains(&status), "{error}");
        assert_eq!(
            error.to_string().contains("no more"),
            is_rejection,
            "only a rejection's message is printed: {error}"
        );
    }
}
