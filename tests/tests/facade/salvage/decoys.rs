//! Bodies with strings that look like the endpoint's secret but are not. Such a decoy is never returned.

use hb_portal::CreateError;

use super::{
    body::URL,
    server::{Reply, Server},
};

/// The endpoint's secret, and a decoy.
const SECRET: &str = "canary-secret";
const DECOY: &str = "canary-decoy";

/// Bodies, and whether the secret is returned; otherwise no secret is. `S` stands for a string with the secret, `D` for
/// one with a decoy, `U` for the endpoint's URL and `O` for another URL.
const BODIES: &[(&str, bool)] = &[
    // Wrapped, renamed, flat.
    (r#"{"id":7,"url":U,"events":[],"signing_secret":S,"secret_prefix":D,"signing_secret_notice":D}"#, true),
    (r#"{"id":7,"url":U,"secret":S,"secret_prefix":D,"notice":D}"#, true),
    (r#"{"data":{"id":7,"url":U},"webhook_secret":S}"#, true),
    (r#"{"webhook":{"id":7,"url":U,"secret":S}}"#, true),
    (r#"{"result":{"events":[],"secret":S}}"#, true),
    (r#"{"result":{"webhook":{"url":U},"secret":S}}"#, true),
    (r#"{"result":{"url":U,"signing":{"secret":S}}}"#, true),
    (r#"{"data":{"type":"webhooks","id":"7","attributes":{"url":U,"secret":S}}}"#, true),
    (r#"[{"id":7,"url":U,"secret":S},{"meta":1}]"#, true),
    (r#"[[{"data":[{"signing_secret":S}]}]]"#, true),
    (r#"{"data":{"data":{"secret":S}}}"#, true),
    // Nothing near the secret shows that it belongs to an endpoint.
    (r#"{"client":{"secret":D}}"#, false),
    (r#"{"result":{"secret":D}}"#, false),
    (r#"{"a":{"url":U,"b":{"c":{"secret":D}}}}"#, false),
    (r#"{"url":U,"list":[{"secret":D},{"a":1}]}"#, false),
    (r#"{"oauth":{"client":{"secret":D}},"data":{"id":7,"url":U}}"#, false),
    (r#"{"client":{"secret":D},"data":{"webhook":{"url":U,"signing_secret":S}}}"#, true),
    // The documented place takes precedence.
    (r#"{"secret":S,"previous":{"url":U,"secret":D},"data":{"secret":D,"url":U},"webhook_secret":D}"#, true),
    (r#"{"secret":S,"data":[{"url":U,"secret":D},{"url":O,"secret":D}]}"#, true),
    // Several that differ: none is returned.
    (r#"{"data":[{"url":U,"secret":D},{"url":U,"secret":"other"}]}"#, false),
    (r#"{"request":{"url":U,"secret":D},"data":{"url":U,"secret":"other"}}"#, false),
    (r#"{"data":{"url":U,"secret":"other","previous":{"url":U,"secret":D}}}"#, false),
    (r#"{"data":{"url":U,"secret":"other","signing_secret":D}}"#, false),
    (r#"{"signing_secret":D,"webhook_secret":"other"}"#, false),
    // The same secret twice counts as one.
    (r#"{"data":{"url":U,"secret":S,"signing_secret":S}}"#, true),
    // The secret of another endpoint.
    (r#"{"data":{"url":O,"secret":D}}"#, false),
    (r#"{"data":[{"url":O,"secret":D},{"url":U,"secret":S}]}"#, true),
    (r#"{"previous":{"url":O,"webhook":{"events":[],"secret":D}}}"#, false),
    (r#"{"data":{"url":"https://CANARY-url.example:443","secret":S}}"#, true),
    (r#"{"data":{"url":null,"secret":S}}"#, true),
    (r#"{"url":O,"signing_secret":S}"#, true),
    // Masked, empty, or no string.
    (r#"{"secret":"canary-decoy\u2022\u2022\u2022"}"#, false),
    (r#"{"secret":"canary-decoy…","data":{"id":7}}"#, false),
    (r#"{"secret":"canary-decoy***"}"#, false),
    (r#"{"secret":"canary-decoy..."}"#, false),
    (r#"{"secret":"canary-decoy...","data":{"signing_secret":S}}"#, true),
    (r#"{"secret":"","data":{"secret":S}}"#, true),
    (r#"{"secret":[D],"data":{"id":7}}"#, false),
    (r#"{"secret":{"value":D},"data":{"id":7,"url":U}}"#, false),
    (r#"{"secret_prefix":D,"data":{"url":U,"secret_prefix":D}}"#, false),
    (r#"{"Secret":D,"secrets":D,"client_secret":D,"data":{"url":U}}"#, false),
    // Text around it.
    ("<br />\n<b>Notice</b>: Undefined index [a] in {closure} on line <b>3</b><br />\n{\"secret\":S}", true),
    ("[2026-11-25 14:05:00] local.INFO: created\n{\"secret\":S}\n<!-- {\"secret\":D} -->", true),
    (r#"{"ok":true}{"secret":D}"#, false),
    (r#"{"secret":S}{"secret":D}"#, true),
    (r#"Notice: "{"secret":D in {closure} "#, false),
    (
        r#"Notice: {closure}
{"secret":S,"data":{"i"#,
        true,
    ),
];

/// Replaces placeholders by strings wherever a value can be: after a colon, or alone in brackets.
fn filled(body: &str) -> String {
    [("S", SECRET), ("D", DECOY), ("U", URL), ("O", "https://other.example/")].iter().fold(
        body.to_owned(),
        |body, (placeholder, text)| {
            body.replace(&format!(":{placeholder}"), &format!(":\"{text}\""))
                .replace(&format!("[{placeholder}]"), &format!("[\"{text}\"]"))
        },
    )
}

#[test]
fn the_secret_is_returned_and_a_decoy_never_is() {
    let server = Server::start();
    for (body, is_found) in BODIES {
        let body = filled(body);
        for status in [200, 201, 202] {
            let outcome = server.create(Reply::whole(status, body.as_str()));
            match outcome {
                Ok(created) => {
                    let secret = created.secret.expose_secret();
                    assert_eq!((secret, *is_found), (SECRET, true), "{body}");
                    assert!(
                        is_documented(&created.endpoint.url) && !created.deviations().is_empty(),
                        "{body}: {created:?}"
                    );
                    for deviation in created.deviations() {
                        let text = format!("{deviation} {deviation:?}");
                        assert!(!text.contains("canary"), "{text}");
                    }
                }
                Err(error) => {
                    assert!(!is_found, "{body}: {error}");
                    let has_no_secret = matches!(error, CreateError::SecretMissing(_) | CreateError::Unconfirmed(_));
                    assert!(
                        has_no_secret && !format!("{error} {error:#?}").contains("canary-decoy"),
                        "{body}: {error:#?}"
                    );
                }
            }
        }
    }
}

/// Returns whether the URL is that of the created endpoint, or missing. At the root, the portal's own value counts.
fn is_documented(url: &Option<String>) -> bool {
    url.as_deref()
        .is_none_or(|url| url.to_lowercase().starts_with("https://canary-url.example") || url.contains("other"))
}

/// The caller may delete the endpoint with that id.
#[test]
fn an_id_is_the_endpoints_own_or_none() {
    let server = Server::start();
    for (body, expected) in [
        (r#"{"secret":S,"webhook":{"id":7,"url":U}}"#, Some("7")),
        (r#"{"webhook":{"id":7,"url":U,"secret":S}}"#, Some("7")),
        (r#"{"data":{"id":"7","attributes":{"url":U,"secret":S}}}"#, Some("7")),
        (r#"{"result":{"id":7,"url":U,"signing":{"secret":S}}}"#, Some("7")),
        (r#"{"webhook":{"id":7,"url":U}}"#, Some("7")),
        (r#"{"secret":S,"previous":{"id":9,"url":O}}"#, None),
        (r#"{"id":9,"result":{"url":U,"secret":S}}"#, None),
        (r#"{"id":9,"result":{"attributes":1,"list":{"url":U,"secret":S}}}"#, None),
        (r#"{"webhook":{"id":9,"url":O}}"#, None),
        (r#"{"data":[{"id":9,"url":U},{"id":8,"url":U}]}"#, None),
    ] {
        let id = match server.create(Reply::whole(201, filled(body))) {
            Ok(created) => created.endpoint.id.clone(),
            Err(CreateError::SecretMissing(missing)) => missing.id().cloned(),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(id.as_ref().map(|id| id.as_str()), expected, "{body}");
    }
}

#[test]
fn several_strings_that_could_be_the_secret_are_named_by_place() {
    let server = Server::start();
    let body = format!(
        r#"{{"data":{{"id":7,"url":"{URL}","secret":"canary-a"}},"canary-a":{{"url":"{URL}","secret":"canary-b"}},"list":[{{"events":[],"signing_secret":"canary-c"}}]}}"#
    );
    let Err(CreateError::SecretMissing(missing)) = server.create(Reply::whole(201, body)) else {
        panic!("the outcome is not `SecretMissing`")
    };
    assert_eq!(missing.candidates(), ["/data/secret", "/…/secret", "/list/0/signing_secret"]);
    assert_eq!(missing.id().map(|id| id.as_str()), Some("7"));
    assert!(missing.to_string().contains("(/data/secret, /…/secret, /list/0/signing_secret)"), "{missing}");
}
