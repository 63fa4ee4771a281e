//! Successes that deviate from the contract: how they are read, and which ones are not accepted.

use hb_portal::{CallError, Deleted, test_util};

use super::responding;

/// Returns the object in every wrapping that a portal is known to use.
fn wrapped(object: &str) -> Vec<String> {
    vec![
        object.to_owned(),
        format!("[{object}]"),
        format!(r#"{{"data":{object}}}"#),
        format!(r#"{{"data":[{object}],"message":"m"}}"#),
        format!(r#"[{{"data":[{object}]}}]"#),
        format!(r#"{{"data":{{"data":{object}}}}}"#),
        format!("\u{feff}{object}"),
        format!("<br />\n<b>Warning</b>: x\n{object}"),
    ]
}

#[tokio::test]
async fn an_endpoint_is_read_in_any_wrapping() {
    for (object, url) in [
        (r#"{"id":7,"url":"https://a.example/","is_active":true}"#, Some("https://a.example/")),
        (r#"{"id":"7","is_active":"true","events":"x.y"}"#, None),
        (r#"{"id":7,"is_active":1,"secret_prefix":"canary","last_response_code":"500"}"#, None),
    ] {
        for body in wrapped(object) {
            let text = body.clone();
            let client = responding(move |_| (200, body.clone()));
            let endpoint = client.webhooks().update(&"7".into()).is_active(true).send().await.unwrap();
            assert_eq!(endpoint.id, Some("7".into()), "{text}");
            assert_eq!((endpoint.url.as_deref(), endpoint.is_active), (url, Some(true)), "{text}");
            assert!(!format!("{endpoint:?}").contains("canary"), "{endpoint:?}");
        }
    }
}

#[tokio::test]
async fn an_update_without_an_endpoint_in_its_response_is_done() {
    for (status, body) in [(204, ""), (200, " "), (200, r#"{"message":"Updated."}"#), (202, r#"{"data":null}"#)] {
        let client = responding(move |_| (status, body.to_owned()));
        let endpoint = client.webhooks().update(&"7".into()).is_active(true).send().await.unwrap();
        assert_eq!((endpoint.id, endpoint.is_active), (Some("7".into()), None), "{status} {body}");
    }
}

#[tokio::test]
async fn a_call_is_read_in_any_wrapping_and_shows_no_credentials() {
    let object = r#"{"id":"9","event":"x.y","attempt":"2","success":0,"response_code":"500","duration_ms":12,
        "error":"1|token at https://user:canary@a.example/b?key=canary","called_at":"2026-02-17 10:00:00"}"#;
    for body in wrapped(object) {
        let text = body.clone();
        let client = responding(move |_| (200, body.clone()));
        let call = client.webhooks().send_test(&"7".into()).send().await.unwrap().call.unwrap();
        assert_eq!((call.id.as_deref(), call.attempt, call.success), (Some("9"), Some(2), Some(false)), "{text}");
        assert_eq!((call.response_code, call.duration_ms), (Some(500), Some(12)), "{text}");
        assert_eq!(call.error.as_deref(), Some("[REDACTED] at https://a.example/b"), "{text}");
        assert_eq!(call.called_at.unwrap().to_rfc3339(), "2026-02-17T10:00:00+00:00", "{text}");
        assert!(!format!("{call:?}").contains("a.example"), "{call:?}");
    }
    for (status, body) in [(204, ""), (202, r#"{"message":"Queued."}"#)] {
        let client = responding(move |_| (status, body.to_owned()));
        let sent = client.webhooks().send_test(&"7".into()).send().await.unwrap();
        assert_eq!((sent.call, sent.message.is_some()), (None, !body.is_empty()));
    }
}

#[tokio::test]
async fn a_list_is_read_in_any_wrapping() {
    let [a, b] = [r#"{"id":1,"url":"https://a.example/"}"#, r#"{"id":"2"}"#];
    let meta = r#""meta":{"current_page":"1","last_page":"1","total":"2"},"links":{"next":null}"#;
    for (status, body, ids, has_more) in [
        (200, format!(r#"{{"data":[{a},{b}],{meta}}}"#), vec!["1", "2"], Some(false)),
        (200, format!(r#"[{{"data":[{a},{b}],{meta}}}]"#), vec!["1", "2"], Some(false)),
        (200, format!(r#"{{"data":[[{a}],[{b}]],"meta":[{{"last_page":3}}]}}"#), vec!["1", "2"], Some(true)),
        (
            200,
            format!(r#"{{"data":[[{a},{b}]],"links":{{"next":"https://evil.example/"}}}}"#),
            vec!["1", "2"],
            Some(true),
        ),
        (200, format!(r#"{{"data":{{"data":[{a}],"last_page":1}}}}"#), vec!["1"], Some(false)),
        (200, format!(r#"{{"data":{a}}}"#), vec!["1"], None),
        (200, format!("[{a},{b}]"), vec!["1", "2"], None),
        (200, r#"{"data":[]}"#.to_owned(), vec![], None),
        // Any `next` means that there is more, unless it is false or empty.
        (200, format!(r#"{{"data":[{a}],"links":{{"next":{{"href":"x"}}}}}}"#), vec!["1"], Some(true)),
        (200, format!(r#"{{"data":[{a}],"links":{{"next":2}}}}"#), vec!["1"], Some(true)),
        (200, format!(r#"{{"data":[{a}],"links":{{"next":false}}}}"#), vec!["1"], Some(false)),
        (200, format!(r#"{{"data":[{a}],"links":{{"next":""}}}}"#), vec!["1"], Some(false)),
        (200, "[ ]".to_owned(), vec![], Some(false)),
        (204, String::new(), vec![], Some(false)),
    ] {
        let text = body.clone();
        let client = responding(move |_| (status, body.clone()));
        let page = client.webhooks().list().send().await.unwrap();
        let found: Vec<_> = page.items.iter().map(|endpoint| endpoint.id.as_ref().unwrap().as_str()).collect();
        assert_eq!((found, page.has_more), (ids, has_more), "{text}");
    }
}

/// A proxy or a log-in may send a page for people with `200`, which proves nothing about the request.
#[tokio::test]
async fn a_success_that_is_not_the_portals_is_not_accepted() {
    for body in [
        "<!DOCTYPE html><script>{}</script>",
        "<html><script>var a = {\"id\": 7, \"data\": []};</script></html>",
        "It works!",
        r#"{"id":7,"#,
        r#"{"id":7,"url":"https://a.exam"#,
    ] {
        let client = responding(move |_| (200, body.to_owned()));
        let (webhooks, id) = (client.webhooks(), "7".into());
        for (what, error) in [
            ("list", webhooks.list().send().await.map(drop).unwrap_err()),
            ("update", webhooks.update(&id).is_active(true).send().await.map(drop).unwrap_err()),
            ("delete", webhooks.delete(&id).send().await.map(drop).unwrap_err()),
            ("calls", webhooks.calls(&id).send().await.map(drop).unwrap_err()),
            ("send_test", webhooks.send_test(&id).send().await.map(drop).unwrap_err()),
            ("info", client.tokens().info().send().await.map(drop).unwrap_err()),
            ("revoke", client.tokens().revoke().send().await.unwrap_err()),
            ("refresh", client.tokens().refresh().refresh_token("r").send().await.map(drop).unwrap_err()),
        ] {
            assert!(matches!(error, CallError::Unreadable(_)), "{what}: {body}: {error:?}");
            assert_eq!(error.expose_body(), body.as_bytes(), "{what}: the error has the response");
        }
    }
    // An empty list means that no endpoint exists, so an empty body does not count as one.
    for (status, body) in [(200, ""), (202, " \n")] {
        let client = responding(move |_| (status, body.to_owned()));
        let attempt = test_util::attempt("https://a.example/", ["x.y"]).unwrap();
        for error in [
            client.webhooks().list().send().await.map(drop).unwrap_err(),
            client.webhooks().list().stream().next().await.unwrap().map(drop).unwrap_err(),
            client.webhooks().calls(&"7".into()).send().await.map(drop).unwrap_err(),
            client.webhooks().find_orphans(&attempt).send().await.map(drop).unwrap_err(),
        ] {
            assert!(error.to_string().contains("without a list"), "{error}");
        }
    }
    let client = responding(|_| (200, r#"{"data":[{"id":7},8]}"#.to_owned()));
    assert!(
        matches!(client.webhooks().list().send().await, Err(CallError::Unreadable(_))),
        "one item is not an endpoint"
    );
}

#[tokio::test]
async fn a_deletion_is_done_whatever_the_json_says() {
    for (status, body) in [(204, ""), (200, ""), (200, "{}"), (200, "null"), (202, r#"{"message":"m"}"#), (200, "true")]
    {
        let client = responding(move |_| (status, body.to_owned()));
        assert_eq!(client.webhooks().delete(&"7".into()).send().await.unwrap(), Deleted::Done, "{status} {body}");
    }
}

#[tokio::test]
async fn an_invalid_request_is_not_sent() {
    let client = responding(|_| panic!("nothing is sent"));
    let webhooks = client.webhooks();
    for id in ["", ".", ".."].map(Into::into) {
        for error in [
            webhooks.delete(&id).send().await.map(drop).unwrap_err(),
            webhooks.calls(&id).send().await.map(drop).unwrap_err(),
            webhooks.send_test(&id).send().await.map(drop).unwrap_err(),
            webhooks.update(&id).is_active(true).send().await.map(drop).unwrap_err(),
        ] {
            assert!(matches!(error, CallError::NotSent(_)), "{error:?}");
        }
    }
    let id = "7".into();
    for (update, why) in [
        (webhooks.update(&id), "no change was given"),
        (webhooks.update(&id).url("ftp://a.example"), "neither http nor https"),
        (webhooks.update(&id).events([""; 0]), "no event was given"),
        (webhooks.update(&id).delivery_timeout(std::time::Duration::ZERO), "whole number of seconds"),
    ] {
        let error = update.send().await.unwrap_err();
        assert!(error.to_string().contains(why) && matches!(error, CallError::NotSent(_)), "{error}");
    }
    let error = client.tokens().refresh().send().await.unwrap_err();
    assert!(error.to_string().starts_with("the client has no refresh token,"), "{error}");
}
