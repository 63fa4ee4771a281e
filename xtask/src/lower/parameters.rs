//! Parameters: in styles that the generator does not write, in places that are not the operation's, or out of step with
//! the path.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    idents::{operations, snake},
    plan::Plan,
    references::reference_name,
};
use crate::{
    notes::Notes,
    walk::{METHODS, push_step},
};

/// Puts what all operations of a path share into each of them.
pub(crate) fn share_parameters(document: &mut Value, _: &mut Notes) {
    for (_, item) in document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten() {
        let Some(item) = item.as_object_mut() else { continue };
        let Some(Value::Array(shared)) = item.remove("parameters") else { continue };
        for method in METHODS {
            let Some(operation) = item.get_mut(*method).and_then(Value::as_object_mut) else { continue };
            let own = operation.entry("parameters").or_insert_with(|| json!([]));
            let Some(own) = own.as_array_mut() else { continue };
            let key = |parameter: &Value| (parameter.get("name").cloned(), parameter.get("in").cloned());
            let new: Vec<Value> =
                shared.iter().filter(|shared| !own.iter().any(|own| key(own) == key(shared))).cloned().collect();
            own.extend(new);
        }
    }
}

/// Makes each parameter one that the generator writes as the contract has it on the wire, or tells why it is not the
/// operation's to write.
pub(crate) fn plain_parameters(document: &mut Value, notes: &mut Notes) {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).cloned().unwrap_or_default();
    operations(document, &mut |pointer, operation| {
        let list = match operation.remove("parameters") {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        };
        let mut kept: Vec<Value> = Vec::new();
        for (index, parameter) in list.into_iter().enumerate() {
            let place = format!("{pointer}/parameters/{index}");
            for parameter in plain(parameter, &schemas, &place, notes) {
                let same = |other: &Value| {
                    (other.get("name"), other.get("in")) == (parameter.get("name"), parameter.get("in"))
                };
                if kept.iter().any(same) {
                    notes.add(&place, NAME, "it is listed before");
                } else {
                    kept.push(parameter);
                }
            }
        }
        if !kept.is_empty() {
            operation.insert("parameters".to_owned(), Value::Array(kept));
        }
    });
}

const NAME: &str = "plain_parameters";

fn plain(parameter: Value, schemas: &Map<String, Value>, place: &str, notes: &mut Notes) -> Vec<Value> {
    let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, within, style) = (text("name"), text("in"), text("style"));
    let required = parameter.get("required") == Some(&Value::Bool(true));
    let lower = name.to_ascii_lowercase();
    let gone = match within.as_str() {
        "header" if ["accept", "content-type", "authorization"].contains(&lower.as_str()) => {
            Some("the client sets this header itself")
        }
        "header"
            if name.is_empty()
                || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)) =>
        {
            Some("this is no name of a header")
        }
        "cookie" => Some("cookies are up to the HTTP client"),
        "path" | "query" | "header" if !name.trim().is_empty() => None,
        _ => Some("a parameter is in a path, a query or a header, and has a name"),
    };
    if let Some(gone) = gone {
        notes.add(place, NAME, format!("`{name}` is no argument: {gone}"));
        return Vec::new();
    }
    let mut schema = match (parameter.get("schema"), parameter.get("content")) {
        (Some(schema), _) => schema.clone(),
        (None, Some(_)) => {
            notes.add(place, NAME, "its value is text, to be written in the media type that the contract names");
            json!({"type": "string"})
        }
        (None, None) => json!({"type": "string"}),
    };
    if let Some(members) = schema.as_object_mut() {
        members.remove("nullable");
        if let Some(only) = members.get("allOf").and_then(Value::as_array).and_then(|all| all.first()).cloned() {
            schema = only;
        }
    }
    let shape = shape(&schema, schemas);
    let mut made = Map::new();
    if let Some(description) = parameter.get("description") {
        made.insert("description".to_owned(), description.clone());
    }
    made.insert("in".to_owned(), Value::from(within.as_str()));
    let with = |schema: Value, name: &str, required: bool| {
        let mut made = made.clone();
        made.insert("name".to_owned(), Value::from(name));
        made.insert("required".to_owned(), Value::Bool(required));
        made.insert("schema".to_owned(), schema);
        Value::Object(made)
    };
    match (within.as_str(), shape) {
        ("path", Shape::Scalar(schema)) => vec![with(written_out(schema, place, notes), &name, true)],
        ("header", Shape::Scalar(schema)) => vec![with(written_out(schema, place, notes), &name, required)],
        ("path" | "header", _) => {
            notes.add(place, NAME, "a list or an object in a path or a header is text, as the caller joins it");
            vec![with(json!({"type": "string"}), &name, required || within == "path")]
        }
        (_, Shape::Scalar(schema)) => vec![with(without_password(schema), &name, required)],
        (_, Shape::List(schema)) => {
            let repeated =
                matches!(style.as_str(), "" | "form") && parameter.get("explode") != Some(&Value::Bool(false));
            if repeated {
                vec![with(schema, &name, required)]
            } else {
                notes.add(
                    place,
                    NAME,
                    format!(
                        "a list in one value ({}) is text, as the caller joins it",
                        if style.is_empty() { "form" } else { &style }
                    ),
                );
                vec![with(json!({"type": "string"}), &name, required)]
            }
        }
        (_, Shape::Object(properties, needed)) if style == "deepObject" || style.is_empty() || style == "form" => {
            notes.add(place, NAME, format!("each property of `{name}` is an argument"));
            let deep = style == "deepObject";
            properties
                .into_iter()
                .map(|(key, schema)| {
                    let required = required && needed.contains(&key);
                    with(without_password(schema), &if deep { format!("{name}[{key}]") } else { key }, required)
                })
                .collect()
        }
        (_, Shape::Other) if matches!(style.as_str(), "" | "form") => {
            notes.add(place, NAME, "what is neither a value nor a list of them is text");
            vec![with(json!({"type": "string"}), &name, required)]
        }
        _ if required => {
            notes.problem(
                place,
                format!("the parameter `{name}` is required, and no client writes its style ({style})"),
                "describe each of its properties, or make it optional",
            );
            Vec::new()
        }
        _ => {
            notes.add(place, NAME, format!("`{name}` is no argument: no client writes its style ({style})"));
            Vec::new()
        }
    }
}

/// What a parameter's schema is, as far as writing it goes.
enum Shape {
    Scalar(Value),
    List(Value),
    Object(Vec<(String, Value)>, BTreeSet<String>),
    Other,
}

fn shape(schema: &Value, schemas: &Map<String, Value>) -> Shape {
    let resolved = match reference_name(schema) {
        Some(name) => schemas.get(&name).unwrap_or(&Value::Null),
        None => schema,
    };
    match resolved.get("type").and_then(Value::as_str) {
        Some("string" | "integer" | "number" | "boolean") => Shape::Scalar(schema.clone()),
        Some("array") => match resolved.get("items").map(|items| shape(items, schemas)) {
            Some(Shape::Scalar(item)) => {
                Shape::List(json!({"type": "array", "items": without_null(without_password(item))}))
            }
            Some(Shape::Other) => Shape::List(json!({"type": "array", "items": {"type": "string"}})),
            _ => Shape::Other,
        },
        Some("object") => {
            let mut properties = Vec::new();
            for (name, property) in resolved.get("properties").and_then(Value::as_object).into_iter().flatten() {
                match shape(property, schemas) {
                    Shape::Scalar(schema) => properties.push((name.clone(), without_null(schema))),
                    Shape::List(schema) => properties.push((name.clone(), schema)),
                    _ => return Shape::Other,
                }
            }
            let needed = resolved.get("required").and_then(Value::as_array).into_iter().flatten();
            match properties.is_empty() {
                true => Shape::Other,
                false => Shape::Object(properties, needed.filter_map(Value::as_str).map(str::to_owned).collect()),
            }
        }
        _ => Shape::Other,
    }
}

/// In a path or a header a value is written with `Display`, which for a point in time is not what JSON has.
fn written_out(schema: Value, place: &str, notes: &mut Notes) -> Value {
    let mut schema = without_password(schema);
    let time = schema.get("format").and_then(Value::as_str) == Some("date-time");
    if let (true, Some(members)) = (time, schema.as_object_mut()) {
        members.remove("format");
        notes.add(place, NAME, "a time in a path or a header is text");
    }
    schema
}

fn without_password(mut schema: Value) -> Value {
    let plain = matches!(schema.get("format").and_then(Value::as_str), Some("password" | "binary" | "byte"));
    if let (true, Some(members)) = (plain, schema.as_object_mut()) {
        members.remove("format");
    }
    schema
}

fn without_null(mut schema: Value) -> Value {
    schema.as_object_mut().map(|members| members.remove("nullable"));
    schema
}

/// Makes the parameters of a path those that its template names: one that it lacks is text, one that nothing names goes.
/// A style is written into the template, which is all that `matrix` and `label` are for one value.
pub(crate) fn match_template(document: &mut Value, notes: &mut Notes) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    let mut kept = Map::new();
    for (path, mut item) in std::mem::take(paths) {
        let mut pointer = "/paths".to_owned();
        push_step(&mut pointer, &path);
        let trimmed = path.trim();
        let template = if trimmed.starts_with('/') { trimmed.to_owned() } else { format!("/{trimmed}") };
        let Some(names) = template_names(&template) else {
            notes.problem(&pointer, "the braces of this path do not match", "write each parameter as {name}");
            continue;
        };
        for method in METHODS {
            let Some(operation) = item.get_mut(*method).and_then(Value::as_object_mut) else { continue };
            let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
            let Some(parameters) = parameters.as_array_mut() else { continue };
            let is_path = |parameter: &Value| parameter.get("in").and_then(Value::as_str) == Some("path");
            let name = |parameter: &Value| parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            parameters.retain(|parameter| {
                let keep = !is_path(parameter) || names.contains(&name(parameter));
                if !keep {
                    notes.add(
                        &format!("{pointer}/{method}"),
                        "match_template",
                        format!("`{}` is not in the path", name(parameter)),
                    );
                }
                keep
            });
            for missing in &names {
                if !parameters.iter().any(|parameter| is_path(parameter) && name(parameter) == *missing) {
                    notes.add(
                        &format!("{pointer}/{method}"),
                        "match_template",
                        format!("`{missing}` of the path is not described: text"),
                    );
                    parameters
                        .push(json!({"name": missing, "in": "path", "required": true, "schema": {"type": "string"}}));
                }
            }
            if parameters.is_empty() {
                operation.remove("parameters");
            }
        }
        let mut at = "/paths".to_owned();
        push_step(&mut at, &template);
        if template != path {
            notes.add(&pointer, "match_template", format!("the path is {template}"));
            notes.moved(&pointer, at);
        }
        if kept.contains_key(&template) {
            notes.problem(&pointer, "another path is the same", "merge their operations");
        }
        kept.insert(template, item);
    }
    *paths = kept;
}

fn template_names(template: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let inner = rest.get(at..)?.strip_prefix('{')?;
        let (name, after) = inner.split_once('}')?;
        if name.is_empty() || name.contains(['{', '/']) {
            return None;
        }
        if !names.contains(&name.to_owned()) {
            names.push(name.to_owned());
        }
        rest = after;
    }
    Some(names)
}

/// Styles of path parameters that put something before the value: it goes into the template.
pub(crate) fn template_styles(document: &mut Value, notes: &mut Notes) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    let mut kept = Map::new();
    for (path, item) in std::mem::take(paths) {
        let mut template = path.clone();
        for method in METHODS {
            let parameters =
                item.get(*method).and_then(|operation| operation.get("parameters")).and_then(Value::as_array);
            for parameter in parameters.into_iter().flatten() {
                let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
                let prefix = match parameter.get("style").and_then(Value::as_str) {
                    Some("matrix") => format!(";{name}="),
                    Some("label") => ".".to_owned(),
                    _ => continue,
                };
                let place = format!("{{{name}}}");
                let with = format!("{prefix}{place}");
                if parameter.get("in").and_then(Value::as_str) == Some("path") && !template.contains(&with) {
                    template = template.replace(&place, &with);
                }
            }
        }
        if template != path {
            let (mut from, mut to) = ("/paths".to_owned(), "/paths".to_owned());
            push_step(&mut from, &path);
            push_step(&mut to, &template);
            notes.add(
                &from,
                "template_styles",
                format!("the style of its parameters is written into the path: {template}"),
            );
            notes.moved(&from, to);
        }
        kept.insert(template, item);
    }
    *paths = kept;
}

/// Gives arguments of one operation that would have one name names apart; harden writes back what the wire calls them.
pub(crate) fn part_parameters(document: &mut Value, plan: &mut Plan, notes: &mut Notes) {
    let mut renamed_paths: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    operations(document, &mut |pointer, operation| {
        // What the generated function calls its own.
        let mut taken: BTreeSet<String> = ["body", "header_map", "info"].map(str::to_owned).into();
        let id = operation.get("operationId").and_then(Value::as_str).map(snake).unwrap_or_default();
        let mut aliases = BTreeMap::new();
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let is_path = parameter.get("in").and_then(Value::as_str) == Some("path");
            let argument = snake(&name);
            let argument = if argument.is_empty() { "value".to_owned() } else { argument };
            if !is_path && taken.insert(argument.clone()) {
                continue;
            }
            // The name of a path's parameter is in the path, which all its operations share.
            if is_path {
                taken.insert(argument);
                continue;
            }
            let alias = super::names::unique(
                format!("{argument}_in_{}", parameter.get("in").and_then(Value::as_str).unwrap_or_default()),
                &taken,
            );
            taken.insert(alias.clone());
            notes.add(
                pointer,
                "part_parameters",
                format!("another argument would have the name of `{name}`: it is {alias}"),
            );
            if let Some(members) = parameter.as_object_mut() {
                members.insert("name".to_owned(), Value::from(alias.as_str()));
            }
            aliases.insert(alias, name);
        }
        if !aliases.is_empty() {
            plan.operations.entry(id).or_default().parameters = aliases;
        }
    });
    // Two of one path that become one name, as in /{userId}/{user_id}: they are numbered, in the path too.
    for (path, _) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        let names = template_names(path).unwrap_or_default();
        let mut taken: BTreeSet<String> = ["body", "header_map", "info"].map(str::to_owned).into();
        for name in names {
            let base = snake(&name);
            let base = if base.is_empty() { "value".to_owned() } else { base };
            if taken.insert(base.clone()) {
                continue;
            }
            let alias = super::names::unique(format!("{base}_in_path"), &taken);
            taken.insert(alias.clone());
            renamed_paths.entry(path.clone()).or_default().push((name, alias));
        }
    }
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for (path, renames) in renamed_paths {
        let Some(mut item) = paths.remove(&path) else { continue };
        let mut template = path.clone();
        for (name, alias) in renames {
            template = template.replace(&format!("{{{name}}}"), &format!("{{{alias}}}"));
            for method in METHODS {
                let list = item
                    .get_mut(*method)
                    .and_then(|operation| operation.get_mut("parameters"))
                    .and_then(Value::as_array_mut);
                for parameter in list.into_iter().flatten() {
                    let same = parameter.get("name").and_then(Value::as_str) == Some(&name)
                        && parameter.get("in").and_then(Value::as_str) == Some("path");
                    if let (true, Some(members)) = (same, parameter.as_object_mut()) {
                        members.insert("name".to_owned(), Value::from(alias.as_str()));
                    }
                }
            }
        }
        let (mut from, mut to) = ("/paths".to_owned(), "/paths".to_owned());
        push_step(&mut from, &path);
        push_step(&mut to, &template);
        notes.add(&from, "part_parameters", format!("two of its parameters would have one name: {template}"));
        notes.moved(&from, to);
        paths.insert(template, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lowered(path: &str, parameters: Value, lowering: fn(&mut Value, &mut Notes)) -> (Value, Notes) {
        let mut document =
            json!({"paths": {path: {"get": {"operationId": "a", "parameters": parameters, "responses": {}}}}});
        let mut notes = Notes::default();
        lowering(&mut document, &mut notes);
        (document["paths"].clone(), notes)
    }

    #[test]
    fn each_parameter_is_one_that_is_written_as_the_contract_has_it() {
        let object = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}});
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
        assert_eq!(
            document["paths"]["/a/{userId}/{user_id_in_path}"]["get"]["parameters"][4]["name"],
            "user_id_in_path"
        );
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
}
