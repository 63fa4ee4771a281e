//! Odd responses, one test for each.

use hb_portal::CreateError;
use hb_portal_tests::documented;
use serde_json::Value;

use super::{
    body::URL,
    server::{Reply, Server},
};

const SECRET: &str = "canary-secret";

fn response() -> Value {
    let mut response = documented::response_with(SECRET);
    response["data"]["url"] = Value::from(URL);
    response
}

fn documented() -> String {
    response().to_string()
}

#[test]
fn a_secret_survives_whatever_precedes_and_follows_it() {
    let server = Server::start();
    let much = "x".repeat(2 * 1024 * 1024);
    let latin1 = |text: &str| text.bytes().map(|byte| if byte == b'*' { 0xe9 } else { byte }).collect::<Vec<u8>>();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (what, body) in [
        ("2 MiB after it", format!("{{\"secret\":\"{SECRET}\",\"padding\":\"{much}\"}}").into()),
        (
            "a string before it that is not UTF-8",
            latin1(&format!("{{\"message\":\"cr*\\u0065\",\"secret\":\"{SECRET}\"}}")),
        ),
        ("a key before it that is not UTF-8", latin1(&format!("{{\"cl*\":1,\"secret\":\"{SECRET}\"}}"))),
        (
            "a string before it with a lone surrogate",
            format!("{{\"message\":\"\\ud83d\",\"secret\":\"{SECRET}\"}}").into(),
        ),
        ("a string before it with a line break", format!("{{\"message\":\"a\nb\",\"secret\":\"{SECRET}\"}}").into()),
        ("a value before it that nests deeply", format!("{{\"a\":{deep},\"secret\":\"{SECRET}\"}}").into()),
        ("a number before it that no type holds", format!("{{\"a\":1e999999,\"secret\":\"{SECRET}\"}}").into()),
        (
            "another secret before it that an escape makes invalid",
            format!("{{\"secret\":\"\\ud83d\",\"data\":{{\"secret\":\"{SECRET}\"}}}}").into(),
        ),
    ] {
        let outcome = server.create(Reply::whole(201, body));
        let saved = outcome.as_ref().is_ok_and(|created| created.secret.expose_secret() == SECRET);
        assert!(saved, "{what}: {:?}", outcome.map(drop));
    }
}

#[test]
fn a_secret_that_is_not_a_string_does_not_count() {
    let server = Server::start();
    for secret in ["null", "7", "true", "[\"a\"]", "{\"secret\":\"a\"}", "\"\"", "\"\\ud83d\"", "\"\\x41\"", "'a'"] {
        let body = documented().replace(&format!("\"{SECRET}\""), secret);
        let outcome = server.create(Reply::whole(201, body));
        assert!(matches!(outcome, Err(CreateError::SecretMissing(_))), "{secret}: {:?}", outcome.map(drop));
    }
}

#[test]
fn a_success_without_content_is_unconfirmed_unless_it_is_a_201() {
    let server = Server::start();
    for body in ["", " ", "null", "{}", "[]", "\"created\"", "<html>", "\u{feff}", "{\"data\":{}}", "{\"id\":null}"] {
        for status in [200, 202, 299] {
            let outcome = server.create(Reply::whole(status, body));
            assert!(matches!(outcome, Err(CreateError::Unconfirmed(_))), "{status} {body}: {:?}", outcome.map(drop));
        }
        let outcome = server.create(Reply::whole(201, body));
        assert!(matches!(outcome, Err(CreateError::SecretMissing(_))), "201 {body}: {:?}", outcome.map(drop));
    }
    let outcome = server.create(Reply::whole(204, ""));
    assert!(matches!(outcome, Err(CreateError::Unconfirmed(_))), "204: {:?}", outcome.map(drop));
}

/// The error tells the caller to delete the endpoint with that id, so a wrong id would delete another endpoint.
#[test]
fn an_id_that_is_cut_off_is_not_reported() {
    let server = Server::start();
    let body = format!("{{\"secret\":\"{SECRET}\",\"data\":{{\"id\":20417}}}}");
    let missing = "{\"data\":{\"id\":20417},\"secret\":null}".to_owned();
    for body in [body, missing] {
        let start = body.find("20417").unwrap();
        for reaches in start..=start + 6 {
            let id = match server.create(Reply { reaches, ..Reply::whole(201, body.as_str()) }) {
                Ok(created) => created.endpoint.id,
                Err(CreateError::SecretMissing(missing)) => missing.id().cloned(),
                Err(other) => panic!("{other:?}"),
            };
            let known = (reaches == start + 6).then_some("20417");
            assert_eq!(id.as_ref().map(|id| id.as_str()), known, "{}", &body[..reaches]);
        }
    }
}

#[test]
fn the_rest_of_the_response_is_kept_wherever_the_secret_is() {
    let server = Server::start();
    let mut nested = response();
    let secret = nested.as_object_mut().unwrap().remove("secret").unwrap();
    nested["data"]["secret"] = secret;
    let whole = response();
    let wrapped = Value::Array(vec![whole.clone()]);
    let inside = serde_json::json!({ "data": whole });
    for body in [whole, nested, wrapped, inside] {
        let created = server.create(Reply::whole(200, body.to_string())).unwrap();
        let endpoint = &created.endpoint;
        assert_eq!(endpoint.id.as_ref().map(|id| id.as_str()), Some("0"), "{body}");
        assert_eq!(endpoint.url.as_deref(), Some(URL), "{body}");
        assert_eq!(created.message.as_deref(), Some("string"), "{body}");
        assert_eq!(endpoint.created_at.map(|date| date.timestamp_millis()), Some(1_566_656_122_123), "{body}");
    }
}
