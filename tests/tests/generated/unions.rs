//! How a value is read as one of several alternatives, and the other features of alternatives.yaml: JSON values and their
//! meaning, derived from the document alone.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    Operation,
    alternatives_yaml::{operations, types},
};

fn read<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_str(value.to_string().leak()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

fn written(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

/// Serialises the members that are alternatives of objects or lists. The type has a secret, so it cannot be serialised.
fn members(value: &types::Alternatives) -> Value {
    let members = [
        ("contained", value.contained.as_ref().map(written)),
        ("overlapping", value.overlapping.as_ref().map(written)),
        ("lists", value.lists.as_ref().map(written)),
        ("endless", value.endless.as_ref().map(written)),
    ];
    members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Returns the name of an alternative's variant, as `Debug` prints it.
fn variant(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}").split('(').next().unwrap_or_default().to_owned()
}

#[test]
fn an_alternative_is_selected_by_any_constant() {
    let read = |value| read::<types::Alternatives>(&value);
    for (value, number) in [(1, "Variant1"), (2, "Variant2")] {
        assert_eq!(variant(&read(json!({"number": {"v": value, "a": "x"}})).number.unwrap()), number);
    }
    assert_eq!(variant(&read(json!({"flag": {"ok": false}})).flag.unwrap()), "Variant2");
}

#[test]
fn a_value_that_no_constant_selects_is_another_alternative() {
    let pets = json!({"pets": [{"kind": "puppy"}, {"kind": "cat"}, {"kind": "fish", "size": 1}, "none"]});
    let pets: Vec<String> = read::<types::Alternatives>(&pets).pets.unwrap().iter().map(variant).collect();
    assert_eq!(pets, ["Dog", "Cat", "Pet", "Text"]);
}

#[test]
fn nothing_is_lost_in_the_first_alternative_that_fits() {
    for value in [
        json!({"contained": {"a": 1, "b": 2}}),
        json!({"contained": {"a": 1}}),
        json!({"overlapping": {"x": {"a": 1, "c": 3}, "y": {"a": 1, "b": 2}, "z": {"q": 4}}}),
        json!({"lists": [{"a": 1, "b": 2}]}),
        json!({"endless": [[], [[]]]}),
    ] {
        assert_eq!(members(&read(&value)), value);
    }
    let unknown: types::Alternatives = read(&json!({"contained": {"a": 1, "new": 2}}));
    assert_eq!(variant(&unknown.contained.unwrap()), "Large", "an unknown key does not matter");
}

#[test]
fn alternatives_that_are_all_texts_are_text() {
    let texts: Option<String> = read::<types::Alternatives>(&json!({"texts": "any"})).texts;
    assert_eq!(texts.as_deref(), Some("any"));
}

#[test]
fn alternatives_are_read_under_free_keys() {
    let open = json!({"open": {"a": 1, "extra": "x", "text": "t", "small": {"a": 2}}});
    assert_eq!(written(&read::<types::Values>(&open)), open);
}

#[test]
fn alternatives_nested_too_deeply_are_an_error() {
    for (field, key, leaf) in [("tree", "child", r#""leaf""#), ("vault", "inner", r#"{"password": "p"}"#)] {
        let nested = |depth| {
            let (before, after) = (format!(r#"{{"{key}":"#).repeat(depth), "}".repeat(depth));
            serde_json::from_str::<types::Alternatives>(format!(r#"{{"{field}": {before}{leaf}{after}}}"#).leak())
        };
        assert!(nested(100).is_ok() && nested(100_000).is_err(), "{field}");
    }
}

#[test]
fn a_list_that_is_only_sent_keeps_its_enum() {
    let sent = types::Sides { level: Some(types::Level::Low), levels: Some(vec![types::Level::High]) };
    assert_eq!(written(&sent), json!({"level": "low", "levels": ["high"]}));
    let values: types::Values = read(&json!({"by_grade": {"a": ["middle"]}}));
    assert_eq!(values.by_grade.unwrap()["a"][0], "middle");
    let mut request = operations::SendSides::new(&sent);
    request.gen_ = Some("g");
    assert_eq!(request.request().unwrap().target, "/values?gen=g");
}

#[test]
fn a_list_is_a_body() {
    let changes = [types::Change { gen_: Some("g".to_owned()), ..types::Change::default() }];
    let request = operations::ChangeAll::new(&changes).request().unwrap();
    assert_eq!(&**request.body.as_ref().unwrap(), br#"[{"gen":"g"}]"#);
    assert_eq!(read::<types::Change>(&json!({"\u{1eb1}": "x"})).a.as_deref(), Some("x"), "accents are folded");
}
