//! Writes a tree as JSON, in any of the ways that JSON allows, and records where each secret ends.

use proptest::prelude::*;

use super::body::{Body, Json, Place, Wrap};

/// The text of every decoy.
pub(crate) const DECOY: &str = "canary-decoy";

/// The style of a body. Each choice is made by the next byte of a list that repeats.
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
    /// Each id, and the number of bytes that must arrive to show that it is complete.
    pub(crate) ids: Vec<(String, usize)>,
    /// Whether it starts with a byte-order mark.
    pub(crate) marked: bool,
}

/// A secret in the bytes.
#[derive(Debug)]
pub(crate) struct Secret {
    pub(crate) text: String,
    pub(crate) place: Place,
    /// The object that contains it, and its name there.
    pub(crate) member: (usize, String),
    /// The position after its closing quote.
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
    /// The number of objects that have begun.
    objects: usize,
    /// The names of the members around the current value; `*` for an array of several elements.
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
            // A mutation put it into an array, so it is not a member of any object.
            Json::Secret(text) => self.text(text),
            Json::Decoy => self.text(DECOY),
            Json::Id { text, quoted: true } => {
                self.text(text);
                self.written.ids.push((text.clone(), self.written.bytes.len()));
            }
            Json::Id { text, quoted: false } => {
                self.raw(text);
                // Until another character follows, the number may continue.
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
                        // Any text that a mutation put under that name looks like a secret.
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

/// Returns the next choice; 0 if the list is empty.
fn next(choices: &[u8], at: &mut usize) -> u8 {
    *at += 1;
    if choices.is_empty() { 0 } else { choices[*at % choices.len()] }
}
