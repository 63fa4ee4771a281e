//! Implements the sink trait for pointers to sinks.

use std::sync::Arc;

use super::{Attempt, SecretSink};
use crate::{
    boxed::{BoxError, BoxFuture},
    created::CreatedWebhook,
};

macro_rules! forward {
    ($pointer:ident) => {
        impl<S: SecretSink + ?Sized> SecretSink for $pointer<S> {
            fn prepare<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
                (**self).prepare(attempt)
            }

            fn store<'a>(&'a self, created: &'a CreatedWebhook) -> BoxFuture<'a, Result<(), BoxError>> {
                (**self).store(created)
            }

            fn discard<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
                (**self).discard(attempt)
            }

            fn keep_response<'a>(
                &'a self,
                attempt: &'a Attempt,
                body: &'a [u8],
            ) -> BoxFuture<'a, Result<Option<String>, BoxError>> {
                (**self).keep_response(attempt, body)
            }

            fn give_up<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), BoxError>> {
                (**self).give_up(attempt)
            }
        }
    };
}

forward!(Box);
forward!(Arc);
