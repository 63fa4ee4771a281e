//! The targets of `$ref`s, including misspelt ones.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::walk::last_step;

/// The pointer that a reference means, if its target exists: as written, percent-decoded, or with a stray space at the end of
/// either name.
pub(super) fn target(document: &Value, reference: &str) -> Option<String> {
    let written = reference.trim().strip_prefix('#')?;
    let decoded = percent_decode_str(written).decode_utf8().unwrap_or(Cow::Borrowed(written));
    for candidate in [reference.strip_prefix('#').unwrap_or(written), written, &decoded, decoded.trim_end()] {
        if candidate.starts_with('/') && document.pointer(candidate).is_some() {
            return Some(candidate.to_owned());
        }
    }
    let (parent, _) = decoded.rsplit_once('/')?;
    let wanted = last_step(&decoded);
    let siblings = document.pointer(parent)?.as_object()?;
    let name = siblings.keys().find(|name| name.trim() == wanted.trim())?;
    Some(format!("{parent}/{}", name.replace('~', "~0").replace('/', "~1")))
}

/// Follows the references of a value that is not a schema, and returns the target and its place.
///
/// # Errors
///
/// The reference that has no target, or leads back to itself.
pub fn followed<'a>(document: &'a Value, value: &'a Value, at: &str) -> Result<(&'a Value, String), String> {
    let (mut value, mut at, mut seen) = (value, at.to_owned(), Vec::new());
    while let Some(reference) = value.get("$ref") {
        let reference = reference.as_str().unwrap_or_default();
        let found = target(document, reference).filter(|to| !seen.contains(to)).ok_or_else(|| reference.to_owned())?;
        value = document.pointer(&found).ok_or_else(|| reference.to_owned())?;
        seen.push(found.clone());
        at = found;
    }
    Ok((value, at))
}
