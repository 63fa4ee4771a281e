//! The changes as text: for a terminal, or as a comment on a pull request.

use std::{collections::BTreeSet, fmt::Write as _};

use super::Change;

/// A change and its place for people.
#[derive(Debug)]
pub struct Placed {
    /// The change.
    pub change: Change,
    /// The file and line.
    pub place: String,
}

/// The report for a terminal; with `colours`, breaking changes are red.
#[must_use]
pub fn text(against: &str, changes: &[Placed], colours: bool) -> String {
    if changes.is_empty() {
        return format!("the contract is the same as in {against}\n");
    }
    let mut report = format!("{}\n\n", summary(against, changes));
    let subject = width(changes, |placed| &placed.change.subject);
    for Placed { change, place } in changes {
        let word = broken(change);
        let padding = " ".repeat(26_usize.saturating_sub(word.chars().count()));
        let word = if colours && change.breaks.anybody() { format!("\x1b[31m{word}\x1b[0m") } else { word };
        let _ = writeln!(report, "{word}{padding}  {:<subject$}  {}", change.subject, change.what);
        let shown = if change.snapshots.is_empty() { String::new() } else { format!("  {}", files(change).join(" ")) };
        let _ = writeln!(report, "{:28}{place}  {}{shown}", "", change.id);
    }
    let _ = writeln!(
        report,
        "\nsnapshots are in {SNAPSHOTS}/; `cargo xtask spec diff --explain ID` explains a class of changes"
    );
    report
}

/// The report for a comment on a pull request: a list of operations, then a table of changes, breaking ones first.
#[must_use]
pub fn markdown(against: &str, changes: &[Placed]) -> String {
    let mut report = "### What changed in the contract\n\n".to_owned();
    if changes.is_empty() {
        let _ = writeln!(report, "Nothing: it is the same as in `{against}`.");
        return report;
    }
    let _ = writeln!(report, "{}\n", summary(&format!("`{against}`"), changes));
    let of = |id: &str| -> BTreeSet<&String> {
        changes.iter().filter(|one| one.change.id == id).flat_map(|one| &one.change.operations).collect()
    };
    let (new, removed) = (of("operation-added"), of("operation-removed"));
    let others = changes.iter().filter(|one| !is_description(&one.change)).flat_map(|one| &one.change.operations);
    let changed: BTreeSet<&String> = others.filter(|name| !new.contains(name) && !removed.contains(name)).collect();
    for (what, names) in [("New", new), ("Changed", changed), ("Removed", removed)] {
        let names: Vec<String> = names.into_iter().map(|name| format!("`{}`", name.replace('`', ""))).collect();
        if !names.is_empty() {
            let _ = writeln!(report, "- {what} operations: {}", names.join(", "));
        }
    }
    report.push_str("\n| breaks | what | change | snapshot to read | place | class |\n|---|---|---|---|---|---|\n");
    for Placed { change, place } in changes {
        let word = if change.breaks.anybody() { format!("**{}**", broken(change)) } else { broken(change) };
        let snapshots: Vec<String> = files(change).iter().map(|file| format!("`{file}`")).collect();
        let _ = writeln!(
            report,
            "| {word} | {} | {} | {} | `{place}` | {} |",
            escaped(&change.subject),
            escaped(&change.what),
            if snapshots.is_empty() { "–".to_owned() } else { snapshots.join(" ") },
            change.id,
        );
    }
    let _ = writeln!(
        report,
        "\nSenders: a request that the base allows is now invalid. Readers: a response may have values that the base does not allow. \
         Callers: code that compiled no longer does. Snapshots are in `{SNAPSHOTS}/`; `cargo xtask spec diff --explain ID` \
         explains a class."
    );
    report
}

/// Where the snapshots are, from the workspace's root.
pub const SNAPSHOTS: &str = "tests/tests/snapshots";

fn summary(against: &str, changes: &[Placed]) -> String {
    let breaks = |of: fn(&Change) -> bool| changes.iter().filter(|placed| of(&placed.change)).count();
    let (senders, readers) = (breaks(|change| change.breaks.senders), breaks(|change| change.breaks.readers));
    let (callers, count) = (breaks(|change| change.breaks.callers), changes.len());
    let plural = if count == 1 { "" } else { "s" };
    format!(
        "{count} change{plural} against {against}: {senders} breaking for senders, {readers} for readers, {callers} for callers"
    )
}

fn is_description(change: &Change) -> bool {
    ["docs-changed", "tier-changed"].contains(&change.id)
}

/// The users that a change breaks, for people.
fn broken(change: &Change) -> String {
    let breaks = change.breaks;
    let who = [(breaks.senders, "senders"), (breaks.readers, "readers"), (breaks.callers, "callers")];
    let who: Vec<&str> = who.into_iter().filter_map(|(is, who)| is.then_some(who)).collect();
    match who.as_slice() {
        [] if is_description(change) => "docs only".to_owned(),
        [] => "nobody".to_owned(),
        who => who.join(", "),
    }
}

fn files(change: &Change) -> Vec<String> {
    change.snapshots.iter().map(|name| format!("{name}.snap")).collect()
}

/// The width of a column: that of its widest name, without names so long that they would push the rest out of sight.
fn width(changes: &[Placed], of: impl Fn(&Placed) -> &String) -> usize {
    changes.iter().map(|placed| of(placed).chars().count()).filter(|width| *width <= 48).max().unwrap_or(0)
}

/// Text of the contract, escaped for a cell of a table.
fn escaped(text: &str) -> String {
    let mut shown = String::new();
    for char in text.chars() {
        match char {
            '\n' | '\r' => shown.push(' '),
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            // A mention would notify somebody; the comment splits it.
            '@' => shown.push_str("@<!-- -->"),
            // A bar would end the cell; the others are markup.
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
    use crate::diff::{Breaks, Version};

    fn changes() -> Vec<Placed> {
        let change = Change {
            id: "enum-value-added",
            subject: "Thing.a_b".to_owned(),
            what: "enum: \"x|y\" added by @someone <b>".to_owned(),
            breaks: Breaks { senders: true, ..Breaks::default() },
            version: Version::Now,
            pointer: String::new(),
            operations: vec!["PUT /things".to_owned()],
            snapshots: vec!["type.Thing".to_owned()],
        };
        let added = Change {
            id: "operation-added",
            subject: "GET /ping".to_owned(),
            what: "operation added".to_owned(),
            breaks: Breaks::default(),
            operations: vec!["GET /ping".to_owned()],
            snapshots: Vec::new(),
            ..change.clone()
        };
        [change, added].map(|change| Placed { change, place: "spec/openapi.yaml:7".to_owned() }).into()
    }

    #[test]
    fn text_is_aligned_and_coloured_only_on_request() {
        let plain = text("HEAD", &changes(), false);
        assert_eq!(
            plain,
            "2 changes against HEAD: 1 breaking for senders, 0 for readers, 0 for callers\n\n\
             senders                     Thing.a_b  enum: \"x|y\" added by @someone <b>\n\
             \u{20}                           spec/openapi.yaml:7  enum-value-added  type.Thing.snap\n\
             nobody                      GET /ping  operation added\n\
             \u{20}                           spec/openapi.yaml:7  operation-added\n\n\
             snapshots are in tests/tests/snapshots/; `cargo xtask spec diff --explain ID` explains a class of changes\n"
        );
        let red = plain.replace("\nsenders ", "\n\x1b[31msenders\x1b[0m ");
        assert_eq!(text("HEAD", &changes(), true), red);
        assert_eq!(text("HEAD", &[], true), "the contract is the same as in HEAD\n");
    }

    #[test]
    fn text_of_the_contract_neither_breaks_a_table_nor_notifies_anyone() {
        let table = markdown("HEAD", &changes());
        let row = "| **senders** | Thing.a\\_b | enum: \"x\\|y\" added by @<!-- -->someone &lt;b> | `type.Thing.snap` | \
                   `spec/openapi.yaml:7` | enum-value-added |\n";
        assert!(table.contains(row), "{table}");
        assert!(markdown("HEAD", &[]).contains("Nothing: it is the same as in `HEAD`."));
    }

    #[test]
    fn a_comment_begins_with_the_operations() {
        let table = markdown("HEAD", &changes());
        let (head, _) = table.split_once("| breaks |").unwrap();
        assert!(head.contains("- New operations: `GET /ping`\n- Changed operations: `PUT /things`\n"), "{head}");
    }
}
