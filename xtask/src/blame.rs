//! Where the generator stopped: it says what it cannot express, and not of what.

use std::collections::BTreeSet;

use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use serde_json::{Map, Value, json};

use crate::{
    problem::Problems,
    walk::{METHODS, last_step, push_step},
};

/// Tries each component and each operation of `api` alone with the generator that stopped at the whole, and names those
/// at which it stops again, each with its own reason; not those that only refer to one. `error` is what it said of the
/// whole, which is all there is to say where every part alone is fine.
pub fn blame(
    api: &OpenAPI,
    error: anyhow::Error,
    generate: impl Fn(&OpenAPI) -> anyhow::Result<TokenStream>,
    place: impl Fn(&str) -> String,
) -> anyhow::Error {
    let Ok(whole) = serde_json::to_value(api) else { return error };
    let mut stopped: Vec<Part> = Vec::new();
    let mut try_alone = |pointer: String, paths: Value, needed: Vec<String>| {
        let schemas = reached(&whole, needed);
        let names = schemas.keys().map(|name| component(name)).collect();
        let document =
            json!({"openapi": "3.0.3", "info": whole.get("info"), "paths": paths, "components": {"schemas": schemas}});
        let Ok(document) = serde_json::from_value::<OpenAPI>(document) else { return };
        if let Err(error) = generate(&document) {
            stopped.push(Part { pointer, needs: names, why: format!("{error:#}") });
        }
    };
    for name in whole.pointer("/components/schemas").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
        let pointer = component(name);
        try_alone(pointer.clone(), json!({}), vec![format!("#{pointer}")]);
    }
    for (path, item) in whole.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get(*method) else { continue };
            let mut pointer = "/paths".to_owned();
            push_step(&mut pointer, path);
            push_step(&mut pointer, method);
            let paths = json!({path: {*method: operation}});
            let needed = references(&paths);
            try_alone(pointer, paths, needed);
        }
    }
    let mut problems = Problems::default();
    for part in &stopped {
        // Of two that refer to each other neither is the smaller.
        let refers = |to: &Part| part.needs.contains(&to.pointer) && !to.needs.contains(&part.pointer);
        if !stopped.iter().any(refers) {
            let mend = "write it another way, or take it out and tell the maintainers of xtask: a lowering is missing";
            problems.push(place(&part.pointer), &*part.why, mend);
        }
    }
    match problems.or(()) {
        Err(problems) => problems.into(),
        Ok(()) => error,
    }
}

/// A component or an operation at which the generator stops.
struct Part {
    pointer: String,
    /// The components that it reaches; a component reaches itself.
    needs: BTreeSet<String>,
    why: String,
}

fn component(name: &str) -> String {
    let mut pointer = "/components/schemas".to_owned();
    push_step(&mut pointer, name);
    pointer
}

/// The component schemas that are reached from these references.
fn reached(whole: &Value, mut next: Vec<String>) -> Map<String, Value> {
    let mut schemas = Map::new();
    while let Some(reference) = next.pop() {
        let Some(schema) = reference.strip_prefix('#').and_then(|pointer| whole.pointer(pointer)) else { continue };
        let name = last_step(&reference);
        if !schemas.contains_key(&name) {
            next.extend(references(schema));
            schemas.insert(name, schema.clone());
        }
    }
    schemas
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(members.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{anyhow, bail};

    use super::*;
    use crate::load::parse;

    const DOCUMENT: &str = "
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /fine:
    get: {responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Fine'}}}}}}
  /users/{id}:
    get: {responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/List'}}}}}}
    put: {responses: {'204': {description: ok}}}
components:
  schemas:
    Fine: {type: string}
    List: {type: array, items: {$ref: '#/components/schemas/A~B'}}
    A~B: {type: object}
    Left: {properties: {right: {$ref: '#/components/schemas/Right'}}}
    Right: {properties: {left: {$ref: '#/components/schemas/Left'}}}
";

    /// What is said when the generator stops wherever one of `marks` is in the document.
    fn blamed(marks: &[&str]) -> (String, usize) {
        let document = parse("s", DOCUMENT).unwrap();
        let stops = |api: &OpenAPI| {
            let text = serde_json::to_string(api).unwrap();
            match marks.iter().find(|mark| text.contains(**mark)) {
                Some(mark) => bail!("no way with {mark}"),
                None => Ok(TokenStream::new()),
            }
        };
        let error = blame(&document.api, anyhow!("no way"), stops, |pointer| document.place(pointer));
        let text = error.to_string();
        let count = text.matches("mend: ").count();
        (text, count)
    }

    #[test]
    fn the_component_is_named_and_not_what_refers_to_it() {
        let (text, count) = blamed(&["A~B\":{"]);
        assert!(text.contains("s:14:5 (#/components/schemas/A~0B): no way with A~B"), "{text}");
        assert_eq!(count, 1, "{text}");
    }

    #[test]
    fn the_operation_is_named_and_not_the_components_that_it_uses() {
        let (text, count) = blamed(&["\"put\""]);
        assert!(text.contains("s:9:5 (#/paths/~1users~1{id}/put): no way with \"put\""), "{text}");
        assert_eq!(count, 1, "{text}");
    }

    #[test]
    fn all_that_stops_it_is_named_at_once_each_with_its_own_reason() {
        let (text, count) = blamed(&["A~B\":{", "\"put\""]);
        assert!(text.contains("2 problems") && text.contains("/A~0B): no way with A~B"), "{text}");
        assert!(text.contains("/put): no way with \"put\"") && count == 2, "{text}");
    }

    #[test]
    fn components_that_refer_to_each_other_are_both_named() {
        let (text, count) = blamed(&["Left\":{"]);
        assert!(text.contains("/Left): ") && text.contains("/Right): ") && count == 2, "{text}");
    }

    #[test]
    fn where_each_part_alone_is_fine_the_reason_of_the_whole_stands() {
        assert_eq!(blamed(&[]).0, "no way");
    }
}
