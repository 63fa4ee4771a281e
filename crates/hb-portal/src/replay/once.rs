//! Wraps a handler: claims a delivery, handles it, then confirms or releases it.

use std::fmt;

use super::{
    guard::{Claim, ReplayGuard},
    key::DeliveryKey,
};
use crate::boxed::BoxError;

/// The value of `Retry-After` to send with `503`, in seconds: after that time, the other receiver has usually finished.
pub const RETRY_AFTER: u16 = 30;

/// Calls `handle` unless the delivery was handled or is being handled.
///
/// If `handle` fails, the delivery is released, so that the sender's next attempt is handled.
///
/// If the future is dropped before it completes, for example by a server whose client disconnects, the claim stays until its
/// lease ends, because it is unknown how far the handler got.
///
/// With the feature `axum`, the result converts into a response: the handler's, or `204` if the delivery was handled before, or
/// `503` with `Retry-After` if it is being handled elsewhere or the guard cannot tell, or `500` if the handler failed.
///
/// # Errors
///
/// The guard cannot tell whether the delivery was handled, and `handle` was not called; or `handle` failed.
pub async fn handle_once<T, E, F>(
    guard: &dyn ReplayGuard,
    key: &DeliveryKey,
    handle: impl FnOnce() -> F,
) -> Result<Once<T>, OnceError<E>>
where
    F: Future<Output = Result<T, E>>,
{
    let ticket = match guard.claim(key).await.map_err(OnceError::Guard)? {
        Claim::Yours(ticket) => ticket,
        Claim::InProgress => return Ok(Once::InProgress),
        Claim::Handled => return Ok(Once::AlreadyHandled),
    };
    match handle().await {
        Ok(value) => Ok(match guard.confirm(key, &ticket).await {
            Ok(()) => Once::Handled(value),
            Err(error) => Once::Unconfirmed(value, error),
        }),
        Err(error) => {
            // A claim that cannot be released ends with its lease; the handler's own error matters more.
            let _ = guard.release(key, &ticket).await;
            Err(OnceError::Handler(error))
        }
    }
}

/// The outcome of a delivery.
#[derive(Debug)]
#[non_exhaustive]
pub enum Once<T> {
    /// It was handled now.
    Handled(T),
    /// It was handled now, but the guard could not record that: if it arrives again after the lease, it is handled again.
    Unconfirmed(T, BoxError),
    /// It was handled before. Respond as if it were handled now.
    AlreadyHandled,
    /// Another receiver is handling it. Respond with `503` and [`RETRY_AFTER`], so that it is sent again in case that receiver
    /// fails.
    InProgress,
}

/// The reason why a delivery was not handled.
#[derive(Debug)]
#[non_exhaustive]
pub enum OnceError<E> {
    /// The guard cannot tell whether it was handled; the handler was not called.
    Guard(BoxError),
    /// The handler failed, and the delivery was released.
    Handler(E),
}

impl<E> fmt::Display for OnceError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Guard(_) => {
                "the replay guard cannot tell whether the delivery was handled, so it was not handled now"
            }
            Self::Handler(_) => "the delivery could not be handled, and may be sent again",
        })
    }
}

impl<E: std::error::Error + 'static> std::error::Error for OnceError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Guard(error) => Some(&**error),
            Self::Handler(error) => Some(error),
        }
    }
}
