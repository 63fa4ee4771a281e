//! Access to members of a document's objects.

use serde_json::Value;

/// The text of a member, unless it is blank.
pub(super) fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// Whether a member is `true`.
pub(super) fn flag(value: &Value, key: &str) -> bool {
    value.get(key) == Some(&Value::Bool(true))
}

/// A JSON pointer one step deeper.
pub(super) fn below(at: &str, step: &str) -> String {
    let mut pointer = at.to_owned();
    crate::walk::push_step(&mut pointer, step);
    pointer
}
