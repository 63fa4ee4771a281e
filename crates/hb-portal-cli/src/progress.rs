//! Shows what a command is waiting for, once the wait takes more than a second.

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

const SECOND: Duration = Duration::from_secs(1);

/// Waits for a call of the portal.
pub(crate) async fn call<F: Future>(call: F) -> F::Output {
    watch(|| "waiting for the portal", call).await
}

/// Waits for `future`. On a terminal, a line on standard error says what it is doing, counts the seconds, and is removed when
/// the wait ends.
pub(crate) async fn watch<F: Future>(what: impl Fn() -> &'static str, future: F) -> F::Output {
    if !io::stderr().is_terminal() {
        return future.await;
    }
    let began = Instant::now();
    let mut line = Line { is_shown: false };
    let mut future = std::pin::pin!(future);
    loop {
        if let Ok(output) = tokio::time::timeout(SECOND, &mut future).await {
            return output;
        }
        line.show(&format!("{} ({} s)", what(), began.elapsed().as_secs()));
    }
}

struct Line {
    is_shown: bool,
}

impl Line {
    fn show(&mut self, text: &str) {
        self.is_shown = true;
        let _ = write!(io::stderr().lock(), "\r\x1b[K… {text}");
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}
