//! Bodies: of a request, and of the responses by status.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    Reader, names,
    values::{below, flag},
};
use crate::api::{Body, Form, Payload, Response, Schema, Shape};

const JSON: &str = "application/json";

impl<'a> Reader<'a, '_> {
    /// The body of a request, in the media type that suits a client best.
    pub(super) fn body(&mut self, body: &'a Value, at: &str, owner: &str) -> Option<Body> {
        let (body, at) = self.resolved(body, &format!("{at}/requestBody"))?;
        let content = body.get("content").and_then(Value::as_object);
        let Some((media_type, holder)) = content.and_then(preferred) else {
            self.notes.add(&at, "body", "it has no media type: dropped");
            return None;
        };
        let others: Vec<&str> =
            content.into_iter().flatten().map(|(name, _)| name.as_str()).filter(|name| *name != media_type).collect();
        if !others.is_empty() {
            self.notes.add(&at, "body", format!("it is sent as {media_type}, not as {}", others.join(", ")));
        }
        let essence = essence(media_type);
        let place = below(&format!("{at}/content"), media_type);
        self.must_be_ascii(media_type, &place);
        let schema = |reader: &mut Self| match holder.get("schema") {
            Some(schema) => reader.schema(schema, &format!("{place}/schema"), &format!("{owner}Body")),
            None => Shape::Any.required(),
        };
        let (form, media_type) = if is_json(&essence) {
            let schema = schema(self);
            if essence != JSON && !essence.contains('*') {
                self.notes.add(&at, "media type", format!("{media_type} is sent as JSON under that name"));
            }
            (
                Form::Json(schema),
                if essence == JSON || essence.contains('*') { JSON.to_owned() } else { media_type.to_owned() },
            )
        } else if essence == "application/x-www-form-urlencoded" {
            (Form::Urlencoded(schema(self)), essence)
        } else if essence == "multipart/form-data" {
            self.notes.add(&at, "media type", "a multipart form: the caller adds its parts");
            (Form::Multipart, essence)
        } else if essence == "text/plain" {
            (Form::Text, media_type.to_owned())
        } else {
            if essence != "application/octet-stream" {
                self.notes.add(
                    &at,
                    "media type",
                    format!("the client cannot write {media_type}: the caller gives its bytes"),
                );
            }
            let named = if media_type.contains('*') { "application/octet-stream" } else { media_type };
            (Form::Bytes, named.to_owned())
        };
        let required = flag(body, "required");
        if !required {
            self.notes.add(&at, "optional body", "the caller may omit it");
        }
        Some(Body { form, media_type, required, at: place })
    }

    /// The responses of an operation by status.
    pub(super) fn responses(&mut self, operation: &'a Value, method: &str, at: &str, owner: &str) -> Vec<Response> {
        let mut filed: BTreeMap<String, Vec<(&'a Value, String)>> = BTreeMap::new();
        for (key, response) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
            let place = below(&format!("{at}/responses"), key);
            let Some(status) = status(key) else {
                if !key.starts_with("x-") {
                    self.notes.add(&place, "status", format!("`{key}` is not a status: dropped"));
                }
                continue;
            };
            if status == "101" {
                self.notes.problem(
                    &place,
                    "status 101 changes the protocol of the connection, but an operation is one request and one response",
                    "remove the operation",
                );
            }
            if status != *key {
                self.notes.add(&place, "status", format!("it is read as status {status}"));
            }
            let Some(found) = self.resolved(response, &place) else { continue };
            filed.entry(status).or_default().push(found);
        }
        self.split_default(&mut filed, at);
        filed.retain(|status, _| {
            let known = status.starts_with(['2', '4', '5']);
            if !known {
                let what = "neither success nor failure: the client reports it as undocumented";
                self.notes.add(&below(&format!("{at}/responses"), status), "status", what);
            }
            known
        });
        if !filed.keys().any(|status| status.starts_with('2')) {
            self.notes.add(&format!("{at}/responses"), "status", "no success is described: any 2xx is one");
        }
        let mut seen: Vec<(&'a Value, Schema)> = Vec::new();
        let mut responses: Vec<Response> =
            filed.into_iter().map(|(status, all)| self.response(status, &all, method, owner, &mut seen)).collect();
        responses.sort_by_key(|response| (response.status.ends_with('X'), response.status.clone()));
        responses
    }

    /// Replaces `default`, which means the statuses that are not listed: failures, and success if none is listed.
    fn split_default(&mut self, filed: &mut BTreeMap<String, Vec<(&'a Value, String)>>, at: &str) {
        let Some(default) = filed.remove("default") else { return };
        let success = filed.keys().any(|status| status.starts_with('2'));
        let ranges: &[&str] = if success { &["4XX", "5XX"] } else { &["2XX", "4XX", "5XX"] };
        for range in ranges {
            filed.entry((*range).to_owned()).or_insert_with(|| default.clone());
        }
        self.notes.add(
            &format!("{at}/responses/default"),
            "status",
            format!("`default` is read as {}", ranges.join(" and ")),
        );
    }

    fn response(
        &mut self,
        status: String,
        all: &[(&'a Value, String)],
        method: &str,
        owner: &str,
        seen: &mut Vec<(&'a Value, Schema)>,
    ) -> Response {
        let (mut json, mut others) = (Vec::new(), Vec::new());
        let mut payloads: Vec<Payload> = Vec::new();
        for (index, (response, at)) in all.iter().enumerate() {
            if response.get("headers").and_then(Value::as_object).is_some_and(|headers| !headers.is_empty()) {
                self.notes.add(at, "headers", "its headers are not typed: the response has them as text");
            }
            let content = response.get("content").and_then(Value::as_object).filter(|content| !content.is_empty());
            let Some(content) = content else { continue };
            if method == "head" || matches!(&*status, "204" | "205" | "304") {
                self.notes.add(at, "response", "a response to HEAD, or with this status, has no body: dropped");
                continue;
            }
            let named = content.keys().filter(|name| is_json(&essence(name)));
            let Some(first) = named.clone().find(|name| essence(name) == JSON).or_else(|| named.clone().next()) else {
                let names: Vec<&str> = content.keys().map(String::as_str).collect();
                self.notes.add(at, "response", format!("not JSON: the bytes of {}", names.join(", ")));
                others.extend(content.keys().cloned());
                payloads.push(Payload::Bytes);
                continue;
            };
            for name in named {
                self.must_be_ascii(name, &below(&format!("{at}/content"), name));
                let name = essence(name);
                if name != JSON {
                    self.notes.add(at, "response", format!("{name} is read as JSON"));
                }
                json.push(if name.contains('*') { JSON.to_owned() } else { name });
            }
            let kind = if status.starts_with('2') { "Response".to_owned() } else { names::status_name(&status) };
            let number = if index == 0 { String::new() } else { format!("{}", index + 1) };
            let place = format!("{}/schema", below(&format!("{at}/content"), first));
            let schema = match content.get(first).and_then(|holder| holder.get("schema")) {
                None => Shape::Any.required(),
                // Statuses with the same schema share one type.
                Some(value) => match seen.iter().find(|(known, _)| *known == value) {
                    Some((_, schema)) => schema.clone(),
                    None => {
                        let schema = self.schema(value, &place, &format!("{owner}{kind}{number}"));
                        seen.push((value, schema.clone()));
                        schema
                    }
                },
            };
            payloads.push(Payload::Json(schema));
        }
        let payload = match payloads.as_slice() {
            [] => Payload::Nothing,
            [only] => only.clone(),
            several => self.joined(several, &status, all, owner),
        };
        let media_types = if json.is_empty() { others } else { json };
        let at = all.first().map(|(_, at)| at.clone()).unwrap_or_default();
        Response { status, payload, media_types, at }
    }

    /// Checks a media type, which becomes part of a request header.
    fn must_be_ascii(&mut self, media_type: &str, at: &str) {
        if !media_type.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            let what = "a media type has characters that no header can have";
            self.notes.problem(at, what, "write it in ASCII, on one line");
        }
    }

    /// Makes alternatives of several responses with one status, as Apidog writes them.
    fn joined(&mut self, several: &[Payload], status: &str, all: &[(&'a Value, String)], owner: &str) -> Payload {
        let Some((value, at)) = all.last() else { return Payload::Nothing };
        self.notes.add(at, "response", format!("status {status} has several responses: they are alternatives"));
        let schemas = several
            .iter()
            .filter_map(|payload| if let Payload::Json(schema) = payload { Some(schema.clone()) } else { None });
        let schemas: Vec<Schema> = schemas.collect();
        match schemas.as_slice() {
            [] => Payload::Bytes,
            [only] => Payload::Json(only.clone()),
            _ => Payload::Json(
                self.union_of(schemas, value, at, &format!("{owner}{}Any", names::status_name(status))).required(),
            ),
        }
    }
}

/// The media type that suits a client best.
fn preferred(content: &Map<String, Value>) -> Option<(&str, &Value)> {
    let rank = |media_type: &str| {
        let essence = essence(media_type);
        match &*essence {
            JSON => 0,
            "application/x-www-form-urlencoded" => 3,
            "multipart/form-data" => 4,
            "application/octet-stream" => 5,
            "text/plain" => 6,
            _ if essence.contains('*') => 2,
            _ if is_json(&essence) => 1,
            _ => 7,
        }
    };
    content.iter().map(|(name, body)| (name.as_str(), body)).min_by_key(|(name, _)| rank(name))
}

/// A media type without its parameters.
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type is JSON; a wildcard (`*/*`) is too, since tools use it for JSON.
fn is_json(essence: &str) -> bool {
    matches!(essence, JSON | "text/json" | "*/*" | "application/*" | "*") || essence.ends_with("+json")
}

/// The status in a key (`200`, `x-200:Name`, `2xx`, `200:OK`).
fn status(key: &str) -> Option<String> {
    let key = key.trim();
    let bare = key.strip_prefix("x-").unwrap_or(key);
    let head: String = bare.split([':', ' ']).next().unwrap_or_default().to_ascii_uppercase();
    if head == "DEFAULT" && !key.starts_with("x-") {
        return Some("default".to_owned());
    }
    let mut chars = head.chars();
    let (first, rest) = (chars.next()?, chars.as_str());
    let digits = rest.len() == 2 && rest.bytes().all(|byte| byte.is_ascii_digit());
    (matches!(first, '1'..='5') && (rest == "XX" || digits)).then_some(head)
}
