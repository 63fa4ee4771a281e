//! JSON as it was sent, even cut off or with text around it.
//!
//! serde_json reads a whole document or nothing, and unescapes into buffers that it does not wipe. The one secret in a
//! response is worth a reader that does neither.

use std::borrow::Cow;

use serde_core::de::IgnoredAny;

use super::node::{Literal, Node};

/// The deepest nesting that is read. No response of the portal is deeper than three.
const DEEPEST: usize = 64;

/// The document in a body.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    root: Option<Node<'a>>,
    /// The body begins with a byte-order mark.
    pub(crate) marked: bool,
    /// There is text before the document.
    pub(crate) preceded: bool,
    /// The document breaks off, or is not JSON, from some point on.
    pub(crate) broken: bool,
    /// There is text after the document.
    pub(crate) trailed: bool,
}

impl<'a> Tree<'a> {
    /// Reads the first object or array in `body` that parses, or that is cut off by the end after a member. If the body begins
    /// with one that is broken in another way, it is read up to there.
    pub(crate) fn parse(body: &'a [u8]) -> Self {
        let unmarked = body.strip_prefix(b"\xef\xbb\xbf");
        let marked = unmarked.is_some();
        let text = unmarked.unwrap_or(body).trim_ascii_start();
        let mut rest = text;
        while let Some(begun) = rest.iter().position(|byte| b"{[".contains(byte)).and_then(|at| rest.get(at..)) {
            let mut parser = Parser { rest: begun, broken: false, is_cut: false };
            let root = parser.value(0);
            parser.skip_space();
            // Without an object it holds no secret: it is part of a message, as in `[7]`.
            let root = root.filter(|root| root.has_object(usize::from(parser.broken)));
            // The search continues where parsing failed, so that each byte is read once.
            rest = parser.rest;
            let preceded = begun.len() < text.len();
            if root.is_some() && !(preceded && parser.broken && !parser.is_cut) {
                let trailed = !parser.broken && !rest.is_empty();
                return Self { root, marked, preceded, broken: parser.broken, trailed };
            }
        }
        Self { root: None, marked, preceded: false, broken: true, trailed: false }
    }

    pub(crate) fn root(&self) -> Option<&Node<'a>> {
        self.root.as_ref()
    }
}

struct Parser<'a> {
    rest: &'a [u8],
    broken: bool,
    /// It is broken because the body ends too early.
    is_cut: bool,
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
            None => self.cut(),
        }
    }

    fn object(&mut self, depth: usize) -> Node<'a> {
        // Enough for an endpoint, which has ten fields.
        let mut members = Vec::with_capacity(if depth < 2 { 16 } else { 0 });
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

    /// Skips a value that is nested too deeply, without recursion.
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
                None => return self.cut(),
            }
            self.rest = self.rest.get(1..).unwrap_or_default();
            if open == 0 {
                return Some(());
            }
        }
    }

    /// A complete string literal, with its quotes.
    fn string(&mut self) -> Option<&'a [u8]> {
        match self.rest.first() {
            Some(b'"') => {}
            Some(_) => return self.fail(),
            None => return self.cut(),
        }
        let mut escaped = false;
        let end = self.rest.iter().skip(1).position(|byte| {
            let closes = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            closes
        });
        let Some((literal, rest)) = end.and_then(|end| self.rest.split_at_checked(end + 2)) else { return self.cut() };
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
            // A number at the end of the body may be cut off, and as an id it would then name another endpoint.
            _ if end.is_none() => return self.cut(),
            _ => match std::str::from_utf8(word) {
                Ok(text) if serde_json::from_str::<IgnoredAny>(text).is_ok() => Node::Number(text),
                _ => return self.fail(),
            },
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
        self.is_cut |= !there && self.rest.is_empty();
        there
    }

    fn cut<T>(&mut self) -> Option<T> {
        self.is_cut = true;
        self.fail()
    }

    fn fail<T>(&mut self) -> Option<T> {
        self.broken = true;
        None
    }
}

/// A key's text. A key that cannot be unescaped is kept as it is, and matches no name.
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

    #[test]
    fn the_flaws_of_a_document_are_noticed() {
        for (body, marked, preceded, broken, trailed) in [
            ("{}", false, false, false, false),
            ("[1, true, null, \"a\", {}] ", false, false, false, false),
            (" \u{feff}{}", false, true, false, false),
            ("\u{feff} {}", true, false, false, false),
            ("{", false, false, true, false),
            ("{\"a\"", false, false, true, false),
            ("{\"a\":1]", false, false, true, false),
            ("{\"a\":1,}", false, false, true, false),
            ("{\"a\":1.2.3}", false, false, true, false),
            ("[{} 2]", false, false, true, false),
            ("nul", false, false, true, false),
            ("[7]", false, false, true, false),
            ("", false, false, true, false),
            ("{} {}", false, false, false, true),
            ("a [b] {c} {}", false, true, false, false),
            ("[7] {\"a\":1,", false, true, true, false),
        ] {
            let tree = Tree::parse(body.as_bytes());
            let found = (tree.marked, tree.preceded, tree.broken, tree.trailed);
            assert_eq!(found, (marked, preceded, broken, trailed), "{body}");
        }
    }

    #[test]
    fn the_first_document_that_parses_counts() {
        for (body, members) in [
            (r#"Notice: {closure} in [internal] [2026-11-25] {"a":1,"b":2}"#, 2),
            (r#"{"a":1}{"a":1,"b":2}"#, 1),
            (r#"text {"a":1}{"a":1,"b":2}"#, 1),
            (r#"text {"a":oops} {"a":1,"b":2}"#, 2),
            (r#"text {"a":1,oops} {"a":1,"b":2}"#, 2),
            (r#"text {"a":1,"b":2,"c"#, 2),
            (r#"{"a":1,oops {"a":1,"b":2}"#, 1),
            (r#"text {"a":1,oops {"a":1,"b":2"#, 1),
            (r#"text {"a":1,"b":[2"#, 2),
        ] {
            let tree = Tree::parse(body.as_bytes());
            assert_eq!(tree.root().map(|root| root.entries().len()), Some(members), "{body}");
        }
    }

    #[test]
    fn a_body_of_brackets_is_read_without_recursion() {
        for text in ["[", "{", "{\"", "[{\"a\":", "[[[]", "{\"a\":{"] {
            let body = text.repeat(100_000);
            assert!(Tree::parse(body.as_bytes()).broken, "{text}");
        }
    }

    #[test]
    fn no_string_prints() {
        let body = r#"{"secret":"canary"}"#;
        assert!(!format!("{:?}", Tree::parse(body.as_bytes())).contains("canary"));
    }
}
