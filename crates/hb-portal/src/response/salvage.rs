//! Finds the secret in a document.

use hb_portal_client::Secret;
use reqwest::Url;

use super::{
    json::Tree,
    node::Node,
    pointer::{Step, unwrap},
};

/// The secret to look for.
pub(crate) struct Wanted<'w> {
    /// The member of the root that the contract names. It takes precedence.
    pub(crate) documented: &'static str,
    /// Other names that portals of this kind use.
    pub(crate) others: &'static [&'static str],
    /// The URL of the endpoint that the secret must belong to.
    pub(crate) url: Option<&'w str>,
}

/// A secret in a document.
pub(crate) struct Found<'t, 'a> {
    pub(crate) secret: Secret,
    /// Its key.
    pub(crate) name: &'static str,
    /// The object that contains it, and the path to that object.
    pub(crate) holder: &'t Node<'a>,
    pub(crate) path: Vec<Step<'t>>,
    /// The object that contains the holder.
    pub(crate) parent: Option<&'t Node<'a>>,
}

/// The member that the contract has around an endpoint.
pub(crate) const DATA: &str = "data";

/// The maximum number of different values that are collected. If there are two or more, none is taken.
const MOST: usize = 32;

impl<'a> Tree<'a> {
    /// Finds the secret called `name`, at the root or in `data`.
    pub(crate) fn find_secret(&self, name: &'static str) -> Option<Found<'_, 'a>> {
        self.find(&Wanted { documented: name, others: &[], url: None }).ok()
    }

    /// Finds the one secret that is wanted. If there are several that differ, or none, `Err` has all candidates.
    pub(crate) fn find(&self, wanted: &Wanted<'_>) -> Result<Found<'_, 'a>, Vec<Found<'_, 'a>>> {
        let Some(root) = self.root() else { return Err(Vec::new()) };
        let mut path = Vec::new();
        let root = unwrap(root, &mut path);
        if let Some(secret) = secret_of(root, wanted.documented) {
            return Ok(Found { secret, name: wanted.documented, holder: root, path, parent: None });
        }
        let url = wanted.url.and_then(|url| Url::parse(url).ok());
        let mut search = Search { wanted, url, path, found: Vec::new() };
        search.look_in(root, None, true);
        match search.found.len() {
            1 => search.found.pop().ok_or_else(Vec::new),
            _ => Err(search.found),
        }
    }
}

/// The last member of that name that is a string and is neither empty nor masked.
fn secret_of(holder: &Node<'_>, name: &str) -> Option<Secret> {
    let usable = |secret: &Secret| !secret.expose_secret().is_empty() && !is_masked(secret.expose_secret());
    holder.members(name).rev().find_map(|member| member.secret().filter(usable))
}

/// Whether an object describes an endpoint.
pub(crate) fn is_endpoint(node: &Node<'_>) -> bool {
    node.get("url").or_else(|| node.get("events")).is_some()
}

/// The URL of the endpoint that an object describes, normalised.
pub(crate) fn url_of(node: &Node<'_>) -> Option<Url> {
    Url::parse(&node.get("url")?.text()?).ok()
}

struct Search<'w, 't, 'a> {
    wanted: &'w Wanted<'w>,
    url: Option<Url>,
    path: Vec<Step<'t>>,
    found: Vec<Found<'t, 'a>>,
}

impl<'t, 'a> Search<'_, 't, 'a> {
    /// Collects every candidate at `node` and below. `is_outer` is true for the root and for the value of its `data`.
    fn look_in(&mut self, node: &'t Node<'a>, parent: Option<&'t Node<'a>>, is_outer: bool) {
        let is_root = is_outer && self.path.iter().all(|step| matches!(step, Step::Item(_)));
        if !is_root && self.is_of_another(node) {
            return;
        }
        let near = || {
            let members = node.entries().iter().any(|(_, member)| is_endpoint(member.unwrapped()));
            members || is_endpoint(node) || parent.is_some_and(is_endpoint)
        };
        if is_outer || near() {
            for name in [self.wanted.documented].iter().chain(self.wanted.others) {
                self.take(name, node, parent);
            }
        }
        let is_alone = node.items().len() == 1;
        for (index, item) in node.items().iter().enumerate() {
            self.path.push(Step::Item(index));
            self.look_in(item, None, is_outer && is_alone);
            self.path.pop();
        }
        for (key, member) in node.entries() {
            let is_outer = is_outer && key == DATA;
            self.path.push(if is_outer { Step::Known(DATA) } else { Step::Key(key) });
            self.look_in(member, Some(node), is_outer);
            self.path.pop();
        }
    }

    /// Collects the secret of that name, unless it is already known.
    fn take(&mut self, name: &'static str, holder: &'t Node<'a>, parent: Option<&'t Node<'a>>) {
        let Some(secret) = secret_of(holder, name) else { return };
        let is_known = |found: &Found<'_, '_>| found.secret.expose_secret() == secret.expose_secret();
        if self.found.len() < MOST && !self.found.iter().any(is_known) {
            self.found.push(Found { secret, name, holder, path: self.path.clone(), parent });
        }
    }

    /// Whether an object describes an endpoint with another URL.
    fn is_of_another(&self, node: &Node<'_>) -> bool {
        self.url.as_ref().is_some_and(|wanted| url_of(node).is_some_and(|url| url != *wanted))
    }
}

/// Whether the text is only part of a secret, as portals show it.
fn is_masked(text: &str) -> bool {
    text.contains(['•', '…']) || text.contains("***") || text.ends_with("...")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_at_the_root_and_in_data_and_nowhere_else() {
        for (body, token) in [
            (r#"{"access_token":"t"}"#, Some("t")),
            (r#"[[{"data":[{"access_token":"t"}]}]]"#, Some("t")),
            (r#"{"access_token":"t","data":{"access_token":"other"}}"#, Some("t")),
            (r#"{"access_token":"a","access_token":"t"}"#, Some("t")),
            (r#"{"access_token":"t","access_token":7}"#, Some("t")),
            (r#"{"access_token":"","data":{"access_token":"t"}}"#, Some("t")),
            (r#"{"access_\u0074oken":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}"#, Some("\"\\/\u{8}\u{c}\n\r\té😀")),
            (r#"{"access_token":"t""#, Some("t")),
            (r#"{"access_token":"t"#, None),
            (r#"{"access_token":"\ud83d"}"#, None),
            (r#"{"access_token":"\x"}"#, None),
            (r#"{"access_token":7}"#, None),
            (r#"{"access_tokens":"t"}"#, None),
            (r#"{"other":{"access_token":"t"}}"#, None),
            (r#"[{"access_token":"t"},{"access_token":"u"}]"#, None),
        ] {
            let tree = Tree::parse(body.as_bytes());
            let found = tree.find_secret("access_token");
            assert_eq!(found.as_ref().map(|found| found.secret.expose_secret()), token, "{body}");
        }
    }
}
