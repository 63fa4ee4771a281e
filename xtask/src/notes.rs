//! What a client does not have as its document says it: dropped, guessed or renamed, each with its place.

use crate::{load::Places, problem::Problems};

/// One thing that was dropped, guessed or renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The JSON pointer of the place, in the document as it was read.
    pub pointer: String,
    /// What it is about.
    pub kind: &'static str,
    /// What it did there, and what that means.
    pub what: String,
}

/// All that was done to a document, and what could not be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    list: Vec<Note>,
    problems: Vec<(String, String, String)>,
}

impl Notes {
    /// Notes that something of this `kind` was done:  `what` at `pointer`.
    pub fn add(&mut self, pointer: &str, kind: &'static str, what: impl Into<String>) {
        let note = Note { pointer: pointer.to_owned(), kind, what: what.into() };
        if self.list.last() != Some(&note) {
            self.list.push(note);
        }
    }

    /// Notes that no client can be made of what is at `pointer`, why, and what would fix it.
    pub fn problem(&mut self, pointer: &str, what: impl Into<String>, fix: impl Into<String>) {
        self.problems.push((pointer.to_owned(), what.into(), fix.into()));
    }

    /// What was done, in the order in which it was.
    #[must_use]
    pub fn as_slice(&self) -> &[Note] {
        &self.list
    }

    /// One line for each thing that was done, in the order of the places.
    #[must_use]
    pub fn explained(&self, places: &Places) -> String {
        let mut lines: Vec<(&str, String)> = self
            .list
            .iter()
            .map(|note| {
                (
                    note.pointer.as_str(),
                    format!("{}: {}: {}\n", places.place(&note.pointer), note.kind, note.what.replace('\n', " ")),
                )
            })
            .collect();
        lines.sort_by(|left, right| left.0.cmp(right.0));
        lines.dedup();
        lines.into_iter().map(|(_, line)| line).collect()
    }

    /// Makes a problem of each note that is not of one of these kinds.
    pub fn forbid_all_but(&mut self, harmless: &[&str]) {
        for note in self.list.iter().filter(|note| !harmless.contains(&note.kind)) {
            let what = format!("the client cannot be exactly as the contract says: {}", note.what);
            self.problems.push((
                note.pointer.clone(),
                what,
                "write it so that nothing is dropped or guessed".to_owned(),
            ));
        }
    }

    /// What could not be done, if anything.
    ///
    /// # Errors
    ///
    /// Each problem with its place and fix.
    pub fn check(&self, places: &Places) -> Result<(), Problems> {
        let mut problems = Problems::default();
        for (pointer, what, fix) in &self.problems {
            problems.push(places.place(pointer), what, fix);
        }
        problems.or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_explained_in_the_order_of_their_places() {
        let mut notes = Notes::default();
        notes.add("/b", "test", "two\nlines");
        notes.add("/a", "test", "one");
        let explained = notes.explained(&Places::unknown("s"));
        assert_eq!(explained, "s (#/a): test: one\ns (#/b): test: two lines\n");
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let mut notes = Notes::default();
        assert!(notes.check(&Places::unknown("s")).is_ok());
        notes.problem("/a", "one", "fix it");
        notes.problem("/b", "two", "fix it");
        let error = notes.check(&Places::unknown("s")).unwrap_err().to_string();
        assert!(
            error.contains("2 problems") && error.contains("(#/a): one") && error.contains("(#/b): two"),
            "{error}"
        );
    }
}
