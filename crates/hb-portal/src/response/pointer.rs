//! Paths into a document, and JSON pointers that are safe to show.

use hb_portal_client::Secret;

use super::node::Node;

/// One step of a path into a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'t> {
    /// A key that this crate knows.
    Known(&'static str),
    /// A key that the portal chose.
    Key(&'t str),
    Item(usize),
}

/// Replaces a key that is not shown.
const HIDDEN: &str = "…";
/// The longest key that is shown.
const LONGEST: usize = 40;

/// Returns `node` without any arrays of one element around it, and extends `path` to lead to the result.
pub(crate) fn unwrap<'t, 'a>(mut node: &'t Node<'a>, path: &mut Vec<Step<'_>>) -> &'t Node<'a> {
    while let [item] = node.items() {
        path.push(Step::Item(0));
        node = item;
    }
    node
}

/// Returns the JSON pointer (RFC 6901) of a path. A key that the portal chose could be or hold one of the `secrets`, so it is
/// shown only if it looks like a field's name and shares nothing with them.
pub(crate) fn pointer(path: &[Step<'_>], secrets: &[&Secret]) -> String {
    let mut text = String::new();
    for step in path {
        text.push('/');
        match step {
            Step::Known(name) => text.push_str(name),
            Step::Key(key) => text.push_str(if is_shown(key, secrets) { key } else { HIDDEN }),
            Step::Item(index) => text.push_str(&index.to_string()),
        }
    }
    text
}

fn is_shown(key: &str, secrets: &[&Secret]) -> bool {
    let is_name = key.len() <= LONGEST
        && key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    is_name && !secrets.iter().any(|secret| overlaps(key, secret.expose_secret()))
}

/// Whether one contains the other, ignoring case.
fn overlaps(key: &str, secret: &str) -> bool {
    let contains = |text: &str, part: &str| {
        let mut windows = text.as_bytes().windows(part.len().max(1));
        windows.any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
    };
    contains(key, secret) || contains(secret, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_if_it_looks_like_a_name_and_shares_nothing_with_a_secret() {
        let secrets = [Secret::new("whsec_Canary-7/+"), Secret::new("Other")];
        let secrets: Vec<_> = secrets.iter().collect();
        let longest = "a".repeat(40);
        for shown in ["_a", "last_called-at2", "Z", longest.as_str()] {
            assert_eq!(pointer(&[Step::Key(shown), Step::Item(7)], &secrets), format!("/{shown}/7"));
        }
        let longer = "a".repeat(41);
        let names = ["", "7a", "-a", "a b", "a/b", "a~b", "\u{e9}", "a\n", longer.as_str()];
        let parts = ["canary", "CANARY-7", "ec_c", "w", "xOTHERx", "other", "oth"];
        for hidden in names.into_iter().chain(parts) {
            assert_eq!(pointer(&[Step::Key(hidden)], &secrets), "/…", "{hidden}");
        }
    }
}
