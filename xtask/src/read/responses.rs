//! Bodies: of a request, and of the responses by status.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Reader, keywords, names, schemas::Name, secrecy::is_within, site::Site};
use crate::api::{Body, Form, Payload, Response, Schema, Shape};

const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";

/// The kinds of media types, those that suit a client best first; the first three are JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Media {
    Json,
    /// JSON under another name.
    LikeJson,
    /// Any media type, which tools write for JSON.
    Any,
    Urlencoded,
    Multipart,
    Bytes,
    Text,
    Other,
}

impl Media {
    fn of(name: &str) -> Self {
        match essence(name).as_str() {
            JSON => Self::Json,
            "*/*" | "application/*" | "application/*+json" | "*" => Self::Any,
            "application/x-www-form-urlencoded" => Self::Urlencoded,
            "multipart/form-data" => Self::Multipart,
            BYTES => Self::Bytes,
            "text/plain" => Self::Text,
            essence if essence == "text/json" || essence.ends_with("+json") => Self::LikeJson,
            _ => Self::Other,
        }
    }
}

/// A media type without its parameters.
fn essence(name: &str) -> String {
    name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The bodies of a request or a response, by media type.
fn content<'a>(holder: &Site<'a>) -> Vec<(Media, &'a str, Site<'a>)> {
    holder.members("content").into_iter().map(|(name, site)| (Media::of(name), name, site)).collect()
}

/// The schemas of an operation's responses that are already read.
type Seen<'a> = Vec<(&'a Value, Schema)>;

impl<'a> Reader<'a, '_> {
    /// The body of a request, in the media type that suits a client best.
    pub(super) fn body(&mut self, body: &Site<'a>, owner: &str) -> Option<Body> {
        let body = self.resolved(body)?;
        let all = content(&body);
        let Some((media, name, site)) = all.iter().min_by_key(|(media, ..)| *media) else {
            self.note(&body, "body", "it has no media type: dropped");
            return None;
        };
        let others: Vec<&str> = all.iter().map(|(_, other, _)| *other).filter(|other| other != name).collect();
        if !others.is_empty() {
            self.note(&body, "body", format!("it is sent as {name}, not as {}", others.join(", ")));
        }
        self.must_be_ascii(name, site);
        let schema = |reader: &mut Self| match site.get("schema") {
            Some(schema) => reader.schema(&schema, || format!("{owner}Body")),
            None => Shape::Any.required(),
        };
        let text = || if is_within(site, &mut BTreeSet::new()) { Shape::Secret } else { Shape::Text }.required();
        if *media == Media::Urlencoded && site.has(&["encoding"]) {
            self.note(&body, "body", "its `encoding` is ignored: each item of a list is a pair of its own");
        }
        let essence = essence(name);
        let (form, media_type, what) = match media {
            Media::Json | Media::Any => (Form::Json(schema(self)), JSON, String::new()),
            Media::LikeJson => (Form::Json(schema(self)), *name, format!("{name} is sent as JSON under that name")),
            Media::Urlencoded if site.get("schema").is_some_and(|schema| is_no_object(&schema)) => {
                let what = "a form is an object, but this is not: the caller writes it as text";
                (Form::Text(text()), &*essence, what.to_owned())
            }
            Media::Urlencoded => (Form::Urlencoded(schema(self)), &*essence, String::new()),
            Media::Multipart => (Form::Multipart, &*essence, "a multipart form: the caller adds its parts".to_owned()),
            Media::Text => (Form::Text(text()), *name, String::new()),
            Media::Bytes => (Form::Bytes, *name, String::new()),
            Media::Other => {
                let what = format!("the client cannot write {name}: the caller gives its bytes");
                (Form::Bytes, if name.contains('*') { BYTES } else { name }, what)
            }
        };
        if !what.is_empty() {
            self.note(&body, "media type", what);
        }
        let required = body.flag("required");
        if !required {
            self.note(&body, "optional body", "the caller may omit it");
        }
        Some(Body { form, media_type: media_type.to_owned(), required, at: site.at.clone() })
    }

    /// The responses of an operation by status.
    pub(super) fn responses(&mut self, operation: &Site<'a>, method: &str, owner: &str) -> Vec<Response> {
        let mut filed: BTreeMap<String, Vec<Site<'a>>> = BTreeMap::new();
        for (key, response) in operation.members("responses") {
            let Some(status) = status(key) else {
                if !key.starts_with("x-") {
                    self.note(&response, "key", format!("`{key}` is not a status: dropped"));
                }
                continue;
            };
            if status == "101" {
                let what = "status 101 changes the protocol of the connection, but an operation is one request and one response";
                self.notes.problem(&response.at, what, "remove the operation");
            }
            if status != key {
                self.note(&response, "status", format!("it is read as status {status}"));
            }
            filed.entry(status).or_default().extend(self.resolved(&response));
        }
        let at = format!("{}/responses", operation.at);
        // It means the statuses that are not listed: failures, and success if none is listed.
        if let Some(default) = filed.remove("default") {
            let has_success = filed.keys().any(|status| status.starts_with('2'));
            let ranges: &[&str] = if has_success { &["4XX", "5XX"] } else { &["2XX", "4XX", "5XX"] };
            for range in ranges {
                filed.entry((*range).to_owned()).or_insert_with(|| default.clone());
            }
            let what = format!("`default` is read as {}", ranges.join(" and "));
            self.notes.add(&format!("{at}/default"), "status", what);
        }
        filed.retain(|status, _| {
            let is_known = status.starts_with(['2', '4', '5']);
            if !is_known {
                let what = "neither success nor failure: the client reports it as undocumented";
                self.notes.add(&format!("{at}/{status}"), "status", what);
            }
            is_known
        });
        if !filed.keys().any(|status| status.starts_with('2')) {
            self.notes.add(&at, "status", "no success is described: any 2xx is one");
        }
        let mut seen = Vec::new();
        let responses = filed.iter().map(|(status, all)| self.response(status, all, method, owner, &mut seen));
        let mut responses: Vec<Response> = responses.collect();
        responses.sort_by_key(|response| (response.status.ends_with('X'), response.status.clone()));
        responses
    }

    fn response(&mut self, status: &str, all: &[Site<'a>], method: &str, owner: &str, seen: &mut Seen<'a>) -> Response {
        let (mut json, mut others, mut schemas) = (Vec::new(), Vec::new(), Vec::new());
        for (index, site) in all.iter().enumerate() {
            if !site.members("headers").is_empty() {
                self.note(site, "headers", "its headers are not typed: the response has them as text");
            }
            let content = content(site);
            let Some((media, _, best)) = content.iter().min_by_key(|(media, ..)| *media) else { continue };
            if method == "head" || matches!(status, "204" | "205" | "304") {
                self.note(site, "response", "a response to HEAD, or with this status, has no body: dropped");
                continue;
            }
            if *media > Media::Any {
                let names: Vec<&str> = content.iter().map(|(_, name, _)| *name).collect();
                self.note(site, "response", format!("not JSON: the bytes of {}", names.join(", ")));
                others.push(names);
                continue;
            }
            for (media, name, place) in content.iter().filter(|(media, ..)| *media <= Media::Any) {
                self.must_be_ascii(name, place);
                let essence = essence(name);
                if *media != Media::Json {
                    self.note(site, "response", format!("{essence} is read as JSON"));
                }
                json.push(if *media == Media::Any { JSON.to_owned() } else { essence });
            }
            let kind = if status.starts_with('2') { "Response".to_owned() } else { names::status_name(status) };
            let number = if index == 0 { String::new() } else { (index + 1).to_string() };
            let schema = match best.get("schema") {
                None => Shape::Any.required(),
                Some(schema) => match seen.iter().find(|(known, _)| *known == schema.value) {
                    // Statuses with the same schema share one type.
                    Some((_, known)) => known.clone(),
                    None => {
                        let read = self.schema(&schema, || format!("{owner}{kind}{number}"));
                        seen.push((schema.value, read.clone()));
                        read
                    }
                },
            };
            schemas.push(schema);
        }
        if let Some(last) = all.last().filter(|_| schemas.len() + others.len() > 1) {
            self.note(last, "response", format!("status {status} has several responses: they are alternatives"));
        }
        let payload = match (schemas.as_slice(), all.last()) {
            ([], _) if others.is_empty() => Payload::Nothing,
            ([], _) => Payload::Bytes,
            ([_, _, ..], Some(last)) => {
                let name = format!("{owner}{}Any", names::status_name(status));
                let name = self.type_name(last, Name { text: &name, own: false });
                let all = schemas.into_iter().map(|schema| (schema, last.clone())).collect();
                Payload::Json(self.union(all, last, &name).required())
            }
            ([first, ..], _) => Payload::Json(first.clone()),
        };
        let media_types = if json.is_empty() { others.concat().into_iter().map(str::to_owned).collect() } else { json };
        let at = all.first().map(|site| site.at.clone()).unwrap_or_default();
        Response { status: status.to_owned(), payload, media_types, at }
    }

    /// Checks a media type, which becomes part of a request header.
    fn must_be_ascii(&mut self, media_type: &str, site: &Site<'a>) {
        if !media_type.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            let what = "a media type has characters that no header can have";
            self.notes.problem(&site.at, what, "write it in ASCII, on one line");
        }
    }
}

/// Whether the values of a schema are of another type than objects.
fn is_no_object(schema: &Site<'_>) -> bool {
    let types = schema.followed().map(|schema| keywords::types(schema.value)).unwrap_or_default();
    !types.is_empty() && !types.contains(&"object")
}

/// The status in a key (`200`, `x-200:Name`, `2xx`, `200:OK`).
fn status(key: &str) -> Option<String> {
    let key = key.trim();
    let bare = key.strip_prefix("x-").unwrap_or(key);
    let head = bare.split([':', ' ']).next()?.to_ascii_uppercase();
    match head.as_bytes() {
        b"DEFAULT" if bare == key => Some("default".to_owned()),
        [b'1'..=b'5', b'X', b'X'] | [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'] => Some(head),
        _ => None,
    }
}
