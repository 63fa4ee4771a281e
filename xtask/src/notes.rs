//! Notes about differences between a document and its client: what was dropped, guessed or renamed, and where.

use std::fmt::Write as _;

use anyhow::{Result, bail};

use crate::load::Places;

/// One thing that was dropped, guessed or renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The JSON pointer of the place, in the document as it was read.
    pub pointer: String,
    /// Its subject.
    pub kind: &'static str,
    /// The difference.
    pub what: String,
}

/// The notes about a document, and the problems that prevent a client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    list: Vec<Note>,
    problems: Vec<(String, String, String)>,
}

impl Notes {
    /// Adds the note `what` of this `kind` about `pointer`.
    pub fn add(&mut self, pointer: &str, kind: &'static str, what: impl Into<String>) {
        let note = Note { pointer: pointer.to_owned(), kind, what: what.into() };
        if self.list.last() != Some(&note) {
            self.list.push(note);
        }
    }

    /// Adds a problem: no client can be generated from `pointer`, for the reason `what`, until it is fixed as `fix` says.
    pub fn problem(&mut self, pointer: &str, what: impl Into<String>, fix: impl Into<String>) {
        let (what, fix) = (what.into(), fix.into());
        if !self.problems.iter().any(|(at, known, _)| at == pointer && *known == what) {
            self.problems.push((pointer.to_owned(), what, fix));
        }
    }

    /// The notes, in the order in which they were added.
    #[must_use]
    pub fn as_slice(&self) -> &[Note] {
        &self.list
    }

    /// One line for each note, ordered by place.
    #[must_use]
    pub fn explained(&self, places: &Places) -> String {
        let line =
            |note: &Note| format!("{}: {}: {}\n", places.place(&note.pointer), note.kind, note.what.replace('\n', " "));
        let mut lines: Vec<(&str, String)> = self.list.iter().map(|note| (&*note.pointer, line(note))).collect();
        lines.sort_by_key(|(pointer, _)| *pointer);
        lines.dedup();
        lines.into_iter().map(|(_, line)| line).collect()
    }

    /// Turns each note that is of none of the kinds in the list `harmless` into a problem, unless its object or one of its keys
    /// already has one.
    pub fn forbid_all_but(&mut self, harmless: &str) {
        let is_about = |note: &Note, at: &str| {
            at.strip_prefix(&note.pointer).is_some_and(|key| key.is_empty() || key.rfind('/') == Some(0))
        };
        let is_harmful = |note: &&Note| {
            !harmless.split(", ").any(|kind| kind == note.kind)
                && !self.problems.iter().any(|(at, ..)| is_about(note, at))
        };
        let problem = |note: &Note| {
            let what = format!("the client would differ from the contract: {}", note.what);
            let fix = "rewrite it so that nothing is dropped, guessed or renamed".to_owned();
            (note.pointer.clone(), what, fix)
        };
        let problems: Vec<_> = self.list.iter().filter(is_harmful).map(problem).collect();
        self.problems.extend(problems);
    }

    /// Fails if there are problems.
    ///
    /// # Errors
    ///
    /// All problems, each with its place and fix.
    pub fn check(&self, places: &Places) -> Result<()> {
        let mut all = match self.problems.len() {
            0 => return Ok(()),
            1 => "1 problem\n".to_owned(),
            count => format!("{count} problems\n"),
        };
        for (pointer, what, fix) in &self.problems {
            let problem = format!("{}: {what}\n    fix: {fix}", places.place(pointer));
            let _ = write!(all, "\n  {}\n", problem.replace('\n', "\n  "));
        }
        bail!(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::parse;

    #[test]
    fn notes_are_explained_in_the_order_of_their_places() {
        let mut notes = Notes::default();
        notes.add("/b", "test", "two\nlines");
        notes.add("/a", "test", "one");
        let explained = notes.explained(&parse("s", "{}").unwrap().places);
        assert_eq!(explained, "s (#/a): test: one\ns (#/b): test: two lines\n");
    }

    #[test]
    fn all_problems_are_reported_together() {
        let places = parse("s", "{}").unwrap().places;
        let mut notes = Notes::default();
        assert!(notes.check(&places).is_ok());
        notes.problem("/a", "one", "fix it");
        notes.problem("/b", "two", "fix it");
        let error = notes.check(&places).unwrap_err().to_string();
        assert!(
            error.contains("2 problems") && error.contains("(#/a): one") && error.contains("(#/b): two"),
            "{error}"
        );
    }
}
