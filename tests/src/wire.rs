//! Each operation on the wire: the request that the generated client makes, and how it decodes each response in the
//! contract.

use std::fmt::{Debug, Write as _};

use hb_portal_client::{Operation, Request, Response, Unread, Unsendable};
use serde_json::{Map, Value};

/// Shows the request of an operation in the contract, and how each response is decoded. `request` makes the request from
/// a body, which is empty if the operation has none. Nothing is sent.
///
/// # Panics
///
/// Panics if the contract has no such operation, or if `request` fails.
pub fn form<O: Operation>(contract: &Value, request: impl Fn(&str) -> Result<Request, Unsendable>) -> String
where
    O::Success: Debug,
    O::Failure: Debug,
{
    let items = contract["paths"].as_object().expect("the contract has paths").values();
    let operation = items
        .flat_map(|item| item.as_object().into_iter().flat_map(serde_json::Map::values))
        .find(|operation| operation["operationId"] == O::ID)
        .expect("the contract has the operation");
    let text_of = |holder: &Value| example_of(contract, holder).map(|value| value.to_string()).unwrap_or_default();
    let mut responses = String::new();
    let statuses = operation["responses"].as_object().expect("an operation has responses");
    let mut cases: Vec<(String, String)> =
        statuses.iter().map(|(status, response)| (status.clone(), text_of(response))).collect();
    cases.push((cases[0].0.clone(), r#"["another body"]"#.to_owned()));
    cases.push(("503".to_owned(), "{}".to_owned()));
    for (status, body) in cases {
        let status_code = status.parse().expect("a status");
        let response = Response::new(status_code, http::HeaderMap::new(), body.clone().into_bytes().into());
        let result = match O::read(&response) {
            Ok(value) => format!("Ok({})", laid_out(&value)),
            Err(Unread::Failure) => format!("Err(Failure) {}", laid_out(&O::read_failure(&response))),
            Err(other) => format!("Err({other:?})"),
        };
        let _ = writeln!(responses, "{status} {body}\n{}\n", indented(&result));
    }
    let sent = request(&text_of(&operation["requestBody"])).expect("a request");
    let head: String =
        sent.headers.iter().map(|(name, value)| format!("\r\n{name}: {}", value.to_str().unwrap())).collect();
    let body = sent.body.as_deref().map(|body| String::from_utf8_lossy(body).into_owned()).unwrap_or_default();
    let raw = format!("{} {}{head}\r\n\r\n{body}", sent.method, sent.target);
    format!("the operation is\n\n{}\n\nand decodes these responses\n\n{responses}", self::request(&raw, ""))
}

/// Shows a request as it arrived, with sorted headers and an indented body, if there is one.
///
/// # Panics
///
/// Panics if the text is not a request, or if its body is not JSON.
#[must_use]
pub fn request(raw: &str, origin: &str) -> String {
    let (head, body) = raw.split_once("\r\n\r\n").expect("a request has a head");
    let (line, headers) = head.split_once("\r\n").expect("a request has headers");
    let mut headers: Vec<String> = headers.split("\r\n").map(str::to_owned).collect();
    headers.sort_unstable();
    let body = match body {
        "" => String::new(),
        body => {
            let body: Value = serde_json::from_str(body).expect("the body is JSON");
            serde_json::to_string_pretty(&body).expect("JSON is written")
        }
    };
    let text = indented(&format!("{line}\n{}\n\n{body}", headers.join("\n")));
    let version = format!("hb-portal-rust/{}", env!("CARGO_PKG_VERSION"));
    (if origin.is_empty() { text } else { text.replace(origin.trim_start_matches("http://"), "HOST") })
        .replace(&version, "hb-portal-rust/VERSION")
}

/// Formats a value with one line for each field, even if the field is in `Some`.
fn laid_out(value: &impl Debug) -> String {
    let text = format!("{value:#?}");
    let lines: Vec<&str> = text.lines().collect();
    let mut short = Vec::new();
    let mut rest = lines.as_slice();
    while let Some((line, after)) = rest.split_first() {
        match after {
            [inner, close, ..] if line.ends_with("Some(") && close.trim() == ")," => {
                short.push(format!("{line}{}),", inner.trim().trim_end_matches(',')));
                rest = &after[2..];
            }
            _ => {
                short.push((*line).to_owned());
                rest = after;
            }
        }
    }
    short.join("\n")
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") })
        .collect::<String>()
        .trim_end()
        .to_owned()
}

/// Returns the contract's example of a body, or one made from its schema.
fn example_of(contract: &Value, holder: &Value) -> Option<Value> {
    let media_type = holder.pointer("/content/application~1json")?;
    Some(media_type.get("example").cloned().unwrap_or_else(|| example(contract, &media_type["schema"])))
}

fn example(contract: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return example(
            contract,
            contract.pointer(reference.trim_start_matches('#')).expect("every reference resolves"),
        );
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("string"), Some("date-time")) => Value::from("2019-08-24T14:15:22.123Z"),
        (Some("string"), Some("uri")) => Value::from("http://example.com"),
        (Some("string"), _) => Value::from("string"),
        (Some("integer" | "number"), _) => Value::from(0),
        (Some("boolean"), _) => Value::from(true),
        (Some("array"), _) => Value::from(vec![example(contract, &schema["items"])]),
        _ => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            let mut object: Map<String, Value> =
                properties.map(|(name, schema)| (name.clone(), example(contract, schema))).collect();
            if let further @ Value::Object(_) = &schema["additionalProperties"] {
                object.insert("key".to_owned(), example(contract, further));
            }
            Value::Object(object)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_a_body_is_its_head() {
        let raw = "GET /a?page=2 HTTP/1.1\r\nhost: 127.0.0.1:1\r\naccept: application/json\r\n\r\n";
        let text = "    GET /a?page=2 HTTP/1.1\n    accept: application/json\n    host: HOST";
        assert_eq!(request(raw, "http://127.0.0.1:1"), text);
        let with_body = request(&format!("{raw}{{\"a\":1}}"), "http://127.0.0.1:1");
        assert_eq!(with_body, format!("{text}\n\n    {{\n      \"a\": 1\n    }}"));
    }
}
