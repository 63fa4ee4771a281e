//! Parameters, before and after.

use serde_json::{Value, json};

use super::*;
use crate::lower::{plan::Plan, template::*};

fn lowered(path: &str, parameters: Value, lowering: fn(&mut Value, &mut Notes)) -> (Value, Notes) {
    let mut document =
        json!({"paths": {path: {"get": {"operationId": "a", "parameters": parameters, "responses": {}}}}});
    let mut notes = Notes::default();
    lowering(&mut document, &mut notes);
    (document["paths"].clone(), notes)
}

#[test]
fn each_parameter_is_one_that_is_written_as_the_contract_has_it() {
    let object =
        json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}});
    for (before, after) in [
        (json!({"name": "Accept", "in": "header"}), json!([])),
        (json!({"name": "AUTHORIZATION", "in": "header"}), json!([])),
        (json!({"name": "sid", "in": "cookie"}), json!([])),
        (json!({"name": "a b", "in": "header"}), json!([])),
        (json!({"name": "q", "in": "query"}), json!([["q", false, {"type": "string"}]])),
        (
            json!({"name": "q", "in": "query", "required": true, "style": "deepObject", "schema": object}),
            json!([["q[a]", true, {"type": "string"}], ["q[b]", false, {"type": "integer"}]]),
        ),
        (json!({"name": "q", "in": "query", "style": "deepObject", "schema": {"type": "object"}}), json!([])),
        (
            json!({"name": "q", "in": "query", "explode": false, "schema": {"type": "array", "items": {"type": "integer"}}}),
            json!([["q", false, {"type": "string"}]]),
        ),
        (
            json!({"name": "q", "in": "query", "schema": {"type": "array", "items": {"type": "integer"}}}),
            json!([["q", false, {"type": "array", "items": {"type": "integer"}}]]),
        ),
        (
            json!({"name": "h", "in": "header", "schema": {"type": "string", "format": "date-time"}}),
            json!([["h", false, {"type": "string"}]]),
        ),
        (
            json!({"name": "q", "in": "query", "content": {"application/json": {"schema": object}}}),
            json!([["q", false, {"type": "string"}]]),
        ),
    ] {
        let (paths, _) = lowered("/a", json!([before]), plain_parameters);
        let list = paths["/a"]["get"].get("parameters").cloned().unwrap_or_else(|| json!([]));
        let made: Vec<Value> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|made| json!([made["name"], made["required"], made["schema"]]))
            .collect();
        assert_eq!(Value::from(made), after, "{before}");
    }
}

#[test]
fn a_required_parameter_that_no_client_writes_is_a_problem() {
    let (_, notes) = lowered(
        "/a",
        json!([{"name": "q", "in": "query", "required": true, "style": "deepObject", "schema": {"type": "object"}}]),
        plain_parameters,
    );
    let error = notes.check(&crate::load::Places::unknown("s")).unwrap_err().to_string();
    assert!(error.contains("(#/paths/~1a/get/parameters/0)") && error.contains("deepObject"), "{error}");
}

#[test]
fn the_path_decides_which_parameters_it_has() {
    let (paths, _) = lowered("a/{b}", json!([{"name": "c", "in": "path"}]), match_template);
    assert_eq!(
        paths["/a/{b}"]["get"]["parameters"],
        json!([{"name": "b", "in": "path", "required": true, "schema": {"type": "string"}}])
    );
    let (_, notes) = lowered("/a/{b", json!([]), match_template);
    assert!(notes.check(&crate::load::Places::unknown("s")).is_err());
}

#[test]
fn a_style_is_written_into_the_path() {
    let parameters =
        json!([{"name": "id", "in": "path", "style": "matrix"}, {"name": "x", "in": "path", "style": "label"}]);
    let (paths, _) = lowered("/a/{id}/{x}", parameters, template_styles);
    assert!(paths["/a/;id={id}/.{x}"].is_object(), "{paths}");
}

#[test]
fn arguments_with_one_name_are_parted() {
    let mut document = json!({"paths": {"/a/{userId}/{user_id}": {"get": {"operationId": "a", "parameters": [
        {"name": "X-Page", "in": "header"}, {"name": "x_page", "in": "query"}, {"name": "body", "in": "query"},
        {"name": "userId", "in": "path"}, {"name": "user_id", "in": "path"},
    ]}}}});
    let mut plan = Plan::default();
    part_parameters(&mut document, &mut plan, &mut Notes::default());
    assert_eq!(plan.operations["a"].parameters["x_page_in_query"], "x_page");
    assert_eq!(plan.operations["a"].parameters["body_in_query"], "body");
    assert_eq!(document["paths"]["/a/{userId}/{user_id_in_path}"]["get"]["parameters"][4]["name"], "user_id_in_path");
}

#[test]
fn what_a_path_shares_is_in_each_operation_that_does_not_say_otherwise() {
    let mut document = json!({"paths": {"/a": {
        "parameters": [{"name": "a", "in": "query"}, {"name": "b", "in": "query"}],
        "get": {"parameters": [{"name": "a", "in": "query", "required": true}]},
    }}});
    share_parameters(&mut document, &mut Notes::default());
    assert_eq!(
        document["paths"]["/a"]["get"]["parameters"],
        json!([{"name": "a", "in": "query", "required": true}, {"name": "b", "in": "query"}])
    );
}

#[test]
fn a_parameter_that_holds_itself_has_an_end() {
    let reference = json!({"$ref": "#/components/schemas/A"});
    for own in [json!({"type": "array", "items": reference}), json!({"type": "object", "properties": {"a": reference}})]
    {
        let parameters = json!([{"name": "q", "in": "query", "schema": reference}]);
        let mut document = json!({
            "paths": {"/a": {"get": {"operationId": "a", "parameters": parameters, "responses": {}}}},
            "components": {"schemas": {"A": own}},
        });
        plain_parameters(&mut document, &mut Notes::default());
        assert!(document["paths"]["/a"]["get"]["operationId"].is_string());
    }
}
