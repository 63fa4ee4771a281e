//! The request of an operation: method, target, headers and body, without a host.

use std::{borrow::Cow, fmt, io};

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::secret::{Secret, exposing};

/// Capacity for the headers of the operation and of the client, so that the map does not grow.
const HEADERS: usize = 8;

/// A request without scheme, host and credentials. `Debug` prints the method and the template of the path, but no value; the body
/// is wiped when dropped.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, percent-encoded, to be appended to the base URL.
    pub target: Cow<'static, str>,
    /// The documented headers.
    pub headers: HeaderMap,
    /// The body, if there is one.
    pub body: Option<Zeroizing<Vec<u8>>>,
    /// The secrets in the parameters and in the body, so that they can be masked where a response repeats them. The secrets in
    /// generated types are added when they are serialised.
    pub secrets: Vec<Secret>,
    /// The path without its parameters, which may be secret.
    template: &'static str,
}

impl Request {
    /// Creates a request for the path template `path`, without headers and body.
    #[must_use]
    pub fn new(method: Method, path: &'static str) -> Self {
        let headers = HeaderMap::with_capacity(HEADERS);
        Self { method, target: path.into(), headers, body: None, secrets: Vec::new(), template: path }
    }

    /// Creates a `GET` request.
    #[must_use]
    pub fn get(path: &'static str) -> Self {
        Self::new(Method::GET, path)
    }

    /// Creates a `POST` request.
    #[must_use]
    pub fn post(path: &'static str) -> Self {
        Self::new(Method::POST, path)
    }

    /// Creates a `PUT` request.
    #[must_use]
    pub fn put(path: &'static str) -> Self {
        Self::new(Method::PUT, path)
    }

    /// Creates a `DELETE` request.
    #[must_use]
    pub fn delete(path: &'static str) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// Creates a `PATCH` request.
    #[must_use]
    pub fn patch(path: &'static str) -> Self {
        Self::new(Method::PATCH, path)
    }

    /// Creates a `HEAD` request.
    #[must_use]
    pub fn head(path: &'static str) -> Self {
        Self::new(Method::HEAD, path)
    }

    /// Creates an `OPTIONS` request.
    #[must_use]
    pub fn options(path: &'static str) -> Self {
        Self::new(Method::OPTIONS, path)
    }

    /// Creates a `TRACE` request.
    #[must_use]
    pub fn trace(path: &'static str) -> Self {
        Self::new(Method::TRACE, path)
    }

    /// Sets the media types that the client can read.
    #[must_use]
    pub fn accept(mut self, media_types: &'static str) -> Self {
        self.headers.insert(header::ACCEPT, HeaderValue::from_static(media_types));
        self
    }

    /// Replaces `{name}` in the path with `value`, percent-encoded.
    ///
    /// # Errors
    ///
    /// The value is a list or an object; or it would make the path segment `.`, `..` or empty, which would be another path.
    pub fn path(mut self, name: &'static str, value: &impl Serialize) -> Result<Self, Unsendable> {
        let values = self.exposed(|| values(value)).ok_or(Unsendable(name))?;
        let [value] = values.as_slice() else { return Err(Unsendable(name)) };
        let (before, after) = self.target.split_once(&*format!("{{{name}}}")).ok_or(Unsendable(name))?;
        let prefix = before.rsplit('/').next().unwrap_or_default();
        let suffix = after.split('/').next().unwrap_or_default();
        let mut target = String::with_capacity(self.target.len() + value.len());
        target.push_str(before);
        // A comma separates the items of a list, so it stays as it is.
        encode(&mut target, value, b"-._~,", "%20");
        let segment = [prefix, value, suffix].concat();
        if matches!(&*segment, "." | "..") || (value.is_empty() && prefix.is_empty() && suffix.is_empty()) {
            return Err(Unsendable(name));
        }
        target.push_str(after);
        self.target = target.into();
        Ok(self)
    }

    /// Adds a query parameter: no pair for `None`, one pair for each item of a list.
    ///
    /// # Errors
    ///
    /// The value is neither a scalar nor a list of scalars.
    pub fn query(mut self, name: &'static str, value: &impl Serialize) -> Result<Self, Unsendable> {
        for value in self.exposed(|| values(value)).ok_or(Unsendable(name))? {
            let target = self.target.to_mut();
            target.push(if target.contains('?') { '&' } else { '?' });
            encode_pair(target, name, &value);
        }
        Ok(self)
    }

    /// Adds a header: no line for `None`, one line for each item of a list.
    ///
    /// # Errors
    ///
    /// The value has characters that are not allowed in a header.
    pub fn header(self, name: &'static str, value: &impl Serialize) -> Result<Self, Unsendable> {
        self.headers(name, value, false)
    }

    /// Adds a secret header, like [`header`](Self::header), and marks it sensitive.
    ///
    /// # Errors
    ///
    /// The value has characters that are not allowed in a header.
    pub fn secret_header(self, name: &'static str, value: &impl Serialize) -> Result<Self, Unsendable> {
        self.headers(name, value, true)
    }

    fn headers(mut self, name: &'static str, value: &impl Serialize, secret: bool) -> Result<Self, Unsendable> {
        let header = HeaderName::try_from(name).map_err(|_| Unsendable(name))?;
        for value in self.exposed(|| values(value)).ok_or(Unsendable(name))? {
            let mut value = HeaderValue::try_from(value).map_err(|_| Unsendable(name))?;
            value.set_sensitive(secret);
            self.headers.append(header.clone(), value);
        }
        Ok(self)
    }

    /// Sets the body to `body` as JSON.
    ///
    /// # Errors
    ///
    /// The body cannot be serialised.
    pub fn json(self, body: &(impl Serialize + ?Sized)) -> Result<Self, Unsendable> {
        self.json_as("application/json", body)
    }

    /// Sets the body to `body` as JSON, with another media type.
    ///
    /// # Errors
    ///
    /// The body cannot be serialised.
    pub fn json_as(mut self, media_type: &'static str, body: &(impl Serialize + ?Sized)) -> Result<Self, Unsendable> {
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
        self.exposed(|| serde_json::to_writer(&mut writer, body)).map_err(|_| Unsendable("body"))?;
        Ok(self.bytes(HeaderValue::from_static(media_type), writer.0))
    }

    /// Sets the body to bytes, with their media type.
    #[must_use]
    pub fn bytes(mut self, media_type: HeaderValue, body: Zeroizing<Vec<u8>>) -> Self {
        self.headers.insert(header::CONTENT_TYPE, media_type);
        self.body = Some(body);
        self
    }

    /// Returns the result of `serialise`, and keeps the secrets that it exposed, so that they can be masked.
    pub(crate) fn exposed<T>(&mut self, serialise: impl FnOnce() -> T) -> T {
        let (result, secrets) = exposing(serialise);
        self.secrets.extend(secrets);
        result
    }
}

/// Appends `name=value`, encoded as in a query or a form.
pub(crate) fn encode_pair(to: &mut String, name: &str, value: &str) {
    encode(to, name, b"*-._", "+");
    to.push('=');
    encode(to, value, b"*-._", "+");
}

/// Appends `text`, percent-encoded except for letters, digits and `kept`.
fn encode(to: &mut String, text: &str, kept: &[u8], space: &str) {
    for byte in text.bytes() {
        match byte {
            b' ' => to.push_str(space),
            _ if byte.is_ascii_alphanumeric() || kept.contains(&byte) => to.push(char::from(byte)),
            _ => to.push_str(&format!("%{byte:02X}")),
        }
    }
}

/// Returns the values of a parameter: none for a null, one for each item of a list. Returns `None` if it is neither a scalar nor
/// a list of scalars.
fn values(parameter: &impl Serialize) -> Option<Vec<String>> {
    match serde_json::to_value(parameter).ok()? {
        Value::Null => Some(Vec::new()),
        Value::Array(items) => items.into_iter().map(scalar).collect(),
        value => scalar(value).map(|text| vec![text]),
    }
}

/// Returns a scalar as text.
pub(crate) fn scalar(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Appends to a buffer, and leaves no copy behind if the buffer grows.
pub fn append(buffer: &mut Zeroizing<Vec<u8>>, bytes: &[u8]) {
    if buffer.capacity() - buffer.len() < bytes.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity((buffer.len() + bytes.len()).max(2 * buffer.capacity())));
        larger.extend_from_slice(buffer);
        *buffer = larger;
    }
    buffer.extend_from_slice(bytes);
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).field("path", &self.template).finish_non_exhaustive()
    }
}

/// The parameter with this name has a value that a request cannot carry, such as an empty path segment, `.` or `..`, or a header
/// with line breaks. Nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsendable(pub &'static str);

impl fmt::Display for Unsendable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the parameter `{}` has a value that a request cannot carry, so nothing was sent: change the value",
            self.0
        )
    }
}

impl std::error::Error for Unsendable {}
