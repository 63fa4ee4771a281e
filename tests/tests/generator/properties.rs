//! Every document is either made into code that follows the rules, or reported with the place of the error and a fix.

use hb_portal_tests::{properties, rules};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value, json};
use xtask::foreign;

/// Names that are valid, that collide, that are not identifiers, and that Rust or the generator reserve.
const NAMES: &[&str] = &[
    "a",
    "A",
    "user_name",
    "userName",
    "type",
    "Self",
    "Ok",
    "名称",
    "订单",
    "+1",
    "",
    "x-1",
    "1st",
    "secret",
    "extra",
    "body",
    "a b ",
    "Error",
    "value",
];

fn name() -> impl Strategy<Value = String> {
    select(NAMES).prop_map(str::to_owned)
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(vec![
            json!({}),
            json!(true),
            json!({"type": "string"}),
            json!({"type": "string", "format": "date-time", "nullable": true}),
            json!({"type": "string", "format": "int64", "default": 1, "pattern": "("}),
            json!({"type": ["integer", "null"], "exclusiveMinimum": 0}),
            json!({"type": "integer", "enum": [1, 2], "default": "x"}),
            json!({"enum": ["a", "A", "", null]}),
            json!({"const": "c"}),
            json!({"type": "array"}),
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            json!({"type": "what"}),
            json!({"type": "string", "format": "password"}),
        ]),
        name().prop_map(|name| json!({"$ref": format!("#/components/schemas/{name}")})),
    ]
}

fn schema() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 24, 4, |inner| {
        let properties =
            vec((name(), inner.clone()), 0..5).prop_map(|all| all.into_iter().collect::<Map<String, Value>>());
        prop_oneof![
            (properties, vec(name(), 0..3)).prop_map(
                |(properties, required)| json!({"type": "object", "properties": properties, "required": required})
            ),
            inner.clone().prop_map(|items| json!({"type": "array", "items": items})),
            (select(vec!["oneOf", "anyOf", "allOf"]), vec(inner.clone(), 1..4))
                .prop_map(|(key, list)| json!({key: list})),
            inner.prop_map(|not| json!({"not": not, "nullable": true})),
        ]
    })
}

fn operation() -> impl Strategy<Value = Value> {
    let types = vec!["application/json", "application/vnd.a+json", "multipart/form-data", "text/html", "*/*"];
    let content =
        (select(types), schema()).prop_map(|(media_type, schema)| json!({media_type: {"schema": schema}})).boxed();
    let status =
        select(vec!["200", "201", "2XX", "204", "x-200:Name", "302", "404", "422", "4XX", "500", "default", "odd"]);
    let responses = vec((status, content.clone()), 0..5).prop_map(|all| {
        all.into_iter()
            .map(|(status, content)| (status.to_owned(), json!({"content": content})))
            .collect::<Map<String, Value>>()
    });
    let parameter =
        (name(), select(vec!["path", "query", "header", "cookie"]), select(vec!["", "deepObject", "matrix"]), schema())
            .prop_map(
                |(name, within, style, schema)| json!({"name": name, "in": within, "style": style, "schema": schema}),
            );
    (prop::option::of(name()), vec(parameter, 0..4), prop::option::of(content), responses).prop_map(
        |(id, parameters, body, responses)| {
            let mut operation = json!({"parameters": parameters, "responses": responses});
            if let Some(id) = id {
                operation["operationId"] = Value::from(id);
            }
            if let Some(body) = body {
                operation["requestBody"] = json!({"content": body});
            }
            operation
        },
    )
}

fn document() -> impl Strategy<Value = Value> {
    let path = select(vec![
        "/a",
        "/a/{id}",
        "/订单/{名称}",
        "/{userName}/{user_name}",
        "no-slash",
        "/a",
        "/b",
        "/c",
        "/d",
        "/e",
        "/f",
        "/broken/{",
    ]);
    let operations = vec((path, select(vec!["get", "post", "head", "trace"]), operation()), 1..5);
    (operations, vec((name(), schema()), 0..6)).prop_map(|(operations, schemas)| {
        let mut paths = Map::new();
        for (path, method, operation) in operations {
            paths.entry(path).or_insert_with(|| json!({}))[method] = operation;
        }
        let schemas: Map<String, Value> = schemas.into_iter().collect();
        json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths, "components": {"schemas": schemas}})
    })
}

/// Writes the document with its keys in another order.
fn shuffled(value: &Value, seed: usize) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            let turn = seed % members.len().max(1);
            members.rotate_left(turn);
            if seed % 2 == 1 {
                members.reverse();
            }
            let members: Vec<String> = members
                .iter()
                .map(|(key, member)| format!("{}:{}", Value::from(key.as_str()), shuffled(member, seed / 2 + 1)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(|item| shuffled(item, seed)).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// Removes lines and columns from a text, because they differ between orders of the keys.
fn without_lines(text: &str) -> String {
    let mut parts = text.split("any.json:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + "any.json " + part.trim_start_matches(|char: char| ":0123456789 ".contains(char))
    })
}

proptest! {
    #![proptest_config(properties(48, 96))]

    #[test]
    fn a_document_is_made_into_code_that_follows_the_rules_or_is_reported(document in document(), seed in 0..1000usize) {
        let made = foreign::make("any.json", &document.to_string(), "any");
        let again = foreign::make("any.json", &shuffled(&document, seed), "any");
        match (made, again) {
            (Ok(made), Ok(again)) => {
                rules::check("any.json", &made);
                prop_assert_eq!(made.code, again.code, "the code depends on the order of keys");
                prop_assert_eq!(without_lines(&made.model.explained()), without_lines(&again.model.explained()));
            }
            (Err(error), Err(again)) => {
                let error = format!("{error:#}");
                prop_assert!(error.contains("any.json") && error.contains("fix: "), "{}", error);
                prop_assert_eq!(without_lines(&error), without_lines(&format!("{again:#}")));
            }
            (made, again) => prop_assert!(false, "the order of keys decides whether code is made: {made:?} {again:?}"),
        }
    }
}
