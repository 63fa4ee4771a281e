//! JSON as it was sent, however it is cut off or wrapped; its strings stay where they are until one is asked for.
//!
//! serde_json reads a document that is whole or nothing, and unescapes into buffers that it does not wipe. The one secret
//! in an answer is worth a reader that does neither.

use std::borrow::Cow;

use hb_portal_client::Secret;

/// How deep an answer may be nested. None of the portal's is deeper than three.
const DEEPEST: usize = 64;

/// A value in an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    /// The literal, quotes and escapes included.
    String(Literal<'a>),
    Array(Vec<Node<'a>>),
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

/// A string literal. It may be the secret, so it does not print.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Literal<'a>(&'a [u8]);

impl std::fmt::Debug for Literal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("\"…\"")
    }
}

/// What an answer holds.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    root: Option<Node<'a>>,
    /// It begins with a byte-order mark.
    pub(crate) marked: bool,
    /// It breaks off, or is not JSON, from some point on.
    pub(crate) broken: bool,
    /// Something comes after it.
    pub(crate) trailed: bool,
}

impl<'a> Tree<'a> {
    /// What can be read of `body`.
    pub(crate) fn parse(body: &'a [u8]) -> Self {
        let marked = body.starts_with(b"\xef\xbb\xbf");
        let mut parser = Parser { rest: if marked { body.get(3..).unwrap_or_default() } else { body }, broken: false };
        let root = parser.value(0);
        parser.skip_space();
        Self { root, marked, broken: parser.broken, trailed: !parser.broken && !parser.rest.is_empty() }
    }

    pub(crate) fn root(&self) -> Option<&Node<'a>> {
        self.root.as_ref()
    }

    /// The secret called `name`, with its JSON pointer: in the document, in its `data`, or in what stands alone in an
    /// array around either. The outermost counts.
    pub(crate) fn find_secret(&self, name: &str) -> Option<Found<'_, 'a>> {
        self.root()?.find_secret(name, String::new())
    }
}

/// A secret in a document.
pub(crate) struct Found<'t, 'a> {
    pub(crate) pointer: String,
    pub(crate) secret: Secret,
    /// The object that it is a member of.
    pub(crate) of: &'t Node<'a>,
}

impl<'a> Node<'a> {
    /// What it is, in a word.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(text) if text.contains(['.', 'e', 'E']) => "number",
            Self::Number(_) => "integer",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// The last member of that name: what a decoder that takes any would keep.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.members(name).next_back()
    }

    /// Every member of that name.
    pub(crate) fn members(&self, name: &str) -> impl DoubleEndedIterator<Item = &Self> {
        let members = if let Self::Object(members) = self { members.as_slice() } else { &[] };
        members.iter().filter(move |(key, _)| key == name).map(|(_, node)| node)
    }

    /// What stands alone in an array, however often that is wrapped, or the node itself.
    pub(crate) fn unwrapped(&self) -> &Self {
        if let Self::Array(items) = self {
            if let [item] = items.as_slice() {
                return item.unwrapped();
            }
        }
        self
    }

    /// Its text, if it is a string that is none of the secrets.
    pub(crate) fn text(&self) -> Option<String> {
        if let Self::String(Literal(literal)) = self { serde_json::from_slice(literal).ok() } else { None }
    }

    fn find_secret(&self, name: &str, mut pointer: String) -> Option<Found<'_, 'a>> {
        let mut of = self;
        while let Self::Array(items) = of {
            let [item] = items.as_slice() else { return None };
            pointer.push_str("/0");
            of = item;
        }
        if let Some(secret) = of.members(name).rev().find_map(Self::secret) {
            return Some(Found { pointer: format!("{pointer}/{name}"), secret, of });
        }
        // Of several, the last that has it: a decoder that takes any would have kept that, or lost it.
        of.members("data").rev().find_map(|data| data.find_secret(name, format!("{pointer}/data")))
    }

    /// Its text, if it is a string and not empty.
    fn secret(&self) -> Option<Secret> {
        let Self::String(Literal(literal)) = self else { return None };
        Secret::from_json_literal(std::str::from_utf8(literal).ok()?)
            .filter(|secret| !secret.expose_secret().is_empty())
    }

    /// The whole number that it is, or that its text is.
    pub(crate) fn number<T: std::str::FromStr>(&self) -> Option<T> {
        match self {
            Self::Number(text) => text.parse().ok(),
            Self::String(_) => self.text()?.trim().parse().ok(),
            _ => None,
        }
    }
}

struct Parser<'a> {
    rest: &'a [u8],
    broken: bool,
}

impl<'a> Parser<'a> {
    fn value(&mut self, depth: usize) -> Option<Node<'a>> {
        self.skip_space();
        match self.rest.first() {
            Some(b'{') if depth < DEEPEST => Some(self.object(depth)),
            Some(b'[') if depth < DEEPEST => Some(self.array(depth)),
            Some(b'{') => self.skip_deep().map(|()| Node::Object(Vec::new())),
            Some(b'[') => self.skip_deep().map(|()| Node::Array(Vec::new())),
            Some(b'"') => self.string().map(|literal| Node::String(Literal(literal))),
            Some(_) => self.scalar(),
            None => self.fail(),
        }
    }

    fn object(&mut self, depth: usize) -> Node<'a> {
        let mut members = Vec::new();
        self.eat(b'{');
        if !self.eat(b'}') {
            loop {
                self.skip_space();
                let Some(key) = self.string() else { break };
                if !self.expect(b':') {
                    break;
                }
                let Some(value) = self.value(depth + 1) else { break };
                members.push((key_text(key), value));
                if self.broken || self.eat(b'}') || !self.expect(b',') {
                    break;
                }
            }
        }
        Node::Object(members)
    }

    fn array(&mut self, depth: usize) -> Node<'a> {
        let mut items = Vec::new();
        self.eat(b'[');
        if !self.eat(b']') {
            while let Some(item) = self.value(depth + 1) {
                items.push(item);
                if self.broken || self.eat(b']') || !self.expect(b',') {
                    break;
                }
            }
        }
        Node::Array(items)
    }

    /// Passes over a value that is nested deeper than anyone looks, without following it.
    fn skip_deep(&mut self) -> Option<()> {
        let mut open = 0_usize;
        loop {
            match self.rest.first() {
                Some(b'"') => {
                    self.string()?;
                    continue;
                }
                Some(b'{' | b'[') => open += 1,
                Some(b'}' | b']') => open -= 1,
                Some(_) => {}
                None => return self.fail(),
            }
            self.rest = self.rest.get(1..).unwrap_or_default();
            if open == 0 {
                return Some(());
            }
        }
    }

    /// A string literal, whole, with its quotes.
    fn string(&mut self) -> Option<&'a [u8]> {
        if self.rest.first() != Some(&b'"') {
            return self.fail();
        }
        let mut escaped = false;
        let end = self.rest.iter().skip(1).position(|byte| {
            let closes = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            closes
        });
        let Some((literal, rest)) = end.and_then(|end| self.rest.split_at_checked(end + 2)) else { return self.fail() };
        self.rest = rest;
        Some(literal)
    }

    fn scalar(&mut self) -> Option<Node<'a>> {
        let end = self.rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"+-.".contains(byte));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let node = match word {
            b"null" => Node::Null,
            b"true" => Node::Bool(true),
            b"false" => Node::Bool(false),
            // A number that ends with the answer may be the beginning of a longer one, and an id names somebody else's then.
            _ if end.is_none() => return self.fail(),
            _ if word.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-') => {
                match std::str::from_utf8(word) {
                    Ok(text) => Node::Number(text),
                    Err(_) => return self.fail(),
                }
            }
            _ => return self.fail(),
        };
        self.rest = rest;
        Some(node)
    }

    fn skip_space(&mut self) {
        while let Some((b' ' | b'\t' | b'\r' | b'\n', rest)) = self.rest.split_first() {
            self.rest = rest;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.skip_space();
        let rest = self.rest.strip_prefix(&[byte]);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, byte: u8) -> bool {
        let there = self.eat(byte);
        self.broken |= !there;
        there
    }

    fn fail<T>(&mut self) -> Option<T> {
        self.broken = true;
        None
    }
}

/// A key's text; a key that cannot be unescaped is kept as it is, and matches no name.
fn key_text(literal: &[u8]) -> Cow<'_, str> {
    let inner = literal.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(literal);
    if !inner.contains(&b'\\') {
        return String::from_utf8_lossy(inner);
    }
    serde_json::from_slice(literal).map_or_else(|_| String::from_utf8_lossy(inner), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(body: &str) -> Option<(String, String)> {
        let tree = Tree::parse(body.as_bytes());
        let Found { pointer, secret, .. } = tree.find_secret("secret")?;
        Some((pointer, secret.expose_secret().to_owned()))
    }

    #[test]
    fn a_secret_is_found_where_it_may_be_and_nowhere_else() {
        for (body, pointer, text) in [
            (r#"{"secret":"s"}"#, "/secret", "s"),
            (r#" { "a" : [1, {"b": null}] , "secret" : "s" } "#, "/secret", "s"),
            (r#"[{"secret":"s"}]"#, "/0/secret", "s"),
            (r#"[[{"data":{"secret":"s"}}]]"#, "/0/0/data/secret", "s"),
            (r#"{"data":[{"secret":"s"}]}"#, "/data/0/secret", "s"),
            (r#"{"secret":null,"data":{"secret":"s"}}"#, "/data/secret", "s"),
            (r#"{"secret":"","data":{"secret":"s"}}"#, "/data/secret", "s"),
            (r#"{"secret":"s","data":{"secret":"t"}}"#, "/secret", "s"),
            (r#"{"secret":"s","secret":"t"}"#, "/secret", "t"),
            (r#"{"secret":"s","secret":7}"#, "/secret", "s"),
            (r#"{"s\u0065cret":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}"#, "/secret", "\"\\/\u{8}\u{c}\n\r\té😀"),
            ("\u{feff}{\"secret\":\"s\"}", "/secret", "s"),
            (r#"{"secret":"s"#, "", ""),
            (r#"{"secret":"s""#, "/secret", "s"),
            (r#"{"secret":"s","a"#, "/secret", "s"),
            (r#"{"secret":"s",}"#, "/secret", "s"),
            (r#"{"data":{"id":1},"secret":"s\\""#, "/secret", "s\\"),
            (r#"{"secret":"s"} trailing"#, "/secret", "s"),
            (r#"{"secret":"\ud83d"}"#, "", ""),
            (r#"{"secret":"\x"}"#, "", ""),
            (r#"{"secret":7}"#, "", ""),
            (r#"{"secrets":"s"}"#, "", ""),
            (r#"[{"secret":"s"},{"secret":"t"}]"#, "", ""),
            (r#"{"other":{"secret":"s"}}"#, "", ""),
            (r#""secret""#, "", ""),
            ("", "", ""),
        ] {
            let expected = (!pointer.is_empty()).then(|| (pointer.to_owned(), text.to_owned()));
            assert_eq!(secret(body), expected, "{body}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_document_is_noticed() {
        for (body, marked, broken, trailed) in [
            ("{}", false, false, false),
            ("[1, true, null, \"a\", {}] ", false, false, false),
            ("\u{feff}{}", true, false, false),
            ("{", false, true, false),
            ("{\"a\"", false, true, false),
            ("{\"a\":1]", false, true, false),
            ("[1 2]", false, true, false),
            ("nul", false, true, false),
            ("", false, true, false),
            ("{} {}", false, false, true),
        ] {
            let tree = Tree::parse(body.as_bytes());
            assert_eq!((tree.marked, tree.broken, tree.trailed), (marked, broken, trailed), "{body}");
        }
    }

    #[test]
    fn deep_nesting_is_cut_and_not_followed() {
        let deep = "[".repeat(100_000);
        assert!(Tree::parse(deep.as_bytes()).broken);
    }

    #[test]
    fn no_string_prints() {
        let body = r#"{"secret":"canary"}"#;
        assert!(!format!("{:?}", Tree::parse(body.as_bytes())).contains("canary"));
    }
}
