//! A document's descriptions as doc comments, in which prose never becomes code or HTML.

use proc_macro2::{Span, TokenStream};
use syn::{
    AttrStyle, Attribute, Expr, ExprLit, Ident, Lit, LitStr, MacroDelimiter, Meta, MetaList, MetaNameValue,
    token::{Bracket, Eq, Paren, Pound},
};

/// The text as doc attributes, one for each line.
pub(super) fn attributes(text: &str) -> Vec<Attribute> {
    prose(text)
        .lines()
        .map(|line| {
            let line = if line.is_empty() { String::new() } else { format!(" {line}") };
            attribute(Meta::NameValue(MetaNameValue {
                path: Ident::new("doc", Span::call_site()).into(),
                eq_token: Eq::default(),
                value: Expr::Lit(ExprLit { attrs: Vec::new(), lit: Lit::Str(LitStr::new(&line, Span::call_site())) }),
            }))
        })
        .collect()
}

/// `#[serde(…)]`.
pub(super) fn serde(words: TokenStream) -> Attribute {
    let path = Ident::new("serde", Span::call_site()).into();
    attribute(Meta::List(MetaList { path, delimiter: MacroDelimiter::Paren(Paren::default()), tokens: words }))
}

/// An attribute. It is built rather than parsed, because a large document has a hundred thousand.
fn attribute(meta: Meta) -> Attribute {
    Attribute { pound_token: Pound::default(), style: AttrStyle::Outer, bracket_token: Bracket::default(), meta }
}

/// The text without the parts that Markdown would turn into code or HTML: indented blocks, fences, and tags outside code spans.
fn prose(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.trim().lines() {
        let trimmed = line.trim_end();
        let bare = trimmed.trim_start();
        let indent = if trimmed.len() - bare.len() >= 2 && is_item(bare) { "  " } else { "" };
        if bare.starts_with("```") || bare.starts_with("~~~") {
            continue;
        }
        let mut spans = bare.matches('`').count() / 2 * 2;
        let mut inside = false;
        let mut prose = indent.to_owned();
        for char in bare.chars() {
            match char {
                '`' if spans > 0 => {
                    spans -= 1;
                    inside = !inside;
                    prose.push(char);
                }
                // An unpaired backtick.
                '`' => prose.push_str("\\`"),
                '<' | '>' | '[' | ']' if !inside => {
                    prose.push('\\');
                    prose.push(char);
                }
                '\t' => prose.push(' '),
                char if char.is_control() => {}
                char => prose.push(char),
            }
        }
        lines.push(prose);
    }
    lines.join("\n")
}

/// Whether a line is a list item.
fn is_item(line: &str) -> bool {
    line.starts_with("- ") || line.starts_with("* ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_becomes_neither_code_nor_html() {
        for (text, expected) in [
            ("An <id> and `a<b>`.", "An \\<id\\> and `a<b>`."),
            ("one\n    let x;\n```rust\npanic!()", "one\nlet x;\npanic!()"),
            ("- a\n  - b", "- a\n  - b"),
            ("a ` b [c]", "a \\` b \\[c\\]"),
        ] {
            assert_eq!(prose(text), expected);
        }
    }
}
