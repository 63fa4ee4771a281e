//! Makes text from elsewhere safe to show on a terminal.

use std::time::SystemTime;

use hb_portal::chrono::{DateTime, SecondsFormat, Utc};
use url::Url;

/// `text` with control characters, line ends and characters that reorder text escaped, so that it cannot move the cursor and
/// stays on its line.
pub(crate) fn text(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, char| {
        match char {
            '"' | '\'' | '\\' => shown.push(char),
            _ => shown.extend(char.escape_debug()),
        }
        shown
    })
}

/// A body, line by line.
pub(crate) fn lines(body: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(body).lines().map(text).collect()
}

/// A moment in UTC, to the millisecond.
pub(crate) fn time(at: SystemTime) -> String {
    DateTime::<Utc>::from(at).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The origin and path of a URL, because its other parts may be credentials.
pub(crate) fn url(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) => format!("{}{}", url.origin().ascii_serialization(), url.path()),
        Err(_) => "(not a URL)".to_owned(),
    }
}

/// Whether two URLs are the same when they are normalised.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    one == other || Url::parse(one).is_ok_and(|one| Url::parse(other) == Ok(one))
}

/// A URL with `…` in place of its credentials, to show that it has some.
pub(crate) fn masked_url(text: &str) -> String {
    let Ok(parsed) = Url::parse(text) else { return "(not a URL)".to_owned() };
    let origin = parsed.origin().ascii_serialization();
    let (scheme, host) = origin.split_once("://").unwrap_or(("", &origin));
    let user = if parsed.username().is_empty() && parsed.password().is_none() { "" } else { "…@" };
    let query = if parsed.query().is_some() { "?…" } else { "" };
    let fragment = if parsed.fragment().is_some() { "#…" } else { "" };
    format!("{scheme}://{user}{host}{}{query}{fragment}", parsed.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_shown_moves_the_cursor() {
        assert_eq!(text("a \"b\" é\x1b[2J\r\n\u{9b}\u{202e}\0"), "a \"b\" é\\u{1b}[2J\\r\\n\\u{9b}\\u{202e}\\0");
        assert_eq!(lines(b"{\n\x07\xff}"), ["{", "\\u{7}\u{fffd}}"]);
    }

    #[test]
    fn no_credential_of_a_url_is_shown() {
        let full = "https://user:canary@a.example:8443/hook?key=canary#canary";
        assert_eq!(url(full), "https://a.example:8443/hook");
        assert_eq!(masked_url(full), "https://…@a.example:8443/hook?…#…");
        assert_eq!(masked_url("https://a.example/hook"), "https://a.example/hook");
        assert_eq!((url("canary"), masked_url("canary")), ("(not a URL)".to_owned(), "(not a URL)".to_owned()));
    }
}
