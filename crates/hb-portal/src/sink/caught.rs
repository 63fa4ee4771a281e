//! Turns a panic in a user's sink into an error, so that the panic does not lose a secret.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    task::Poll,
};

use crate::boxed::{BoxError, BoxFuture};

/// Runs a step of a sink. If the step panics, it returns an error without the panic's message, which may contain anything.
pub(crate) async fn caught<'a, T>(step: impl FnOnce() -> BoxFuture<'a, Result<T, BoxError>>) -> Result<T, BoxError> {
    let panicked = || "the sink panicked, which is a defect of the sink".into();
    let Ok(mut step) = catch_unwind(AssertUnwindSafe(step)) else { return Err(panicked()) };
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| step.as_mut().poll(context))).unwrap_or_else(|_| Poll::Ready(Err(panicked())))
    })
    .await
}
