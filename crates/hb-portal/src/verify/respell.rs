//! The forms that a body may have had before it was parsed and serialised again: for diagnosis, never for acceptance.

/// A way of writing JSON.
#[derive(Clone, Copy)]
pub(super) struct Spelling {
    /// Spaces after separators: `, ` and `: `.
    spaces: bool,
    /// `/` as `\/`.
    slashes: bool,
    /// Non-ASCII characters as `\u....`.
    unicode: bool,
}

/// The ways in which common senders write JSON: most of them; PHP; PHP as Laravel applications often configure it; Python.
pub(super) const SPELLINGS: [Spelling; 4] = [
    Spelling { spaces: false, slashes: false, unicode: false },
    Spelling { spaces: false, slashes: true, unicode: true },
    Spelling { spaces: false, slashes: true, unicode: false },
    Spelling { spaces: true, slashes: false, unicode: true },
];

/// Returns the body as text, if it looks like JSON.
pub(super) fn json(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?;
    text.trim_start().starts_with(['{', '[']).then_some(text)
}

impl Spelling {
    /// Rewrites `json` in this way; the order of its members stays.
    pub(super) fn write(self, json: &str) -> Vec<u8> {
        let (mut written, mut in_text, mut escaped) = (Vec::with_capacity(json.len()), false, false);
        for char in json.chars() {
            let mut utf8 = [0; 4];
            let plain = char.encode_utf8(&mut utf8).as_bytes();
            if !in_text {
                in_text = char == '"';
                match char {
                    ' ' | '\t' | '\r' | '\n' => {}
                    ',' if self.spaces => written.extend(b", "),
                    ':' if self.spaces => written.extend(b": "),
                    _ => written.extend(plain),
                }
                continue;
            }
            match char {
                _ if escaped => written.extend(plain),
                '/' if self.slashes => written.extend(b"\\/"),
                _ if self.unicode && !char.is_ascii() => {
                    for unit in char.encode_utf16(&mut [0; 2]) {
                        written.extend(format!("\\u{unit:04x}").as_bytes());
                    }
                }
                _ => written.extend(plain),
            }
            in_text = escaped || char != '"';
            escaped = !escaped && char == '\\';
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spelling_is_that_of_its_senders() {
        let body = "{ \"a\" : [1, \"x/é\\\" , \\\\\"] ,\n\"b\":\"\u{1f600}\" }\n";
        let expected = [
            "{\"a\":[1,\"x/é\\\" , \\\\\"],\"b\":\"\u{1f600}\"}",
            r#"{"a":[1,"x\/\u00e9\" , \\"],"b":"\ud83d\ude00"}"#,
            "{\"a\":[1,\"x\\/é\\\" , \\\\\"],\"b\":\"\u{1f600}\"}",
            r#"{"a": [1, "x/\u00e9\" , \\"], "b": "\ud83d\ude00"}"#,
        ];
        for (spelling, expected) in SPELLINGS.into_iter().zip(expected) {
            let written = spelling.write(json(body.as_bytes()).unwrap());
            assert_eq!(String::from_utf8(written).unwrap(), expected);
        }
    }

    #[test]
    fn text_that_is_not_json_is_not_respelled() {
        assert!(json(b"a=1").is_none() && json(b"{\xff}").is_none());
    }
}
