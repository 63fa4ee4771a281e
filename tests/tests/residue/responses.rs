//! The responses that hold the secret: the documented one, deviations that portals make, and the packets they arrive
//! in.

use super::canary::{REFRESH_TOKEN, SECRET, SLASHED, TOKEN, UNITS};

/// A response to send.
#[derive(Debug, Clone)]
pub struct Response {
    /// The segments, each of which the client reads separately.
    pub segments: Vec<Vec<u8>>,
    pub then: Then,
}

/// The event that follows a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// The next response, if there is a request for it.
    Next,
    /// The end of the connection.
    Close,
    /// Nothing, for as long as the client waits.
    Stay,
}

/// The outcome that the caller gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    SecretMissing,
    Unconfirmed,
    NotStored,
}

/// One response to a create.
pub struct Case {
    pub name: &'static str,
    pub outcome: Outcome,
    status: &'static str,
    head: &'static str,
    body: fn() -> String,
    framing: Framing,
    split: Option<Place>,
    cut: Option<Place>,
}

/// A place in a response.
#[derive(Clone, Copy)]
enum Place {
    AfterHead,
    BeforeSecret,
    InsideSecret,
    AfterSecret,
}

#[derive(Clone, Copy)]
enum Framing {
    Length,
    Chunks,
}

/// The number of bytes after which the client stops reading a response.
const CAP: usize = 1024 * 1024;

const DOCUMENTED: Case = Case {
    name: "as documented",
    outcome: Outcome::Ok,
    status: "201 Created",
    head: "content-type: application/json\r\n",
    body: || documented(SECRET),
    framing: Framing::Length,
    split: None,
    cut: None,
};

/// The responses over plain http.
pub const CASES: &[Case] = &[
    DOCUMENTED,
    Case { name: "split after its head", split: Some(Place::AfterHead), ..DOCUMENTED },
    Case { name: "split before the secret", split: Some(Place::BeforeSecret), ..DOCUMENTED },
    Case { name: "split inside the secret", split: Some(Place::InsideSecret), ..DOCUMENTED },
    Case { name: "split after the secret", split: Some(Place::AfterSecret), ..DOCUMENTED },
    Case {
        name: "its message repeats the secret",
        body: || documented(SECRET).replace("Created.", SECRET),
        ..DOCUMENTED
    },
    Case { name: "in chunks", framing: Framing::Chunks, ..DOCUMENTED },
    Case { name: "in chunks, split", framing: Framing::Chunks, split: Some(Place::InsideSecret), ..DOCUMENTED },
    // Without a length, the buffer of the body grows, in this case after the secret is in it.
    Case { name: "in chunks, the secret early", body: || early(SECRET), framing: Framing::Chunks, ..DOCUMENTED },
    Case {
        name: "in UTF-16",
        body: || early(SECRET).chars().flat_map(|char| [char, '\0']).collect(),
        head: "content-type: application/json; charset=utf-16le\r\n",
        ..DOCUMENTED
    },
    Case { name: "flat, with signing_secret", body: || flat(SECRET), ..DOCUMENTED },
    Case { name: "text before it", body: || format!("Notice: {{closure}} {}", documented(SECRET)), ..DOCUMENTED },
    Case { name: "its slashes escaped", body: || documented(text(&SLASHED)), ..DOCUMENTED },
    Case { name: "the secret in \\u escapes", body: || documented(text(&UNITS)), ..DOCUMENTED },
    Case { name: "the same, split", body: || documented(text(&UNITS)), split: Some(Place::InsideSecret), ..DOCUMENTED },
    Case { name: "a date with a space", body: || spaced_date(SECRET), ..DOCUMENTED },
    Case { name: "the same, split", body: || spaced_date(SECRET), split: Some(Place::InsideSecret), ..DOCUMENTED },
    Case { name: "a date with a space, \\u escapes", body: || spaced_date(text(&UNITS)), ..DOCUMENTED },
    Case { name: "a one-element array", body: || format!("[{}]", documented(SECRET)), ..DOCUMENTED },
    Case { name: "the secret inside data", body: || inside_data(SECRET), ..DOCUMENTED },
    Case { name: "the secret inside data, \\/", body: || inside_data(text(&SLASHED)), ..DOCUMENTED },
    Case { name: "the secret inside data, \\u", body: || inside_data(text(&UNITS)), ..DOCUMENTED },
    Case { name: "the secret twice", body: || twice(SECRET), ..DOCUMENTED },
    Case { name: "a byte-order mark", body: || format!("\u{feff}{}", documented(SECRET)), ..DOCUMENTED },
    Case { name: "status 200", status: "200 OK", ..DOCUMENTED },
    Case { name: "status 200, \\u escapes", status: "200 OK", body: || documented(text(&UNITS)), ..DOCUMENTED },
    Case { name: "cut after the secret", cut: Some(Place::AfterSecret), ..DOCUMENTED },
    Case { name: "the same, split", cut: Some(Place::AfterSecret), split: Some(Place::InsideSecret), ..DOCUMENTED },
    Case { name: "the same in chunks", cut: Some(Place::AfterSecret), framing: Framing::Chunks, ..DOCUMENTED },
    Case { name: "longer than the cap", body: || documented(SECRET) + &" ".repeat(CAP), ..DOCUMENTED },
    Case { name: "the secret just below the cap", body: || padded(SECRET), ..DOCUMENTED },
    Case {
        name: "cut inside the secret",
        outcome: Outcome::SecretMissing,
        cut: Some(Place::InsideSecret),
        ..DOCUMENTED
    },
    Case {
        name: "the secret elsewhere",
        outcome: Outcome::SecretMissing,
        body: || documented(SECRET).replace("\"secret\"", "\"signing\""),
        ..DOCUMENTED
    },
    Case { name: "status 500", outcome: Outcome::Unconfirmed, status: "500 Server Error", ..DOCUMENTED },
];

/// A few of them, for tests in which the transport matters more than the response.
pub const FEW_CASES: &[Case] = &[
    DOCUMENTED,
    Case { name: "split inside the secret", split: Some(Place::InsideSecret), ..DOCUMENTED },
    Case { name: "in chunks, split", framing: Framing::Chunks, split: Some(Place::InsideSecret), ..DOCUMENTED },
    Case { name: "the secret inside data, \\u", body: || inside_data(text(&UNITS)), ..DOCUMENTED },
    Case { name: "cut after the secret", cut: Some(Place::AfterSecret), ..DOCUMENTED },
];

impl Case {
    /// Returns the response, byte for byte.
    pub fn response(&self) -> Response {
        let body = (self.body)();
        let mut bytes = match self.framing {
            Framing::Length => {
                let length = body.len();
                format!("{}content-length: {length}\r\n\r\n{body}", self.head())
            }
            Framing::Chunks => {
                let mut text = format!("{}transfer-encoding: chunked\r\n\r\n", self.head());
                for chunk in body.as_bytes().chunks(100) {
                    text.push_str(&format!("{:x}\r\n{}\r\n", chunk.len(), self::text(chunk)));
                }
                text + "0\r\n\r\n"
            }
        }
        .into_bytes();
        if let Some(place) = self.cut {
            bytes.truncate(place.offset_in(&bytes));
        }
        let rest = self.split.map(|place| bytes.split_off(place.offset_in(&bytes)));
        let then = if self.cut.is_some() { Then::Close } else { Then::Next };
        Response { segments: [bytes].into_iter().chain(rest).collect(), then }
    }

    fn head(&self) -> String {
        format!("HTTP/1.1 {}\r\n{}x-request-id: 01J\r\n", self.status, self.head)
    }
}

/// Returns the beginning of the documented response, including the secret, after which nothing is sent.
pub fn unfinished() -> Response {
    Response { then: Then::Stay, ..Case { cut: Some(Place::AfterSecret), ..DOCUMENTED }.response() }
}

/// Returns the response to a request for a token.
pub fn token() -> Response {
    let body = format!(r#"{{"access_token":"{TOKEN}","expires_in":3600,"refresh_token":"{REFRESH_TOKEN}"}}"#);
    let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    Response { segments: vec![response.into_bytes()], then: Then::Next }
}

impl Place {
    fn offset_in(self, response: &[u8]) -> usize {
        let text = text(response);
        let find = |part: &str| text.find(part).unwrap() + part.len();
        match self {
            Self::AfterHead => find("\r\n\r\n"),
            Self::BeforeSecret => find(r#""secret":""#),
            Self::InsideSecret => find(r#""secret":""#) + SECRET.len() / 2,
            Self::AfterSecret => text.find(r#","message""#).unwrap(),
        }
    }
}

fn documented(literal: &str) -> String {
    format!(
        r#"{{"data":{{"id":1,"url":"https://your-app.com/webhooks","events":["reference.submitted"],"is_active":true,"timeout_seconds":30,"max_retries":3,"failure_count":0,"last_called_at":null,"last_failed_at":null,"created_at":"2026-02-17T18:56:15Z"}},"secret":"{literal}","message":"Created."}}"#
    )
}

fn spaced_date(literal: &str) -> String {
    documented(literal).replace("17T18", "17 18")
}

fn inside_data(literal: &str) -> String {
    format!(r#"{{"data":{{"id":1,"secret":"{literal}"}},"message":"Created."}}"#)
}

/// Returns the response, padded so that the read that receives the secret also reaches the cap.
fn padded(literal: &str) -> String {
    let padding = "x".repeat(CAP - documented(literal).len() - 100);
    documented(literal).replacen('{', &format!(r#"{{"padding":"{padding}","#), 1) + &" ".repeat(CAP)
}

fn early(literal: &str) -> String {
    documented(literal).replacen('{', &format!(r#"{{"secret":"{literal}","padding":"{}","#, "x".repeat(4000)), 1)
}

fn flat(literal: &str) -> String {
    format!(r#"{{"id":1,"url":"https://your-app.com/webhooks","events":[],"signing_secret":"{literal}"}}"#)
}

fn twice(literal: &str) -> String {
    let once = documented(literal);
    let member = format!(r#""secret":"{literal}","#);
    once.replace(&member, &member.repeat(2))
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
