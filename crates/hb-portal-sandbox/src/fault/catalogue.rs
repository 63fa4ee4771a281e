//! The catalogue of named faults, for tests that iterate over every failure.

use std::io;
use std::str::FromStr;
use std::time::Duration;

use super::bodies::{FURTHER, LISTS, PLAUSIBLE, made};
use super::model::Fault;
use super::moment::{Ending, Moment};
use super::operation::Operation;
use super::response::Response;
use crate::clock::DateForm;
use crate::http1::{Framing, Offset};

impl Fault {
    /// Every fault of the catalogue, for [`Operation::Create`].
    ///
    /// The names are unique. The first fault is [`Fault::refuses`], which lasts until
    /// [`Sandbox::clear_faults`](crate::Sandbox::clear_faults).
    ///
    /// # Examples
    /// ```
    /// use hb_portal_sandbox::Fault;
    ///
    /// let all = Fault::all();
    /// assert!(all.iter().any(|fault| fault.commits() && fault.status() == Some(500)));
    /// assert!(all.iter().any(|fault| !fault.commits() && fault.status() == Some(429)));
    /// ```
    pub fn all() -> Vec<Self> {
        let mut all = Self::all_on(Operation::Create);
        all.extend(bodies());
        all
    }

    /// The faults for `operation`: the faults of the catalogue that do not depend on the body of a create, and, for an operation
    /// that returns a list, the faults of lists.
    ///
    /// In their names, "commits" means that the request is carried out, even if it changes nothing.
    pub fn all_on(operation: Operation) -> Vec<Self> {
        let mut all = breaks();
        all.extend(statuses());
        all.extend(commits());
        all.extend(deliveries());
        if matches!(operation, Operation::List | Operation::Calls) {
            all.extend(lists());
        }
        all.into_iter().map(|fault| fault.on(operation)).collect()
    }
}

/// Parses the name of a fault of the catalogue, in upper or lower case. Dashes can replace spaces and punctuation. A prefix
/// before a colon names the [`Operation`], which is `create` by default.
///
/// # Examples
/// ```
/// use hb_portal_sandbox::{Fault, Operation};
///
/// let fault: Fault = "commits-then-responds-with-500".parse()?;
/// assert_eq!(fault.name(), "commits, then responds with 500");
/// let fault: Fault = "list: responds with 503".parse()?;
/// assert_eq!(fault.operation(), Operation::List);
/// # Ok::<_, std::io::Error>(())
/// ```
impl FromStr for Fault {
    type Err = io::Error;

    fn from_str(text: &str) -> io::Result<Self> {
        let (operation, name) = match text.split_once(':') {
            Some((operation, name)) => (operation.trim().parse()?, name),
            None => (Operation::Create, text),
        };
        let all = if operation == Operation::Create { Self::all() } else { Self::all_on(operation) };
        let found = all.into_iter().find(|fault| words(fault.name()).eq(words(name)));
        let why = || format!("there is no fault {:?} for the operation {operation}", name.trim());
        found.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, why()))
    }
}

/// The words of a name, in lower case.
fn words(name: &str) -> impl Iterator<Item = String> {
    name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// Enough for a client's buffer to grow several times after the secret.
const GROWTH: usize = 256 * 1024;

/// Faults without any response.
fn breaks() -> Vec<Fault> {
    use Ending::{Close, Hang, Reset};
    use Moment::{AfterCommit, AfterRequest, BeforeRequest, Connected, DuringRequest, NextRequest};
    let mut breaks = vec![Fault::refuses()];
    breaks.extend(
        [
            (Connected, Reset),
            (Connected, Close),
            (Connected, Hang),
            (NextRequest, Close),
            (BeforeRequest, Reset),
            (BeforeRequest, Close),
            (DuringRequest, Reset),
            (DuringRequest, Close),
            (AfterRequest, Reset),
            (AfterRequest, Close),
            (AfterRequest, Hang),
            (AfterCommit, Reset),
            (AfterCommit, Close),
            (AfterCommit, Hang),
        ]
        .map(|(moment, ending)| Fault::breaks(moment, ending)),
    );
    breaks
}

/// Responses to a request that is not carried out.
fn statuses() -> Vec<Fault> {
    // The target is on the same origin, so that the sandbox records the request of a client that follows the redirect.
    let redirect = |status| Fault::responds(Response::new(status).header("location", "/elsewhere"));
    let message = |status: u16, text: &str| Response::new(status).json(&format!("{{\"message\":\"{text}\"}}"));
    let throttled = || message(429, "Too Many Attempts.");
    let dated = |form| throttled().header_date("retry-after", form, 1);
    // One second later, according to a clock that differs from the client's by `offset` seconds.
    let by_clock = |offset: i64| {
        throttled().header_date("date", DateForm::Imf, offset).header_date("retry-after", DateForm::Imf, offset + 1)
    };
    let invalid =
        r#"{"message":"The url field must be a valid URL.","errors":{"url":["The url field must be a valid URL."]}}"#;
    vec![
        redirect(301),
        redirect(302),
        redirect(303),
        redirect(307),
        redirect(308),
        Fault::responds(message(401, "Unauthenticated.")),
        Fault::responds(message(403, "This action is unauthorized.")),
        Fault::responds(message(409, "The resource already exists.")),
        Fault::responds(Response::new(413).html("<h1>413 Request Entity Too Large</h1>")),
        Fault::responds(message(419, "CSRF token mismatch.")),
        Fault::responds(Response::new(422).json(invalid)),
        Fault::responds(Response::new(422).html("<h1>422</h1>")).named("responds with 422 in HTML"),
        Fault::responds(
            Response::new(422).header("content-type", "application/json").body(b"{\"message\":\"\xff\xfe\"}"),
        )
        .named("responds with 422 and a body that is not UTF-8"),
        Fault::responds(Response::new(422)).named("responds with 422 and no body"),
        Fault::responds(throttled()),
        Fault::responds(throttled().header("retry-after", "1")).named("responds with 429 and Retry-After in seconds"),
        Fault::responds(throttled().header("retry-after", "1.5"))
            .named("responds with 429 and Retry-After in fractional seconds"),
        Fault::responds(throttled().header("retry-after", "1, 2")).named("responds with 429 and Retry-After as a list"),
        Fault::responds(dated(DateForm::Imf)).named("responds with 429 and Retry-After as a date"),
        Fault::responds(dated(DateForm::Rfc850)).named("responds with 429 and Retry-After as an RFC 850 date"),
        Fault::responds(dated(DateForm::Asctime)).named("responds with 429 and Retry-After as an asctime date"),
        Fault::responds(by_clock(-90)).named("responds with 429 and Retry-After from a clock that is behind"),
        Fault::responds(by_clock(90)).named("responds with 429 and Retry-After from a clock that is ahead"),
        Fault::responds(message(500, "Server Error")),
        Fault::responds(Response::new(501).html("<h1>501 Not Implemented</h1>")),
        Fault::responds(Response::new(502).html("<h1>502 Bad Gateway</h1>")),
        Fault::responds(Response::new(505).html("<h1>505 HTTP Version Not Supported</h1>")),
        Fault::responds(message(503, "Service Unavailable")),
    ]
}

/// Responses that hide that the request was carried out, or report it with another status.
fn commits() -> Vec<Fault> {
    let error = r#"{"message":"Server Error"}"#;
    vec![
        // Envoy and nginx respond like this when they time out while the portal continues to work.
        Fault::responds(Response::new(408).body("upstream request timeout").committing()),
        Fault::responds(Response::new(499).committing()),
        Fault::responds(Response::new(500).json(error).committing()),
        Fault::responds(Response::new(502).html("<h1>502 Bad Gateway</h1>").committing()),
        Fault::responds(Response::new(503).json(error).committing()),
        Fault::responds(Response::new(302).header("location", "/elsewhere").committing()),
        Fault::responds(Response::new(204).committing()),
        Fault::responds(Response::documented().status(200)),
        Fault::responds(Response::documented().status(202)),
    ]
}

/// The ordinary response, delivered badly or written unusually.
fn deliveries() -> Vec<Fault> {
    let places = [
        ("inside the status line", Offset::Response(11)),
        ("inside the headers", Offset::Response(40)),
        ("before the body", Offset::Body(0)),
        ("inside the secret", Offset::BeforeSecretEnd(20)),
        ("before the secret's closing quote", Offset::BeforeSecretEnd(1)),
        ("after the secret", Offset::BeforeSecretEnd(0)),
        ("before its last byte", Offset::BeforeEnd(1)),
    ];
    let cut = places.map(|(place, offset)| {
        Fault::responds(Response::documented().cut_at(offset))
            .named(format!("commits, then the response is cut {place}"))
    });
    let stalled = places.map(|(place, offset)| {
        Fault::responds(Response::documented().stalled_at(offset))
            .named(format!("commits, then the response stalls {place}"))
    });
    let unannounced = Response::documented().framing(Framing::Close);
    let growing = Response::documented()
        .body_from(|issued| {
            let body = issued.expose_body().strip_suffix('}').unwrap_or_default();
            format!("{body},\"padding\":\"{}\"}}", "x".repeat(GROWTH)).into()
        })
        .framing(Framing::Chunks(64));
    let many = (0..300).fold(Response::documented(), |response, number| response.header(&format!("x-{number}"), "one"));
    let wide = Response::documented().content_type("application/json; charset=utf-16").body_from(|issued| {
        "\u{feff}".encode_utf16().chain(issued.expose_body().encode_utf16()).flat_map(u16::to_be_bytes).collect()
    });
    let others = [
        Fault::responds(unannounced.clone()).named("commits, then the response ends when the connection closes"),
        Fault::responds(unannounced.cut_at(Offset::BeforeSecretEnd(0)))
            .named("commits, then the response ends when the connection closes, after the secret"),
        Fault::responds(Response::documented().framing(Framing::Chunks(10)))
            .named("commits, then the response is chunked"),
        Fault::responds(Response::documented().slowly(50, Duration::from_millis(2)))
            .named("commits, then the response arrives slowly"),
        Fault::responds(growing).named("commits, then the response is chunked, with 256 KiB after the secret"),
        Fault::responds(Response::documented().gzipped()).named("commits, then the response is gzipped"),
        Fault::responds(Response::documented().gzipped_if_permitted())
            .named("commits, then the response is gzipped if the request permits it"),
        Fault::responds(many).named("commits, then the response has 300 headers"),
        Fault::responds(Response::documented().header_line("x-folded: one\r\n two"))
            .named("commits, then the response has a folded header"),
        Fault::responds(Response::documented().header_line("x-spaced : one"))
            .named("commits, then the response has a space before a colon"),
        Fault::responds(wide).named("commits, then the response is in UTF-16"),
    ];
    cut.into_iter().chain(stalled).chain(others).collect()
}

/// Lists that would lead a client in circles, or to another server.
fn lists() -> impl Iterator<Item = Fault> {
    let repeats =
        Fault::responds(Response::documented().from_the_first_page()).named("responds with a list that repeats a page");
    let bodies = LISTS.iter().map(|(name, make)| {
        let response = Response::documented().body_from(|issued| made(*make, issued));
        Fault::responds(response).named(format!("responds with a list whose {name}"))
    });
    bodies.chain([repeats])
}

/// The ordinary response with another body.
fn bodies() -> impl Iterator<Item = Fault> {
    PLAUSIBLE.iter().chain(FURTHER).map(|(name, make)| {
        let response = Response::documented().body_from(|issued| made(*make, issued));
        Fault::responds(response).named(format!("responds with 201, and {name}"))
    })
}
