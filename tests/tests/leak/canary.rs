//! The secrets that must not be printed, in every form that they could have.

use std::fmt::Write as _;

/// The signing secret that the sandbox issues.
pub(crate) const SECRET: &str = "whsec_CanarySecret7Qx/+=\"\\\u{e9}";
/// The access token, which a header can hold.
pub(crate) const TOKEN: &str = "9|CanaryToken4Rw/+=\"\\~";
pub(crate) const API_KEY: &str = "CanaryKey2Zt&%/+=\"\\\u{e9}";
/// The part of the secret that the portal may show.
pub(crate) const PREFIX: &str = "whsec_CanarySecr";
/// The endpoint's URL, with credentials in every part that can hold one.
pub(crate) const URL: &str =
    "https://CanaryUser1Fg:CanaryPassword5Kd@your-app.com/webhooks/references?key=CanaryQuery9Vz#CanaryPart3Jt";
pub(crate) const REFRESH_TOKEN: &str = "CanaryRefresh8Lm/+=\"\\";

/// A text that must not be printed.
pub(crate) struct Canary {
    name: &'static str,
    needles: Vec<(&'static str, String)>,
}

impl Canary {
    pub(crate) fn new(name: &'static str, text: &str) -> Self {
        // Every form contains this part. It is found even if the rest is cut off, or escaped in an unforeseen way.
        let core = text
            .find("Canary")
            .and_then(|start| text[start..].split(|char: char| !char.is_ascii_alphanumeric()).next());
        let mut needles = forms(core.unwrap_or(text));
        needles.sort_by(|left, right| left.1.cmp(&right.1));
        needles.dedup_by(|left, right| left.1 == right.1);
        Self { name, needles }
    }

    /// Returns how its forms begin. All canaries begin with the same word, so looking for that first saves most of the search.
    pub(crate) fn starts(&self) -> impl Iterator<Item = String> {
        self.needles.iter().map(|(_, needle)| needle.chars().take(6).collect())
    }

    /// Returns the form that a text contains. The text has been through [`dense`].
    pub(crate) fn form_in(&self, dense: &str) -> Option<String> {
        let (form, _) = self.needles.iter().find(|(_, needle)| dense.contains(needle))?;
        Some(format!("the {} {form}", self.name))
    }
}

/// Removes from a text the differences that hide nothing: upper and lower case, and white space.
pub(crate) fn dense(text: &str) -> String {
    text.split_whitespace().collect::<String>().to_lowercase()
}

/// Returns every text that must not be printed.
pub(crate) fn canaries() -> Vec<Canary> {
    vec![
        Canary::new("secret", SECRET),
        Canary::new("token", TOKEN),
        Canary::new("header", &format!("Bearer {TOKEN}")),
        Canary::new("key", API_KEY),
        Canary::new("refresh token", REFRESH_TOKEN),
        Canary::new("secret's prefix", PREFIX),
        Canary::new("URL's user", "CanaryUser1Fg"),
        Canary::new("URL's password", "CanaryPassword5Kd"),
        Canary::new("URL's query", "CanaryQuery9Vz"),
        Canary::new("URL's fragment", "CanaryPart3Jt"),
    ]
}

/// Returns `text` in every form, after [`dense`].
fn forms(text: &str) -> Vec<(&'static str, String)> {
    let bytes = text.as_bytes();
    let json = serde_json::to_string(text).unwrap();
    let units = text.encode_utf16();
    let mut forms = vec![
        ("raw", text.to_owned()),
        ("as JSON", json[1..json.len() - 1].to_owned()),
        ("as JSON in JSON", json[1..json.len() - 1].escape_default().to_string()),
        ("as JSON in escapes", units.fold(String::new(), |all, unit| all + &format!("\\u{unit:04x}"))),
        ("as JSON with escaped slashes", json[1..json.len() - 1].replace('/', "\\/")),
        ("as Debug", text.escape_debug().to_string()),
        ("as Debug of bytes", bytes.escape_ascii().to_string()),
        ("as a list of bytes", bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(",")),
        ("in hexadecimal", written(bytes, |all, byte| write!(all, "{byte:02x}"))),
        ("percent-encoded", percent_encoded(bytes, "-._~")),
        ("percent-encoded with slashes", percent_encoded(bytes, "-._~/")),
        ("in HTML", text.replace('&', "&amp;").replace('"', "&quot;")),
    ];
    for alphabet in [STANDARD, URL_SAFE] {
        forms.extend((0..3).map(|before| ("in base64", base64_after(bytes, before, alphabet))));
    }
    forms.into_iter().map(|(form, text)| (form, dense(&text))).collect()
}

fn written(bytes: &[u8], write: impl Fn(&mut String, u8) -> std::fmt::Result) -> String {
    bytes.iter().fold(String::new(), |mut all, byte| {
        write(&mut all, *byte).unwrap();
        all
    })
}

pub(crate) fn percent_encoded(bytes: &[u8], plain: &str) -> String {
    written(bytes, |all, byte| match char::from(byte) {
        char if char.is_ascii_alphanumeric() || plain.contains(char) => write!(all, "{char}"),
        _ => write!(all, "%{byte:02x}"),
    })
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Encodes `bytes` as they appear in base64 after `before` other bytes, without the digits that depend on other bytes.
fn base64_after(bytes: &[u8], before: usize, alphabet: &[u8; 64]) -> String {
    let bits = 8 * (before + bytes.len());
    let byte_at = |at: usize| if at < before { 0 } else { bytes[at - before] };
    let sextet = |at: usize| {
        let value = (6 * at..6 * at + 6).fold(0, |value, bit| value << 1 | byte_at(bit / 8) >> (7 - bit % 8) & 1);
        char::from(alphabet[usize::from(value)])
    };
    ((8 * before).div_ceil(6)..bits / 6).map(sextet).collect()
}

#[test]
fn base64_is_found_at_every_offset() {
    // From RFC 4648, section 10, and shifted by one and by two bytes.
    assert_eq!(base64_after(b"foobar", 0, STANDARD), "Zm9vYmFy");
    assert!("eGZvb2Jhcg==".contains(&base64_after(b"foobar", 1, STANDARD)));
    assert!("eHhmb29iYXI=".contains(&base64_after(b"foobar", 2, STANDARD)));
}
