//! Reports an import to people: new parts, secrets, facts that the document no longer states, and a summary of the rest.

use std::{collections::BTreeMap, fmt::Write as _};

use super::Import;
use crate::walk::last_step;

impl Import {
    /// The whole report, with a section for each kind of change; empty sections are left out.
    #[must_use]
    pub fn report(&self) -> String {
        let mut report = self.changed.clone();
        let sections = [
            ("new in the contract:", &self.new),
            ("secret, and new in the contract:", &self.secret),
            ("gone: documented in the contract, but no longer in the document:", &self.gone),
            ("replaced, although documented in the contract:", &self.replaced),
        ];
        for (title, lines) in sections.into_iter().filter(|(_, lines)| !lines.is_empty()) {
            let _ = writeln!(report, "\n{title}");
            for line in lines {
                let _ = writeln!(report, "  {line}");
            }
        }
        let mut kept: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for place in &self.kept {
            let pointer = pointer(place);
            let (holder, word) = pointer.rsplit_once('/').unwrap_or_default();
            kept.entry(last_step(word)).or_default().push(Self::subject(holder));
        }
        if !kept.is_empty() {
            report.push_str("\nkept, although the document does not state it:\n");
        }
        for (word, subjects) in kept {
            let _ = writeln!(report, "  {word}: {}", subjects.join(", "));
        }
        report
    }

    /// The name of the part at a pointer, as people write it: `Type.property`, `POST /path 201`.
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
