//! Parameters: in styles that the generator does not write, or in places that are not the operation's.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{errors::component_schemas, idents::operations, references::reference_name};
use crate::{notes::Notes, walk::METHODS};

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
    // Out of the document while its operations change, not copied.
    let schemas = component_schemas(document).map(std::mem::take).unwrap_or_default();
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
    if let (Some(place), false) = (component_schemas(document), schemas.is_empty()) {
        *place = schemas;
    }
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
    let shape = shape(&schema, schemas, &[]);
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

fn shape(schema: &Value, schemas: &Map<String, Value>, above: &[String]) -> Shape {
    let name = reference_name(schema);
    // What holds itself has no end to be written to.
    if name.as_ref().is_some_and(|name| above.contains(name)) {
        return Shape::Other;
    }
    let above: Vec<String> = above.iter().cloned().chain(name.clone()).collect();
    let resolved = match name {
        Some(name) => schemas.get(&name).unwrap_or(&Value::Null),
        None => schema,
    };
    match resolved.get("type").and_then(Value::as_str) {
        Some("string" | "integer" | "number" | "boolean") => Shape::Scalar(schema.clone()),
        Some("array") => match resolved.get("items").map(|items| shape(items, schemas, &above)) {
            Some(Shape::Scalar(item)) => {
                Shape::List(json!({"type": "array", "items": without_null(without_password(item))}))
            }
            Some(Shape::Other) => Shape::List(json!({"type": "array", "items": {"type": "string"}})),
            _ => Shape::Other,
        },
        Some("object") => {
            let mut properties = Vec::new();
            for (name, property) in resolved.get("properties").and_then(Value::as_object).into_iter().flatten() {
                match shape(property, schemas, &above) {
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
