//! What the generator cannot be told, and harden writes into the code that it made.

use std::collections::BTreeMap;

/// What is written into the generated code, by what the code calls it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// By the name of an operation's function.
    pub operations: BTreeMap<String, OperationPlan>,
    /// The names on the wire of properties that the generator knew by another: by type, then by that name.
    pub fields: BTreeMap<String, BTreeMap<String, String>>,
    /// The same for the values of enums.
    pub values: BTreeMap<String, BTreeMap<String, String>>,
}

/// What is written into one operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperationPlan {
    /// Whether the body may be left out.
    pub optional_body: bool,
    /// Whether the body is a multipart form.
    pub multipart: bool,
    /// The media type of the body, where the generator would send another.
    pub content_type: Option<String>,
    /// The media types that the client accepts, where the generator would name others.
    pub accept: Option<String>,
    /// The names on the wire of parameters that the generator knew by another.
    pub parameters: BTreeMap<String, String>,
    /// The statuses whose answers have no body, where others of their kind have one: the type of that kind is optional.
    pub bare: Vec<String>,
    /// The answers for success, where they differ.
    pub answers: Option<ByStatus>,
    /// The answers for failure, where they differ.
    pub failures: Option<ByStatus>,
}

/// A type that is chosen by the status of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByStatus {
    /// The type's name.
    pub name: String,
    /// What the operation calls itself in the contract.
    pub operation: String,
    /// What comes with which status, or range of them (`4XX`); single ones come first.
    pub answers: Vec<(String, Payload)>,
}

/// What an answer's body is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// JSON of a generated type.
    Json(String),
    /// None, or none that is described.
    Nothing,
    /// What is not JSON.
    Bytes,
}
