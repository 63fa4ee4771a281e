//! Prints results as text or JSON, and everything else on standard error.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use crate::exit::Failure;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const ODD: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// How to print results. Colours are off if the stream is not a terminal, or if `NO_COLOR` is set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    stdout_is_taken: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json, stdout_is_taken: false }
    }

    /// Reserves standard output for something else, and prints results on standard error.
    pub(crate) fn leave_stdout(self) -> Self {
        Self { stdout_is_taken: true, ..self }
    }

    /// Prints a result as text or as JSON.
    pub(crate) fn result(self, text: impl FnOnce() -> String, json: impl FnOnce() -> Value) {
        let text = if self.json { format!("{}\n", json()) } else { text() };
        if self.stdout_is_taken { err(&text) } else { out(&text) }
    }

    /// Prints text for people while a command works, but not with `--json`.
    pub(crate) fn text(self, text: &str) {
        if !self.json {
            self.result(|| text.to_owned(), Value::default);
        }
    }

    /// With `--json`, prints the result of a command that otherwise prints text while it works.
    pub(crate) fn json(self, json: impl FnOnce() -> Value) {
        if self.json {
            self.result(String::new, json);
        }
    }

    /// Prints several results: a table with a line for each, or each as JSON.
    pub(crate) fn results<T, const N: usize>(
        self,
        head: [&str; N],
        items: &[T],
        line: impl Fn(&T) -> [String; N],
        json: impl Fn(&T) -> Value,
    ) {
        if items.is_empty() {
            self.step("there are none");
        } else {
            self.text(&table(head, &items.iter().map(line).collect::<Vec<_>>()));
        }
        items.iter().for_each(|item| self.json(|| json(item)));
    }

    /// Prints the current step.
    pub(crate) fn step(self, text: &str) {
        err(&format!("{FAINT}… {text}{FAINT:#}\n"));
    }

    /// Prints something that a person should look at.
    pub(crate) fn warning(self, text: &str) {
        err(&format!("{ODD}warning:{ODD:#} {text}\n"));
    }

    pub(crate) fn failure(self, failure: &Failure) {
        let Failure { message, causes, hint, .. } = failure;
        let causes: String = causes.iter().map(|cause| format!("  caused by: {cause}\n")).collect();
        let hint = hint.as_ref().map_or_else(String::new, |hint| format!("{GOOD}hint:{GOOD:#} {hint}\n"));
        err(&format!("{ERROR}error:{ERROR:#} {message}\n{causes}{hint}"));
        self.json(|| failure.json());
    }
}

/// Rows of names and values, aligned.
pub(crate) fn rows<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
    rows.into_iter().map(|(name, value)| format!("  {name:<12} {value}\n")).collect()
}

/// A table with aligned columns and a header line.
fn table<const N: usize>(head: [&str; N], lines: &[[String; N]]) -> String {
    let widths = std::array::from_fn::<_, N, _>(|column| {
        let cells = lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count());
        cells.chain(head.get(column).map(|cell| cell.len())).max().unwrap_or(0)
    });
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    let rest = lines.iter().map(|cells| line(cells.iter().map(String::as_str).collect()));
    std::iter::once(line(head.to_vec())).chain(rest).collect()
}

/// Prints to standard output. A closed pipe is not a failure.
pub(crate) fn out(text: &str) {
    let mut stdout = anstream::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// Prints to standard error. If nothing reads it, the exit code still reports the outcome.
pub(crate) fn err(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn the_columns_of_a_table_are_aligned() {
        let lines = [["1", "https://a.example/…", "a"], ["20417", "b", ""]].map(|line| line.map(str::to_owned));
        let aligned = "\
ID     URL                  EVENTS
1      https://a.example/…  a
20417  b
";
        assert_eq!(table(["ID", "URL", "EVENTS"], &lines), aligned);
    }
}
