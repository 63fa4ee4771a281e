//! Reads the successes of operations other than a create, with or without the wrappers that portals use.

use hb_portal_client::Response;
use http::StatusCode;
use serde_core::de::IgnoredAny;

use super::{Cut, Text, json::Tree, node::Node, salvage::DATA};
use crate::page::Page;

/// The problem with a success.
type Why = &'static str;

const NOT_READABLE: Why = "and the body is not what the contract says";
const NO_LIST: Why = "without a list";

/// Passes the JSON of a success to `read`, or `None` if it has no body, unless the body is missing because it was cut off. PHP
/// writes an empty object as `[]`, which also counts as no body.
pub(crate) fn read<T>(
    response: &Response,
    cut: Option<Cut>,
    read: impl FnOnce(Option<&Node<'_>>) -> Result<T, Why>,
) -> Result<T, Why> {
    if !response.status().is_success() {
        return Err(NOT_READABLE);
    }
    let text = Text::of(response);
    let dense = || text.iter().filter(|byte| !byte.is_ascii_whitespace());
    if dense().next().is_none() || dense().eq(b"[]") {
        return if cut.is_none() { read(None) } else { Err(NOT_READABLE) };
    }
    // An HTML page may contain JSON in a script, which says nothing about the request.
    let begins =
        |tag: &str| text.trim_ascii().get(..tag.len()).is_some_and(|text| text.eq_ignore_ascii_case(tag.as_bytes()));
    if begins("<!doctype") || begins("<html") {
        return Err(NOT_READABLE);
    }
    let tree = Tree::parse(&text);
    read(Some(tree.root().filter(|_| !tree.broken).ok_or(NOT_READABLE)?))
}

/// Checks that a success says that the request was carried out: by its status alone, or in JSON.
pub(crate) fn done(response: &Response, cut: Option<Cut>) -> Result<(), Why> {
    let is_scalar = || serde_json::from_slice::<IgnoredAny>(response.expose_body()).is_ok();
    read(response, cut, |_| Ok(()))
        .or_else(|why| if response.status().is_success() && cut.is_none() && is_scalar() { Ok(()) } else { Err(why) })
}

/// Returns the one object in `root`: bare or in `data`, possibly wrapped in arrays of one element.
pub(crate) fn object<'n, 'a>(root: &'n Node<'a>) -> Result<&'n Node<'a>, Why> {
    let root = root.unwrapped();
    match root.get(DATA).map(Node::unwrapped) {
        Some(data @ Node::Object(_)) if root.get("id").is_none() => object(data),
        _ if matches!(root, Node::Object(_)) => Ok(root),
        _ => Err(NOT_READABLE),
    }
}

/// A page of a list, before its items are read.
#[derive(Debug)]
pub(crate) struct Listed<'n, 'a> {
    pub(crate) items: Vec<&'n Node<'a>>,
    pub(crate) current_page: Option<u32>,
    pub(crate) last_page: Option<u32>,
    pub(crate) total: Option<u64>,
    /// Whether there is a link to a next page, if the response says.
    pub(crate) next: Option<bool>,
}

/// Passes the page in a success to `then`. Code concludes from an empty list that there is no endpoint, so only an empty array
/// or, as the portal has sent it (`corroborated`), a `204` without a body counts as one.
pub(crate) fn list<T>(
    response: &Response,
    cut: Option<Cut>,
    then: impl FnOnce(&Listed<'_, '_>) -> Result<T, Why>,
) -> Result<T, Why> {
    read(response, cut, |root| {
        let is_empty_array = || response.expose_body().contains(&b'[');
        if root.is_none() && response.status() != StatusCode::NO_CONTENT && !is_empty_array() {
            return Err(NO_LIST);
        }
        then(&listed(root)?)
    })
}

/// Returns the page in `root`: a list in `data`, or bare; it and its items may be wrapped in arrays of one element.
fn listed<'n, 'a>(root: Option<&'n Node<'a>>) -> Result<Listed<'n, 'a>, Why> {
    let Some(mut root) = root else {
        return Ok(Listed { items: Vec::new(), current_page: None, last_page: None, total: None, next: Some(false) });
    };
    if root.unwrapped().get(DATA).is_some() {
        root = root.unwrapped();
    }
    let mut data = match root {
        Node::Array(_) => root,
        _ => root.get(DATA).ok_or(NOT_READABLE)?,
    };
    while let [inner @ Node::Array(_)] = data.items() {
        data = inner;
    }
    let items = match data {
        Node::Object(_) if data.get(DATA).is_some() => return listed(Some(data)),
        Node::Object(members) => {
            if members.is_empty() {
                Vec::new()
            } else {
                vec![data]
            }
        }
        Node::Array(items) => items.iter().map(object).collect::<Result<_, _>>()?,
        _ => return Err(NOT_READABLE),
    };
    let within = |name: &str| root.get(name).map(Node::unwrapped);
    let meta = within("meta").unwrap_or(root);
    let next = within("links").and_then(|links| links.get("next"));
    let number = |name: &str| meta.get(name).and_then(Node::number);
    Ok(Listed {
        items,
        current_page: number("current_page"),
        last_page: number("last_page"),
        total: meta.get("total").and_then(Node::number),
        // It may be a link or a number; it is never requested.
        next: next.map(|next| {
            !matches!(next, Node::Null | Node::Bool(false)) && next.text().is_none_or(|next| !next.is_empty())
        }),
    })
}

impl<'a> Listed<'_, 'a> {
    /// Returns the page with this number, with each item as `read` returns it.
    pub(crate) fn page<T>(&self, number: u32, read: impl Fn(&Node<'a>) -> T) -> Page<T> {
        let has_more = match (self.last_page.map(|last| last > number), self.next) {
            (None, None) => None,
            (by_number, by_link) => Some(by_number == Some(true) || by_link == Some(true)),
        };
        let items = self.items.iter().map(|item| read(item)).collect();
        Page { items, number, last_page: self.last_page, total: self.total, has_more }
    }
}
