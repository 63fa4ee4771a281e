//! The fields of an endpoint, with the kind that the contract defines for each, and a lenient reader for each.

use crate::{
    endpoint::{EndpointId, WebhookEndpoint},
    event::EventType,
    response::node::Node,
};

/// A field of an endpoint that the contract has.
pub(super) struct Field {
    pub(super) name: &'static str,
    /// Its kind, as [`Node::kind`] names it, or [`DATE_TIME`].
    pub(super) kind: &'static str,
    pub(super) expected: Expected,
    /// Reads the field, in any form that can be understood.
    pub(super) read: fn(&Node<'_>, &mut WebhookEndpoint),
}

/// The contract's requirement on the presence of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// It is present and not null.
    Always,
    /// It is documented, and may be null.
    Documented,
    /// Only another copy of the page has it (`corroborated`).
    Perhaps,
}

/// The kind of a string that is a date as in RFC 3339.
pub(super) const DATE_TIME: &str = "date-time";

use Expected::{Always, Documented, Perhaps};

/// Every field of the contract. Reading, salvage and deviations all follow this table. `secret_prefix` is a piece of the secret,
/// and is not read.
pub(super) const FIELDS: [Field; 16] = [
    field("id", "integer", Always, |node, endpoint| endpoint.id = id(node)),
    field("url", "string", Always, |node, endpoint| endpoint.url = node.text().map(Into::into)),
    field("events", "array", Always, |node, endpoint| endpoint.events = events(node)),
    field("is_active", "boolean", Documented, |node, endpoint| endpoint.is_active = node.truth()),
    field("timeout_seconds", "integer", Documented, |node, endpoint| endpoint.timeout_seconds = node.number()),
    field("max_retries", "integer", Documented, |node, endpoint| endpoint.max_retries = node.number()),
    field("failure_count", "integer", Documented, |node, endpoint| endpoint.failure_count = node.number()),
    field("last_called_at", DATE_TIME, Documented, |node, endpoint| endpoint.last_called_at = node.date_time()),
    field("last_failed_at", DATE_TIME, Documented, |node, endpoint| endpoint.last_failed_at = node.date_time()),
    field("created_at", DATE_TIME, Documented, |node, endpoint| endpoint.created_at = node.date_time()),
    field("name", "string", Perhaps, |node, endpoint| endpoint.name = node.text().map(Into::into)),
    field("secret_prefix", "string", Perhaps, |_, _| {}),
    field("last_delivered_at", DATE_TIME, Perhaps, |node, endpoint| endpoint.last_delivered_at = node.date_time()),
    field("last_response_code", "integer", Perhaps, |node, endpoint| endpoint.last_response_code = node.number()),
    field("consecutive_failures", "integer", Perhaps, |node, endpoint| endpoint.consecutive_failures = node.number()),
    field("updated_at", DATE_TIME, Perhaps, |node, endpoint| endpoint.updated_at = node.date_time()),
];

const fn field(
    name: &'static str,
    kind: &'static str,
    expected: Expected,
    read: fn(&Node<'_>, &mut WebhookEndpoint),
) -> Field {
    Field { name, kind, expected, read }
}

/// Reads the known fields of `node`.
pub(in crate::webhooks) fn read(node: &Node<'_>) -> WebhookEndpoint {
    let mut endpoint = WebhookEndpoint::default();
    for field in &FIELDS {
        if let Some(value) = node.get(field.name) {
            (field.read)(value, &mut endpoint);
        }
    }
    endpoint
}

pub(super) fn id(node: &Node<'_>) -> Option<EndpointId> {
    node.id().map(|text| EndpointId::from(&*text))
}

fn events(node: &Node<'_>) -> Vec<EventType> {
    let event = |node: &Node<'_>| Some(EventType::from(&*node.text()?));
    match node {
        Node::Array(events) => events.iter().filter_map(event).collect(),
        _ => event(node).into_iter().collect(),
    }
}
