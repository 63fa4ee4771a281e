//! Variations of the table in known_errors.rs: the same kinds of errors by reference, in lists, maps and parts, and in OpenAPI 3.1.
//! The meanings of the JSON values are derived from the documents alone.

use crate::{
    Operation, Response, Secret, Unread,
    variations_3_1_yaml::{operations as newer_operations, types as newer},
    variations_yaml::{operations, types},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

const CANARY: &str = "canary-7f3a";

fn read<T: DeserializeOwned>(value: Value) -> T {
    let text = value.to_string();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{value}: {error}"))
}

fn written(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

/// Returns the name of an alternative's variant, as `Debug` prints it.
fn variant(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}").split('(').next().unwrap_or_default().to_owned()
}

fn response(status: u16, body: &str) -> Response {
    Response::new(status.try_into().unwrap(), Default::default(), body.as_bytes().to_vec().into())
}

#[test]
fn a_secret_is_hidden_wherever_it_is_and_whatever_its_type() {
    let value = json!({
        "secret": CANARY, "secret_prefix": CANARY, "client_secret": CANARY, "api_key": [CANARY], "passwords": [CANARY, {"a": CANARY}],
        "credentials": {"user": CANARY, "port": 1, "more": {"key": CANARY}}, "private_keys": {"a": [CANARY]},
        "access_token": {"value": CANARY}, "listed": [[CANARY]], "marked_list": [CANARY], "marked_part": CANARY, "marked_only": 5,
        "impossible": {"password": CANARY}, "combined": {"password": CANARY, "a": 1}, "userpassword": CANARY, "accesstoken": CANARY,
        "page_access_token": CANARY, "next_page_token": "page-2", "pagetoken": "page-3", "public_auth_token": "public",
    });
    let secrets: types::Secrets = read(value);
    let debug = format!("{secrets:?}");
    assert!(
        !debug.contains("canary") && ["page-2", "page-3", "public"].iter().all(|open| debug.contains(open)),
        "{debug}"
    );
    for secret in [
        &secrets.secret,
        &secrets.secret_prefix,
        &secrets.client_secret,
        &secrets.marked_part,
        &secrets.page_access_token,
    ] {
        assert_eq!(secret.as_ref().unwrap().expose_secret(), CANARY);
    }
    assert_eq!(secrets.api_key.unwrap().expose_secret(), r#"["canary-7f3a"]"#);
    let passwords: Vec<String> = secrets.passwords.unwrap().iter().map(|one| one.expose_secret().to_owned()).collect();
    assert_eq!(passwords, [CANARY, r#"{"a":"canary-7f3a"}"#]);
    let credentials = secrets.credentials.unwrap();
    assert_eq!((credentials["user"].expose_secret(), credentials["port"].expose_secret()), (CANARY, "1"));
    assert_eq!(secrets.private_keys.unwrap()["a"][0].expose_secret(), CANARY);
    assert_eq!(secrets.marked_only.unwrap().expose_secret(), "5");
    let none: types::Secrets = read(json!({"secret": null, "access_token": null}));
    assert!(none.secret.is_none() && none.access_token.is_none() && none.listed.is_none());

    let thing: newer::Thing = read(json!({
        "secret": CANARY, "password": 7, "passwords": [CANARY, null], "marked": CANARY, "by_pattern": {"ab": {"secret": CANARY}},
        "tuple": [CANARY, 1], "conditional": {"api_key": CANARY},
    }));
    assert!(!format!("{thing:?}").contains("canary"), "{thing:?}");
    assert_eq!(thing.password.unwrap().expose_secret(), "7");
    assert_eq!(thing.passwords.unwrap()[0].as_ref().unwrap().expose_secret(), CANARY);
    assert_eq!(thing.by_pattern.unwrap()["ab"].expose_secret(), r#"{"secret":"canary-7f3a"}"#);
}

#[test]
fn a_body_of_secret_text_is_hidden() {
    let secret = Secret::new(CANARY);
    let send = operations::SendSecrets::new(&secret);
    assert!(!format!("{send:?} {:?}", send.request()).contains("canary"));
    assert_eq!(&**send.request().unwrap().body.as_ref().unwrap(), CANARY.as_bytes());
}

#[test]
fn a_property_of_one_side_is_optional_on_the_other_even_by_reference() {
    let list = types::SidesListItem { id: None };
    let sent = types::Sides { id: None, part: None, meta: None, list: vec![list], name: "n".to_owned() };
    assert_eq!(written(&sent), json!({"list": [{}], "name": "n"}));
    let holder: types::Holder = read(json!({"described": null}));
    assert!(holder.written.is_none() && holder.described.is_none());
}

#[test]
fn each_status_and_the_default_have_their_own_types() {
    type Failure = operations::SendSidesFailure;
    let failure = |status, body| operations::SendSides::read_failure(&response(status, body)).unwrap();
    assert!(
        matches!(failure(409, r#"{"conflict": "c", "signed": 1}"#), Failure::Status409(body) if body.conflict == "c")
    );
    assert!(matches!(failure(423, r#"[{"until": 5}]"#), Failure::Status423(list) if list[0].until == json!(5)));
    assert!(
        matches!(failure(500, r#"{"other": "o"}"#), Failure::Status5xx(body) if body.other.as_deref() == Some("o"))
    );
    type Newer<'a> = newer_operations::ChangeThing<'a>;
    let gone = Newer::read_failure(&response(404, r#"{"type": "gone", "to": "x"}"#)).unwrap();
    assert_eq!(variant(&gone), "Variant2");
    assert_eq!(Newer::read_failure(&response(404, r#"{"type": "other"}"#)).unwrap_err(), Unread::NotAsDocumented);
}

#[test]
fn values_are_read_as_widely_and_kept_as_narrowly_as_documented() {
    let values: types::Values = read(json!({
        "signed": -5, "unsigned": u64::MAX, "nulls": [null, {"a": 1}],
        "open": {"a": 1, "extra": "x", "text": "t"}, "twice": {"a": 1, "d": 2},
        "narrow": {"size": 4, "list": [5], "free": {"z": 6}, "constant": "c"},
    }));
    assert_eq!((values.signed, values.unsigned), (Some(-5_i64), Some(u64::MAX)));
    assert!(values.nulls.as_ref().unwrap()[0].is_none());
    assert_eq!(written(&values.open), json!({"a": 1, "extra": "x", "text": "t"}));
    assert_eq!(written(&values.twice), json!({"a": 1, "d": 2}), "nothing is lost where two lists of alternatives meet");
    let narrow = values.narrow.unwrap();
    assert_eq!((narrow.size, narrow.list, narrow.free.unwrap().z), (Some(4_i64), Some(vec![5_i64]), Some(6)));
    let thing: newer::Thing =
        read(json!({"bounded": u64::MAX, "maybe": null, "either": null, "version": null, "level": null}));
    assert_eq!(thing.bounded, Some(u64::MAX));
    assert!(thing.maybe.is_none() && thing.either.is_none() && thing.version.is_none() && thing.level.is_none());
}

#[test]
fn a_change_distinguishes_absent_null_and_a_value_in_every_type() {
    let mut change = types::Change {
        name: Some(None),
        tags: Some(None),
        level: Some(None),
        password: Some(None),
        nested: Some(types::ChangeNested { note: Some(None) }),
    };
    let nulls = json!({"name": null, "tags": null, "level": null, "password": null, "nested": {"note": null}});
    assert_eq!(written(&change), nulls);
    change.tags = Some(Some(Vec::new()));
    change.level = Some(Some(types::Level::Low));
    change.password = Some(Some(Secret::new(CANARY)));
    let change = types::Change { name: None, nested: None, ..change };
    assert_eq!(written(&change), json!({"tags": [], "level": "low", "password": CANARY}));
    assert!(!format!("{change:?}").contains("canary"));
    let form = operations::SendForm::new(&change).request().unwrap();
    assert_eq!(&**form.body.as_ref().unwrap(), b"level=low&password=canary-7f3a");
    let newer = newer::Change { name: Some(None), tags: Some(Some(Vec::new())), id: None };
    assert_eq!(written(&newer), json!({"name": null, "tags": []}));
}
