//! Parses tokens into syntax trees, one item at a time.

use anyhow::{Context, Result};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{ImplItem, Item, parse::Parse};

/// The items in `tokens`.
///
/// Each item is parsed separately, and its tokens are dropped afterwards. syn copies its input into a buffer; for a large client,
/// the tokens, the buffer and the syntax trees together would need much memory and miss every cache.
pub(super) fn items(tokens: TokenStream) -> impl Iterator<Item = Result<Item>> {
    parsed(tokens, item)
}

/// The elements of `tokens`, each parsed with `parse`.
fn parsed<T>(tokens: TokenStream, parse: fn(Vec<TokenTree>) -> Result<T>) -> impl Iterator<Item = Result<T>> {
    let mut rest = tokens.into_iter().peekable();
    std::iter::from_fn(move || {
        let mut own = Vec::new();
        while let Some(tree) = rest.next() {
            let ends = is_semicolon(&tree) || is_body(&tree) && !rest.peek().is_some_and(is_semicolon);
            own.push(tree);
            if ends || rest.peek().is_none() {
                return Some(parse(own));
            }
        }
        None
    })
}

fn item(tokens: Vec<TokenTree>) -> Result<Item> {
    let keyword = keyword(&tokens);
    Ok(match keyword.as_deref() {
        Some("mod") => {
            let (mut module, body) = without_body::<syn::ItemMod>(tokens)?;
            if let Some((_, items)) = &mut module.content {
                *items = parsed(body, whole::<Item>).collect::<Result<_>>()?;
            }
            Item::Mod(module)
        }
        Some("impl") => {
            let (mut implementation, body) = without_body::<syn::ItemImpl>(tokens)?;
            implementation.items = parsed(body, whole::<ImplItem>).collect::<Result<_>>()?;
            Item::Impl(implementation)
        }
        _ => whole(tokens)?,
    })
}

fn whole<T: Parse>(tokens: Vec<TokenTree>) -> Result<T> {
    syn::parse2(tokens.into_iter().collect()).context("the generated code does not parse")
}

/// An item with empty braces, and the content of the braces.
fn without_body<T: Parse>(mut tokens: Vec<TokenTree>) -> Result<(T, TokenStream)> {
    let mut body = TokenStream::new();
    if let Some(TokenTree::Group(group)) = tokens.last_mut().filter(|last| is_body(last)) {
        body = group.stream();
        *group = proc_macro2::Group::new(Delimiter::Brace, TokenStream::new());
    }
    Ok((whole(tokens)?, body))
}

/// The keyword of an item, after its attributes and `pub`.
fn keyword(tokens: &[TokenTree]) -> Option<String> {
    tokens.iter().find_map(|tree| match tree {
        TokenTree::Ident(word) if word != "pub" => Some(word.to_string()),
        _ => None,
    })
}

fn is_semicolon(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ';')
}

fn is_body(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn a_file_is_the_same_when_parsed_item_by_item() {
        let tokens = quote! {
            use a::{B, C};
            #[doc = "d"]
            pub struct A { b: B }
            pub(crate) struct Unit(B);
            const _: () = { fn f() {} };
            pub mod types {
                use super::B;
                pub mod error { pub struct E(B); impl E {} }
                impl A { pub const X: B = B { c: 1 }; fn a(&self) -> B { B { c: 2 } } type T = B; }
            }
            mod empty {}
            impl<T> From<T> for A where T: Into<B> { fn from(b: T) -> Self { Self { b: b.into() } } }
        };
        let whole: syn::File = syn::parse2(tokens.clone()).unwrap();
        assert_eq!(
            prettyplease::unparse(&syn::File {
                frontmatter: None,
                shebang: None,
                attrs: Vec::new(),
                items: items(tokens).collect::<Result<_>>().unwrap()
            }),
            prettyplease::unparse(&whole)
        );
        assert!(items(quote!(struct A {}, struct)).any(|item| item.is_err()));
    }
}
