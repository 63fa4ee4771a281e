//! The generated client of the Healthier Business Portal's webhook API, and the few types it stands on.
//!
//! Depend on `hb-portal`, which wraps this crate. Here is only what the contract says: its [`types`], and each [`Operation`] as
//! the request it makes and what it reads in an answer. Nothing here sends anything; that is whoever calls it.
//!
//! The generated code comes from progenitor, without its runtime and its I/O: `progenitor_client::Error` prints the body
//! of every answer that does not decode, and the body of a create holds the signing secret.

#![warn(clippy::print_stderr, clippy::print_stdout)]

#[allow(missing_docs, reason = "a property that is a reference has no description of its own in OpenAPI 3.0")]
#[rustfmt::skip]
mod generated;

use std::{borrow::Cow, fmt, io};

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};
use zeroize::Zeroizing;

pub use generated::*;

/// One operation of the contract: what is sent, and what an answer says. It does neither the sending nor the reading.
pub trait Operation {
    /// The contract's `operationId`, in snake case.
    const ID: &'static str;
    /// What an answer is that the contract has for success.
    type Success;
    /// What an answer is that the contract has for a failure. Nothing is decoded unless someone asks for it.
    type Failure: DeserializeOwned;

    /// The request, from the base URL on.
    ///
    /// # Errors
    ///
    /// A parameter has a value that no request can carry.
    fn request(&self) -> Result<Request, Unsendable>;

    /// What `answer` says.
    ///
    /// # Errors
    ///
    /// It is not a success of the contract's.
    fn read(answer: &Response) -> Result<Self::Success, Unread>;
}

/// What an operation sends: everything but where the portal is and who asks. Its body is not printed, and is wiped.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, percent-encoded, to be put behind the base URL.
    pub target: Cow<'static, str>,
    /// The headers that the contract has.
    pub headers: HeaderMap,
    /// The body, if there is one.
    pub body: Option<Zeroizing<Vec<u8>>>,
}

impl Request {
    /// A `DELETE`.
    #[must_use]
    pub fn delete(target: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Method::DELETE, target)
    }

    /// A `GET`.
    #[must_use]
    pub fn get(target: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Method::GET, target)
    }

    /// A `PATCH`.
    #[must_use]
    pub fn patch(target: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Method::PATCH, target)
    }

    /// A `POST`.
    #[must_use]
    pub fn post(target: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Method::POST, target)
    }

    /// A `PUT`.
    #[must_use]
    pub fn put(target: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Method::PUT, target)
    }

    /// A request without headers and body.
    #[must_use]
    pub fn new(method: Method, target: impl Into<Cow<'static, str>>) -> Self {
        Self { method, target: target.into(), headers: HeaderMap::new(), body: None }
    }

    /// With the media type that is expected.
    #[must_use]
    pub fn accept(mut self, media_type: &'static str) -> Self {
        self.headers.insert(header::ACCEPT, HeaderValue::from_static(media_type));
        self
    }

    /// With the media type of the body, where it is JSON by another name.
    #[must_use]
    pub fn content_type(mut self, media_type: &'static str) -> Self {
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        self
    }

    /// With `body` as JSON, if there is one.
    ///
    /// # Errors
    ///
    /// As [`json`](Self::json).
    pub fn json_if(self, body: Option<&impl Serialize>) -> Result<Self, Unsendable> {
        match body {
            Some(body) => self.json(body),
            None => Ok(self),
        }
    }

    /// With `value` in the place of `{name}` in the path, as one segment of it: neither nothing, nor `.` or `..`, each of
    /// which would be another path.
    ///
    /// # Errors
    ///
    /// It cannot be one.
    pub fn path(mut self, name: &'static str, value: &impl Serialize) -> Result<Self, Unsendable> {
        let values = values(value).ok_or(Unsendable(name))?;
        let [value] = values.as_slice() else { return Err(Unsendable(name)) };
        if matches!(value.as_str(), "" | "." | "..") {
            return Err(Unsendable(name));
        }
        let mut segment = String::with_capacity(value.len());
        // A comma parts the items of a list.
        encode(&mut segment, value, b"-._~,", "%20");
        self.target = self.target.replacen(&format!("{{{name}}}"), &segment, 1).into();
        Ok(self)
    }

    /// With the pairs of a parameter in the query: none when it is left out, one for each item of a list.
    ///
    /// # Errors
    ///
    /// It is neither a value nor a list of them.
    pub fn query(mut self, name: &'static str, value: &impl Serialize) -> Result<Self, Unsendable> {
        for value in values(value).ok_or(Unsendable(name))? {
            let target = self.target.to_mut();
            target.push(if target.contains('?') { '&' } else { '?' });
            encode(target, name, b"*-._", "+");
            target.push('=');
            encode(target, &value, b"*-._", "+");
        }
        Ok(self)
    }

    /// With a header, unless its parameter is left out.
    ///
    /// # Errors
    ///
    /// No header can have it.
    pub fn header(mut self, name: &'static str, value: &impl Serialize) -> Result<Self, Unsendable> {
        let header = HeaderName::try_from(name).map_err(|_| Unsendable(name))?;
        for value in values(value).ok_or(Unsendable(name))? {
            self.headers.append(header.clone(), HeaderValue::try_from(value).map_err(|_| Unsendable(name))?);
        }
        Ok(self)
    }

    /// With `body` as JSON.
    ///
    /// # Errors
    ///
    /// It cannot be serialised.
    pub fn json(mut self, body: &impl Serialize) -> Result<Self, Unsendable> {
        struct Writer(Zeroizing<Vec<u8>>);
        impl io::Write for Writer {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                append(&mut self.0, bytes);
                Ok(bytes.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut writer = Writer(Zeroizing::new(Vec::with_capacity(256)));
        serde_json::to_writer(&mut writer, body).map_err(|_| Unsendable("body"))?;
        self.headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        self.body = Some(writer.0);
        Ok(self)
    }
}

/// The values of a parameter: none when it is left out, one for each item of a list; `None` for what is neither a value nor
/// a list of them.
fn values(parameter: &impl Serialize) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    match serde_json::to_value(parameter).ok()? {
        Value::Null => Some(Vec::new()),
        Value::Array(items) => items.iter().map(text).collect(),
        value => text(&value).map(|text| vec![text]),
    }
}

/// Appends `text`, percent-encoded but for letters, digits and `kept`.
fn encode(to: &mut String, text: &str, kept: &[u8], space: &str) {
    for byte in text.bytes() {
        match byte {
            b' ' => to.push_str(space),
            _ if byte.is_ascii_alphanumeric() || kept.contains(&byte) => to.push(char::from(byte)),
            _ => to.push_str(&format!("%{byte:02X}")),
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).field("target", &self.target).finish_non_exhaustive()
    }
}

/// Appends to a buffer that leaves nothing behind when it grows.
pub fn append(buffer: &mut Zeroizing<Vec<u8>>, bytes: &[u8]) {
    if buffer.capacity() - buffer.len() < bytes.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity((buffer.len() + bytes.len()).max(2 * buffer.capacity())));
        larger.extend_from_slice(buffer);
        *buffer = larger;
    }
    buffer.extend_from_slice(bytes);
}

/// The parameter of that name has a value that cannot be where the contract wants it: nothing, `.` and `..` are no segment
/// of a path, and a header has no line breaks. Nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsendable(pub &'static str);

impl fmt::Display for Unsendable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the parameter `{}` has a value that no request can carry; nothing was sent", self.0)
    }
}

impl std::error::Error for Unsendable {}

/// Why an answer is not a success of the contract's. The answer itself is the caller's still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unread {
    /// It has a status that the contract has for a failure.
    Failure,
    /// It has a status of the contract, and a body that is not what the contract says for it.
    NotAsDocumented,
    /// It has a status that the contract does not have.
    Undocumented,
}

/// The answer to a request, whole in memory and wiped when dropped. Its body is not printed.
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
}

impl Response {
    /// An answer as it was read.
    #[must_use]
    pub fn new(status: StatusCode, headers: HeaderMap, body: Zeroizing<Vec<u8>>) -> Self {
        Self { status, headers, body }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body, which may hold a secret.
    #[must_use]
    pub fn expose_body(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON. What serde says of another is not kept: it quotes what it does not like.
    ///
    /// # Errors
    ///
    /// It is another.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Unread> {
        serde_json::from_slice(&self.body).map_err(|_| Unread::NotAsDocumented)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

/// A value that the contract marks secret. It prints as `[REDACTED]`, has no `Display`, `PartialEq` or `Serialize`, and
/// is wiped when dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The secret that `text` is.
    #[must_use]
    pub fn new(text: &str) -> Self {
        // From a `str`: a `String` with room to spare would be shrunk, and leave a copy behind.
        Self(SecretString::from(text))
    }

    /// The secret that a JSON string literal, quotes included, stands for; `None` when it is none.
    #[must_use]
    pub fn from_json_literal(literal: &str) -> Option<Self> {
        let escaped = literal.strip_prefix('"')?.strip_suffix('"')?;
        if !escaped.contains('\\') {
            return Some(Self::new(escaped));
        }
        // serde_json would unescape into a buffer of its own, and not wipe it.
        let mut text = Zeroizing::new(String::with_capacity(escaped.len()));
        let mut chars = escaped.chars();
        while let Some(char) = chars.next() {
            text.push(if char == '\\' { unescape(&mut chars)? } else { char });
        }
        Some(Self::new(&text))
    }

    /// The secret itself.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }

    /// The secret without this type around it, not copied.
    #[must_use]
    pub fn into_inner(self) -> SecretString {
        self.0
    }
}

/// The character that an escape stands for, read from behind its backslash.
fn unescape(chars: &mut std::str::Chars<'_>) -> Option<char> {
    Some(match chars.next()? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let unit = utf16_unit(chars)?;
            let low = match unit {
                0xd800..=0xdbff => {
                    let ('\\', 'u') = (chars.next()?, chars.next()?) else { return None };
                    Some(utf16_unit(chars)?)
                }
                _ => None,
            };
            char::decode_utf16([unit].into_iter().chain(low)).next()?.ok()?
        }
        literal @ ('"' | '\\' | '/') => literal,
        _ => return None,
    })
}

fn utf16_unit(chars: &mut std::str::Chars<'_>) -> Option<u16> {
    (0..4).try_fold(0u16, |unit, _| Some(unit << 4 | u16::try_from(chars.next()?.to_digit(16)?).ok()?))
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let literal = <&RawValue>::deserialize(deserializer)?.get();
        Self::from_json_literal(literal).ok_or_else(|| serde::de::Error::custom("not a string"))
    }
}

/// The one place where a secret is serialised: in the body of a request whose contract asks for it.
fn expose_in_request<S: Serializer>(secret: &impl InRequest, serializer: S) -> Result<S::Ok, S::Error> {
    secret.serialize_exposed(serializer)
}

/// What [`expose_in_request`] serialises: a secret, or perhaps one.
trait InRequest {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

impl InRequest for Secret {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose_secret())
    }
}

impl InRequest for Option<Secret> {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(secret) => secret.serialize_exposed(serializer),
            None => serializer.serialize_none(),
        }
    }
}
