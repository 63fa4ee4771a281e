//! Scripted responses: unusual heads, codings, charsets, dates and sizes.

use std::time::SystemTime;

use chrono::{DateTime, NaiveDateTime, Utc};
use hb_portal_sandbox::{DateForm, Fault, Framing, Response as Reply, Sandbox};

use crate::client::{Client, Response, create, find};

/// The response to a create that the named fault strikes, and the secret of the new endpoint.
async fn struck(name: &str, header: &str) -> (Response, String) {
    let sandbox = Sandbox::start().await.unwrap();
    let fault = Fault::all().into_iter().find(|fault| fault.name() == name);
    sandbox.inject(fault.unwrap_or_else(|| panic!("no fault is named {name:?}")));
    let mut client = Client::connect(&sandbox);
    client.send(create(&sandbox).replace("host:", &format!("{header}connection: close\r\nhost:")));
    let response = Response::parse(&client.rest().0).unwrap();
    (response, sandbox.endpoints()[0].expose_secret().to_owned())
}

#[tokio::test]
async fn a_head_can_be_one_that_strict_parsers_refuse() {
    for (name, line) in [
        ("commits, then the response has a folded header", "x-folded: one"),
        ("commits, then the response has a space before a colon", "x-spaced : one"),
        ("commits, then the response has 300 headers", "x-299: one"),
    ] {
        let (response, secret) = struck(name, "").await;
        assert!(response.headers.iter().any(|header| header == line), "{name}: {:?}", response.headers);
        assert_eq!(response.json()["secret"], secret, "{name}");
    }
    let (many, _) = struck("commits, then the response has 300 headers", "").await;
    assert!(many.headers.len() > 300);
    let (folded, _) = struck("commits, then the response has a folded header", "").await;
    assert!(folded.headers.iter().any(|line| line == " two"));
}

#[tokio::test]
async fn a_head_can_be_scripted_to_the_byte_and_its_lines_replace_automatic_ones() {
    let sandbox = Sandbox::start().await.unwrap();
    let head = "HTTP/1.0 201\r\ncontent-length:3\r\n\r\n";
    sandbox.inject(Fault::responds(Reply::new(201).raw_head(head).body("abc")));
    let mut client = Client::connect(&sandbox);
    client.send(create(&sandbox).replace("host:", "connection: close\r\nhost:"));
    assert_eq!(client.rest().0, format!("{head}abc").as_bytes());

    sandbox.inject(Fault::responds(Reply::new(200).header_line("Content-Length : 2").body("abc")));
    let mut client = Client::connect(&sandbox);
    client.send(create(&sandbox).replace("host:", "connection: close\r\nhost:"));
    assert_eq!(Response::parse(&client.rest().0).unwrap().headers, ["Content-Length : 2", "connection: close"]);
    assert!(sandbox.endpoints().is_empty());
}

#[tokio::test]
async fn the_response_is_gzipped_only_if_the_request_permits_it() {
    for (header, gzipped) in [
        ("", true),
        ("accept-encoding: br, GZIP;q=0.5\r\n", true),
        ("accept-encoding: *\r\n", true),
        ("accept-encoding: identity\r\n", false),
        ("accept-encoding: gzip;q=0, identity\r\n", false),
        ("accept-encoding: \r\n", false),
    ] {
        let (response, secret) =
            struck("commits, then the response is gzipped if the request permits it", header).await;
        assert_eq!(response.header("content-encoding"), gzipped.then_some("gzip"), "{header:?}");
        assert_eq!(find(&response.body, secret.as_bytes()).is_none(), gzipped, "{header:?}");
    }
}

#[tokio::test]
async fn the_body_uses_the_declared_charset() {
    let (response, secret) = struck("commits, then the response is in UTF-16", "").await;
    assert_eq!(response.header("content-type"), Some("application/json; charset=utf-16"));
    let units: Vec<u16> = response.body.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    let text = String::from_utf16(&units).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text[3..]).unwrap()["secret"], secret);
}

#[tokio::test]
async fn a_chunked_body_continues_long_after_its_secret() {
    let (response, secret) = struck("commits, then the response is chunked, with 256 KiB after the secret", "").await;
    assert!(response.body.starts_with(b"40\r\n"), "chunks of 64 bytes");
    let body = response.unchunked();
    assert!(find(&body, secret.as_bytes()).unwrap() < 1000 && body.len() > 256 * 1024);
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&body).unwrap()["secret"], secret);
}

#[tokio::test]
async fn a_test_can_script_any_body_in_any_framing() {
    let sandbox = Sandbox::start().await.unwrap();
    let bytes: Vec<u8> = (0..=255).collect();
    let scripted = Reply::new(201).committing().content_type("x/y").body(bytes.clone()).framing(Framing::Chunks(10));
    sandbox.inject(Fault::responds(scripted));
    let mut client = Client::connect(&sandbox);
    client.send(create(&sandbox).replace("host:", "connection: close\r\nhost:"));
    let seen = client.rest().0;
    assert!(find(&seen, &bytes[..10]).is_some() && find(&seen, &bytes[250..]).is_some());
    let held = sandbox.endpoints();
    assert!(held.len() == 1 && !held[0].secret_went_out);
}

#[tokio::test]
async fn dates_can_have_any_format_and_come_from_any_clock() {
    let sandbox = Sandbox::start().await.unwrap();
    for (form, format) in [
        (DateForm::Imf, "%a, %d %b %Y %H:%M:%S GMT"),
        (DateForm::Rfc850, "%A, %d-%b-%y %H:%M:%S GMT"),
        (DateForm::Asctime, "%a %b %e %H:%M:%S %Y"),
    ] {
        let reply = Reply::new(429).header_date("date", DateForm::Imf, -90).header_date("retry-after", form, -60);
        sandbox.inject(Fault::responds(reply));
        let mut client = Client::connect(&sandbox);
        client.send(create(&sandbox).replace("host:", "connection: close\r\nhost:"));
        let seen = String::from_utf8(client.rest().0).unwrap();
        let value = |name: &str| seen.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let date = DateTime::parse_from_rfc2822(value("date: ")).unwrap();
        let after = NaiveDateTime::parse_from_str(value("retry-after: "), format).unwrap().and_utc();
        assert_eq!((after - date.to_utc()).num_seconds(), 30);
        let behind = DateTime::<Utc>::from(SystemTime::now()) - date.to_utc();
        assert!((88..=3600).contains(&behind.num_seconds()), "{behind}");
    }
}
