//! Each operation as it goes over the wire: the request that the generated client really sends, and what it makes of each
//! answer that the contract has.

use std::{
    fmt::{Debug, Write as _},
    sync::Arc,
};

use hb_portal_client::{BoxFuture, Client, Error, OperationInfo, Response, ResponseValue, Transport, TransportError};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::capture::Capture;

/// What an operation gives.
pub type Outcome<T, E> = Result<ResponseValue<T>, Error<E>>;

/// Carries requests as they are, and adds nothing.
#[derive(Debug)]
struct Plain(reqwest::Client);

impl Transport for Plain {
    fn execute(
        self: Arc<Self>,
        request: reqwest::Request,
        _: OperationInfo,
    ) -> BoxFuture<'static, Result<Response, TransportError>> {
        Box::pin(async move {
            let response = self.0.execute(request).await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let body = Zeroizing::new(response.bytes().await?.to_vec());
            Ok(Response::new(status, headers, body))
        })
    }
}

/// The request of the operation at `pointer` of the contract, and what becomes of each answer to it; `call` calls it, with
/// the body that it is given, which is empty where the operation has none.
///
/// # Panics
///
/// The contract has no such operation, or nothing was sent.
pub async fn form<T: Debug, E: Debug>(
    contract: &Value,
    pointer: &str,
    call: impl AsyncFn(&Client, &str) -> Outcome<T, E>,
) -> String {
    let operation = contract.pointer(pointer).expect("the contract has the operation");
    let text_of = |holder: &Value| example_of(contract, holder).map(|value| value.to_string()).unwrap_or_default();
    let sent = text_of(&operation["requestBody"]);
    let mut text = String::new();
    let mut answers = String::new();
    let statuses = operation["responses"].as_object().expect("an operation has answers");
    let mut cases: Vec<(String, String)> =
        statuses.iter().map(|(status, response)| (status.clone(), text_of(response))).collect();
    cases.push((cases[0].0.clone(), r#"["another body"]"#.to_owned()));
    cases.push(("503".to_owned(), "{}".to_owned()));
    for (status, body) in cases {
        let server = Capture::start(&status, "content-type: application/json\r\n", body.clone()).await.expect("a port");
        let http = without_tls();
        let client = Client::new(server.origin().into(), http.clone(), Arc::new(Plain(http)));
        let outcome = call(&client, &sent).await;
        let requests = server.requests();
        text = request(&requests[0], server.origin());
        let _ = writeln!(answers, "{status} {body}\n{}\n", indented(&said(outcome)));
    }
    format!("the generated client sends\n\n{text}\n\nand makes of the answers\n\n{answers}")
}

/// A client for loopback, which trusts no certificate: without a TLS configuration reqwest asks for a provider.
fn without_tls() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the default versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(config).build().expect("nothing is asked of the system")
}

/// A request as it came, its headers sorted, its body, if it has one, laid out.
///
/// # Panics
///
/// It is no request, or its body is not JSON.
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
    text.replace(origin.trim_start_matches("http://"), "HOST").replace(&version, "hb-portal-rust/VERSION")
}

/// The outcome without the answer beside it, which is shown already.
fn said<T: Debug, E: Debug>(outcome: Outcome<T, E>) -> String {
    match outcome {
        Ok(value) => format!("Ok({})", laid_out(&value.into_inner())),
        Err(Error::ErrorResponse(value)) => format!("Err(ErrorResponse({}))", laid_out(&value.into_inner())),
        Err(error) => format!("Err({error:?})"),
    }
}

/// A value over lines, one for each field also where it is in `Some`.
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

/// The contract's example of a body, or one made of its schema.
fn example_of(contract: &Value, holder: &Value) -> Option<Value> {
    let media_type = holder.pointer("/content/application~1json")?;
    Some(media_type.get("example").cloned().unwrap_or_else(|| example(contract, &media_type["schema"])))
}

fn example(contract: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return example(
            contract,
            contract.pointer(reference.trim_start_matches('#')).expect("references lead somewhere"),
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
