//! Checks that push a canary through `Debug` and `Serialize` of every generated type that holds a secret.

use std::fmt::Write as _;

use xtask::api::{Api, Shape};

use super::samples::Samples;

/// The text that must never be printed.
const CANARY: &str = "canary-7f3a";

/// Parts of names that mark a secret, listed independently of the generator.
const SECRET: [&str; 9] = [
    "secret",
    "password",
    "apikey",
    "api_key",
    "private_key",
    "signing_key",
    "credential",
    "session_token",
    "access_token",
];
/// Endings of names that are about a secret but do not hold one.
const ABOUT: [&str; 4] = ["required", "_at", "_id", "_type"];

fn text(name: &str, secret: bool) -> &'static str {
    let name = name.to_ascii_lowercase();
    let named = SECRET.iter().any(|word| name.contains(word)) && !ABOUT.iter().any(|end| name.ends_with(end));
    if secret || named { CANARY } else { "text" }
}

/// Returns the calls that check the types of one client in the module `module`, and the number of types.
///
/// # Panics
///
/// Panics if no value can be made for a type.
#[must_use]
pub(crate) fn calls(module: &str, api: &Api) -> (String, usize) {
    let samples = Samples { api, text };
    let (mut calls, mut types) = (String::new(), 0);
    for (name, of) in &api.types {
        let values: Vec<String> = samples.all(name).iter().map(ToString::to_string).collect();
        // A type that cannot hold the canary cannot leak it.
        let holding: Vec<&String> = values.iter().filter(|value| value.contains(CANARY)).collect();
        types += usize::from(!holding.is_empty());
        for value in holding {
            writeln!(calls, "    check!(crate::{module}::types::{name}, {}, {value:?});", of.sent)
                .expect("writing to a string cannot fail");
        }
    }
    let parameters = api.operations.iter().flat_map(|operation| &operation.parameters);
    let unprotected = parameters.filter(|parameter| {
        *parameter.schema.clone().innermost() == Shape::Text && text(&parameter.wire, false) == CANARY
    });
    assert_eq!(
        unprotected.map(|parameter| parameter.at.as_str()).collect::<Vec<_>>(),
        [""; 0],
        "{module}: these parameters would print a secret"
    );
    (calls, types)
}
