//! Bodies: what a request carries, and what comes back for each status.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    Reader, names,
    values::{below, flag},
};
use crate::api::{Body, Form, Payload, Response, Schema, Shape};

const JSON: &str = "application/json";

impl<'a> Reader<'a, '_> {
    /// The body of a request, in the one media type that a client does best with.
    pub(super) fn body(&mut self, body: &'a Value, at: &str, owner: &str) -> Option<Body> {
        let (body, at) = self.resolved(body, &format!("{at}/requestBody"))?;
        let content = body.get("content").and_then(Value::as_object);
        let Some((media_type, holder)) = content.and_then(preferred) else {
            self.notes.add(&at, "body", "a body without a media type is none");
            return None;
        };
        let others: Vec<&str> =
            content.into_iter().flatten().map(|(name, _)| name.as_str()).filter(|name| *name != media_type).collect();
        if !others.is_empty() {
            self.notes.add(&at, "body", format!("it is sent as {media_type}; not as {}", others.join(", ")));
        }
        let essence = essence(media_type);
        let place = below(&format!("{at}/content"), media_type);
        self.must_be_ascii(media_type, &place);
        let schema = |reader: &mut Self| match holder.get("schema") {
            Some(schema) => reader.schema(schema, &format!("{place}/schema"), &format!("{owner}Body")),
            None => Shape::Any.required(),
        };
        let (form, media_type) = if is_json(&essence) {
            let mut schema = schema(self);
            // Nothing could write a secret that no field holds: the secret type never does itself.
            if *schema.innermost() == Shape::Secret {
                self.notes.add(&place, "body", "a secret that is the body itself is text");
                *schema.innermost() = Shape::Text;
            }
            if essence != JSON && !essence.contains('*') {
                self.notes.add(&at, "media type", format!("{media_type} is JSON, and is sent under that name"));
            }
            (
                Form::Json(schema),
                if essence == JSON || essence.contains('*') { JSON.to_owned() } else { media_type.to_owned() },
            )
        } else if essence == "application/x-www-form-urlencoded" {
            (Form::Urlencoded(schema(self)), essence)
        } else if essence == "multipart/form-data" {
            self.notes.add(&at, "media type", "a multipart form, which the caller fills");
            (Form::Multipart, essence)
        } else if essence == "text/plain" {
            (Form::Text, media_type.to_owned())
        } else {
            if essence != "application/octet-stream" {
                self.notes.add(&at, "media type", format!("the bytes of {media_type}: nothing here writes it"));
            }
            let named = if media_type.contains('*') { "application/octet-stream" } else { media_type };
            (Form::Bytes, named.to_owned())
        };
        let required = flag(body, "required");
        if !required {
            self.notes.add(&at, "optional body", "it may be left out");
        }
        Some(Body { form, media_type, required, at: place })
    }

    /// The responses of an operation, each under the status that its key means.
    pub(super) fn responses(&mut self, operation: &'a Value, method: &str, at: &str, owner: &str) -> Vec<Response> {
        let mut filed: BTreeMap<String, Vec<(&'a Value, String)>> = BTreeMap::new();
        for (key, response) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
            let place = below(&format!("{at}/responses"), key);
            let Some(status) = status(key) else {
                if !key.starts_with("x-") {
                    self.notes.add(&place, "status", format!("`{key}` is no status"));
                }
                continue;
            };
            if status == "101" {
                self.notes.problem(
                    &place,
                    "status 101 changes the protocol of the connection, and an operation is one request and one response",
                    "take the operation out",
                );
            }
            if status != *key {
                self.notes.add(&place, "status", format!("it is a response with status {status}"));
            }
            let Some(found) = self.resolved(response, &place) else { continue };
            filed.entry(status).or_default().push(found);
        }
        self.split_default(&mut filed, at);
        filed.retain(|status, _| {
            let known = status.starts_with(['2', '4', '5']);
            if !known {
                let what = "neither success nor failure: it comes as undocumented";
                self.notes.add(&below(&format!("{at}/responses"), status), "status", what);
            }
            known
        });
        if !filed.keys().any(|status| status.starts_with('2')) {
            self.notes.add(&format!("{at}/responses"), "status", "no success is described: whatever comes is one");
        }
        let mut seen: Vec<(&'a Value, Schema)> = Vec::new();
        let mut responses: Vec<Response> =
            filed.into_iter().map(|(status, all)| self.response(status, &all, method, owner, &mut seen)).collect();
        responses.sort_by_key(|response| (response.status.ends_with('X'), response.status.clone()));
        responses
    }

    /// `default` is for what is not listed, so for failures, and for success only where no success is listed.
    fn split_default(&mut self, filed: &mut BTreeMap<String, Vec<(&'a Value, String)>>, at: &str) {
        let Some(default) = filed.remove("default") else { return };
        let success = filed.keys().any(|status| status.starts_with('2'));
        let ranges: &[&str] = if success { &["4XX", "5XX"] } else { &["2XX", "4XX", "5XX"] };
        for range in ranges {
            filed.entry((*range).to_owned()).or_insert_with(|| default.clone());
        }
        self.notes.add(&format!("{at}/responses/default"), "status", format!("`default` is {}", ranges.join(" and ")));
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
                self.notes.add(at, "headers", "its headers are text, among those of the response");
            }
            let content = response.get("content").and_then(Value::as_object).filter(|content| !content.is_empty());
            let Some(content) = content else { continue };
            if method == "head" || matches!(&*status, "204" | "205" | "304") {
                self.notes.add(at, "response", "a response of this kind has no body");
                continue;
            }
            let named = content.keys().filter(|name| is_json(&essence(name)));
            let Some(first) = named.clone().find(|name| essence(name) == JSON).or_else(|| named.clone().next()) else {
                let names: Vec<&str> = content.keys().map(String::as_str).collect();
                self.notes.add(at, "response", format!("the bytes of {}: it is not JSON", names.join(", ")));
                others.extend(content.keys().cloned());
                payloads.push(Payload::Bytes);
                continue;
            };
            for name in named {
                self.must_be_ascii(name, &below(&format!("{at}/content"), name));
                let name = essence(name);
                if name != JSON {
                    self.notes.add(at, "response", format!("{name} is JSON"));
                }
                json.push(if name.contains('*') { JSON.to_owned() } else { name });
            }
            let kind = if status.starts_with('2') { "Response".to_owned() } else { names::status_name(&status) };
            let number = if index == 0 { String::new() } else { format!("{}", index + 1) };
            let place = format!("{}/schema", below(&format!("{at}/content"), first));
            let schema = match content.get(first).and_then(|holder| holder.get("schema")) {
                None => Shape::Any.required(),
                // What several statuses share has one name.
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

    /// A request has the media types of its body and of the responses that it accepts in headers.
    fn must_be_ascii(&mut self, media_type: &str, at: &str) {
        if !media_type.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            let what = "a media type has characters that no header can have";
            self.notes.problem(at, what, "write it in ASCII, on one line");
        }
    }

    /// Several responses with one status are alternatives: that is how Apidog writes them.
    fn joined(&mut self, several: &[Payload], status: &str, all: &[(&'a Value, String)], owner: &str) -> Payload {
        let Some((value, at)) = all.last() else { return Payload::Nothing };
        self.notes.add(at, "response", format!("status {status} has a response already: they are alternatives"));
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

/// The media type that a client does best with.
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

/// Whether what has this media type is JSON; an open one (`*/*`) is taken for it, which is what tools mean by it.
fn is_json(essence: &str) -> bool {
    matches!(essence, JSON | "text/json" | "*/*" | "application/*" | "*") || essence.ends_with("+json")
}

/// The status that a key means (`200`, `x-200:Name`, `2xx`, `200:OK`).
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
