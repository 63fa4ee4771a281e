//! Replaces the parts of output that differ from run to run.

use hb_portal::chrono::DateTime;

const SEPARATORS: &str = " \n\t\r\",'`;()[]{}=";

/// `text` with times, durations, ports, hashes and process ids replaced.
pub(crate) fn normal(text: &str) -> String {
    let mut normal = String::new();
    let mut before = "";
    for word in text.split_inclusive(|char: char| SEPARATORS.contains(char)) {
        let plain = word.trim_end_matches(|char: char| SEPARATORS.contains(char));
        let end = &word[plain.len()..];
        normal.push_str(&replaced(plain, before));
        normal.push_str(end);
        if plain.contains(char::is_alphanumeric) {
            before = plain;
        }
    }
    normal
}

fn replaced(word: &str, before: &str) -> String {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let stripped = word.trim_end_matches([':', '.']);
    let end = &word[stripped.len()..];
    if DateTime::parse_from_rfc3339(stripped).is_ok() {
        return format!("TIME{end}");
    }
    if matches!(stripped.len(), 5 | 8) && stripped.split(':').count() > 1 && stripped.split(':').all(digits) {
        return format!("TIME{end}");
    }
    if word.strip_suffix("ms").is_some_and(|number| number.parse::<f64>().is_ok()) {
        return "0.0ms".to_owned();
    }
    // As in "in process 7" and "is 3601 s old".
    if matches!(before, "process" | "is" | "duration_ms") && digits(stripped) {
        return format!("NUMBER{end}");
    }
    let (prefix, stripped) = match stripped.strip_prefix("msg_") {
        Some(id) => ("msg_", id),
        None => ("", stripped),
    };
    if stripped.len() >= 16 && stripped.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return format!("{prefix}HASH{end}");
    }
    without_ports(&without_names(word))
}

/// A port of this machine.
fn without_ports(word: &str) -> String {
    match word.split_once("127.0.0.1:") {
        Some((before, after)) => {
            let rest = after.trim_start_matches(|char: char| char.is_ascii_digit());
            format!("{before}127.0.0.1:PORT{rest}")
        }
        None => word.to_owned(),
    }
}

/// The name of a secret in the state folder.
fn without_names(word: &str) -> String {
    match word.split_once("webhook-secret-2") {
        Some((before, after)) => {
            let rest = after.trim_start_matches(|char: char| char.is_ascii_digit() || "TZ-".contains(char));
            format!("{before}webhook-secret-TIME-PID{rest}")
        }
        None => word.to_owned(),
    }
}

/// A table without the padding of its columns, whose widths depend on ports and durations.
pub(crate) fn unpadded(table: &str) -> String {
    table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect()
}

/// JSON, a member per line and sorted.
pub(crate) fn json(text: &str) -> String {
    text.lines()
        .map(|line| {
            format!("{:#}\n", serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|_| panic!("{line}")))
        })
        .collect()
}
