//! The generated client of the Healthier Business Portal's webhook API, and the few types it stands on.
//!
//! Depend on `hb-portal`, which wraps this crate. Here is only what the contract says ([`types`], [`Client`]), and what
//! keeps it from losing or printing a secret: [`Secret`], an answer that wipes itself ([`Response`]), and an [`Error`]
//! that gives the answer back instead of printing it.
//!
//! The generated code comes from progenitor, without its runtime: `progenitor_client::Error` prints the body of every
//! answer that does not decode, and the body of a create holds the signing secret.

#![warn(clippy::print_stderr, clippy::print_stdout)]

#[allow(missing_docs, reason = "a property that is a reference has no description of its own in OpenAPI 3.0")]
#[rustfmt::skip]
mod generated;

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serializer, de::DeserializeOwned};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

pub use generated::{Client, types};

/// A boxed future, as the object-safe [`Transport`] needs it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why a [`Transport`] has no answer: an error of its own, which the caller of the operation knows how to downcast.
pub type TransportError = Box<dyn std::error::Error + Send + Sync>;

/// What carries the client's requests: it owns the request's life (token, repeats, span) and reads the answer.
pub trait Transport: fmt::Debug + Send + Sync {
    /// Carries one operation to its answer.
    ///
    /// # Errors
    ///
    /// The transport's own error when there is no answer, not even a status.
    fn execute(
        self: Arc<Self>,
        request: reqwest::Request,
        operation: OperationInfo,
    ) -> BoxFuture<'static, Result<Response, TransportError>>;
}

impl Client {
    /// A client that builds its requests with `client` for what lies below `baseurl` (without a slash at its end), and
    /// sends them through `transport`.
    #[must_use]
    pub fn new(baseurl: Arc<str>, client: reqwest::Client, transport: Arc<dyn Transport>) -> Self {
        Self { baseurl, client, inner: transport }
    }

    /// What generated operations call: the transport.
    async fn exec(&self, mut request: reqwest::Request, operation: &OperationInfo) -> Result<Response, TransportError> {
        // RFC 9110, section 8.6: without it a server may refuse a request that could have had a body (`411`).
        if request.body().is_none() && matches!(*request.method(), Method::PATCH | Method::POST | Method::PUT) {
            request.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        Arc::clone(&self.inner).execute(request, *operation).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("baseurl", &self.baseurl).field("inner", &self.inner).finish_non_exhaustive()
    }
}

/// Which operation of the contract a request belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationInfo {
    /// The contract's `operationId`, in snake case.
    pub operation_id: &'static str,
}

/// The answer to a request, whole in memory and wiped when dropped. Its body is not printed.
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
}

impl Response {
    /// An answer as the transport read it.
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
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

/// A decoded answer, beside the answer itself.
#[derive(Debug)]
pub struct ResponseValue<T> {
    inner: T,
    response: Response,
}

impl<T: DeserializeOwned> ResponseValue<T> {
    async fn from_response<E>(response: Response) -> Result<Self, Error<E>> {
        match serde_json::from_slice(&response.body) {
            Ok(inner) => Ok(Self { inner, response }),
            Err(_) => Err(Error::InvalidResponse(response)),
        }
    }
}

impl<T> ResponseValue<T> {
    /// The decoded body.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// The decoded body, and the answer it was decoded from.
    #[must_use]
    pub fn into_parts(self) -> (T, Response) {
        (self.inner, self.response)
    }
}

/// Why an operation has no value of its success type. It prints neither bodies nor what serde says of them.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error<E> {
    /// The request could not be built; nothing was sent.
    InvalidRequest(reqwest::Error),
    /// The parameter of that name has a value that cannot be where the contract wants it: nothing, `.` and `..` are no
    /// segment of a path, and a header has no line breaks. Nothing was sent.
    InvalidParameter(&'static str),
    /// The transport has no answer.
    Transport(TransportError),
    /// An answer that the contract has for a failure.
    ErrorResponse(ResponseValue<E>),
    /// An answer with a status of the contract, and a body that is not what the contract says for it.
    InvalidResponse(Response),
    /// An answer with a status that the contract does not have.
    UnexpectedResponse(Response),
}

impl<E> From<reqwest::Error> for Error<E> {
    fn from(error: reqwest::Error) -> Self {
        Self::InvalidRequest(error)
    }
}

impl<E> From<TransportError> for Error<E> {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

impl<E> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidRequest(_) => f.write_str("the request could not be built; nothing was sent"),
            Self::InvalidParameter(name) => {
                write!(f, "the parameter `{name}` has a value that no request can carry; nothing was sent")
            }
            Self::Transport(_) => f.write_str("there is no answer"),
            Self::ErrorResponse(value) => write!(f, "the portal answered {}", value.response.status),
            Self::InvalidResponse(response) => {
                write!(f, "the portal answered {} with a body that is not the contract's", response.status)
            }
            Self::UnexpectedResponse(response) => {
                write!(f, "the portal answered {}, which the contract does not have", response.status)
            }
        }
    }
}

impl<E: fmt::Debug> std::error::Error for Error<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::InvalidRequest(error) => Some(error),
            Self::Transport(error) => Some(&**error),
            _ => None,
        }
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
