//! Rewrites the parts of a document that the client does not type as operations, so that they are compared like operations.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::keywords::{self, object};
use crate::{
    api::{Api, Form, Operation, Parameter, Shape},
    read::followed,
    walk::push_step,
};

/// The part of the documents that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// The client, with its requests and responses.
    Client,
    /// Webhooks and callbacks: the portal sends the requests, and no code is generated for them.
    Hooks,
    /// Values that callers write or read as text or bytes: cookies, headers of responses, other media types.
    Untyped,
}

/// The prefix of paths that only a view has.
pub(super) const MARK: &str = "/ ";

/// The key that holds the original place of an embedded object.
const REAL: &str = "x-real";

/// A path of a view, by its name.
struct Path {
    name: String,
    item: Value,
    /// Whether the client has a type for it.
    typed: bool,
}

/// Both documents with the parts of the view as paths; `None` if neither document has such parts.
pub(super) fn both(view: View, documents: [(&Value, &Api); 2]) -> Option<[Value; 2]> {
    let paths = documents.map(|(document, api)| match view {
        View::Client => Vec::new(),
        View::Hooks => hooks(document, api),
        View::Untyped => api.operations.iter().flat_map(|operation| untyped(document, operation)).collect(),
    });
    // A part that only one document types is compared as an untyped one.
    let wanted: BTreeSet<String> =
        paths.iter().flatten().filter(|path| !path.typed).map(|path| path.name.clone()).collect();
    if wanted.is_empty() && view != View::Client {
        return None;
    }
    let mut whole = documents.map(|(document, _)| document.clone());
    for (whole, paths) in whole.iter_mut().zip(paths) {
        let paths = paths.into_iter().filter(|path| wanted.contains(&path.name));
        let known = whole.as_object_mut().map(|members| members.entry("paths").or_insert_with(|| json!({})));
        if let Some(known) = known.and_then(Value::as_object_mut) {
            known.extend(paths.map(|path| {
                let name =
                    BRACES.iter().fold(path.name, |name, (brace, other)| name.replace(*brace, &other.to_string()));
                (format!("{MARK}{name}"), path.item)
            }));
        }
    }
    Some(whole)
}

/// The place in the document of the object at `pointer` in a view of it.
pub(super) fn real(view: &Value, pointer: &str) -> String {
    let ends = pointer.match_indices('/').map(|(end, _)| end).chain([pointer.len()]);
    let embedded = ends.filter_map(|end| Some((view.pointer(pointer.get(..end)?)?.get(REAL)?.as_str()?, end)));
    match embedded.max_by_key(|(_, end)| *end) {
        Some((place, end)) => format!("{place}{}", pointer.get(end..).unwrap_or_default()),
        None => pointer.to_owned(),
    }
}

/// The name of an operation for people, or the subject of a path of a view.
pub(super) fn title(operation: &Operation) -> String {
    let named = || format!("{} {}", operation.method.to_uppercase(), operation.path);
    about(&operation.path).unwrap_or_else(named)
}

/// Replacements for braces in the path of a view, where they would mean parameters.
const BRACES: [(char, char); 2] = [('{', '\u{1}'), ('}', '\u{2}')];

/// The subject of a path of a view.
fn about(path: &str) -> Option<String> {
    let name = path.strip_prefix(MARK)?;
    Some(BRACES.iter().fold(name.to_owned(), |name, (brace, other)| name.replace(*other, &brace.to_string())))
}

fn below(at: &str, steps: &[&str]) -> String {
    let mut pointer = at.to_owned();
    steps.iter().for_each(|step| push_step(&mut pointer, step));
    pointer
}

/// The members of the object at a place, each with its own place.
fn members(document: &Value, at: &str) -> Vec<(String, Value, String)> {
    let (holder, at) = object(document, at);
    let all = holder.as_object().into_iter().flatten();
    let placed = all.map(|(name, value)| {
        let at = below(&at, &[name]);
        let (value, at) = followed(document, value, &at).unwrap_or((value, at));
        (name.clone(), value.clone(), at)
    });
    placed.collect()
}

fn hooks(document: &Value, api: &Api) -> Vec<Path> {
    let path = |name: String, at: &str| Path { name, item: json!({"$ref": format!("#{at}")}), typed: false };
    let mut paths: Vec<Path> = Vec::new();
    paths.extend(members(document, "/webhooks").iter().map(|(name, _, at)| path(format!("webhook {name}"), at)));
    for operation in &api.operations {
        for (name, _, at) in members(document, &format!("{}/callbacks", operation.at)) {
            paths.extend(members(document, &at).iter().enumerate().map(|(index, (_, _, at))| {
                let number = if index == 0 { String::new() } else { format!(" {}", index + 1) };
                path(format!("callback {name}{number} of {}", title(operation)), at)
            }));
        }
    }
    paths
}

fn untyped(document: &Value, operation: &Operation) -> Vec<Path> {
    let mut paths = Vec::new();
    let mut add = |what: String, item: Value, typed: bool| {
        paths.push(Path { name: format!("{}{what}", title(operation)), item, typed });
    };
    let held = |holder: &Value, at: &str| {
        let schema = holder.get("schema").cloned().unwrap_or_else(|| json!({}));
        json!({"content": {"application/json": {"schema": schema, REAL: at}}, "required": true})
    };
    let sent = |holder: &Value, at: &str| json!({"post": {"requestBody": held(holder, at)}});
    let read = |holder: &Value, at: &str| json!({"get": {"responses": {"200": held(holder, at)}}});
    let mut cookies = Vec::new();
    for (parameter, at) in parameters(document, operation) {
        let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
        let name = format!(" parameter {} {}", text("in"), text("name"));
        let is_cookie = text("in") == "cookie";
        match members(document, &format!("{at}/content")).first() {
            Some((kind, holder, at)) => add(format!("{name} as {kind}"), sent(holder, at), false),
            None => add(name, sent(&parameter, &at), !is_cookie && !is_untyped(document, operation, &at)),
        }
        if let (true, Value::Object(mut cookie)) = (is_cookie, parameter) {
            cookie.extend([("in".to_owned(), "query".into()), (REAL.to_owned(), at.into())]);
            cookies.push(cookie);
        }
    }
    let none = cookies.is_empty();
    add(String::new(), json!({"post": {"parameters": cookies}}), none);
    for (kind, holder, at) in members(document, &format!("{}/requestBody/content", operation.at)) {
        let typed = operation
            .body
            .as_ref()
            .is_some_and(|body| at.starts_with(&body.at) && matches!(body.form, Form::Json(_) | Form::Urlencoded(_)));
        add(format!(" request {kind}"), sent(&holder, &at), typed);
    }
    for response in &operation.responses {
        let typed = keywords::typed(document, response);
        for (kind, holder, at) in members(document, &format!("{}/content", response.at)) {
            add(format!(" {} {kind}", response.status), read(&holder, &at), at == typed);
        }
        for (name, header, at) in members(document, &format!("{}/headers", response.at)) {
            add(format!(" {} header {}", response.status, name.to_lowercase()), read(&header, &at), false);
        }
    }
    paths
}

/// The parameters of an operation and of its path, each with its place.
fn parameters(document: &Value, operation: &Operation) -> Vec<(Value, String)> {
    let item = operation.at.rsplit_once('/').map_or("", |(item, _)| item);
    let mut known: Vec<(Value, String)> = Vec::new();
    for holder in [operation.at.as_str(), item] {
        let list = document.pointer(holder).and_then(|of| of.get("parameters")).and_then(Value::as_array);
        for index in 0..list.map_or(0, Vec::len) {
            let (parameter, at) = object(document, &format!("{holder}/parameters/{index}"));
            let key = |of: &Value| (of.get("in").cloned(), of.get("name").cloned());
            if !known.iter().any(|(other, _)| key(other) == key(&parameter)) {
                known.push((parameter, at));
            }
        }
    }
    known
}

/// Whether the argument has a wider type than the schema of its parameter, so that the caller formats the value.
pub(super) fn is_untyped(document: &Value, operation: &Operation, at: &str) -> bool {
    let own = |parameter: &&Parameter| object(document, &parameter.at).1 == at;
    let Some(argument) = operation.parameters.iter().find(own) else { return false };
    let own = keywords::keywords_at(document, &format!("{at}/schema"));
    let is = |kind: &str| own.get("type").is_some_and(|own| own == kind);
    let typed = match argument.schema.shape {
        Shape::Text | Shape::Secret => is("string"),
        Shape::List(_) => is("array"),
        _ => ["string", "integer", "number", "boolean"].into_iter().any(is) || keywords::listed(&own).is_some(),
    };
    !typed || keywords::may_be_null(&own)
}
