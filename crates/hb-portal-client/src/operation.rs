//! The trait that every generated operation implements.

use crate::{
    request::{Request, Unsendable},
    response::{Response, Unread},
};

/// One operation: it builds a request and interprets the response. It neither sends nor receives.
pub trait Operation {
    /// The `operationId` of the document, verbatim.
    const ID: &'static str;
    /// Whether the request needs credentials, which the caller adds.
    const AUTHENTICATED: bool;
    /// The content of a documented success.
    type Success;
    /// The content of a documented failure; an enum by status where statuses differ.
    type Failure;

    /// Builds the request, without scheme, host and credentials.
    ///
    /// # Errors
    ///
    /// A parameter has a value that no request can carry.
    fn request(&self) -> Result<Request, Unsendable>;

    /// Reads a documented success.
    ///
    /// # Errors
    ///
    /// The response is not a documented success, or its body differs from what is documented for its status.
    fn read(response: &Response) -> Result<Self::Success, Unread>;

    /// Reads a documented failure, which is decoded only by this call.
    ///
    /// # Errors
    ///
    /// The response is not a documented failure, or its body differs from what is documented for its status.
    fn read_failure(response: &Response) -> Result<Self::Failure, Unread>;
}
