//! The endpoints of all pages, as a stream.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;

use super::pages::Pages;
use crate::{boxed::BoxFuture, endpoint::WebhookEndpoint, error::CallError, page::Page};

/// The endpoints of an account, read one page at a time. It ends after an error.
///
/// It is a [`Stream`], for the combinators of the `futures` crates; [`next`](Self::next) needs none of them.
#[must_use = "nothing is sent until it is polled"]
pub struct WebhookStream {
    read: VecDeque<WebhookEndpoint>,
    state: State,
}

/// The position in the list, and the page that was read.
type Reading = (Box<Pages>, Result<Page<WebhookEndpoint>, CallError>);

enum State {
    Ready(Box<Pages>),
    Waiting(BoxFuture<'static, Reading>),
    Over,
}

impl WebhookStream {
    pub(super) fn new(pages: Pages) -> Self {
        Self { read: VecDeque::new(), state: State::Ready(Box::new(pages)) }
    }

    /// Returns the next endpoint; `None` after the last one, and after an error.
    ///
    /// # Errors
    ///
    /// [`CallError`]: a page could not be read, so the endpoints returned so far are not all of them.
    pub async fn next(&mut self) -> Option<Result<WebhookEndpoint, CallError>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for WebhookStream {
    type Item = Result<WebhookEndpoint, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(endpoint) = self.read.pop_front() {
                return Poll::Ready(Some(Ok(endpoint)));
            }
            match mem::replace(&mut self.state, State::Over) {
                State::Over => return Poll::Ready(None),
                State::Ready(mut pages) => {
                    self.state = State::Waiting(Box::pin(async move {
                        let page = pages.next(|_| {}).await;
                        (pages, page)
                    }));
                }
                State::Waiting(mut waiting) => match waiting.as_mut().poll(context) {
                    Poll::Pending => {
                        self.state = State::Waiting(waiting);
                        return Poll::Pending;
                    }
                    Poll::Ready((_, Err(error))) => return Poll::Ready(Some(Err(error))),
                    Poll::Ready((pages, Ok(page))) => {
                        if page.has_more == Some(true) {
                            self.state = State::Ready(pages);
                        }
                        self.read = page.items.into();
                    }
                },
            }
        }
    }
}

impl fmt::Debug for WebhookStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookStream").field("read", &self.read).finish_non_exhaustive()
    }
}
