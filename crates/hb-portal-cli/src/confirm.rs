//! Asks for confirmation before an action that cannot be undone.

use std::io::{self, BufRead as _, IsTerminal as _};

use crate::{exit::Failure, output::err};

/// Asks `question`, and returns whether the reply is yes.
///
/// # Errors
///
/// There is no terminal to ask on.
pub(crate) async fn ask(question: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::usage(
            "could not ask for confirmation, because there is no terminal; nothing was changed: pass --yes",
        ));
    }
    err(&format!("{question} [y/N] "));
    // In a thread, so that a signal can end the wait. A line that cannot be read does not count as yes.
    let line = tokio::task::spawn_blocking(|| io::stdin().lock().lines().next()).await;
    let line = line.ok().flatten().and_then(Result::ok).unwrap_or_default();
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}
