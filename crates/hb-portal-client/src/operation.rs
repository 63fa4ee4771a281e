//! What every generated operation implements.

use crate::{
    request::{Request, Unsendable},
    response::{Response, Unread},
};

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
