//! What lowering did to a document, each thing with the place that it did it to.

use std::collections::HashMap;

use crate::{load::Places, problem::Problems};

/// One thing that a lowering did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The JSON pointer of the place, in the document as it was read.
    pub pointer: String,
    /// The lowering, by the name of its function.
    pub lowering: &'static str,
    /// What it did there, and what that means.
    pub what: String,
}

/// All that was done to a document, and what could not be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    list: Vec<Note>,
    problems: Vec<(String, String, String)>,
    moved: HashMap<String, String>,
}

impl Notes {
    /// Notes that `lowering` did `what` at `pointer`.
    pub fn add(&mut self, pointer: &str, lowering: &'static str, what: impl Into<String>) {
        let note = Note { pointer: self.origin(pointer), lowering, what: what.into() };
        if self.list.last() != Some(&note) {
            self.list.push(note);
        }
    }

    /// Notes that the document cannot be lowered at `pointer`, why, and what would mend it.
    pub fn problem(&mut self, pointer: &str, what: impl Into<String>, mend: impl Into<String>) {
        self.problems.push((self.origin(pointer), what.into(), mend.into()));
    }

    /// Notes that what stood at `from` stands at `to` from now on.
    pub fn moved(&mut self, from: &str, to: String) {
        let origin = self.origin(from);
        self.moved.insert(to, origin);
    }

    /// Where what stands at `pointer` now stood in the document as it was read.
    #[must_use]
    pub fn origin(&self, pointer: &str) -> String {
        if self.moved.is_empty() {
            return pointer.to_owned();
        }
        std::iter::successors(Some(pointer), |prefix| Some(prefix.rsplit_once('/')?.0))
            .find_map(|prefix| Some(format!("{}{}", self.moved.get(prefix)?, pointer.get(prefix.len()..)?)))
            .unwrap_or_else(|| pointer.to_owned())
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
                    format!("{}: {}: {}\n", places.place(&note.pointer), note.lowering, note.what.replace('\n', " ")),
                )
            })
            .collect();
        lines.sort_by(|left, right| left.0.cmp(right.0));
        lines.dedup();
        lines.into_iter().map(|(_, line)| line).collect()
    }

    /// Makes a problem of each note that is not of one of these kinds.
    pub fn forbid_all_but(&mut self, harmless: &[&str]) {
        for note in self.list.iter().filter(|note| !harmless.contains(&note.lowering)) {
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
    /// Each problem with its place and mend.
    pub fn check(&self, places: &Places) -> Result<(), Problems> {
        let mut problems = Problems::default();
        for (pointer, what, mend) in &self.problems {
            problems.push(places.place(pointer), what, mend);
        }
        problems.or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_the_place_that_the_document_had() {
        let mut notes = Notes::default();
        notes.moved("/paths/~1a/get", "/components/schemas/A".to_owned());
        notes.moved("/components/schemas/A/properties/b", "/components/schemas/B".to_owned());
        notes.add("/components/schemas/B/items", "test", "done");
        notes.add("/components/schemas/Ab", "test", "done");
        let pointers: Vec<&str> = notes.as_slice().iter().map(|note| note.pointer.as_str()).collect();
        assert_eq!(pointers, ["/paths/~1a/get/properties/b/items", "/components/schemas/Ab"]);
        let explained = notes.explained(&Places::unknown("s"));
        assert!(explained.contains("s (#/components/schemas/Ab): test: done\n"), "{explained}");
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let mut notes = Notes::default();
        assert!(notes.check(&Places::unknown("s")).is_ok());
        notes.problem("/a", "one", "mend it");
        notes.problem("/b", "two", "mend it");
        let error = notes.check(&Places::unknown("s")).unwrap_err().to_string();
        assert!(
            error.contains("2 problems") && error.contains("(#/a): one") && error.contains("(#/b): two"),
            "{error}"
        );
    }
}
