//! The type of secrets, and the only way to serialise them.

use std::{cell::RefCell, collections::HashMap, fmt};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// Whether a secret is read only from a string. In the client of another document, it is read from any JSON except null, because
/// the document may not state its type, or the service may not keep to it.
const ONLY_TEXT: bool = true;

/// A value that is secret. It prints as `[REDACTED]`, has no `Display`, `PartialEq` or `Serialize`, and is wiped when
/// dropped.
#[derive(Clone)]
pub struct Secret {
    text: SecretString,
    /// Whether the text is JSON other than a string, which a request contains unchanged.
    is_json: bool,
}

impl Secret {
    /// Creates a secret from `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        // From a `str`, because shrinking a `String` with spare capacity would leave a copy behind.
        Self { text: SecretString::from(text), is_json: false }
    }

    /// Decodes a JSON string literal, including its quotes; `None` if it is not one.
    #[must_use]
    pub fn from_json_literal(literal: &str) -> Option<Self> {
        let escaped = literal.strip_prefix('"')?.strip_suffix('"')?;
        if !escaped.contains('\\') {
            return Some(Self::new(escaped));
        }
        // serde_json would unescape into a buffer that it does not wipe.
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
        self.text.expose_secret()
    }

    /// Unwraps the secret without a copy.
    #[must_use]
    pub fn into_inner(self) -> SecretString {
        self.text
    }
}

/// Decodes an escape; `chars` begins after its backslash.
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
        let json = <&RawValue>::deserialize(deserializer)?.get();
        let secret = match json {
            "null" => None,
            text if text.starts_with('"') => Self::from_json_literal(text),
            _ if ONLY_TEXT => None,
            json => Some(Self { text: SecretString::from(json), is_json: true }),
        };
        secret.ok_or_else(|| serde::de::Error::custom("not a string"))
    }
}

/// Serialises a secret in the body of a request. Only this function and [`Exposed`] serialise secrets.
#[allow(dead_code, reason = "a document may have no secret in a request")]
pub(crate) fn expose_in_request<S: Serializer>(secret: &impl InRequest, serializer: S) -> Result<S::Ok, S::Error> {
    secret.serialize_exposed(serializer)
}

thread_local! {
    /// The secrets that this thread has exposed while it builds a request.
    static EXPOSED: RefCell<Option<Vec<Secret>>> = const { RefCell::new(None) };
}

/// Returns the result of `serialise`, which serialises a part of a request, and the secrets that it exposed.
pub(crate) fn exposing<T>(serialise: impl FnOnce() -> T) -> (T, Vec<Secret>) {
    /// Ends the recording, even if `serialise` panics.
    struct Before(Option<Vec<Secret>>);
    impl Drop for Before {
        fn drop(&mut self) {
            EXPOSED.set(self.0.take());
        }
    }
    let _before = Before(EXPOSED.replace(Some(Vec::new())));
    let result = serialise();
    (result, EXPOSED.take().unwrap_or_default())
}

/// A secret, or a container of secrets, that a request can serialise.
pub(crate) trait InRequest {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

impl InRequest for Secret {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        EXPOSED.with_borrow_mut(|exposed| exposed.iter_mut().for_each(|exposed| exposed.push(self.clone())));
        match serde_json::from_str::<&RawValue>(self.expose_secret()) {
            Ok(json) if self.is_json => json.serialize(serializer),
            _ => serializer.serialize_str(self.expose_secret()),
        }
    }
}

impl<T: InRequest> InRequest for Option<T> {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(secret) => secret.serialize_exposed(serializer),
            None => serializer.serialize_none(),
        }
    }
}

impl<T: InRequest> InRequest for Vec<T> {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_slice().serialize_exposed(serializer)
    }
}

impl<T: InRequest> InRequest for HashMap<String, T> {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(key, secret)| (key, Exposed(secret))))
    }
}

impl<T: InRequest> InRequest for [T] {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Exposed))
    }
}

impl<T: InRequest + ?Sized> InRequest for &T {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize_exposed(serializer)
    }
}

/// Serialises a secret that is a parameter or the whole body of a request.
pub(crate) struct Exposed<'a, T>(pub(crate) &'a T);

impl<T: InRequest> Serialize for Exposed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_exposed(serializer)
    }
}
