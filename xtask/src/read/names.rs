//! Names in Rust's cases, each an identifier and unique in its scope.

use std::{borrow::Cow, collections::BTreeSet};

use deunicode::deunicode_char;
use heck::{ToLowerCamelCase as _, ToSnakeCase as _, ToUpperCamelCase as _};

/// The names of types that generated code uses itself.
pub const TYPES: &[&str] =
    &["Box", "Default", "Err", "From", "None", "Ok", "Option", "Result", "Self", "Some", "String", "Vec"];

/// The names of types that generated operations use themselves.
pub const OPERATIONS: &[&str] =
    &["Operation", "Option", "Request", "Response", "Result", "Self", "String", "Unread", "Unsendable", "Vec"];

/// Names that are taken.
#[derive(Debug, Clone, Default)]
pub struct Taken(BTreeSet<String>);

impl Taken {
    /// A scope in which these names are taken.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(str::to_owned).collect())
    }

    /// Takes the name if it is free, and reports whether it was.
    pub fn take(&mut self, name: &str) -> bool {
        self.0.insert(name.to_owned())
    }

    /// Takes `name`, or the first of `name2`, `name3`, … that is free.
    pub fn unique(&mut self, name: String) -> String {
        self.numbered(name, "")
    }

    /// Takes `name`, or the first that is free of those with a number after the separator.
    pub fn numbered(&mut self, name: String, separator: &str) -> String {
        let numbered = (2..).map(|number: usize| format!("{name}{separator}{number}"));
        std::iter::once(name.clone()).chain(numbered).find(|name| self.take(name)).unwrap_or(name)
    }
}

/// The maximum length of a name that is derived from a sentence.
const LONGEST: usize = 60;

/// The name of a Rust type; `None` if `name` has no ASCII letters or digits, not counting accents.
pub fn type_name(name: &str) -> Option<String> {
    let ascii = folded(name).replace(|char: char| !char.is_ascii_alphanumeric(), " ");
    let mut pascal = ascii.to_upper_camel_case();
    // Some words change again when they are split again.
    for _ in 0..3 {
        let again = pascal.to_upper_camel_case();
        if again == pascal {
            break;
        }
        pascal = again;
    }
    let pascal = shortened(&pascal);
    match pascal.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => Some(pascal),
        Some(_) => Some(format!("N{pascal}")),
        None => None,
    }
}

/// The name of a Rust type; without ASCII letters and digits, `prefix` and the code points of `name`, so that it does not
/// depend on the names next to it.
pub fn type_name_or(prefix: &str, name: &str) -> String {
    let codes = name.chars().filter(|char| char.is_alphanumeric()).take(4);
    let codes = codes.map(|char| format!("{:x}", u32::from(char)));
    type_name(name).unwrap_or_else(|| format!("{prefix}{}", codes.collect::<String>().to_upper_camel_case()))
}

/// The name, cut before the word that would make it too long.
fn shortened(pascal: &str) -> String {
    let Some(cut) = pascal.get(..LONGEST).filter(|cut| *cut != pascal) else { return pascal.to_owned() };
    cut.rfind(|char: char| char.is_ascii_uppercase()).filter(|at| *at > 0).map_or(cut, |at| &cut[..at]).to_owned()
}

/// The name with each Latin letter in ASCII: letters of other scripts would be spelled by their sound.
fn folded(name: &str) -> String {
    let is_latin = |char: char| char.is_alphabetic() && matches!(char, 'À'..='ɏ' | 'Ḁ'..='ỿ');
    let latin = |char: char| deunicode_char(char).filter(|_| char.is_ascii() || is_latin(char));
    // An accent may be a separate character.
    let chars = name.chars().filter(|char| !('\u{300}'..='\u{36f}').contains(char));
    chars.map(|char| latin(char).map_or_else(|| char.to_string().into(), Cow::Borrowed)).collect()
}

/// The name of a Rust variable.
pub fn field_name(name: &str) -> String {
    let plain: String = folded(name).chars().map(|char| if char.is_alphanumeric() { char } else { '-' }).collect();
    let snake = plain.to_snake_case();
    match snake.chars().next() {
        None => "value".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("n{snake}"),
        // A Rust identifier may have letters of any script, but it may not be a keyword or begin with a mark.
        Some(_) if syn::parse_str::<syn::Ident>(&snake).is_ok() && snake != "gen" => snake,
        Some(_) => format!("{snake}_"),
    }
}

/// The name of an operation, such that different ids with letters of other scripts have different names.
pub fn operation_name(id: &str) -> String {
    let (ascii, others): (String, String) = id.chars().partition(char::is_ascii);
    // Accents are folded if only ASCII letters remain.
    let folded = type_name(id).filter(|_| type_name(&others).is_some());
    folded.unwrap_or_else(|| type_name_or(&type_name_or("Operation", &ascii), &others))
}

/// An operation id made from method and path: `get` at `/webhooks/{id}` is `getWebhooksById`.
pub fn operation_id(method: &str, path: &str) -> String {
    format!("{method}{}", path.replace("/{", "/by ")).to_lower_camel_case()
}

/// The name of a response with this status: `Status404`, `Status4xx`.
pub fn status_name(status: &str) -> String {
    format!("Status{}", status.to_ascii_lowercase())
}
