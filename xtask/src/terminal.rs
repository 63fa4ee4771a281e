//! Output for people: colours and progress on a terminal, plain lines in a pipe.

use std::{
    env,
    io::{self, IsTerminal as _, Write},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

/// Prints to standard output.
pub(crate) fn print(text: &str) {
    say(io::stdout(), text);
}

/// Prints to standard error.
pub(crate) fn warn(text: &str) {
    say(io::stderr(), text);
}

/// Prints; a reader that has closed the pipe (`| head`) is not an error.
fn say(mut to: impl Write, text: &str) {
    let _ = to.write_all(text.as_bytes()).and_then(|()| to.flush());
}

/// Whether standard output may have colours.
pub(crate) fn colours() -> bool {
    io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none()
}

/// A diff, its lines coloured if `colours`.
pub(crate) fn coloured(diff: &str, colours: bool) -> String {
    let line = |line: &str| match line.as_bytes().first() {
        Some(b'+') if colours => format!("\x1b[32m{line}\x1b[0m"),
        Some(b'-') if colours => format!("\x1b[31m{line}\x1b[0m"),
        _ => line.to_owned(),
    };
    diff.split_inclusive('\n').map(line).collect()
}

/// Does the work; on a terminal, shows `what` and the elapsed time once it takes longer than a second.
pub(crate) fn patiently<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (done, waiting) = mpsc::channel::<()>();
    thread::scope(|scope| {
        if io::stderr().is_terminal() {
            scope.spawn(move || {
                for seconds in 1.. {
                    if waiting.recv_timeout(Duration::from_secs(1)) != Err(RecvTimeoutError::Timeout) {
                        break;
                    }
                    warn(&format!("\r{what} … {seconds} s"));
                }
                warn("\r\x1b[K");
            });
        }
        let result = work();
        drop(done);
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals() {
        assert_eq!(coloured("-a\n+b\n c\n", false), "-a\n+b\n c\n");
        assert_eq!(coloured("-a\n+b\n c\n", true), "\x1b[31m-a\n\x1b[0m\x1b[32m+b\n\x1b[0m c\n");
    }
}
