//! Validates the JSON of a request. The errors are worded as in Laravel (inferred).

use axum::http::HeaderMap;
use serde_json::{Map, Value};

/// The members of a request, which are removed one by one. [`errors`](Self::errors) collects what is wrong with them.
pub(super) struct Checked {
    members: Map<String, Value>,
    errors: Vec<FieldError>,
}

/// A field, and a sentence that explains its error.
pub(super) struct FieldError {
    pub(super) field: String,
    pub(super) text: String,
}

impl Checked {
    /// Parses a body. A body that is not a JSON object, or is not declared to be JSON, has no members. A Laravel application
    /// responds to it with one error for each missing required field, not with a 400 or 415, and so does the sandbox.
    pub(super) fn new(headers: &HeaderMap, body: &[u8]) -> Self {
        let members = match serde_json::from_slice(body) {
            Ok(Value::Object(members)) if declares_json(headers) => members,
            _ => Map::new(),
        };
        Self { members, errors: Vec::new() }
    }

    /// The errors, in the order in which the fields were checked.
    pub(super) fn errors(self) -> Vec<FieldError> {
        self.errors
    }

    /// Whether the member is present, even if it is null.
    pub(super) fn has(&self, field: &str) -> bool {
        self.members.contains_key(field)
    }

    /// A required boolean.
    pub(super) fn boolean(&mut self, field: &str) -> bool {
        match self.members.remove(field) {
            Some(Value::Bool(value)) => return value,
            _ => self.add_error(field, "must be true or false"),
        }
        false
    }

    /// A required, non-empty string.
    pub(super) fn text(&mut self, field: &str) -> String {
        match self.members.remove(field) {
            None | Some(Value::Null) => self.add_error(field, "is required"),
            Some(Value::String(text)) if text.trim().is_empty() => self.add_error(field, "is required"),
            Some(Value::String(text)) => return text,
            Some(_) => self.add_error(field, "must be a string"),
        }
        String::new()
    }

    /// A required URL to which a portal could deliver.
    pub(super) fn url(&mut self, field: &str) -> String {
        let before = self.errors.len();
        let text = self.text(field);
        if self.errors.len() == before && !is_web_url(&text) {
            self.add_error(field, "must be a valid URL");
        }
        text
    }

    /// A required, non-empty array of non-empty strings.
    pub(super) fn texts(&mut self, field: &str) -> Vec<String> {
        let items = match self.members.remove(field) {
            Some(Value::Array(items)) if !items.is_empty() => items,
            None | Some(Value::Null | Value::Array(_)) => {
                self.add_error(field, "is required");
                return Vec::new();
            }
            Some(_) => {
                self.add_error(field, "must be an array");
                return Vec::new();
            }
        };
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            match item {
                Value::String(text) if !text.trim().is_empty() => texts.push(text),
                Value::String(_) | Value::Null => {
                    self.add_error(&format!("{field}.{index}"), "is required");
                }
                _ => self.add_error(&format!("{field}.{index}"), "must be a string"),
            }
        }
        texts
    }

    /// A required integer.
    pub(super) fn integer(&mut self, field: &str) -> i64 {
        match self.members.remove(field) {
            None | Some(Value::Null) => self.add_error(field, "is required"),
            Some(value) => match value.as_i64() {
                Some(number) => return number,
                None => self.add_error(field, "must be an integer"),
            },
        }
        0
    }

    /// An integer that may be missing or null, but not less than `at_least`.
    pub(super) fn optional_count(&mut self, field: &str, at_least: u32) -> Option<u32> {
        let value = self.members.remove(field).filter(|value| !value.is_null())?;
        let Some(number) = value.as_i64() else {
            self.add_error(field, "must be an integer");
            return None;
        };
        if number < i64::from(at_least) {
            self.add_error(field, &format!("must be at least {at_least}"));
            return None;
        }
        let count = u32::try_from(number).ok();
        if count.is_none() {
            self.add_error(field, &format!("must not be greater than {}", u32::MAX));
        }
        count
    }

    fn add_error(&mut self, field: &str, what: &str) {
        self.errors.push(FieldError {
            field: field.to_owned(),
            text: format!("The {} field {what}.", field.replace('_', " ")),
        });
    }
}

fn declares_json(headers: &HeaderMap) -> bool {
    headers
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|media_type| media_type.trim().to_ascii_lowercase())
        .is_some_and(|media_type| media_type == "application/json" || media_type.ends_with("+json"))
}

/// Whether `text` is an absolute http or https URL with a host.
fn is_web_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let blank = text.chars().any(|c| c.is_whitespace() || c.is_control());
    web && !blank && !host.is_empty() && !host.starts_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_url_has_a_scheme_and_a_host() {
        for good in ["http://a", "HTTPS://a.example/x?y", "https://user@a:1/", "http://[::1]:8/"] {
            assert!(is_web_url(good), "{good}");
        }
        for bad in ["", "a", "ftp://a", "http://", "http:///x", "http://:80", "http://a b", "//a"] {
            assert!(!is_web_url(bad), "{bad}");
        }
    }
}
