//! Reports an import to people: new parts, secrets, facts that the document no longer states, and a summary of the rest.

use std::{collections::BTreeMap, fmt::Write as _};

use super::Import;
use crate::walk::last_step;

impl Import {
    /// All of it, a section for each kind; empty sections are left out.
    #[must_use]
    pub fn told(&self) -> String {
        let mut told = self.changed.clone();
        let sections = [
            ("new, which the contract does not have:", &self.new),
            ("secret among what is new:", &self.secret),
            ("gone: the contract calls it documented, and the document no longer says it:", &self.gone),
            ("replaced, although the contract calls it documented:", &self.replaced),
        ];
        for (title, lines) in sections.into_iter().filter(|(_, lines)| !lines.is_empty()) {
            let _ = writeln!(told, "\n{title}");
            for line in lines {
                let _ = writeln!(told, "  {line}");
            }
        }
        let mut kept: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for place in &self.kept {
            let pointer = pointer(place);
            let (holder, word) = pointer.rsplit_once('/').unwrap_or_default();
            kept.entry(last_step(word)).or_default().push(Self::subject(holder));
        }
        if !kept.is_empty() {
            told.push_str("\nkept where the document is silent:\n");
        }
        for (word, subjects) in kept {
            let _ = writeln!(told, "  {word}: {}", subjects.join(", "));
        }
        told
    }

    /// What people call what is at a pointer: `Type.property`, `POST /path 201`.
    pub(super) fn subject(pointer: &str) -> String {
        let steps: Vec<String> = pointer.split('/').skip(1).map(last_step).collect();
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        match steps.as_slice() {
            ["components", "schemas", name, rest @ ..] => {
                let rest = rest.iter().filter(|step| !["properties", "items"].contains(step));
                std::iter::once(name).chain(rest).copied().collect::<Vec<_>>().join(".")
            }
            ["paths", path, method, rest @ ..] => {
                let rest: String =
                    rest.iter().filter(|step| **step != "responses").map(|step| format!(" {step}")).collect();
                format!("{} {path}{rest}", method.to_uppercase())
            }
            _ => pointer.to_owned(),
        }
    }
}

/// The pointer of a place, as in `file:1:2 (#/a)`.
fn pointer(place: &str) -> &str {
    place.split_once("(#").map_or(place, |(_, pointer)| pointer.trim_end_matches(')'))
}
