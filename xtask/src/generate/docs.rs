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

/// The text without the parts that Markdown would turn into code, HTML or links: indented blocks, fences, and outside code spans,
/// tags and URLs.
pub(crate) fn prose(text: &str) -> String {
    let mut lines = Vec::new();
    // rustc rejects characters that change the direction of text.
    let is_hidden = |char: char| {
        matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || (char.is_control() && !char.is_whitespace())
    };
    for line in text.replace(is_hidden, "").trim().lines() {
        // Several spaces would begin code in a list.
        let bare = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_item = bare.starts_with("- ") || bare.starts_with("* ");
        let indent = if line.starts_with("  ") && is_item { "  " } else { "" };
        if bare.starts_with("```") || bare.starts_with("~~~") {
            continue;
        }
        let mut spans = if bare.contains("``") { 0 } else { bare.matches('`').count() / 2 * 2 };
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
                '<' | '>' | '[' | ']' | '\\' | '~' if !inside => prose.extend(['\\', char]),
                '/' if !inside && prose.ends_with(':') => prose.push_str("\\/"),
                char => prose.push(char),
            }
        }
        lines.push(prose);
    }
    lines.join("\n")
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
            ("-     let x;\n1.\t  let y;\n- - -    let z;", "- let x;\n1. let y;\n- - - let z;"),
            ("- ```rust\n1. ~~~\n   panic!()\n> ```", "- \\`\\`\\`rust\n1. \\~\\~\\~\npanic!()\n\\> \\`\\`\\`"),
            ("see https://a.example/x and `https://b`", "see https:\\//a.example/x and `https://b`"),
            ("``two ` ticks`` <b>, \\<b>", "\\`\\`two \\` ticks\\`\\` \\<b\\>, \\\\\\<b\\>"),
            ("to\u{202e}p", "top"),
        ] {
            assert_eq!(prose(text), expected);
        }
    }
}
