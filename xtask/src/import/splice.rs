//! Writes entries into the text of the contract. The rest of the file, comments included, stays the same.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::yaml;

/// The text of a contract.
pub(super) struct Text(Vec<Piece>);

/// A part of the contract's text.
enum Piece {
    /// A line that is not an entry: a comment, an item of a list, a line of a scalar.
    Line(String),
    /// An entry of a mapping: the line with its key, and the pieces below it.
    Entry(String, Vec<Piece>),
}

impl Text {
    pub(super) fn new(text: &str) -> Self {
        Self(pieces(&text.lines().collect::<Vec<_>>(), 0))
    }

    /// Writes the entry `key` below `parents`: it replaces the existing one, or is inserted in the contract's order. Missing parents
    /// are added.
    pub(super) fn put(&mut self, parents: &[String], key: &str, value: &Value) -> Result<()> {
        let mut within = &mut self.0;
        for (depth, parent) in parents.iter().enumerate() {
            let Some(at) = position(within, parent) else {
                // This parent and those below it are missing.
                let rest = parents.get(depth + 1..).unwrap_or_default();
                let nested = rest.iter().rev().fold(json!({key: value}), |inner, parent| json!({parent: inner}));
                insert(within, parent, &nested, depth);
                return Ok(());
            };
            let Some(Piece::Entry(line, below)) = within.get_mut(at) else { return Ok(()) };
            if !uncommented(line).ends_with(':') {
                bail!(
                    "`{parent}` in the contract is not written as a block: write each of its entries on separate lines"
                );
            }
            within = below;
        }
        let depth = parents.len();
        match position(within, key) {
            Some(at) => {
                let mut new = written(key, value, depth);
                // A comment after the key stays.
                if let (Some(Piece::Entry(old, _)), Some(Piece::Entry(line, _))) = (within.get(at), new.first_mut()) {
                    line.push_str(old.get(uncommented(old).len()..).unwrap_or_default());
                }
                within.splice(at..=at, new);
            }
            // The contract's order is about keywords, and a property may have the name of one.
            None if parents.last().is_some_and(|parent| parent == "properties") => {
                within.extend(written(key, value, depth));
            }
            None => insert(within, key, value, depth),
        }
        Ok(())
    }

    pub(super) fn finish(&self) -> String {
        fn write(pieces: &[Piece], to: &mut String) {
            for piece in pieces {
                let (Piece::Line(line) | Piece::Entry(line, _)) = piece;
                to.push_str(line);
                to.push('\n');
                if let Piece::Entry(_, below) = piece {
                    write(below, to);
                }
            }
        }
        let mut text = String::new();
        write(&self.0, &mut text);
        text
    }
}

/// The pieces of lines that are `depth` levels deep.
fn pieces(lines: &[&str], depth: usize) -> Vec<Piece> {
    let indent = depth * 2;
    let own = |line: &str| line.get(..indent).is_some_and(|start| start.trim_start().is_empty());
    let is_entry = |line: &str| own(line) && line.contains(':') && !line[indent..].starts_with([' ', '#', '-']);
    let deeper = |line: &&&str| line.trim().is_empty() || (own(line) && line[indent..].starts_with(' '));
    let mut pieces = Vec::new();
    let mut rest = lines;
    while let Some((line, below)) = rest.split_first() {
        if is_entry(line) {
            let (inside, after) = below.split_at(below.iter().take_while(deeper).count());
            pieces.push(Piece::Entry((*line).to_owned(), self::pieces(inside, depth + 1)));
            rest = after;
        } else {
            pieces.push(Piece::Line((*line).to_owned()));
            rest = below;
        }
    }
    pieces
}

/// A line without its comment and the space before it.
fn uncommented(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, char) in line.char_indices() {
        match (quote, char) {
            (None, '#') if before.is_whitespace() => return line.get(..at).unwrap_or(line).trim_end(),
            (None, '\'' | '"') => quote = Some(char),
            (Some(open), _) if char == open => quote = None,
            _ => {}
        }
        before = char;
    }
    line.trim_end()
}

/// The index of the entry `key`.
fn position(pieces: &[Piece], key: &str) -> Option<usize> {
    let names = [format!("{}:", yaml::key(key)), format!("{key}:"), format!("\"{key}\":")];
    let named = |line: &str| {
        let rest = |name: &String| line.trim_start().strip_prefix(name.as_str());
        names.iter().filter_map(rest).any(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    pieces.iter().position(|piece| matches!(piece, Piece::Entry(line, _) if named(line)))
}

/// Inserts an entry before the first sibling that follows it in the contract's order, or at the end.
fn insert(pieces: &mut Vec<Piece>, key: &str, value: &Value, depth: usize) {
    let follows = |rank: usize, line: &str| {
        let name = line.trim_start().split_once(':').map_or("", |(name, _)| name);
        yaml::rank(name).is_none_or(|other| other > rank)
    };
    let sibling = yaml::rank(key)
        .and_then(|rank| pieces.iter().position(|piece| matches!(piece, Piece::Entry(line, _) if follows(rank, line))));
    let at = sibling.map_or(pieces.len(), |at| {
        // The comments above the sibling belong to it.
        let above = pieces.get(..at).into_iter().flatten().rev();
        at - above.take_while(|piece| matches!(piece, Piece::Line(line) if line.trim().starts_with('#'))).count()
    });
    pieces.splice(at..at, written(key, value, depth));
}

fn written(key: &str, value: &Value, depth: usize) -> Vec<Piece> {
    let lines = yaml::entry(key, value, depth);
    pieces(&lines.iter().map(String::as_str).collect::<Vec<_>>(), depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(text: &str, parents: &[&str], key: &str, value: &Value) -> Result<String> {
        let parents: Vec<String> = parents.iter().map(|parent| (*parent).to_owned()).collect();
        let mut text = Text::new(text);
        text.put(&parents, key, value)?;
        Ok(text.finish())
    }

    const TEXT: &str =
        "a: 1\npaths:\n  /b:\n    get:\n      x: 1\n    # about post\n    post:\n      y: 2\n# end\nz: 3\n";

    #[test]
    fn only_the_lines_of_the_entry_change() {
        let replaced = put(TEXT, &["paths", "/b"], "get", &json!({"x": 2})).unwrap();
        assert_eq!(replaced, TEXT.replace("x: 1", "x: 2"));
        let added = put(TEXT, &["paths", "/b"], "put", &json!({"w": true})).unwrap();
        assert_eq!(added, TEXT.replace("y: 2\n", "y: 2\n    put:\n      w: true\n"));
    }

    #[test]
    fn a_new_key_is_inserted_in_the_contracts_order() {
        let text = "a:\n  type: integer\n  # about the text\n  description: d\n  minimum: 1\n";
        let added = put(text, &["a"], "format", &json!("int64")).unwrap();
        assert_eq!(added, text.replace("integer\n", "integer\n  format: int64\n"));
        let added = put(text, &["a"], "required", &json!(["b"])).unwrap();
        assert_eq!(added, text.replace("  minimum", "  required: [b]\n  minimum"));
        let added = put(text, &["a"], "maximum", &json!(2)).unwrap();
        assert_eq!(added, format!("{text}  maximum: 2\n"));
    }

    #[test]
    fn missing_parents_are_added() {
        let added = put(TEXT, &["paths", "/c"], "get", &json!({"x": 1})).unwrap();
        assert_eq!(added, TEXT.replace("y: 2\n", "y: 2\n  /c:\n    get:\n      x: 1\n"));
        let added = put("a: 1\n", &["components", "schemas"], "A", &json!({"type": "object"})).unwrap();
        assert_eq!(added, "a: 1\ncomponents:\n  schemas:\n    A:\n      type: object\n");
    }

    #[test]
    fn a_comment_after_a_key_stays() {
        let text = "paths: # all\n  /b: # 'one'\n    get: {x: '# none'} # this\n";
        let put = put(text, &["paths", "/b"], "get", &json!({"x": 2})).unwrap();
        assert_eq!(put, "paths: # all\n  /b: # 'one'\n    get: # this\n      x: 2\n");
    }

    #[test]
    fn a_flow_mapping_cannot_take_an_entry() {
        let error = put("paths: {}\n", &["paths", "/c"], "get", &json!({})).unwrap_err().to_string();
        assert!(error.contains("not written as a block"), "{error}");
    }
}
