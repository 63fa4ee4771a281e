//!
//! Secrets are of the type [`Secret`], which does not print them. The errors of `progenitor_client` do print the body of
//! an answer that does not decode: neither log nor show them where an answer may hold a secret.

#[allow(unreachable_patterns)]
#[rustfmt::skip]
mod generated;

use std::{collections::HashMap, fmt};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use generated::*;

/// A value that is secret. It prints as `[REDACTED]`, has no `Display`, `PartialEq` or `Serialize`, and is wiped when
/// dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The secret that `text` is.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(SecretString::from(text))
    }

    /// The secret itself.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretString::from(text)))
    }
}

/// The one place where a secret is serialised: in the body of a request whose contract asks for it.
#[allow(dead_code)]
fn expose_in_request<S: Serializer>(secret: &impl InRequest, serializer: S) -> Result<S::Ok, S::Error> {
    secret.serialize_exposed(serializer)
}

/// What `expose_in_request` serialises: a secret, or what holds some.
#[allow(dead_code)]
trait InRequest {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

impl InRequest for Secret {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose_secret())
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
        serializer.collect_seq(self.iter().map(Exposed))
    }
}

impl<T: InRequest> InRequest for HashMap<String, T> {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(key, secret)| (key, Exposed(secret))))
    }
}

#[allow(dead_code)]
struct Exposed<'a, T>(&'a T);

impl<T: InRequest> Serialize for Exposed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_exposed(serializer)
    }
}
