//! The response that a fault sends: any status, headers and body, even if they violate HTTP.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::http::HeaderMap;

use super::gzip;
use super::operation::Operation;
use crate::clock::{self, DateForm};
use crate::http1::{Delivery, Framing, Message, Offset, is_named, line};
use crate::issued::Issued;

/// A response that replaces the ordinary one, scripted down to the byte if necessary.
///
/// [`Response::new`] commits nothing. [`Response::documented`] commits; it starts as the ordinary response, for you to change. Every
/// setting is sent unchanged, even if it violates HTTP.
///
/// # Examples
/// ```
/// use hb_portal_sandbox::{Fault, Response};
///
/// // The request is carried out, but a proxy that has given up waiting responds.
/// let proxy = Response::new(502).committing().html("<h1>Bad Gateway</h1>");
/// assert!(Fault::responds(proxy).commits());
///
/// // The response contains the real secret, but in an undocumented place.
/// let moved = Response::documented().body_from(|issued| {
///     format!(r#"{{"signing":{{"secret":"{}"}}}}"#, issued.expose_secret()).into()
/// });
/// assert!(Fault::responds(moved).commits());
/// ```
#[derive(Clone)]
pub struct Response {
    /// `None` for the ordinary status of the operation.
    status: Option<u16>,
    lines: Vec<Line>,
    head: Option<Vec<u8>>,
    body: Body,
    gzip: Gzip,
    commits: bool,
    first_page: bool,
    framing: Framing,
    delivery: Delivery,
}

type Make = dyn Fn(&Issued) -> Vec<u8> + Send + Sync;

/// A line of the head.
#[derive(Clone)]
enum Line {
    Fixed(Vec<u8>),
    /// A date that is `ahead` seconds in the future when the response is written.
    Date {
        name: String,
        form: DateForm,
        ahead: i64,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Gzip {
    Never,
    Permitted,
    Always,
}

#[derive(Clone)]
enum Body {
    Bytes(Vec<u8>),
    From(Arc<Make>),
}

impl Response {
    /// Creates a response without headers or body, to a request that is not carried out.
    pub fn new(status: u16) -> Self {
        Self::of(Some(status))
    }

    /// Creates the ordinary response to a request that is carried out.
    pub fn documented() -> Self {
        Self::of(None).header("content-type", "application/json").body_from(|issued| issued.expose_body().into())
    }

    fn of(status: Option<u16>) -> Self {
        Self {
            status,
            lines: Vec::new(),
            head: None,
            body: Body::Bytes(Vec::new()),
            gzip: Gzip::Never,
            commits: false,
            first_page: false,
            framing: Framing::Length,
            delivery: Delivery::Whole,
        }
    }

    /// Sets the status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds a header. A `content-length`, a `transfer-encoding` or a `date` replaces the correct one.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        self.header_line(line(name, value.as_bytes()))
    }

    /// Adds a line to the headers unchanged, such as `content-type : text/plain`, or a folded header with a line ending inside
    /// it. The final line ending is added.
    #[must_use]
    pub fn header_line(mut self, line: impl Into<Vec<u8>>) -> Self {
        self.lines.push(Line::Fixed(line.into()));
        self
    }

    /// Adds a header whose value is a date `ahead` seconds after the response is written, rounded up to a whole second. The name
    /// `date` with a negative number makes the portal's clock appear to be behind.
    #[must_use]
    pub fn header_date(mut self, name: &str, form: DateForm, ahead: i64) -> Self {
        self.lines.push(Line::Date { name: name.to_owned(), form, ahead });
        self
    }

    /// Sets the content type, and replaces one that was set before.
    #[must_use]
    pub fn content_type(mut self, value: &str) -> Self {
        self.lines.retain(|line| !matches!(line, Line::Fixed(line) if is_named(line, "content-type")));
        self.header("content-type", value)
    }

    /// Sets the whole head, from the first byte of the status line to the empty line, and overrides every other setting of the
    /// head. [`Fault::status`](crate::Fault::status) still reports the status that was set.
    #[must_use]
    pub fn raw_head(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.head = Some(bytes.into());
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Bytes(bytes.into());
        self
    }

    /// Sets a JSON body, and its content type.
    #[must_use]
    pub fn json(self, text: &str) -> Self {
        self.content_type("application/json").body(text)
    }

    /// Sets an HTML body, and its content type.
    #[must_use]
    pub fn html(self, text: &str) -> Self {
        self.content_type("text/html; charset=UTF-8").body(text)
    }

    /// Makes the body from the result of the request, including its secret. The response then commits, because there is no
    /// result otherwise.
    #[must_use]
    pub fn body_from(mut self, make: impl Fn(&Issued) -> Vec<u8> + Send + Sync + 'static) -> Self {
        self.body = Body::From(Arc::new(make));
        self.committing()
    }

    /// Carries out the request before the response is written.
    #[must_use]
    pub fn committing(mut self) -> Self {
        self.commits = true;
        self
    }

    /// Carries out the request as if its query named no page, so that a list always returns its first page.
    #[must_use]
    pub fn from_the_first_page(mut self) -> Self {
        self.first_page = true;
        self
    }

    /// Compresses the body with gzip, and adds the `content-encoding` header.
    #[must_use]
    pub fn gzipped(mut self) -> Self {
        self.gzip = Gzip::Always;
        self
    }

    /// Compresses the body with gzip if the request permits it. A request without `Accept-Encoding` does (RFC 9110, 12.5.3).
    #[must_use]
    pub fn gzipped_if_permitted(mut self) -> Self {
        self.gzip = Gzip::Permitted;
        self
    }

    /// Sets how the end of the body is indicated. Default: by its length.
    #[must_use]
    pub fn framing(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// Closes the connection at `offset`.
    #[must_use]
    pub fn cut_at(mut self, offset: Offset) -> Self {
        self.delivery = Delivery::Cut(offset);
        self
    }

    /// Sends nothing after `offset`, and keeps the connection open.
    #[must_use]
    pub fn stalled_at(mut self, offset: Offset) -> Self {
        self.delivery = Delivery::Stall(offset);
        self
    }

    /// Sends pieces of this many bytes, with a delay of `every` between them.
    #[must_use]
    pub fn slowly(mut self, bytes: usize, every: Duration) -> Self {
        self.delivery = Delivery::Slow { bytes, every };
        self
    }

    /// The default name of a fault with this response.
    pub(super) fn describe(&self) -> String {
        let commits = if self.commits { "commits, then " } else { "" };
        let status = match self.status {
            Some(status) => format!("with {status}"),
            None => "as documented".to_owned(),
        };
        format!("{commits}responds {status}{}", self.delivery.describe())
    }

    pub(super) fn commits(&self) -> bool {
        self.commits
    }

    pub(super) fn ignores_the_page(&self) -> bool {
        self.first_page
    }

    pub(super) fn stalls(&self) -> bool {
        matches!(self.delivery, Delivery::Stall(_))
    }

    /// The status, if the head of the response is certain to arrive completely.
    pub(super) fn visible_status(&self, operation: Operation) -> Option<u16> {
        match self.delivery {
            Delivery::Cut(Offset::Response(_)) | Delivery::Stall(Offset::Response(_)) => None,
            _ => Some(self.status.unwrap_or(operation.documented_status())),
        }
    }

    pub(crate) fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// Builds the message to send in response to a request with these headers; `issued` is the result if it was carried out.
    pub(crate) fn message(&self, operation: Operation, request: &HeaderMap, issued: Option<&Issued>) -> Message {
        let mut body = match (&self.body, issued) {
            (Body::Bytes(bytes), _) => bytes.clone(),
            (Body::From(make), Some(issued)) => make(issued),
            // Unreachable: such a body commits, and a response that commits is sent only with a result.
            (Body::From(_), None) => Vec::new(),
        };
        let now = SystemTime::now() + ROUND_UP;
        let mut lines: Vec<Vec<u8>> = self.lines.iter().map(|line| line.written_at(now)).collect();
        if self.gzip == Gzip::Always || self.gzip == Gzip::Permitted && gzip::is_permitted(request) {
            body = gzip::encode(&body);
            lines.push(line("content-encoding", b"gzip"));
        }
        Message {
            status: self.status.unwrap_or(operation.documented_status()),
            lines,
            head: self.head.clone(),
            body,
            framing: self.framing,
        }
    }
}

impl Line {
    fn written_at(&self, now: SystemTime) -> Vec<u8> {
        match self {
            Self::Fixed(line) => line.clone(),
            Self::Date { name, form, ahead } => {
                let distance = Duration::from_secs(ahead.unsigned_abs());
                let moment = if *ahead < 0 { now.checked_sub(distance) } else { now.checked_add(distance) };
                line(name, clock::http(moment.unwrap_or(now), *form).as_bytes())
            }
        }
    }
}

/// HTTP dates have whole seconds, so without rounding up a date would be earlier than requested.
const ROUND_UP: Duration = Duration::from_millis(999);
