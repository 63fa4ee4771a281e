//! The typed model of a document: its operations and its types, whatever dialect it was written in.

use std::collections::{BTreeMap, BTreeSet};

/// What a document says, as far as a client needs it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Api {
    /// The title.
    pub title: String,
    /// The operations, in the order of paths and methods.
    pub operations: Vec<Operation>,
    /// The types, by name.
    pub types: BTreeMap<String, Type>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// The document's `operationId`, or what stands for a missing one.
    pub id: String,
    /// The name of its Rust type.
    pub name: String,
    /// The method, in lower case.
    pub method: String,
    /// The path, with parameters as `{name}`.
    pub path: String,
    /// Its summary, description, tier and responses, for people.
    pub docs: String,
    /// Whether a request needs credentials.
    pub authenticated: bool,
    /// Whether its own tier is `inferred`.
    pub inferred: bool,
    /// Its parameters; those of the path first.
    pub parameters: Vec<Parameter>,
    /// The body of its request.
    pub body: Option<Body>,
    /// Its responses: statuses before the ranges that hold them.
    pub responses: Vec<Response>,
    /// Where it is in the document.
    pub at: String,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// What goes over the wire.
    pub wire: String,
    /// The name of its Rust field.
    pub field: String,
    /// Where a request has it.
    pub place: Place,
    /// Whether a request must have it.
    pub required: bool,
    /// Its type.
    pub schema: Schema,
    /// For people.
    pub docs: String,
    /// Where it is in the document.
    pub at: String,
}

/// Where a request has a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// How it is written.
    pub form: Form,
    /// Its media type.
    pub media_type: String,
    /// Whether a request must have it.
    pub required: bool,
    /// Where it is in the document: its media type.
    pub at: String,
}

/// How a body is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// As JSON.
    Json(Schema),
    /// As `application/x-www-form-urlencoded`.
    Urlencoded(Schema),
    /// As `multipart/form-data`.
    Multipart,
    /// As text.
    Text,
    /// As it is given.
    Bytes,
}

/// One documented response.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// A status, or a range as `4XX`.
    pub status: String,
    /// What its body holds.
    pub payload: Payload,
    /// The media types of its body.
    pub media_types: Vec<String>,
    /// Where it is in the document.
    pub at: String,
}

impl Response {
    /// Whether it is a success; it is a failure otherwise.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status.starts_with('2')
    }
}

/// What the body of a response holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// JSON.
    Json(Schema),
    /// Anything else.
    Bytes,
    /// No body.
    Nothing,
}

/// A schema where it is used.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// What its values are.
    pub shape: Shape,
    /// Whether `null` is one of them.
    pub nullable: bool,
}

/// What the values of a schema are.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Any JSON.
    Any,
    /// Text.
    Text,
    /// A secret text.
    Secret,
    /// A date and time.
    DateTime,
    /// A date.
    Date,
    /// An integer of a Rust type.
    Integer(&'static str),
    /// A number of a Rust type.
    Number(&'static str),
    /// A boolean.
    Boolean,
    /// A list.
    List(Box<Schema>),
    /// A map from text.
    Map(Box<Schema>),
    /// A type with a name.
    Named(String),
}

impl Shape {
    /// The shape as a schema that has no `null`.
    #[must_use]
    pub fn required(self) -> Schema {
        Schema { shape: self, nullable: false }
    }
}

/// A type with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Type {
    /// What it is.
    pub definition: Definition,
    /// For people.
    pub docs: String,
    /// Where it is in the document.
    pub at: String,
    /// Whether a request has it.
    pub sent: bool,
    /// Whether a request that changes something has it, in which null and nothing are not the same.
    pub patched: bool,
    /// Whether a response has it.
    pub read: bool,
    /// Whether it holds a secret, however deep.
    pub secret: bool,
}

/// What a type with a name is.
#[derive(Debug, Clone, PartialEq)]
pub enum Definition {
    /// An object with these fields, and what else it may hold.
    Object(Vec<Field>, Option<Schema>),
    /// One of these texts: what goes over the wire, and the name of the Rust variant.
    Values(Vec<(String, String)>),
    /// One of these.
    Union(Vec<Variant>, Option<String>),
    /// Another name for a schema.
    Is(Schema),
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// What goes over the wire.
    pub wire: String,
    /// The name of the Rust field.
    pub name: String,
    /// Its type.
    pub schema: Schema,
    /// Whether an object must have it.
    pub required: bool,
    /// Whether only responses have it.
    pub read_only: bool,
    /// Whether only requests have it.
    pub write_only: bool,
    /// For people.
    pub docs: String,
    /// Where it is in the document.
    pub at: String,
}

/// One alternative of a union.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// The name of the Rust variant.
    pub name: String,
    /// Its type.
    pub schema: Schema,
    /// The values of the union's tag that mean it.
    pub tags: Vec<String>,
}

impl Definition {
    /// Every schema that it holds.
    pub fn schemas(&self) -> Vec<&Schema> {
        match self {
            Self::Object(fields, rest) => fields.iter().map(|field| &field.schema).chain(rest).collect(),
            Self::Values(_) => Vec::new(),
            Self::Union(variants, _) => variants.iter().map(|variant| &variant.schema).collect(),
            Self::Is(schema) => vec![schema],
        }
    }

    /// As [`schemas`](Self::schemas), to change them.
    pub fn schemas_mut(&mut self) -> Vec<&mut Schema> {
        match self {
            Self::Object(fields, rest) => fields.iter_mut().map(|field| &mut field.schema).chain(rest).collect(),
            Self::Values(_) => Vec::new(),
            Self::Union(variants, _) => variants.iter_mut().map(|variant| &mut variant.schema).collect(),
            Self::Is(schema) => vec![schema],
        }
    }
}

impl Operation {
    /// The schemas that a request has.
    pub fn sent(&self) -> Vec<&Schema> {
        let body = self.body.iter().filter_map(|body| match &body.form {
            Form::Json(schema) | Form::Urlencoded(schema) => Some(schema),
            Form::Multipart | Form::Text | Form::Bytes => None,
        });
        self.parameters.iter().map(|parameter| &parameter.schema).chain(body).collect()
    }

    /// As [`sent`](Self::sent), to change them.
    pub fn sent_mut(&mut self) -> Vec<&mut Schema> {
        let body = self.body.iter_mut().filter_map(|body| match &mut body.form {
            Form::Json(schema) | Form::Urlencoded(schema) => Some(schema),
            Form::Multipart | Form::Text | Form::Bytes => None,
        });
        self.parameters.iter_mut().map(|parameter| &mut parameter.schema).chain(body).collect()
    }

    /// The schemas that responses have, to change them.
    pub fn read_mut(&mut self) -> Vec<&mut Schema> {
        let payloads = self.responses.iter_mut().map(|response| &mut response.payload);
        payloads.filter_map(|payload| if let Payload::Json(schema) = payload { Some(schema) } else { None }).collect()
    }
}

impl Schema {
    /// The names of the types that it is made of.
    pub fn names(&self) -> Option<&str> {
        match &self.shape {
            Shape::Named(name) => Some(name),
            Shape::List(inner) | Shape::Map(inner) => inner.names(),
            _ => None,
        }
    }

    /// Whether it is a secret, or a list or map of them.
    pub fn is_secret(&self) -> bool {
        match &self.shape {
            Shape::Secret => true,
            Shape::List(inner) | Shape::Map(inner) => inner.is_secret(),
            _ => false,
        }
    }

    /// The innermost shape: what lists and maps hold in the end.
    pub fn innermost(&mut self) -> &mut Shape {
        match &mut self.shape {
            Shape::List(inner) | Shape::Map(inner) => inner.innermost(),
            shape => shape,
        }
    }
}

/// The types that are reached from these.
#[must_use]
pub fn reached(types: &BTreeMap<String, Type>, mut next: Vec<String>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    while let Some(name) = next.pop() {
        let Some(of) = types.get(&name) else { continue };
        if reached.insert(name) {
            next.extend(of.definition.schemas().into_iter().filter_map(Schema::names).map(str::to_owned));
        }
    }
    reached
}
