//! The oracle of generated operations: progenitor's client. Both clients of a document send the same arguments to a server on
//! loopback; method, target, query, body and decoded response must be equal.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use crate::server::{Request, Server};

/// The documents that progenitor rejects, each with progenitor's error.
const REFUSED: &[(&str, &str)] = &[
    ("apidog-page.yaml", "unknown variant `bearer`, expected one of `apiKey`, `http`, `oauth2`, `openIdConnect`"),
    ("defaults-and-formats.yaml", "it panics"),
    ("enums.yaml", "it panics"),
    ("integer-keys.yaml", "invalid type: floating point `1.1`, expected a string"),
    ("keywords-3.1.yaml", "invalid type: boolean `true`, expected struct Schema"),
    ("security.yaml", "invalid type: integer `1`, expected a map"),
    ("variations-3.1.yaml", "invalid type: sequence, expected a string"),
];

/// Operations that are not compared, each with its reason, which is progenitor's error where it has one.
const SKIPPED: &[(&str, &str)] = &[
    ("bodies_yaml: patch /bytes", "No schema specified for request body"),
    ("bodies_yaml: post /files", "unexpected content type: multipart/form-data"),
    ("bodies_yaml: post /several", "it panics"),
    ("bodies_yaml: post /text", "invalid schema for text/plain"),
    ("bodies_yaml: post /vendor", "unexpected content type: application/vnd.api+json"),
    ("bodies_yaml: put /bytes", "unexpected content type: image/png"),
    ("bodies_yaml: put /files", "unexpected content type: multipart/form-data"),
    ("bodies_yaml: put /none", "No schema specified for request body"),
    ("bodies_yaml: put /text", "No schema specified for request body"),
    ("bodies_yaml: put /vendor", "unexpected content type: application/vnd.api+json"),
    (
        "parameters_yaml: get /shops/{shop-id}/items/{itemId}/{item_id}",
        "unsupported style of query parameter DeepObject",
    ),
    ("parameters_yaml: get /styles/{a}/{b}", "unsupported style of path parameter Matrix"),
    // Progenitor drops an operation whose path does not begin with a slash.
    ("parameters_yaml: noSlash", "no function is called no_slash"),
    ("references_json: post /a", "it panics"),
    ("responses_by_status_yaml: get /any", "missing field `description`"),
];

#[test]
fn each_operation_that_is_not_compared_has_a_reason() {
    let found: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/skipped.json"))).unwrap();
    let known =
        |list: &[(&str, &str)]| list.iter().map(|(name, why)| ((*name).to_owned(), (*why).to_owned())).collect();
    assert_eq!(found["documents"], known(REFUSED), "documents that progenitor rejects");
    assert_eq!(found["operations"], known(SKIPPED), "operations that are not compared");
}

/// Parses a value of the inferred type.
fn de<T: DeserializeOwned>(json: &'static str) -> T {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// Parses a value with a static lifetime.
fn leaked<T: DeserializeOwned>(json: &'static str) -> &'static T {
    Box::leak(Box::new(de(json)))
}

/// Checks that both clients sent the same request and read the same response.
fn compare(requests: Vec<Request>, [ours_read, theirs_read]: [Option<serde_json::Value>; 2]) {
    let [theirs, ours] = requests.try_into().unwrap();
    let form = |request: &Request| {
        let (target, query) = request.line.split_once('?').unwrap_or((&request.line, ""));
        let mut pairs: Vec<String> = query.trim_end_matches(" HTTP/1.1").split('&').map(str::to_owned).collect();
        pairs.sort();
        let text = || serde_json::Value::String(request.body.clone());
        let body: serde_json::Value = serde_json::from_str(&request.body).unwrap_or_else(|_| text());
        // A path may contain `&` or `%26`; our client writes the latter.
        (target.trim_end_matches(" HTTP/1.1").replace("%26", "&"), pairs, body)
    };
    assert_eq!(form(&ours), form(&theirs));
    assert_eq!(ours_read, theirs_read);
}

include!(concat!(env!("OUT_DIR"), "/oracle.rs"));
