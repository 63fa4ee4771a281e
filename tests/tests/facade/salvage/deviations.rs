//! The deviations that are reported for a response that differs from the contract: kinds and places, never values.

use hb_portal_tests::documented;
use serde_json::{Value, json};

use super::{
    body::{MESSAGE, URL},
    server::{Reply, Server},
};

const SECRET: &str = "canary-secret";

type Reported = (&'static str, &'static str, &'static str);

/// The documented response, with values that are easy to search for.
fn documented() -> Value {
    let mut value = documented::response_with(SECRET);
    value["message"] = Value::from(MESSAGE);
    value["data"]["url"] = Value::from(URL);
    value["data"]["id"] = Value::from(20_417);
    value
}

/// The documented response after a change.
fn with(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut value = documented();
    change(&mut value);
    value.to_string().into()
}

/// The documented response with another value for one member of `data`.
fn with_data(name: &str, value: Value) -> Vec<u8> {
    with(|response| response["data"][name] = value)
}

fn without(name: &str) -> Vec<u8> {
    with(|response| drop(response.as_object_mut().unwrap().remove(name)))
}

fn nested(response: &mut Value) {
    let secret = response.as_object_mut().unwrap().remove("secret").unwrap();
    response["data"]["secret"] = secret;
}

fn flat() -> Value {
    let mut response = documented();
    let mut data = response.as_object_mut().unwrap().remove("data").unwrap();
    data.as_object_mut().unwrap().extend(response.as_object().unwrap().clone());
    data
}

/// The deviations of bodies that arrive complete and with a 201.
fn of_bodies() -> Vec<(Vec<u8>, &'static [Reported])> {
    vec![
        (with(|_| ()), &[]),
        (with_data("last_called_at", Value::Null), &[]),
        (with_data("updated_at", Value::Null), &[]),
        (with_data("secret_prefix", Value::from("canary-s")), &[]),
        (with_data("last_response_code", Value::from("500")), &[("/data/last_response_code", "integer", "string")]),
        (with_data("unknown", json!({"secret": "decoy"})), &[("/data/unknown", "nothing", "object")]),
        (with(|response| response["unknown"] = Value::Null), &[("/unknown", "nothing", "null")]),
        (
            with(|response| drop(response["data"].as_object_mut().unwrap().remove("last_failed_at"))),
            &[("/data/last_failed_at", "date-time", "missing")],
        ),
        (without("message"), &[("/message", "string", "missing")]),
        (with(|response| response["message"] = Value::Null), &[]),
        (with(|response| response["message"] = Value::from(7)), &[("/message", "string", "integer")]),
        (with_data("id", Value::from("20417")), &[("/data/id", "integer", "string")]),
        (with_data("id", Value::from(1.5)), &[("/data/id", "integer", "number")]),
        (with_data("id", Value::Null), &[("/data/id", "integer", "null")]),
        (
            with(|response| drop(response["data"].as_object_mut().unwrap().remove("id"))),
            &[("/data/id", "integer", "missing")],
        ),
        (with_data("url", Value::from(7)), &[("/data/url", "string", "integer")]),
        (with_data("events", Value::from("reference.submitted")), &[("/data/events", "array", "string")]),
        (with_data("events", json!(["x", null])), &[("/data/events/1", "string", "null")]),
        (with_data("is_active", Value::from(1)), &[("/data/is_active", "boolean", "integer")]),
        (with_data("timeout_seconds", Value::from("30")), &[("/data/timeout_seconds", "integer", "string")]),
        (with_data("failure_count", json!([])), &[("/data/failure_count", "integer", "array")]),
        (
            with_data("created_at", Value::from("2019-08-24 14:15:22")),
            &[("/data/created_at", "date-time", "another string")],
        ),
        (with_data("last_failed_at", Value::from(0)), &[("/data/last_failed_at", "date-time", "integer")]),
        (
            documented().to_string().replace("20417", "99999999999999999999").into(),
            &[("/data/id", "integer", "one with more than 64 bits")],
        ),
        (without("data"), &[("/data", "object", "missing")]),
        (with(|response| response["data"] = Value::Null), &[("/data", "object", "null")]),
        (with(|response| response["data"] = json!([response["data"]])), &[("/data", "object", "array")]),
        (
            with(|response| {
                response["data"]["id"] = Value::from("20417");
                response["data"] = json!([response["data"]]);
            }),
            &[("/data", "object", "array"), ("/data/0/id", "integer", "string")],
        ),
        (flat().to_string().into(), &[("/data", "object", "missing")]),
        (with(nested), &[("/secret", "string", "missing"), ("/data/secret", "nothing", "string")]),
        (
            with(|response| {
                nested(response);
                response["secret"] = Value::Null;
            }),
            &[("/secret", "string", "null"), ("/data/secret", "nothing", "string")],
        ),
        (json!([documented()]).to_string().into(), &[("", "object", "array")]),
        (
            json!([serde_json::from_slice::<Value>(&with_data("id", Value::from("20417"))).unwrap()])
                .to_string()
                .into(),
            &[("", "object", "array"), ("/0/data/id", "integer", "string")],
        ),
        (
            format!("{{\"secret\":\"{SECRET}\",{}", &documented().to_string()[1..]).into(),
            &[("/secret", "once", "2 times")],
        ),
        (format!("\u{feff}{}", documented()).into(), &[("", "a JSON document", "a byte-order mark before it")]),
        (format!("{} {{}}", documented()).into(), &[("", "a JSON document", "text after it")]),
        (
            documented().to_string().replace(&format!("\"{SECRET}\""), &format!("\"{SECRET}\",")).into(),
            &[("", "a JSON document", "one that is broken")],
        ),
    ]
}

#[test]
fn each_deviation_is_named_by_place_and_kind() {
    let server = Server::start();
    let mut responses: Vec<(Reply, &[Reported])> =
        of_bodies().into_iter().map(|(body, reported)| (Reply::whole(201, body), reported)).collect();
    responses.push((Reply::whole(200, with(|_| ())), &[("", "status 201", "status 200")]));
    let cut = |body: String| {
        let reaches = body.find(SECRET).unwrap() + SECRET.len() + 1;
        Reply { reaches, ..Reply::whole(201, body) }
    };
    const CUT: &str = "the connection broke before its end";
    responses.push((cut(documented().to_string()), &[("", "a complete response", CUT)]));
    let secret_first = format!("{{\"secret\":\"{SECRET}\",\"data\":{}}}", documented()["data"]);
    let (data, message) = (("/data", "object", "missing"), ("/message", "string", "missing"));
    let all: &[Reported] = &[("", "a complete response", CUT), data, message];
    responses.push((cut(secret_first), all));

    let mut wrong = Vec::new();
    for (reply, reported) in responses {
        let response = String::from_utf8(reply.body[..reply.reaches].to_vec()).unwrap();
        let created = server.create(reply).unwrap();
        assert_eq!(created.secret.expose_secret(), SECRET, "{response}");
        let deviations = created.deviations();
        let found: Vec<_> = deviations.iter().map(|d| (d.pointer(), d.expected(), d.found())).collect();
        if found != reported {
            wrong.push(format!("{response}\n  expected {reported:?}\n  found    {found:?}"));
        }
        for deviation in deviations {
            let text = format!("{deviation} {deviation:?} {deviation:#?}");
            for value in [SECRET, MESSAGE, URL, "20417"] {
                assert!(!text.contains(value), "{text}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The documentation's example has every field once.
#[test]
fn every_documented_field_is_known_and_reported_if_missing() {
    let server = Server::start();
    let documented = documented();
    let fields = documented["data"].as_object().unwrap().keys().map(|name| format!("/data/{name}"));
    let root = documented.as_object().unwrap().keys().filter(|name| *name != "secret").map(|name| format!("/{name}"));
    for pointer in fields.chain(root) {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut response = documented.clone();
        response.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
        let created = server.create(Reply::whole(201, response.to_string())).unwrap();
        let found: Vec<_> = created.deviations().iter().map(|one| (one.pointer(), one.found())).collect();
        assert_eq!(found, [(pointer.as_str(), "missing")]);
    }
}
