//! Asks a person before something is done that cannot be undone.

use std::io::{self, BufRead as _, IsTerminal as _};

use crate::{exit::Failure, output::err};

/// Whether `question` is answered with yes.
///
/// # Errors
///
/// Nobody is there to be asked.
pub(crate) fn ask(question: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::usage("nobody can be asked here whether to go on: pass --yes; nothing was changed"));
    }
    err(&format!("{question} [y/N] "));
    let mut line = String::new();
    // What cannot be read is not a yes.
    let _ = io::stdin().lock().read_line(&mut line);
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}
