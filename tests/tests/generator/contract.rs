//! The contract matches the documentation page, and marks every other fact as not documented.

use std::{collections::BTreeSet, fs};

use hb_portal_tests::{documented, root};
use serde_json::Value;
use xtask::{
    CONTRACT,
    load::{Document, parse},
    walk::{Kind, walk},
};

fn contract() -> Document {
    parse(CONTRACT, &fs::read_to_string(root().join(CONTRACT)).unwrap()).unwrap()
}

/// Invariant 7.
#[test]
fn every_fact_has_a_tier() {
    let document = contract();
    let mut unmarked = Vec::new();
    let mut seen = 0;
    walk(&document.value, &mut |pointer, kind, value| {
        let is_component = pointer.starts_with("/components/schemas/") && pointer.matches('/').count() == 3;
        let is_property = pointer.rsplit('/').nth(1) == Some("properties");
        let counts = match kind {
            Kind::Operation | Kind::Response => true,
            Kind::Schema => is_component || is_property,
            _ => false,
        };
        // A reference has its target's tier.
        if !counts || value.get("$ref").is_some() {
            return;
        }
        seen += 1;
        let tier = value.get("x-hb-source").and_then(Value::as_str);
        if !matches!(tier, Some("documented" | "corroborated" | "inferred")) {
            unmarked.push(document.places.place(pointer));
        }
    });
    assert!(unmarked.is_empty(), "without a tier in x-hb-source: {unmarked:#?}");
    assert!(seen > 30, "{seen}");
}

#[test]
fn a_duration_in_seconds_names_its_unit() {
    let document = contract();
    let mut durations = Vec::new();
    walk(&document.value, &mut |pointer, kind, value| {
        let name = pointer.rsplit_once("/properties/").map_or("", |(_, name)| name);
        if kind == Kind::Schema && (name.contains("timeout") || name.ends_with("_in") || name.ends_with("_seconds")) {
            let description = value.get("description").and_then(Value::as_str).unwrap_or_default();
            assert!(description.contains("in seconds"), "{}: its unit is missing", document.places.place(pointer));
            durations.push(name.to_owned());
        }
    });
    for known in ["timeout_seconds", "expires_in"] {
        assert!(durations.iter().any(|name| name == known), "{known}: {durations:?}");
    }
}

#[test]
fn the_documented_facts_are_those_on_the_page() {
    let document = contract().value;
    let create = &document["paths"]["/webhooks"]["post"];
    assert_eq!(create["requestBody"]["content"]["application/json"]["example"], documented::request());
    assert_eq!(create["responses"]["201"]["content"]["application/json"]["example"], documented::response());
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        // A reference has its target's tier.
        let is_documented = |property: &Value| {
            let target = property["$ref"].as_str().map(|target| document.pointer(&target[1..]).unwrap());
            target.unwrap_or(property)["x-hb-source"] == "documented"
        };
        let properties = schema["properties"].as_object().unwrap().iter();
        let marked: Vec<_> =
            properties.filter(|(_, property)| is_documented(property)).map(|(name, _)| name.clone()).collect();
        let on_the_page = match name.as_str() {
            "CreateWebhookEndpoint" => keys(&documented::request()),
            "CreatedWebhookEndpoint" => keys(&documented::response()),
            "WebhookEndpoint" => keys(&documented::response()["data"]),
            // A response that only wraps an endpoint adds no fact.
            _ if schema["x-hb-source"] == "inferred" => continue,
            _ => Vec::new(),
        };
        assert_eq!(marked, on_the_page, "{name}");
    }
    for (status, response) in create["responses"].as_object().unwrap() {
        assert_eq!(response["x-hb-source"] == "documented", status == "201", "{status}");
    }
    walk(&document, &mut |pointer, kind, value| {
        if matches!(kind, Kind::Operation | Kind::Parameter) {
            let is_create = pointer == "/paths/~1webhooks/post";
            assert_eq!(value["x-hb-source"] == "documented", is_create, "{pointer}");
        }
    });
}

#[test]
fn every_fact_of_the_contract_is_listed_with_its_origin() {
    let document = contract();
    let readme = fs::read_to_string(root().join("spec/README.md")).unwrap();
    let (mut facts, mut missing) = (BTreeSet::new(), Vec::new());
    walk(&document.value, &mut |pointer, kind, value| {
        if kind == Kind::Operation {
            let (_, place) = pointer.split_once("/paths/").unwrap();
            let (path, method) = place.rsplit_once('/').unwrap();
            let request = format!("`{} {}`", method.to_uppercase(), path.replace("~1", "/"));
            let id = format!("`{}`", value["operationId"].as_str().unwrap());
            if !readme.lines().any(|line| line.contains(&request) && line.contains(&id)) {
                missing.push(format!("{request}, {id}"));
            }
        }
        if kind == Kind::Schema
            && let [.., schema, "properties", property] = pointer.split('/').collect::<Vec<_>>().as_slice()
        {
            facts.insert(format!("{schema}.{property}"));
        }
    });
    assert!(missing.is_empty(), "not in spec/README.md: {missing:?}");
    // The first cell of a row: `Schema`, `Schema`: `property`, `property` (a remark), …
    let names = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let mut listed = BTreeSet::new();
    for cell in readme.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()) {
        let Some((schemas, properties)) = cell.split_once("`: ") else { continue };
        let remarks = properties.split('(').skip(1).filter_map(|rest| rest.split_once(')')).map(|(remark, _)| remark);
        let properties = remarks.fold(properties.to_owned(), |all, remark| all.replace(remark, ""));
        for schema in names(schemas).iter().filter(|name| !document.value["components"]["schemas"][name].is_null()) {
            listed.extend(names(&properties).iter().map(|property| format!("{schema}.{property}")));
        }
    }
    assert_eq!(listed, facts, "left: spec/README.md; right: the contract");
}
