//! What every generated operation implements, and why a request or a response can fail without any I/O.

use std::fmt;

use crate::{Request, Response};

/// One operation: the request it makes, and what a response to it means. It neither sends nor receives.
pub trait Operation {
    /// The `operationId` of the document, verbatim.
    const ID: &'static str;
    /// Whether the request needs credentials, which the caller adds.
    const AUTHENTICATED: bool;
    /// What a documented success holds.
    type Success;
    /// What a documented failure holds; an enum by status where statuses differ.
    type Failure;

    /// The request, without scheme, host and credentials.
    ///
    /// # Errors
    ///
    /// A parameter has a value that no request can carry.
    fn request(&self) -> Result<Request, Unsendable>;

    /// Reads a documented success.
    ///
    /// # Errors
    ///
    /// The response is not a documented success, or its body is not what is documented for its status.
    fn read(response: &Response) -> Result<Self::Success, Unread>;

    /// Reads a documented failure. Nothing is decoded until someone asks for it.
    ///
    /// # Errors
    ///
    /// The response is not a documented failure, or its body is not what is documented for its status.
    fn read_failure(response: &Response) -> Result<Self::Failure, Unread>;
}

/// Why a response was not read. The caller still has the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unread {
    /// Its status is documented as a failure; `read_failure` decodes it.
    Failure,
    /// Its status is documented, and its body is not what is documented for that status.
    NotAsDocumented,
    /// Its status is not documented for what was asked.
    Undocumented,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Failure => "the response is a documented failure",
            Self::NotAsDocumented => "the response's body is not what is documented for its status",
            Self::Undocumented => "the response's status is not documented",
        })
    }
}

impl std::error::Error for Unread {}

/// The parameter of this name has a value that no request can carry: an empty path segment, `.` or `..`, or a header with
/// line breaks. Nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsendable(pub &'static str);

impl fmt::Display for Unsendable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the parameter `{}` has a value that no request can carry; nothing was sent", self.0)
    }
}

impl std::error::Error for Unsendable {}
