//! The fields of an endpoint: what the contract says each is, and how each is read leniently.

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::{
    endpoint::{EndpointId, WebhookEndpoint},
    event::EventType,
    response::node::Node,
};

/// A documented field of an endpoint.
pub(super) struct Field {
    pub(super) name: &'static str,
    /// Its kind, as [`Node::kind`] names it; or [`DATE_TIME`].
    pub(super) kind: &'static str,
    /// Whether it may not be null.
    pub(super) is_required: bool,
    /// Reads it, in any form that can be understood.
    pub(super) read: fn(&Node<'_>, &mut WebhookEndpoint),
}

/// The kind of a string that is a date as RFC 3339 has it.
pub(super) const DATE_TIME: &str = "date-time";

/// Every documented field. Reading, salvage and deviations all follow this table.
pub(super) const FIELDS: [Field; 10] = [
    required("id", "integer", |node, endpoint| endpoint.id = id(node)),
    required("url", "string", |node, endpoint| endpoint.url = node.text().map(Into::into)),
    required("events", "array", |node, endpoint| endpoint.events = events(node)),
    optional("is_active", "boolean", |node, endpoint| endpoint.is_active = truth(node)),
    optional("timeout_seconds", "integer", |node, endpoint| endpoint.timeout_seconds = node.number()),
    optional("max_retries", "integer", |node, endpoint| endpoint.max_retries = node.number()),
    optional("failure_count", "integer", |node, endpoint| endpoint.failure_count = node.number()),
    optional("last_called_at", DATE_TIME, |node, endpoint| endpoint.last_called_at = date_time(node)),
    optional("last_failed_at", DATE_TIME, |node, endpoint| endpoint.last_failed_at = date_time(node)),
    optional("created_at", DATE_TIME, |node, endpoint| endpoint.created_at = date_time(node)),
];

const fn required(name: &'static str, kind: &'static str, read: fn(&Node<'_>, &mut WebhookEndpoint)) -> Field {
    Field { name, kind, is_required: true, read }
}

const fn optional(name: &'static str, kind: &'static str, read: fn(&Node<'_>, &mut WebhookEndpoint)) -> Field {
    Field { name, kind, is_required: false, read }
}

/// Reads every field that `node` has.
pub(super) fn read(node: &Node<'_>) -> WebhookEndpoint {
    let mut endpoint = WebhookEndpoint::default();
    for field in &FIELDS {
        if let Some(value) = node.get(field.name) {
            (field.read)(value, &mut endpoint);
        }
    }
    endpoint
}

/// An id, which the portal has sent as a number and as a string.
pub(super) fn id(node: &Node<'_>) -> Option<EndpointId> {
    match node {
        Node::Number(text) => Some(EndpointId::from(*text)),
        _ => node.text().filter(|text| !text.is_empty()).map(|text| EndpointId::from(&*text)),
    }
}

fn events(node: &Node<'_>) -> Vec<EventType> {
    let event = |node: &Node<'_>| Some(EventType::from(&*node.text()?));
    match node {
        Node::Array(events) => events.iter().filter_map(event).collect(),
        _ => event(node).into_iter().collect(),
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

/// A date as RFC 3339 has it, or as databases print it: without a zone, which then is UTC.
fn date_time(node: &Node<'_>) -> Option<DateTime<Utc>> {
    let text = node.text()?;
    let zoned = DateTime::parse_from_rfc3339(&text).ok().map(|date| date.to_utc());
    zoned.or_else(|| {
        let formats = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
        formats.iter().find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok()).map(|date| date.and_utc())
    })
}
