//! A panic in a user's sink becomes an error, so that it cannot take a secret with it.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    task::Poll,
};

use crate::boxed::{BoxError, BoxFuture};

/// Runs a step of a sink. If it panics, that is its error; the panic's message, which may hold anything, is not in it.
pub(crate) async fn caught<'a, T>(step: impl FnOnce() -> BoxFuture<'a, Result<T, BoxError>>) -> Result<T, BoxError> {
    let panicked = || "the sink panicked, which is a defect of the sink".into();
    let Ok(mut step) = catch_unwind(AssertUnwindSafe(step)) else { return Err(panicked()) };
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| step.as_mut().poll(context))).unwrap_or_else(|_| Poll::Ready(Err(panicked())))
    })
    .await
}
