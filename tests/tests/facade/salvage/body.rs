//! A body as a tree in which secrets and ids are marked.

use hb_portal_tests::documented;
use serde_json::Value;

pub(crate) const MESSAGE: &str = "canary-message";
pub(crate) const URL: &str = "https://canary-url.example/";

/// A JSON value.
#[derive(Debug, Clone)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    /// The secret, or another string that a mutation put where the secret could be.
    Secret(String),
    /// A string that looks like a secret, in a place where the client has no reason to look.
    Decoy,
    /// The id of the endpoint, as a number or as a string.
    Id {
        text: String,
        quoted: bool,
    },
    Array(Vec<Json>),
    Object(Vec<Member>),
}

#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) value: Json,
}

/// The place of a secret in the written body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The documented place, which takes precedence.
    Documented,
    /// Another place in which the client looks for a secret.
    Candidate,
    /// A place that counts only if its surroundings belong to an endpoint.
    Perhaps,
}

/// A value around the document.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wrap {
    /// An array of one element.
    Array,
    /// An object with the document as its `data`.
    Data,
    /// An array of several elements, which does not show which of them is meant.
    Crowd,
}

/// The body of a response.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    /// The members of the documented object.
    pub(crate) document: Vec<Member>,
    /// From the innermost to the outermost.
    pub(crate) wraps: Vec<Wrap>,
    /// Whether every mutation stayed within the contract.
    pub(crate) conforms: bool,
    /// Whether something that leads to the id occurs twice, so that the right one cannot be determined.
    pub(crate) id_is_ambiguous: bool,
}

impl Body {
    /// The documented 201 with this secret, and with values that are easy to search for.
    pub(crate) fn documented(secret: &str) -> Self {
        let mut value = documented::response_with(secret);
        value["message"] = Value::from(MESSAGE);
        value["data"]["url"] = Value::from(URL);
        value["data"]["id"] = Value::from(20_417);
        let Json::Object(document) = Json::from_documented(value) else { unreachable!("the document is an object") };
        Self { document, wraps: Vec::new(), conforms: true, id_is_ambiguous: false }
    }

    /// The members of the first `data`, whether it is an object or the first element of an array.
    pub(crate) fn data(&mut self) -> Option<&mut Vec<Member>> {
        let mut value = &mut self.document.iter_mut().find(|member| member.name == "data")?.value;
        while let Json::Array(items) = value {
            value = items.first_mut()?;
        }
        if let Json::Object(members) = value { Some(members) } else { None }
    }

    /// Returns the members of the object that contains the first member of this name.
    pub(crate) fn siblings_of(&mut self, name: &str) -> Option<&mut Vec<Member>> {
        let is_there = |members: &[Member]| members.iter().any(|member| member.name == name);
        if is_there(&self.document) {
            return Some(&mut self.document);
        }
        self.data().filter(|data| is_there(data))
    }
}

impl Json {
    fn from_documented(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::String(text) => Self::Text(text),
            Value::Array(items) => Self::Array(items.into_iter().map(Self::from_documented).collect()),
            Value::Object(members) => Self::Object(
                members
                    .into_iter()
                    .map(|(name, value)| {
                        let value = match (name.as_str(), Self::from_documented(value)) {
                            ("secret", Self::Text(text)) => Self::Secret(text),
                            ("id", Self::Number(text)) => Self::Id { text, quoted: false },
                            (_, value) => value,
                        };
                        Member { name, value }
                    })
                    .collect(),
            ),
        }
    }

    pub(crate) fn object<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Object(members.map(|(name, value)| Member { name: name.to_owned(), value }).into())
    }

    /// Removes the marks from ids in the value, because it no longer describes the endpoint.
    pub(crate) fn forget_ids(&mut self) {
        match self {
            Self::Id { text, quoted: true } => *self = Self::Text(std::mem::take(text)),
            Self::Id { text, quoted: false } => *self = Self::Number(std::mem::take(text)),
            Self::Array(items) => items.iter_mut().for_each(Self::forget_ids),
            Self::Object(members) => members.iter_mut().for_each(|member| member.value.forget_ids()),
            _ => {}
        }
    }
}
