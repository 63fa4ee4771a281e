//! Quotes text for a POSIX shell.

/// `text` as one word.
pub(crate) fn quote(text: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "_@%+=:,./-".contains(char);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn a_word_stays_one_word() {
        for (text, quoted) in [
            ("http://127.0.0.1:80/api", "http://127.0.0.1:80/api"),
            ("", "''"),
            ("1|a", "'1|a'"),
            ("it's $HOME", r"'it'\''s $HOME'"),
        ] {
            assert_eq!(quote(text), quoted);
        }
    }
}
