//! The typed model of a document: its operations and types, independent of the dialect it was written in.

use std::collections::{BTreeMap, BTreeSet};

/// The parts of a document that a client needs.
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
    /// The document's `operationId`, or one derived from method and path where it is missing.
    pub id: String,
    /// The name of its Rust type.
    pub name: String,
    /// The method, in lower case.
    pub method: String,
    /// The path, with parameters as `{name}`.
    pub path: String,
    /// Its documentation: summary, description, tier and responses.
    pub docs: String,
    /// Whether a request needs credentials.
    pub authenticated: bool,
    /// Whether its own tier in the contract is `inferred`; the client has it behind the feature `preview` then.
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
    /// Its name on the wire.
    pub wire: String,
    /// The name of its Rust field.
    pub field: String,
    /// The part of the request that carries it.
    pub place: Place,
    /// Whether a request must have it.
    pub required: bool,
    /// Its type.
    pub schema: Schema,
    /// Its documentation.
    pub docs: String,
    /// Where it is in the document.
    pub at: String,
}

/// The part of a request that carries a parameter.
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
    /// Its encoding.
    pub form: Form,
    /// Its media type.
    pub media_type: String,
    /// Whether a request must have it.
    pub required: bool,
    /// The place of its media type in the document.
    pub at: String,
}

/// The encoding of a body.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// JSON.
    Json(Schema),
    /// `application/x-www-form-urlencoded`.
    Urlencoded(Schema),
    /// `multipart/form-data`.
    Multipart,
    /// Text, which may be secret.
    Text(Schema),
    /// The bytes that the caller gives.
    Bytes,
}

/// One documented response.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// A status, or a range such as `4XX`.
    pub status: String,
    /// The content of its body.
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

/// The content of a response's body.
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
    /// The kind of its values.
    pub shape: Shape,
    /// Whether `null` is one of them.
    pub nullable: bool,
}

/// The kind of a schema's values.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Any JSON.
    Any,
    /// Text.
    Text,
    /// Text that is secret.
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
    /// A map whose keys are text.
    Map(Box<Schema>),
    /// A named type.
    Named(String),
}

impl Shape {
    /// A schema of this shape without `null`.
    #[must_use]
    pub fn required(self) -> Schema {
        Schema { shape: self, nullable: false }
    }
}

/// A named type.
#[derive(Debug, Clone, PartialEq)]
pub struct Type {
    /// Its definition.
    pub definition: Definition,
    /// Its documentation.
    pub docs: String,
    /// Where it is in the document.
    pub at: String,
    /// Whether requests use it.
    pub sent: bool,
    /// Whether a `PUT` or `PATCH` request uses it, where null and absent differ.
    pub patched: bool,
    /// Whether responses use it.
    pub read: bool,
    /// Whether it contains a secret at any depth.
    pub secret: bool,
}

/// The definition of a named type.
#[derive(Debug, Clone, PartialEq)]
pub enum Definition {
    /// An object with these fields, and the schema of its additional properties if it may have any.
    Object(Vec<Field>, Option<Schema>),
    /// One of these texts, each with the name of its Rust variant.
    Values(Vec<(String, String)>),
    /// One of these alternatives, and the property that tells them apart if there is one.
    Union(Vec<Variant>, Option<String>),
    /// Another name for a schema.
    Is(Schema),
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name on the wire.
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
    /// Its documentation.
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
    /// The values of the union's tag that select it.
    pub tags: Vec<String>,
    /// Where it is in the document.
    pub at: String,
}

impl Definition {
    /// Every schema in the definition.
    pub fn schemas(&self) -> Vec<&Schema> {
        match self {
            Self::Object(fields, rest) => fields.iter().map(|field| &field.schema).chain(rest).collect(),
            Self::Values(_) => Vec::new(),
            Self::Union(variants, _) => variants.iter().map(|variant| &variant.schema).collect(),
            Self::Is(schema) => vec![schema],
        }
    }

    /// Every schema in the definition, mutable.
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
    /// The schemas of the request.
    pub fn sent(&self) -> Vec<&Schema> {
        let body = self.body.iter().filter_map(|body| match &body.form {
            Form::Json(schema) | Form::Urlencoded(schema) | Form::Text(schema) => Some(schema),
            Form::Multipart | Form::Bytes => None,
        });
        self.parameters.iter().map(|parameter| &parameter.schema).chain(body).collect()
    }

    /// The schemas of the responses.
    pub fn read(&self) -> Vec<&Schema> {
        let payloads = self.responses.iter().map(|response| &response.payload);
        payloads.filter_map(|payload| if let Payload::Json(schema) = payload { Some(schema) } else { None }).collect()
    }
}

impl Schema {
    /// The name of the type that it consists of, if any.
    pub fn names(&self) -> Option<&str> {
        if let Shape::Named(name) = self.innermost() { Some(name) } else { None }
    }

    /// Whether it is a secret, or a list or map of secrets.
    pub fn is_secret(&self) -> bool {
        *self.innermost() == Shape::Secret
    }

    /// The innermost shape: that of the items of nested lists and maps.
    pub fn innermost(&self) -> &Shape {
        match &self.shape {
            Shape::List(inner) | Shape::Map(inner) => inner.innermost(),
            shape => shape,
        }
    }

    /// The innermost shape, mutable.
    pub fn innermost_mut(&mut self) -> &mut Shape {
        match &mut self.shape {
            Shape::List(inner) | Shape::Map(inner) => inner.innermost_mut(),
            shape => shape,
        }
    }
}

/// The names of the types that these schemas consist of, and in turn the types that schemas `within` them consist of.
pub fn reached<'a>(
    types: &'a BTreeMap<String, Type>,
    schemas: impl IntoIterator<Item = &'a Schema>,
    within: impl Fn(&'a Definition) -> Vec<&'a Schema>,
) -> BTreeSet<String> {
    let mut next: Vec<&Schema> = schemas.into_iter().collect();
    let mut reached = BTreeSet::new();
    while let Some(schema) = next.pop() {
        let Some((name, of)) = schema.names().and_then(|name| types.get_key_value(name)) else { continue };
        if reached.insert(name.clone()) {
            next.extend(within(&of.definition));
        }
    }
    reached
}
