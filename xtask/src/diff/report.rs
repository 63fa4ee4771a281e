//! The changes as text: for a terminal, or as a table for a comment on a pull request.

use std::fmt::Write as _;

use super::{Change, Effect};

/// A change with where it is, as people find it.
#[derive(Debug)]
pub struct Placed {
    /// The change.
    pub change: Change,
    /// File and line.
    pub place: String,
}

/// For a terminal; `colours` marks what breaks.
#[must_use]
pub fn text(against: &str, changes: &[Placed], colours: bool) -> String {
    if changes.is_empty() {
        return format!("the contract is that of {against}\n");
    }
    let mut report = format!("{}\n\n", summary(against, changes));
    let subject = width(changes, |placed| &placed.change.subject);
    let _ = writeln!(report, "send        read");
    for Placed { change, place } in changes {
        let cell = |effect: Option<Effect>| {
            let word = word(effect);
            let padding = " ".repeat(12 - word.chars().count());
            match effect {
                Some(Effect::Breaking) if colours => format!("\x1b[31m{word}\x1b[0m{padding}"),
                _ => format!("{word}{padding}"),
            }
        };
        let (sends, reads) = (cell(change.sends), cell(change.reads));
        let _ = writeln!(report, "{sends}{reads}{:<subject$}  {}", change.subject, change.what);
        let shown = if change.snapshots.is_empty() { String::new() } else { format!("  {}", files(change).join(" ")) };
        let _ = writeln!(report, "{:24}{place}{shown}", "");
    }
    if changes.iter().any(|placed| !placed.change.snapshots.is_empty()) {
        let _ = writeln!(report, "\nsnapshots lie in {SNAPSHOTS}/");
    }
    report
}

/// For a comment on a pull request.
#[must_use]
pub fn markdown(against: &str, changes: &[Placed]) -> String {
    let mut report = "### What changed in the contract\n\n".to_owned();
    if changes.is_empty() {
        let _ = writeln!(report, "Nothing: it is that of `{against}`.");
        return report;
    }
    let _ = writeln!(report, "{}\n", summary(&format!("`{against}`"), changes));
    report.push_str(
        "| those who send | those who read | what | change | place | snapshots |\n|---|---|---|---|---|---|\n",
    );
    for Placed { change, place } in changes {
        let cell = |effect: Option<Effect>| match effect {
            Some(Effect::Breaking) => "**breaking**".to_owned(),
            effect => word(effect).to_owned(),
        };
        let snapshots: Vec<String> = files(change).iter().map(|file| format!("`{file}`")).collect();
        let _ = writeln!(
            report,
            "| {} | {} | {} | {} | `{place}` | {} |",
            cell(change.sends),
            cell(change.reads),
            escaped(&change.subject),
            escaped(&change.what),
            if snapshots.is_empty() { "–".to_owned() } else { snapshots.join(" ") },
        );
    }
    let _ = writeln!(
        report,
        "\nBreaking: what was right by the base is wrong now, for those who send a request, for those who read an answer. \
         Snapshots lie in `{SNAPSHOTS}/`."
    );
    report
}

/// Where the snapshots lie, from the workspace's root.
pub const SNAPSHOTS: &str = "tests/tests/snapshots";

fn summary(against: &str, changes: &[Placed]) -> String {
    let breaks = |of: fn(&Change) -> Option<Effect>| {
        changes.iter().filter(|placed| of(&placed.change) == Some(Effect::Breaking)).count()
    };
    let (sends, reads) = (breaks(|change| change.sends), breaks(|change| change.reads));
    let count = changes.len();
    format!(
        "{count} change{} against {against}: {sends} breaking for those who send, {reads} for those who read",
        if count == 1 { "" } else { "s" }
    )
}

fn word(effect: Option<Effect>) -> &'static str {
    match effect {
        Some(Effect::Breaking) => "breaking",
        Some(Effect::Compatible) => "compatible",
        Some(Effect::Docs) => "docs only",
        None => "–",
    }
}

fn files(change: &Change) -> Vec<String> {
    change.snapshots.iter().map(|name| format!("{name}.snap")).collect()
}

/// As wide as the widest, but not so wide that one long name pushes everything out of sight.
fn width(changes: &[Placed], of: impl Fn(&Placed) -> &String) -> usize {
    changes.iter().map(|placed| of(placed).chars().count()).filter(|width| *width <= 48).max().unwrap_or(0)
}

/// Text of the contract, which may be anything, as it reads in a table.
fn escaped(text: &str) -> String {
    let mut shown = String::new();
    for char in text.chars() {
        match char {
            '\n' | '\r' => shown.push(' '),
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            // A mention would notify somebody; the comment parts it.
            '@' => shown.push_str("@<!-- -->"),
            // A bar would end the cell, the others would mark up.
            '|' | '\\' | '`' | '~' | '*' | '_' | '[' | ']' | '!' => {
                shown.push('\\');
                shown.push(char);
            }
            _ => shown.push(char),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::Version;

    fn changes() -> Vec<Placed> {
        let change = Change {
            subject: "Thing.a_b".to_owned(),
            what: "enum: \"x|y\" added by @someone <b>".to_owned(),
            sends: Some(Effect::Breaking),
            reads: None,
            version: Version::Now,
            pointer: String::new(),
            snapshots: vec!["type.Thing".to_owned()],
        };
        vec![Placed { change, place: "spec/openapi.yaml:7".to_owned() }]
    }

    #[test]
    fn text_is_aligned_and_coloured_only_where_it_is_asked_for() {
        let plain = text("HEAD", &changes(), false);
        assert_eq!(
            plain,
            "1 change against HEAD: 1 breaking for those who send, 0 for those who read\n\n\
             send        read\n\
             breaking    –           Thing.a_b  enum: \"x|y\" added by @someone <b>\n\
             \u{20}                       spec/openapi.yaml:7  type.Thing.snap\n\n\
             snapshots lie in tests/tests/snapshots/\n"
        );
        assert_eq!(text("HEAD", &changes(), true), plain.replacen("breaking    –", "\x1b[31mbreaking\x1b[0m    –", 1));
        assert_eq!(text("HEAD", &[], true), "the contract is that of HEAD\n");
    }

    #[test]
    fn a_table_is_not_broken_by_what_the_contract_says_and_notifies_nobody() {
        let table = markdown("HEAD", &changes());
        assert!(
            table.contains(
                "| **breaking** | – | Thing.a\\_b | enum: \"x\\|y\" added by @<!-- -->someone &lt;b> | \
                 `spec/openapi.yaml:7` | `type.Thing.snap` |\n"
            ),
            "{table}"
        );
        assert!(markdown("HEAD", &[]).contains("Nothing: it is that of `HEAD`."));
    }
}
