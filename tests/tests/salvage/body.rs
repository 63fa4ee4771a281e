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
    /// The secret, or another that a mutation put where it could be.
    Secret(String),
    /// A string that looks like a secret, in a place where nobody has reason to look.
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

/// Where a secret is in the body that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The documented place, which wins.
    Documented,
    /// Another in which secrets are looked for.
    Candidate,
    /// One whose surroundings decide.
    Perhaps,
}

/// What stands around the document.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wrap {
    /// An array of one element.
    Array,
    /// An object whose `data` it is.
    Data,
    /// An array of several, of which nobody knows which is meant.
    Crowd,
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    /// The members of the documented object.
    pub(crate) document: Vec<Member>,
    /// From the inside out.
    pub(crate) wraps: Vec<Wrap>,
    /// No mutation did more than the contract allows.
    pub(crate) conforms: bool,
    /// Something that leads to the id is there twice, so that it is anybody's guess which is meant.
    pub(crate) id_is_ambiguous: bool,
}

impl Body {
    /// The documented 201 with this secret, and with values that are easy to find again.
    pub(crate) fn documented(secret: &str) -> Self {
        let mut value = documented::response_with(secret);
        value["message"] = Value::from(MESSAGE);
        value["data"]["url"] = Value::from(URL);
        value["data"]["id"] = Value::from(20_417);
        let Json::Object(document) = Json::from_documented(value) else { unreachable!("the document is an object") };
        Self { document, wraps: Vec::new(), conforms: true, id_is_ambiguous: false }
    }

    /// The members of the object that is, or stands alone in arrays as, the first `data`.
    pub(crate) fn data(&mut self) -> Option<&mut Vec<Member>> {
        let mut value = &mut self.document.iter_mut().find(|member| member.name == "data")?.value;
        while let Json::Array(items) = value {
            value = items.first_mut()?;
        }
        if let Json::Object(members) = value { Some(members) } else { None }
    }

    /// The members among which the first member of this name is.
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

    /// Forgets which ids are in it: it is no longer where the endpoint is described.
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
