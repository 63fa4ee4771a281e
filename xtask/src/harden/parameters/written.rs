//! How a parameter is written: harden puts what an operation needs of this into the generated code, as it stands here.

/// A value as one segment of a path; `None` for nothing, `.` and `..`, each of which makes another path of it, also when
/// it is percent-encoded.
pub(super) fn path_segment(value: &str) -> Option<String> {
    if matches!(value, "" | "." | "..") {
        return None;
    }
    let mut segment = String::with_capacity(value.len());
    for byte in value.bytes() {
        // A comma parts the items of a list.
        if byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            segment.push_str(&format!("%{byte:02X}"));
        }
    }
    Some(segment)
}
