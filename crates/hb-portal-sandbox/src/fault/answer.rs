//! An answer that a fault gives: any status, headers and body, whatever HTTP would say of it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::http::HeaderMap;

use super::gzip;
use super::operation::Operation;
use crate::clock::{self, DateForm};
use crate::http1::{Delivery, Framing, Message, Offset, is_named, line};
use crate::issued::Issued;

/// A response to put in place of the ordinary one, scripted down to the byte where need be.
///
/// [`Answer::new`] commits nothing; [`Answer::documented`] commits and is the ordinary answer, to be changed. Whatever is set
/// goes over the wire as it is, also where HTTP would not have it.
///
/// # Examples
/// ```
/// use hb_portal_sandbox::{Answer, Fault};
///
/// // Carried out, and answered by a proxy that had given up waiting.
/// let proxy = Answer::new(502).committing().html("<h1>Bad Gateway</h1>");
/// assert!(Fault::answers(proxy).commits());
///
/// // The real secret, where no documentation says that it is.
/// let moved = Answer::documented().body_from(|issued| {
///     format!(r#"{{"signing":{{"secret":"{}"}}}}"#, issued.expose_secret()).into()
/// });
/// assert!(Fault::answers(moved).commits());
/// ```
#[derive(Clone)]
pub struct Answer {
    /// `None` for what the operation answers when nothing is wrong.
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
    /// The moment that lies so many seconds ahead when the response is written.
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

impl Answer {
    /// An answer without headers and body, to a request that is not carried out.
    pub fn new(status: u16) -> Self {
        Self::of(Some(status))
    }

    /// The ordinary answer to a request that is carried out.
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

    /// Another status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// One more header. A `content-length`, a `transfer-encoding` or a `date` takes the place of the right one.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        self.header_line(line(name, value.as_bytes()))
    }

    /// One more line among the headers, as it is: `content-type : text/plain`, or a folded one with a line end in it. The
    /// line end after it is added.
    #[must_use]
    pub fn header_line(mut self, line: impl Into<Vec<u8>>) -> Self {
        self.lines.push(Line::Fixed(line.into()));
        self
    }

    /// One more header, whose value is the moment that lies `ahead` seconds ahead when the response is written, rounded up to
    /// a second. With `date` and a negative number the portal's clock is behind.
    #[must_use]
    pub fn header_date(mut self, name: &str, form: DateForm, ahead: i64) -> Self {
        self.lines.push(Line::Date { name: name.to_owned(), form, ahead });
        self
    }

    /// The content type, in place of one that was set before.
    #[must_use]
    pub fn content_type(mut self, value: &str) -> Self {
        self.lines.retain(|line| !matches!(line, Line::Fixed(line) if is_named(line, "content-type")));
        self.header("content-type", value)
    }

    /// The whole head, from the first byte of the status line to the empty line, in place of everything else that is set for
    /// it. [`Fault::status`](crate::Fault::status) still reports the status that was set.
    #[must_use]
    pub fn raw_head(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.head = Some(bytes.into());
        self
    }

    /// A body of these bytes.
    #[must_use]
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Bytes(bytes.into());
        self
    }

    /// A JSON body, with its content type.
    #[must_use]
    pub fn json(self, text: &str) -> Self {
        self.content_type("application/json").body(text)
    }

    /// An HTML body, with its content type.
    #[must_use]
    pub fn html(self, text: &str) -> Self {
        self.content_type("text/html; charset=UTF-8").body(text)
    }

    /// A body made from what the request brought into being, secret included. It commits: there is nothing to make it from
    /// otherwise.
    #[must_use]
    pub fn body_from(mut self, make: impl Fn(&Issued) -> Vec<u8> + Send + Sync + 'static) -> Self {
        self.body = Body::From(Arc::new(make));
        self.committing()
    }

    /// The request is carried out before the answer is written.
    #[must_use]
    pub fn committing(mut self) -> Self {
        self.commits = true;
        self
    }

    /// The request is carried out as if its query named no page: a list begins again and again.
    #[must_use]
    pub fn from_the_first_page(mut self) -> Self {
        self.first_page = true;
        self
    }

    /// The body comes gzipped, and a header says so.
    #[must_use]
    pub fn gzipped(mut self) -> Self {
        self.gzip = Gzip::Always;
        self
    }

    /// The body comes gzipped if the request permits that. A request without `Accept-Encoding` does (RFC 9110, 12.5.3).
    #[must_use]
    pub fn gzipped_if_permitted(mut self) -> Self {
        self.gzip = Gzip::Permitted;
        self
    }

    /// The end of the body is told in another way than by its length.
    #[must_use]
    pub fn framing(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// The connection is closed at `offset`.
    #[must_use]
    pub fn cut_at(mut self, offset: Offset) -> Self {
        self.delivery = Delivery::Cut(offset);
        self
    }

    /// Nothing comes after `offset`, and the connection stays open.
    #[must_use]
    pub fn stalled_at(mut self, offset: Offset) -> Self {
        self.delivery = Delivery::Stall(offset);
        self
    }

    /// It comes in pieces of so many bytes, with so much time between them.
    #[must_use]
    pub fn slowly(mut self, bytes: usize, every: Duration) -> Self {
        self.delivery = Delivery::Slow { bytes, every };
        self
    }

    /// A name for a fault that has none of its own.
    pub(super) fn describe(&self) -> String {
        let commits = if self.commits { "commits, then " } else { "" };
        let status = match self.status {
            Some(status) => status.to_string(),
            None => "as documented".to_owned(),
        };
        format!("{commits}answers {status}{}", self.delivery.describe())
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

    /// The status, if the head of the answer is sure to arrive whole.
    pub(super) fn visible_status(&self, operation: Operation) -> Option<u16> {
        match self.delivery {
            Delivery::Cut(Offset::Answer(_)) | Delivery::Stall(Offset::Answer(_)) => None,
            _ => Some(self.status.unwrap_or(operation.documented_status())),
        }
    }

    pub(crate) fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// The message to send in response to a request with these headers; `issued` is there when it was carried out.
    pub(crate) fn message(&self, operation: Operation, request: &HeaderMap, issued: Option<&Issued>) -> Message {
        let mut body = match (&self.body, issued) {
            (Body::Bytes(bytes), _) => bytes.clone(),
            (Body::From(make), Some(issued)) => make(issued),
            // Not reached: a body that is made commits, and what commits is only sent with what was issued.
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

/// HTTP dates have whole seconds: without it, one would lie less far ahead than was asked for.
const ROUND_UP: Duration = Duration::from_millis(999);
