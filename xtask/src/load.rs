//! load: turns YAML or JSON text into a document in which the place of every object is known.

use std::{collections::HashMap, fs, path::Path, sync::OnceLock};

use anyhow::{Context, Result, anyhow, bail};
use saphyr::{LoadableYamlNode, MarkedYaml, Marker, Scalar, YamlData};
use serde_json::{Map, Value};

use crate::walk::push_step;

/// A loaded document.
#[derive(Debug)]
pub struct Document {
    /// The whole document, extensions included. Its keys are sorted, since their order in the file has no meaning.
    pub value: Value,
    /// The places of its objects in the text.
    pub places: Places,
}

/// The places of a document's objects in its text.
#[derive(Debug)]
pub struct Places {
    /// What errors call the document.
    pub name: String,
    json: String,
    /// For JSON, computed on first use: finding the lines takes ten times as long as reading the document.
    lines: OnceLock<Lines>,
}

impl Places {
    /// The place of a JSON pointer, as errors print it.
    #[must_use]
    pub fn place(&self, pointer: &str) -> String {
        self.lines.get_or_init(|| lines_of_json(&self.json)).place(&self.name, pointer)
    }
}

/// The file's text.
///
/// # Errors
///
/// The file cannot be read, or is not UTF-8.
pub fn read(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    // A checkout may have converted line endings; the generated code must not depend on that.
    Ok(text.replace("\r\n", "\n"))
}

/// Parses `text` as YAML or JSON, whether or not it is OpenAPI; errors refer to it as `name`.
///
/// # Errors
///
/// The place where the text is not YAML.
pub fn parse(name: &str, text: &str) -> Result<Document> {
    let text = text.trim_start_matches('\u{feff}');
    // JSON exports of documentation tools contain tabs and surrogate pairs, which YAML does not allow.
    if text.trim_start().starts_with('{')
        && let Ok(value) = serde_json::from_str(text)
    {
        let places = Places { name: name.to_owned(), json: text.to_owned(), lines: OnceLock::new() };
        return Ok(Document { value, places });
    }
    let nodes = MarkedYaml::load_from_str(text).map_err(|error| {
        let at = error.marker();
        anyhow!("{name}:{}:{}: not YAML: {}", at.line(), at.col() + 1, error.info())
    })?;
    let [root] = nodes.as_slice() else {
        bail!("{name}: expected one YAML document, found {}", nodes.len());
    };
    let (mut lines, mut pointer) = (Lines::default(), String::new());
    let value = lines.convert(root, &mut pointer).map_err(|what| anyhow!("{}: {what}", lines.place(name, &pointer)))?;
    Ok(Document { value, places: Places { name: name.to_owned(), json: String::new(), lines: lines.into() } })
}

/// The places in a JSON text. It is read as YAML, after replacing what only JSON allows by text of the same length.
fn lines_of_json(text: &str) -> Lines {
    let mut readable = text.replace('\t', " ");
    for (at, _) in text.match_indices("\\u") {
        let digits = at + 2..at + 6;
        let code = text.get(digits.clone()).and_then(|digits| u16::from_str_radix(digits, 16).ok());
        // Half of a character beyond U+FFFF.
        if matches!(code, Some(0xd800..=0xdfff)) {
            readable.replace_range(digits, "fffd");
        }
    }
    let mut lines = Lines::default();
    if let Ok([root]) = MarkedYaml::load_from_str(&readable).as_deref() {
        // An object without a place has the place of the object that contains it.
        let _ = lines.convert(root, &mut String::new());
    }
    lines
}

/// A value, or the reason why there is none.
type Converted = Result<Value, &'static str>;

/// Line and column, both from 1, of each JSON pointer.
#[derive(Debug, Default)]
struct Lines(HashMap<String, (usize, usize)>);

impl Lines {
    fn place(&self, name: &str, pointer: &str) -> String {
        let known = std::iter::successors(Some(pointer), |pointer| Some(pointer.rsplit_once('/')?.0))
            .find_map(|pointer| self.0.get(pointer));
        match known {
            Some((line, column)) => format!("{name}:{line}:{column} (#{pointer})"),
            None => format!("{name} (#{pointer})"),
        }
    }

    /// Converts a YAML node to JSON and records the place of each of its keys; an error is about the place where `pointer` ends.
    fn convert(&mut self, node: &MarkedYaml<'_>, pointer: &mut String) -> Converted {
        Ok(match &node.data {
            YamlData::Mapping(members) => {
                let mut object = Map::new();
                let is_merge =
                    |key: &MarkedYaml<'_>| matches!(&key.data, YamlData::Value(Scalar::String(text)) if text == "<<");
                // Merged mappings first, so that the mapping's own keys take precedence.
                for (_, merged) in members.iter().filter(|(key, _)| is_merge(key)) {
                    let all = match &merged.data {
                        YamlData::Sequence(items) => items.iter().rev().collect(),
                        _ => vec![merged],
                    };
                    for one in all {
                        let Value::Object(one) = self.convert(one, pointer)? else {
                            return Err("`<<` merges mappings, but this is not a mapping");
                        };
                        object.extend(one);
                    }
                }
                for (key, member) in members.iter().filter(|(key, _)| !is_merge(key)) {
                    let text = match self.convert(key, pointer)? {
                        Value::String(text) => text,
                        // An unquoted status is a number.
                        number @ (Value::Number(_) | Value::Bool(_)) => number.to_string(),
                        _ => return Err("a key must be a string"),
                    };
                    let member = self.below(&text, key.span.start, member, pointer)?;
                    object.insert(text, member);
                }
                Value::Object(object)
            }
            YamlData::Sequence(items) => {
                let item = |(index, item): (usize, &MarkedYaml<'_>)| {
                    self.below(&index.to_string(), item.span.start, item, pointer)
                };
                Value::Array(items.iter().enumerate().map(item).collect::<Result<_, _>>()?)
            }
            YamlData::Value(Scalar::Null) => Value::Null,
            YamlData::Value(Scalar::Boolean(value)) => Value::from(*value),
            YamlData::Value(Scalar::Integer(value)) => Value::from(*value),
            YamlData::Value(Scalar::FloatingPoint(value)) => Value::from(value.into_inner()),
            YamlData::Value(Scalar::String(value)) => Value::from(value.as_ref()),
            YamlData::Tagged(_, node) => self.convert(node, pointer)?,
            YamlData::Alias(_) | YamlData::BadValue | YamlData::Representation(..) => {
                return Err("expected a string, a number, a list or a mapping");
            }
        })
    }

    /// Converts a node one step deeper, at the place of its key or item.
    fn below(&mut self, step: &str, at: Marker, node: &MarkedYaml<'_>, pointer: &mut String) -> Converted {
        let length = pointer.len();
        push_step(pointer, step);
        self.0.insert(pointer.clone(), (at.line(), at.col() + 1));
        let value = self.convert(node, pointer)?;
        pointer.truncate(length);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        format!("{:#}", parse("spec.yaml", text).unwrap_err())
    }

    #[test]
    fn invalid_yaml_is_rejected_with_line_and_column() {
        assert!(error("a: [1").starts_with("spec.yaml:2:1: not YAML: "), "{}", error("a: [1"));
        assert!(error("a: 1\na: 2").starts_with("spec.yaml:2:1: not YAML: duplicated key"), "{}", error("a: 1\na: 2"));
        assert_eq!(error(""), "spec.yaml: expected one YAML document, found 0");
        assert_eq!(error("a: 1\n---\nb: 2"), "spec.yaml: expected one YAML document, found 2");
    }

    #[test]
    fn merge_keys_are_resolved_and_a_mappings_own_keys_take_precedence() {
        let text = "a: &a {x: 1, y: 1}\nb: &b {z: 2}\nc: {<<: [*a, *b], y: 3}\nd:\n  <<: *a\n  w: 4";
        let value = parse("s.yaml", text).unwrap().value;
        assert_eq!(value["c"], serde_json::json!({"x": 1, "y": 3, "z": 2}));
        assert_eq!(value["d"], serde_json::json!({"w": 4, "x": 1, "y": 1}));
        let error = parse("s.yaml", "a: {<<: 1}").unwrap_err().to_string();
        assert!(error.contains("`<<` merges mappings"), "{error}");
    }

    #[test]
    fn json_is_read_like_yaml_and_the_order_of_keys_has_no_effect() {
        let yaml = parse("y", "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}").unwrap();
        let json = parse("j", r#"{"paths": {}, "info": {"version": "1", "title": "t"}, "openapi": "3.0.3"}"#).unwrap();
        assert_eq!(yaml.value, json.value);
    }

    #[test]
    fn a_place_in_json_has_a_line() {
        let text = "{\n\t\"a\": \"\\ud83d\\ude00 \\\\ud83d \\/\",\t\"b\": [\n\t\t1, {\"c\":\t\"🙂\"}\n\t]\n}";
        let document = parse("s.json", text).unwrap();
        assert_eq!(document.value["a"], "😀 \\ud83d /");
        assert_eq!(document.places.place("/a"), "s.json:2:2 (#/a)");
        assert_eq!(document.places.place("/b"), "s.json:2:34 (#/b)");
        assert_eq!(document.places.place("/b/1/c"), "s.json:3:7 (#/b/1/c)");
        assert_eq!(document.places.place("/z"), "s.json (#/z)");
    }

    #[test]
    fn a_place_is_that_of_the_nearest_known_key() {
        let document = parse("s.yaml", "openapi: 3.0.3\ninfo:\n  title: t\n  version: '1'\npaths: {}").unwrap();
        assert_eq!(document.places.place("/info/version"), "s.yaml:4:3 (#/info/version)");
        assert_eq!(document.places.place("/info/version/x"), "s.yaml:4:3 (#/info/version/x)");
        assert_eq!(document.places.place(""), "s.yaml (#)");
    }
}
