//! Names in the cases of Rust, as the generator makes them.

use heck::{ToPascalCase as _, ToSnakeCase as _};

/// The name of a Rust type, as the generator would have it; `None` where no letter of ASCII is in it.
pub(crate) fn type_name(name: &str) -> Option<String> {
    if is_settled(name) {
        return Some(name.to_owned());
    }
    let ascii: String = name.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { ' ' }).collect();
    let mut pascal = ascii.to_pascal_case();
    // Some words change again when they are taken apart again.
    for _ in 0..3 {
        if is_settled(&pascal) {
            break;
        }
        pascal = pascal.to_pascal_case();
    }
    match pascal.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => Some(pascal),
        Some(_) => Some(format!("N{pascal}")),
        None => None,
    }
}

/// Whether a name is one of words with a capital each, and stays as it is when it is taken apart: a capital begins a word
/// where what is before it ends in a small letter, or a small letter is behind it.
fn is_settled(name: &str) -> bool {
    let mut bytes = name.bytes().peekable();
    if !bytes.next().is_some_and(|first| first.is_ascii_uppercase()) {
        return false;
    }
    let mut small = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'a'..=b'z' => small = true,
            b'0'..=b'9' => {}
            b'A'..=b'Z' if small || bytes.peek().is_some_and(u8::is_ascii_lowercase) => small = false,
            _ => return false,
        }
    }
    true
}

/// A name for what has no letter of ASCII, from its characters: the same whatever stands beside it.
pub(super) fn numbered(prefix: &str, name: &str) -> String {
    let code: String = name
        .chars()
        .filter(|char| char.is_alphanumeric())
        .take(4)
        .map(|char| format!("{:x}", u32::from(char)))
        .collect();
    format!("{prefix}{}", code.to_pascal_case())
}

/// The name of a Rust variable or function, as the generator makes it of `name`.
pub(crate) fn snake(name: &str) -> String {
    let small = |word: &str| !word.is_empty() && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'));
    if name.split('_').all(small) {
        return name.to_owned();
    }
    let plain: String = name
        .replace('\'', "")
        .chars()
        .map(|char| if char.is_alphanumeric() || char == '_' { char } else { '-' })
        .collect();
    plain.to_snake_case()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_settled_are_what_they_become() {
        let mut settled = 0;
        for first in ["A", "Ab", "aB", "A1", "1", ""] {
            for second in ["", "B", "Bc", "B2", "B2c", "b", "2", "_", "é"] {
                for third in ["", "C", "Cd", "C3", "3C", "c3D"] {
                    let name = format!("{first}{second}{third}");
                    if is_settled(&name) {
                        settled += 1;
                        assert_eq!(name.to_pascal_case(), name);
                    }
                    let plain = name.to_lowercase();
                    assert_eq!(snake(&plain), plain.to_snake_case());
                }
            }
        }
        assert!(settled > 50, "{settled}");
    }
}
