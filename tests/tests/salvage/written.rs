//! A tree written as JSON, in any of the ways that JSON allows, with a note of where each secret ends.

use proptest::prelude::*;

use super::body::{Body, Json, Place, Wrap};

/// What decoys say.
pub(crate) const DECOY: &str = "canary-decoy";

/// How a body is written: each choice is made by the next byte of a list that goes round.
#[derive(Debug, Clone)]
pub(crate) struct Style {
    spaces: Vec<u8>,
    escapes: Vec<u8>,
    mark: bool,
}

impl Style {
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        let choices = || prop_oneof![Just(Vec::new()), proptest::collection::vec(any::<u8>(), 1..12)];
        (choices(), choices(), proptest::bool::weighted(0.1)).prop_map(|(spaces, escapes, mark)| Self {
            spaces,
            escapes,
            mark,
        })
    }
}

/// A body as bytes.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) bytes: Vec<u8>,
    pub(crate) secrets: Vec<Secret>,
    /// Each id, and how many bytes it takes to know that it is whole.
    pub(crate) ids: Vec<(String, usize)>,
    /// It starts with a byte-order mark.
    pub(crate) marked: bool,
}

/// A secret in the bytes.
#[derive(Debug)]
pub(crate) struct Secret {
    pub(crate) text: String,
    pub(crate) place: Place,
    /// Which object holds it, and under which name.
    pub(crate) member: (usize, String),
    /// Where its closing quote ends.
    pub(crate) end: usize,
}

impl Body {
    pub(crate) fn write(&self, style: &Style) -> Written {
        let written = Written { bytes: Vec::new(), secrets: Vec::new(), ids: Vec::new(), marked: style.mark };
        let mut writer = Writer { style, spaced: 0, escaped: 0, objects: 0, path: Vec::new(), written };
        if style.mark {
            writer.raw("\u{feff}");
        }
        let document = Json::Object(self.document.clone());
        let whole = self.wraps.iter().fold(document, |inner, wrap| match wrap {
            Wrap::Array => Json::Array(vec![inner]),
            Wrap::Data => Json::object([("status", Json::Text("ok".to_owned())), ("data", inner)]),
            Wrap::Crowd => Json::Array(vec![Json::Null, inner]),
        });
        writer.space();
        writer.value(&whole);
        writer.space();
        writer.written
    }
}

struct Writer<'s> {
    style: &'s Style,
    spaced: usize,
    escaped: usize,
    /// How many objects have begun.
    objects: usize,
    /// The names of the members around the current value; `*` for an array of several.
    path: Vec<String>,
    written: Written,
}

impl Writer<'_> {
    fn value(&mut self, value: &Json) {
        match value {
            Json::Null => self.raw("null"),
            Json::Bool(value) => self.raw(&value.to_string()),
            Json::Number(text) => self.raw(text),
            Json::Text(text) => self.text(text),
            // A mutation put it into an array: it is no member of anything.
            Json::Secret(text) => self.text(text),
            Json::Decoy => self.text(DECOY),
            Json::Id { text, quoted: true } => {
                self.text(text);
                self.written.ids.push((text.clone(), self.written.bytes.len()));
            }
            Json::Id { text, quoted: false } => {
                self.raw(text);
                // Before something comes behind it, a number may go on.
                self.written.ids.push((text.clone(), self.written.bytes.len() + 1));
            }
            Json::Array(items) => {
                let several = items.len() > 1;
                self.path.extend(several.then(|| "*".to_owned()));
                self.list("[", "]", items, Self::value);
                self.path.truncate(self.path.len() - usize::from(several));
            }
            Json::Object(members) => {
                self.objects += 1;
                let object = self.objects;
                self.list("{", "}", members, |writer, member| {
                    writer.text(&member.name);
                    writer.space();
                    writer.raw(":");
                    writer.space();
                    match &member.value {
                        // Whatever text a mutation gave that name is what a secret looks like.
                        Json::Secret(text) | Json::Text(text) => writer.secret(text, object, &member.name),
                        value => {
                            writer.path.push(member.name.clone());
                            writer.value(value);
                            writer.path.pop();
                        }
                    }
                });
            }
        }
    }

    fn secret(&mut self, text: &str, object: usize, name: &str) {
        self.text(text);
        let place = match name {
            "secret" if self.path.is_empty() => Place::Documented,
            "secret" | "signing_secret" if self.path.iter().all(|name| name == "data") => Place::Candidate,
            "secret" | "signing_secret" => Place::Perhaps,
            _ => return,
        };
        let end = self.written.bytes.len();
        self.written.secrets.push(Secret { text: text.to_owned(), place, member: (object, name.to_owned()), end });
    }

    fn list<T>(&mut self, open: &str, close: &str, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.raw(open);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.raw(",");
            }
            self.space();
            write(self, item);
            self.space();
        }
        self.raw(close);
    }

    fn text(&mut self, text: &str) {
        self.raw("\"");
        for char in text.chars() {
            let choice = next(&self.style.escapes, &mut self.escaped) % 8;
            let short = match char {
                '"' | '\\' | '/' => Some(char),
                '\u{8}' => Some('b'),
                '\u{c}' => Some('f'),
                '\n' => Some('n'),
                '\r' => Some('r'),
                '\t' => Some('t'),
                _ => None,
            };
            let must = matches!(char, '"' | '\\' | '\0'..='\u{1f}');
            match (choice, short) {
                (6, _) => char.encode_utf16(&mut [0; 2]).iter().for_each(|unit| self.raw(&format!("\\u{unit:04x}"))),
                (7, _) => char.encode_utf16(&mut [0; 2]).iter().for_each(|unit| self.raw(&format!("\\u{unit:04X}"))),
                (4.., Some(short)) => self.raw(&format!("\\{short}")),
                (_, Some(short)) if must => self.raw(&format!("\\{short}")),
                (_, None) if must => self.raw(&format!("\\u{:04x}", u32::from(char))),
                _ => self.raw(char.encode_utf8(&mut [0; 4])),
            }
        }
        self.raw("\"");
    }

    fn space(&mut self) {
        let spaces = ["", "", " ", "\n", "\t", "\r\n", "    ", "\r\r\t \n"];
        let choice = next(&self.style.spaces, &mut self.spaced);
        self.raw(spaces[usize::from(choice) % spaces.len()]);
    }

    fn raw(&mut self, text: &str) {
        self.written.bytes.extend_from_slice(text.as_bytes());
    }
}

/// The next choice; 0 where there is none to make.
fn next(choices: &[u8], at: &mut usize) -> u8 {
    *at += 1;
    if choices.is_empty() { 0 } else { choices[*at % choices.len()] }
}
