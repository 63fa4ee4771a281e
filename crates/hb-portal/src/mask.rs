//! Masks the secrets that a response may repeat: the client's credentials, those in an endpoint's URL, and those of the request.

use std::cmp::Reverse;

use hb_portal_client::Secret;
use reqwest::Url;
use zeroize::Zeroizing;

use crate::credentials::AccessToken;
#[cfg(any(feature = "operations", feature = "preview"))]
use crate::endpoint::shown_text;

/// The replacement for a secret.
const REDACTED: &str = "[REDACTED]";
/// The shortest part of a URL that is masked. Masking `1` in `?version=1` would make messages unreadable.
const SHORTEST: usize = 4;
/// The maximum length of an HTML character reference, such as `&#x10ffff;`.
const LONGEST: usize = 12;

/// The secrets that a call sent, which the portal may repeat in a response.
#[derive(Debug)]
pub(crate) struct Mask<'k> {
    key: Option<&'k Secret>,
    token: Option<AccessToken>,
    /// The tokens of a call that needed several.
    others: Vec<AccessToken>,
    /// The secrets in the request's body and parameters, longest first, because one may be part of another.
    carried: Vec<Secret>,
    /// The parts of the endpoint's URL other than its origin and path.
    url: Vec<Secret>,
    /// Whether every URL is reduced to its origin and path, because a response may be about endpoints whose URL was not sent.
    #[cfg(any(feature = "operations", feature = "preview"))]
    reduces_urls: bool,
}

impl<'k> Mask<'k> {
    pub(crate) fn new(key: Option<&'k Secret>) -> Self {
        Self {
            key,
            token: None,
            others: Vec::new(),
            carried: Vec::new(),
            url: Vec::new(),
            #[cfg(any(feature = "operations", feature = "preview"))]
            reduces_urls: false,
        }
    }

    /// Also masks `token`, from now on.
    pub(crate) fn add(&mut self, token: &AccessToken) {
        if self.token.is_none() {
            self.token = Some(token.clone());
        } else if !self.tokens().any(|known| known.expose_secret() == token.expose_secret()) {
            self.others.push(token.clone());
        }
    }

    /// Also masks the secrets that the current request carries.
    pub(crate) fn carry(&mut self, mut secrets: Vec<Secret>) {
        secrets.sort_by_key(|secret| Reverse(secret.expose_secret().len()));
        self.carried = secrets;
    }

    /// Also masks the user info, the query and the fragment of `url`, from now on.
    pub(crate) fn add_url(&mut self, url: &str) {
        let Some(url) = url.contains(['@', '?', '#']).then(|| Url::parse(url).ok()).flatten() else { return };
        let query = url.query().unwrap_or_default();
        let values = query.split('&').map(|pair| pair.split_once('=').unwrap_or(("", pair)).1);
        let parts = [query, url.username(), url.password().unwrap_or_default(), url.fragment().unwrap_or_default()];
        self.url.extend(parts.into_iter().chain(values).filter(|part| part.len() >= SHORTEST).map(Secret::new));
    }

    /// Also reduces each URL to its origin and path, from now on.
    #[cfg(any(feature = "operations", feature = "preview"))]
    pub(crate) fn reduce_urls(&mut self) {
        self.reduces_urls = true;
    }

    /// Returns `text` with each secret masked.
    pub(crate) fn hide(&self, text: String) -> String {
        let tokens = self.tokens().map(AccessToken::expose_secret);
        let secrets = self.carried.iter().chain(self.key).chain(&self.url).map(Secret::expose_secret);
        let text = tokens.chain(secrets).fold(text, hide);
        #[cfg(any(feature = "operations", feature = "preview"))]
        if self.reduces_urls {
            return shown_text(&Zeroizing::new(text));
        }
        text
    }

    fn tokens(&self) -> impl Iterator<Item = &AccessToken> {
        self.token.iter().chain(&self.others)
    }
}

/// Returns `text` with `secret` masked: in upper or lower case, percent- or HTML-encoded, and without the part before a `|`,
/// because a Laravel token is `id|secret`.
pub(crate) fn hide(text: String, secret: &str) -> String {
    let secret = secret.trim();
    let text = replace(text, secret);
    match secret.split_once('|') {
        Some((_, secret)) => replace(text, secret),
        None => text,
    }
}

fn replace(text: String, secret: &str) -> String {
    if secret.is_empty() {
        return text;
    }
    let mut masked = String::new();
    let (mut rest, mut plain) = (text.as_str(), 0);
    while let Some(first) = rest.get(plain..).and_then(|rest| rest.chars().next()) {
        let (before, from) = rest.split_at(plain);
        if let Some(after) = strip(from, secret) {
            masked.push_str(before);
            masked.push_str(REDACTED);
            (rest, plain) = (after, 0);
        } else {
            plain += first.len_utf8();
        }
    }
    if rest.len() == text.len() {
        return text;
    }
    masked.push_str(rest);
    // Wipes the text that held the secret.
    drop(Zeroizing::new(text));
    masked
}

/// Returns the rest of `text` after `secret`, if `text` begins with the secret in any spelling.
fn strip<'t>(text: &'t str, secret: &str) -> Option<&'t str> {
    // A secret may itself contain `&` or `%`, so `&amp;` can match both literally and encoded.
    let as_it_is = |text: &'t str, char: char| plain(text, char).or_else(|| encoded(text, char));
    let by_meaning = |text: &'t str, char: char| encoded(text, char).or_else(|| plain(text, char));
    secret.chars().try_fold(text, as_it_is).or_else(|| secret.chars().try_fold(text, by_meaning))
}

/// The rest after `char`, in upper or lower case.
fn plain(text: &str, char: char) -> Option<&str> {
    let mut chars = text.chars();
    chars.next().filter(|found| is_same(*found, char)).map(|_| chars.as_str())
}

/// The rest after `char`, percent- or HTML-encoded.
fn encoded(text: &str, char: char) -> Option<&str> {
    percent(text, char).or_else(|| entity(text).filter(|(found, _)| is_same(*found, char)).map(|(_, rest)| rest))
}

fn is_same(one: char, other: char) -> bool {
    one == other || one.to_lowercase().eq(other.to_lowercase())
}

/// The rest after `char`, percent-encoded.
fn percent(text: &str, char: char) -> Option<&str> {
    char.encode_utf8(&mut [0; 4]).bytes().try_fold(text, |text, byte| {
        let (digits, rest) = text.strip_prefix('%')?.split_at_checked(2)?;
        (u8::from_str_radix(digits, 16) == Ok(byte)).then_some(rest)
    })
}

/// The character that an HTML reference encodes, and the rest after the reference.
fn entity(text: &str) -> Option<(char, &str)> {
    let end = text.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let (name, rest) = (text.get(..end)?.strip_prefix('&')?, text.get(end + 1..)?);
    let char = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((char, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_in_every_spelling() {
        let secret = " 9|Canary/+&\"<\u{e9}' ";
        for (text, masked) in [
            ("9|Canary/+&\"<\u{e9}'", "[REDACTED]"),
            ("no 9|CANARY/+&\"<\u{c9}', 9|canary/+&\"<\u{e9}'.", "no [REDACTED], [REDACTED]."),
            ("key=9%7CCanary%2F%2B%26%22%3C%C3%A9%27&a", "key=[REDACTED]&a"),
            ("key=9%7ccanary/%2b%26%22%3c%c3%a9'", "key=[REDACTED]"),
            ("<b>9|Canary/+&amp;&quot;&lt;\u{e9}&#39;</b>", "<b>[REDACTED]</b>"),
            ("9&#124;Canary&#x2F;+&amp;&#34;&lt;&#xE9;&apos;", "[REDACTED]"),
            ("the token Canary/+&\"<\u{e9}'", "the token [REDACTED]"),
            ("9|Canary", "9|Canary"),
            ("", ""),
        ] {
            assert_eq!(hide(text.to_owned(), secret), masked);
        }
        assert_eq!(hide("aaab".to_owned(), "ab"), "aa[REDACTED]");
        assert_eq!(hide("text".to_owned(), " "), "text");
        assert_eq!(hide("7|text".to_owned(), "7|"), "[REDACTED]text");
    }

    #[test]
    fn the_parts_of_a_url_other_than_origin_and_path_are_masked() {
        let mut mask = Mask::new(None);
        mask.add_url("https://user:word@a.example/hook?key=canary&flag#part");
        let text = "https://user:word@a.example/hook?key=canary&flag#part".to_owned();
        let masked = "https://[REDACTED]:[REDACTED]@a.example/hook?[REDACTED]#[REDACTED]";
        assert_eq!(mask.hide(text), masked);
        assert_eq!(mask.hide("Canary and flag, part 1".to_owned()), "[REDACTED] and [REDACTED], [REDACTED] 1");
        let mut mask = Mask::new(None);
        mask.add_url("https://a.example/hook");
        assert_eq!(mask.hide("https://a.example/hook?".to_owned()), "https://a.example/hook?");
    }

    #[test]
    fn a_secret_that_contains_another_is_masked_entirely() {
        let mut mask = Mask::new(None);
        mask.carry(["canary", "canary-long", "can"].map(Secret::new).into());
        assert_eq!(mask.hide("canary-long, CANARY".to_owned()), "[REDACTED], [REDACTED]");
    }
}
