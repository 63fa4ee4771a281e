//! The sandbox's log: a line for each request and for each attempt to deliver.

use hb_portal_sandbox::{DeliveryAttempt, HandledRequest};

use crate::{
    output::{BAD, GOOD, ODD},
    shown,
};

/// A request, without headers and body.
pub(super) fn request(request: &HandledRequest) -> String {
    let (method, path) = (shown::text(&request.method), shown::text(&request.path));
    let status = request.status.map_or_else(|| "---".to_owned(), |status| status.to_string());
    let style = match request.status {
        Some(200..=299) => GOOD,
        Some(300..=499) => ODD,
        _ => BAD,
    };
    let milliseconds = request.duration.as_secs_f64() * 1000.0;
    format!("{} {method} {path} {style}{status}{style:#} {milliseconds:.1}ms", shown::time(request.at))
}

/// An attempt to deliver, without its body and its signature.
pub(super) fn attempt(made: &DeliveryAttempt) -> String {
    let DeliveryAttempt { endpoint, number, result, .. } = made;
    let event = shown::text(&made.event);
    let flaw = made.flaw.map_or_else(String::new, |flaw| format!(", {flaw:?}"));
    let style = if made.is_accepted() { GOOD } else { BAD };
    let milliseconds = made.duration.as_secs_f64() * 1000.0;
    let at = shown::time(made.at);
    format!(
        "{at} deliver {event} to endpoint {endpoint}, attempt {number}{flaw}: {style}{result}{style:#} {milliseconds:.1}ms"
    )
}
