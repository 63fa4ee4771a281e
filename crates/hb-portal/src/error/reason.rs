//! The kinds of reasons why nothing was sent.

/// The reason why nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotSentReason {
    /// The input, such as the URL or the events, is not valid.
    Input,
    /// The portal refused the API credentials (400, 401, 403 or 422).
    TokenRefused,
    /// There is no access token: the response to the request for one contained no token (or was a 404 or a 5xx), or the token
    /// provider has none.
    TokenUnavailable,
    /// The portal limits requests for access tokens (429).
    RateLimited,
    /// The sink cannot store a secret now.
    Sink,
    /// No connection to the portal could be established.
    Connection,
    /// The deadline passed.
    Deadline,
    /// The request could not be built.
    Request,
}
