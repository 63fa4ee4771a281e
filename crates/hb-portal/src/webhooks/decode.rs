//! From a 2xx to the endpoint and its secret: as the contract says, or whatever can be saved.

use chrono::{DateTime, NaiveDateTime, Utc};
use hb_portal_client::{Response, types};
use http::StatusCode;

use crate::{
    CreatedWebhook, Deviation, EndpointId, EventType, SigningSecret, WebhookEndpoint,
    response::{
        json::{Found, Node, Tree},
        request_id,
    },
    transport::Cut,
};

/// The members of `data`, and what the contract says each is. Those that may be null or missing say so.
const FIELDS: &[(&str, &str, Presence)] = &[
    ("id", "integer", Presence::Required),
    ("url", "string", Presence::Required),
    ("events", "array", Presence::Required),
    ("is_active", "boolean", Presence::Optional),
    ("timeout_seconds", "integer", Presence::Optional),
    ("max_retries", "integer", Presence::Optional),
    ("failure_count", "integer", Presence::Optional),
    ("last_called_at", DATE_TIME, Presence::Optional),
    ("last_failed_at", DATE_TIME, Presence::Optional),
    ("created_at", DATE_TIME, Presence::Optional),
];

const DATE_TIME: &str = "date-time";

#[derive(Clone, Copy, PartialEq)]
enum Presence {
    Required,
    Optional,
}

/// What a strictly decoded answer gives.
pub(super) fn strict(value: types::CreatedWebhookEndpoint, response: &Response, cut: Option<Cut>) -> CreatedWebhook {
    let data = value.data;
    let count = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
    CreatedWebhook {
        endpoint: WebhookEndpoint {
            id: Some(EndpointId::new(data.id.to_string())),
            url: Some(data.url),
            events: data.events.into_iter().map(EventType::from).collect(),
            is_active: data.is_active,
            timeout_seconds: count(data.timeout_seconds),
            max_retries: count(data.max_retries),
            failure_count: count(data.failure_count),
            last_called_at: data.last_called_at,
            last_failed_at: data.last_failed_at,
            created_at: data.created_at,
        },
        secret: SigningSecret::just_shown(value.secret),
        message: value.message,
        deviations: cut.map(cut_off).into_iter().collect(),
        request_id: request_id(response.headers()).map(str::to_owned),
    }
}

/// What can be saved of a 2xx that is not what the contract says; the endpoint's id, if it has one, when no secret can.
pub(super) fn salvage(response: &Response, cut: Option<Cut>) -> Result<CreatedWebhook, Option<EndpointId>> {
    let tree = Tree::parse(response.expose_body());
    let secret = tree.find_secret("secret");
    let outer = secret.as_ref().map(|found| found.of).or_else(|| tree.root().map(Node::unwrapped));
    let data = outer.map(endpoint);
    let id = data.and_then(|data| data.get("id")).and_then(id_text);
    let Some(Found { pointer, secret, .. }) = secret else { return Err(id) };
    let text = |name: &str| data.and_then(|data| data.get(name)?.text());
    let count = |name: &str| data.and_then(|data| data.get(name)?.number());
    let date = |name: &str| text(name).and_then(|text| date_time(&text));
    Ok(CreatedWebhook {
        endpoint: WebhookEndpoint {
            id,
            url: text("url"),
            events: data.map(events).unwrap_or_default(),
            is_active: data.and_then(|data| truth(data.get("is_active")?)),
            timeout_seconds: count("timeout_seconds"),
            max_retries: count("max_retries"),
            failure_count: count("failure_count"),
            last_called_at: date("last_called_at"),
            last_failed_at: date("last_failed_at"),
            created_at: date("created_at"),
        },
        secret: SigningSecret::just_shown(secret),
        message: [outer, tree.root().map(Node::unwrapped)].iter().flatten().find_map(|of| of.get("message")?.text()),
        deviations: deviations(response.status(), cut, &tree, &pointer),
        request_id: request_id(response.headers()).map(str::to_owned),
    })
}

/// The object that tells of the endpoint: the `data` of `outer`, or of that, if the whole is in a `data` itself; or `outer`.
fn endpoint<'t, 'a>(outer: &'t Node<'a>) -> &'t Node<'a> {
    let mut node = outer;
    while node.get("id").is_none() || std::ptr::eq(node, outer) {
        let Some(data) = node.get("data") else { break };
        node = data.unwrapped();
    }
    node
}

fn id_text(id: &Node<'_>) -> Option<EndpointId> {
    match id {
        Node::Number(text) => Some(EndpointId::new((*text).to_owned())),
        _ => id.text().filter(|text| !text.is_empty()).map(EndpointId::new),
    }
}

fn events(data: &Node<'_>) -> Vec<EventType> {
    match data.get("events") {
        Some(Node::Array(events)) => events.iter().filter_map(Node::text).map(EventType::from).collect(),
        Some(event) => event.text().map(EventType::from).into_iter().collect(),
        None => Vec::new(),
    }
}

fn truth(node: &Node<'_>) -> Option<bool> {
    match node {
        Node::Bool(value) => Some(*value),
        Node::Number("1") => Some(true),
        Node::Number("0") => Some(false),
        _ => node.text()?.parse().ok(),
    }
}

/// A date as the contract has it, or as databases print it: without a zone, which is UTC then.
fn date_time(text: &str) -> Option<DateTime<Utc>> {
    let zoned = DateTime::parse_from_rfc3339(text).ok().map(|date| date.to_utc());
    zoned.or_else(|| {
        let formats = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
        formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok()).map(|date| date.and_utc())
    })
}

/// In what the answer is not what the contract says.
fn deviations(status: StatusCode, cut: Option<Cut>, tree: &Tree<'_>, secret: &str) -> Vec<Deviation> {
    let mut found = Vec::new();
    if status != StatusCode::CREATED {
        found.push(Deviation::new("", "status 201", format!("status {}", status.as_u16())));
    }
    match cut {
        Some(cut) => found.push(cut_off(cut)),
        None if tree.broken => found.push(Deviation::new("", "a JSON document", "one that is broken")),
        None => {}
    }
    if tree.marked {
        found.push(Deviation::new("", "a JSON document", "a byte-order mark before it"));
    }
    if tree.trailed {
        found.push(Deviation::new("", "a JSON document", "more behind it"));
    }
    let Some(root) = tree.root() else { return found };
    if !matches!(root, Node::Object(_)) {
        found.push(Deviation::new("", "object", root.kind()));
    }
    let (root, at) = unwrapped(root, String::new());
    let documented = format!("{at}/secret");
    if secret != documented {
        let there = root.get("secret");
        found.push(Deviation::new(documented, "string", there.map_or("missing", Node::kind)));
        found.push(Deviation::new(secret.to_owned(), "nothing", "string"));
    }
    member(root, &at, "message", "string", Presence::Optional, &mut found);
    repeated(root, &at, "secret", &mut found);
    member(root, &at, "data", "object", Presence::Required, &mut found);
    let data = root.get("data").map(|data| unwrapped(data, format!("{at}/data")));
    if let Some((data @ Node::Object(_), at)) = data {
        for (name, kind, presence) in FIELDS {
            member(data, &at, name, kind, *presence, &mut found);
        }
        for (index, event) in data.get("events").into_iter().flat_map(items).enumerate() {
            if event.kind() != "string" {
                found.push(Deviation::new(format!("{at}/events/{index}"), "string", event.kind()));
            }
        }
    }
    if found.is_empty() {
        found.push(Deviation::new("", "what the contract says", "a value out of its range"));
    }
    found
}

fn cut_off(cut: Cut) -> Deviation {
    match cut {
        Cut::Broken => Deviation::new("", "a whole answer", "one cut off"),
        Cut::Stalled => Deviation::new("", "a whole answer", "one that stalled"),
        Cut::TooLong => Deviation::new("", "at most 1 MiB", "more"),
    }
}

/// What stands alone in arrays, with its pointer.
fn unwrapped<'t, 'a>(mut node: &'t Node<'a>, mut at: String) -> (&'t Node<'a>, String) {
    while let Node::Array(items) = node {
        let [item] = items.as_slice() else { break };
        at.push_str("/0");
        node = item;
    }
    (node, at)
}

fn items<'t, 'a>(node: &'t Node<'a>) -> &'t [Node<'a>] {
    if let Node::Array(items) = node { items } else { &[] }
}

/// Notes what is wrong with one member of an object.
fn member(of: &Node<'_>, at: &str, name: &str, expected: &'static str, presence: Presence, to: &mut Vec<Deviation>) {
    let pointer = || format!("{at}/{name}");
    match of.get(name) {
        None | Some(Node::Null) if presence == Presence::Optional => {}
        None => to.push(Deviation::new(pointer(), expected, "missing")),
        Some(node) if expected == DATE_TIME => {
            let reads = node.text().is_some_and(|text| DateTime::parse_from_rfc3339(&text).is_ok());
            if !reads {
                let found = if node.kind() == "string" { "another string" } else { node.kind() };
                to.push(Deviation::new(pointer(), expected, found));
            }
        }
        Some(node) if node.kind() != expected => to.push(Deviation::new(pointer(), expected, node.kind())),
        Some(_) => {}
    }
    repeated(of, at, name, to);
}

fn repeated(of: &Node<'_>, at: &str, name: &str, to: &mut Vec<Deviation>) {
    let count = of.members(name).count();
    if count > 1 {
        to.push(Deviation::new(format!("{at}/{name}"), "once", format!("{count} times")));
    }
}
