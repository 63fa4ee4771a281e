//! The guides match the code: each message has a row, and so does each span, field and event.

use std::{collections::BTreeSet, fs, path::Path};

use hb_portal_tests::root;
use syn::{
    Macro,
    visit::{self, Visit},
};

/// A row of a table, with the titles of the columns and the heading above the table.
struct Row {
    heading: String,
    titles: Vec<String>,
    cells: Vec<String>,
}

impl Row {
    fn cell(&self, title: &str) -> &str {
        let index = self.titles.iter().position(|known| known == title);
        let index = index.unwrap_or_else(|| panic!("no column {title} in {:?}", self.titles));
        self.cells.get(index).unwrap_or_else(|| panic!("{:?} is too short", self.cells))
    }

    /// Returns the cell without code formatting.
    fn code(&self, title: &str) -> &str {
        self.cell(title).trim_matches('`')
    }

    /// Returns the items of a cell that lists code.
    fn list(&self, title: &str) -> BTreeSet<String> {
        self.cell(title).split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }
}

/// Returns the rows of all tables of a guide that have a column `title`.
fn rows(guide: &str, title: &str) -> Vec<Row> {
    let text = fs::read_to_string(root().join("crates/hb-portal/guide").join(guide)).unwrap();
    let (mut heading, mut titles, mut rows) = (String::new(), Vec::new(), Vec::new());
    for line in text.lines() {
        let Some(line) = line.strip_prefix('|') else {
            titles.clear();
            if let Some(text) = line.strip_prefix("# ") {
                text.clone_into(&mut heading);
            }
            continue;
        };
        let cells = line.trim_end_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
        if titles.is_empty() {
            titles = cells;
        } else if !cells.iter().all(|cell| cell.chars().all(|c| c == '-')) {
            rows.push(Row { heading: heading.clone(), titles: titles.clone(), cells });
        }
    }
    rows.retain(|row| row.titles.iter().any(|known| known == title));
    assert!(!rows.is_empty(), "{guide} has no table with a column {title}");
    rows
}

/// Returns whether `text` matches `pattern`, in which each `…` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('…') {
        None => text == pattern,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| fits(rest, &text[at..]))
        }),
    }
}

/// Returns the name and the message of each case in the snapshot, without the causes.
fn messages() -> Vec<(String, String)> {
    let snapshot = fs::read_to_string(root().join("tests/tests/snapshots/messages.snap")).unwrap();
    let (_, text) = snapshot.rsplit_once("---\n").expect("a snapshot has a head");
    let cases = text.trim_end().split("\n\n").map(|case| {
        let mut lines = case.lines();
        let mut line = || lines.next().unwrap_or_else(|| panic!("no message: {case}")).trim().to_owned();
        (line(), line())
    });
    cases.collect()
}

#[test]
fn every_message_has_a_row_under_the_heading_that_matches_the_state_of_the_portal() {
    let rows = rows("troubleshooting.md", "fix");
    let mut used = BTreeSet::new();
    for (case, message) in messages() {
        let fitting: Vec<usize> =
            (0..rows.len()).filter(|&index| fits(rows[index].code("message"), &message)).collect();
        let [index] = fitting[..] else { panic!("{case}: {} rows of the guide fit {message:?}", fitting.len()) };
        used.insert(index);
        let at_portal = match rows[index].heading.as_str() {
            "Nothing was created" => "nothing was created",
            "An endpoint may exist" => "may have been created",
            "An endpoint exists" => "was created",
            other => panic!("{case} is under {other}"),
        };
        assert!(message.contains(at_portal), "{case} is under {}: {message:?}", rows[index].heading);
        assert!(!rows[index].cell("cause").is_empty() && !rows[index].cell("fix").is_empty(), "{case}");
    }
    let unused: Vec<&str> =
        (0..rows.len()).filter(|index| !used.contains(index)).map(|index| rows[index].code("message")).collect();
    assert!(unused.is_empty(), "no message of the snapshot fits these rows: {unused:#?}");
}

/// A span or an event, as the source declares it.
struct Declared {
    /// `WARN`, or `INFO` for a span.
    level: String,
    is_span: bool,
    target: String,
    /// A span's name, or an event's message.
    text: String,
    fields: BTreeSet<String>,
}

struct Collector {
    target: String,
    declared: Vec<Declared>,
}

impl Visit<'_> for Collector {
    fn visit_macro(&mut self, called: &Macro) {
        let name = called.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let is_span = name.ends_with("_span");
        let level = name.trim_end_matches("_span");
        if ["trace", "debug", "info", "warn", "error"].contains(&level) {
            // Fields are separated by commas and begin with their names. The only literal is the text.
            let (mut fields, mut text, mut begins) = (BTreeSet::new(), None, true);
            for token in called.tokens.clone() {
                let token = token.to_string();
                match syn::parse_str::<syn::LitStr>(&token) {
                    Ok(literal) => text = Some(literal.value()),
                    Err(_) if begins && token != "," => drop(fields.insert(token.clone())),
                    Err(_) => {}
                }
                begins = token == ",";
            }
            let text = text.unwrap_or_else(|| panic!("{}: {name} without a text", self.target));
            let level = level.to_uppercase();
            self.declared.push(Declared { level, is_span, target: self.target.clone(), text, fields });
        }
        visit::visit_macro(self, called);
    }
}

/// Returns every span and event that the facade declares.
fn declared() -> Vec<Declared> {
    fn add(folder: &Path, target: &str, declared: &mut Vec<Declared>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let target = if name == "lib" { target.to_owned() } else { format!("{target}::{name}") };
            if path.is_dir() {
                add(&path, &target, declared);
            } else {
                let source = fs::read_to_string(&path).unwrap();
                // Other files are skipped because parsing is slow.
                if source.contains("tracing::") {
                    let mut collector = Collector { target, declared: Vec::new() };
                    collector.visit_file(&syn::parse_file(&source).unwrap());
                    declared.append(&mut collector.declared);
                }
            }
        }
    }
    let mut declared = Vec::new();
    add(&root().join("crates/hb-portal/src"), "hb_portal", &mut declared);
    declared
}

#[test]
fn every_span_has_a_row_and_every_field_an_explanation() {
    let listed: BTreeSet<_> =
        rows("observability.md", "span").iter().map(|row| (row.code("span").to_owned(), row.list("fields"))).collect();
    let declared = declared();
    let spans: Vec<&Declared> = declared.iter().filter(|declared| declared.is_span).collect();
    assert!(spans.iter().all(|span| span.level == "INFO"), "the guide says that every span has level INFO");
    assert_eq!(listed, spans.iter().map(|span| (span.text.clone(), span.fields.clone())).collect());

    let explained: BTreeSet<_> =
        rows("observability.md", "meaning").iter().map(|row| row.code("field").to_owned()).collect();
    assert_eq!(explained, spans.iter().flat_map(|span| span.fields.clone()).collect());
}

#[test]
fn every_event_has_a_row() {
    let rows = rows("observability.md", "target");
    let (events, mut used) = (declared(), BTreeSet::new());
    for event in events.iter().filter(|declared| !declared.is_span) {
        let is_it = |row: &Row| {
            (row.code("level"), row.code("target")) == (&event.level, &event.target)
                && fits(row.code("message"), &event.text)
                && row.list("fields") == event.fields
        };
        let fitting: Vec<usize> = (0..rows.len()).filter(|&index| is_it(&rows[index])).collect();
        assert_eq!(fitting.len(), 1, "rows for {} {} {:?}, {:?}", event.level, event.target, event.text, event.fields);
        used.extend(fitting);
    }
    assert_eq!(used.len(), rows.len(), "a row describes no event");
}
