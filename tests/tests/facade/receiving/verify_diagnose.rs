//! `diagnose` explains a refusal on request, and `detect` finds the scheme of a captured delivery. Neither accepts a
//! delivery.

use std::time::{Duration, SystemTime};

use hb_portal::SigningSecret;
use hb_portal::verify::{
    Cause, Encoding, Hash, KeyFormat, Part, Place, SignatureScheme, Signer, TimestampFormat, Verifier, VerifyError,
    detect,
};
use hb_portal_tests::schemes::schemes;
use http::HeaderMap;

const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BODY: &[u8] = br#"{"url":"https:\/\/x.example","name":"Zo\u00eb"}"#;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn plain() -> SignatureScheme {
    SignatureScheme::hmac_sha256_hex("Signature")
}

fn signed(scheme: &SignatureScheme, secret: &str, body: &[u8]) -> HeaderMap {
    Signer::new(scheme.clone(), &SigningSecret::new(secret)).unwrap().sign_at("msg_1", now(), body).unwrap()
}

/// Returns the causes that a verifier with `scheme` and `secret` reports for a delivery that it refuses.
fn causes(scheme: &SignatureScheme, secret: &str, headers: &HeaderMap, body: &[u8]) -> Vec<Cause> {
    let verifier = Verifier::new(scheme.clone(), &SigningSecret::new(secret)).unwrap();
    verifier.verify_at(headers, body, now()).unwrap_err();
    let diagnosis = verifier.diagnose(headers, body);
    assert!(diagnosis.is_proven(), "{diagnosis:?}");
    for canary in [SECRET, "x.example"] {
        assert!(!format!("{diagnosis} {diagnosis:?}").contains(canary), "{diagnosis}");
    }
    diagnosis.causes
}

#[test]
fn a_body_that_changed_in_transit_is_recognised() {
    // The sent body, and the body that arrived at the verifier.
    for (sent, arrived, cause) in [
        (BODY, "{\"url\":\"https://x.example\",\"name\":\"Zoë\"}".as_bytes(), Cause::BodyRespelled),
        (br#"{"url":"https:\/\/x.example"}"#, br#"{"url":"https://x.example"}"#, Cause::BodyRespelled),
        (br#"{"a":1,"b":[true]}"#, b"{\n  \"a\": 1,\n  \"b\": [\n    true\n  ]\n}\n", Cause::BodyRespelled),
        (br#"{"a": 1, "b": "\u00e9"}"#, "{\"a\":1,\"b\":\"é\"}".as_bytes(), Cause::BodyRespelled),
        (b"a=1", b"a=1\n", Cause::BodyHasLineEnd),
        (b"a=1", b"a=1\r\n", Cause::BodyHasLineEnd),
        (b"a=1\n", b"a=1", Cause::BodyLacksLineEnd),
        (b"a=1\r\n", b"a=1", Cause::BodyLacksLineEnd),
        (br#"{"a":1}"#, b"eyJhIjoxfQ==", Cause::BodyIsBase64),
    ] {
        for scheme in [plain(), SignatureScheme::stripe("S")] {
            let headers = signed(&scheme, SECRET, sent);
            assert_eq!(causes(&scheme, SECRET, &headers, arrived), std::slice::from_ref(&cause), "{cause:?}");
            assert_eq!(causes(&scheme, &format!("{SECRET}\n"), &headers, arrived).len(), 2, "{cause:?}");
        }
    }
}

#[test]
fn extra_characters_around_a_secret_are_recognised_and_never_removed_silently() {
    let headers = signed(&plain(), SECRET, BODY);
    let bom = Cause::SecretHasByteOrderMark;
    for (secret, expected) in [
        (format!("{SECRET}\n"), vec![Cause::SecretHasWhiteSpace]),
        (format!("\"{SECRET}\""), vec![Cause::SecretIsQuoted]),
        (format!("'{SECRET}'"), vec![Cause::SecretIsQuoted]),
        (format!("v1,{SECRET}"), vec![Cause::SecretHasVersion]),
        (format!("\u{feff}{SECRET}"), vec![bom.clone()]),
        (format!("\u{feff}\"{SECRET}\"\r\n"), vec![bom, Cause::SecretHasWhiteSpace, Cause::SecretIsQuoted]),
    ] {
        assert_eq!(causes(&plain(), &secret, &headers, BODY), expected, "{secret:?}");
        // Anything that belongs to the secret is part of the key.
        let whole = signed(&plain(), &secret, BODY);
        Verifier::new(plain(), &SigningSecret::new(secret)).unwrap().verify(&whole, BODY).unwrap();
    }
}

#[test]
fn a_scheme_with_one_wrong_setting_is_recognised() {
    let github = SignatureScheme::github;
    let base64_key = || SignatureScheme::builder("Signature").key(KeyFormat::base64_after("whsec_")).build();
    let stamped = |format| {
        let parts = [Part::Timestamp, Part::literal("."), Part::Body];
        SignatureScheme::builder("Signature").signed(parts).timestamp(Place::header("T"), format).build()
    };
    let touching = |format| {
        let parts = [Part::Timestamp, Part::Body];
        SignatureScheme::builder("Signature").signed(parts).timestamp(Place::header("T"), format).build()
    };
    let (seconds, milliseconds, date) =
        (TimestampFormat::Seconds, TimestampFormat::Milliseconds, TimestampFormat::Rfc3339);
    let prefixed = SignatureScheme::builder("Signature").prefix("sha256=").build();
    for (sender, receiver, cause) in [
        (SignatureScheme::hmac_sha256_base64("Signature"), plain(), Cause::Encoding(Encoding::Base64)),
        (plain(), SignatureScheme::hmac_sha256_base64("Signature"), Cause::Encoding(Encoding::Hex)),
        (plain(), prefixed, Cause::NoPrefix),
        (
            github(),
            SignatureScheme::builder("Signature").prefix("sha256=").build(),
            Cause::Header("x-hub-signature-256".parse().unwrap()),
        ),
        (base64_key(), plain(), Cause::KeyFormat(KeyFormat::base64_after("whsec_"))),
        (plain(), base64_key(), Cause::KeyFormat(KeyFormat::Bytes)),
        (stamped(milliseconds), stamped(seconds), Cause::Timestamp(milliseconds)),
        (stamped(seconds), stamped(milliseconds), Cause::Timestamp(seconds)),
        (stamped(date), stamped(seconds), Cause::Timestamp(date)),
        (touching(milliseconds), touching(seconds), Cause::Timestamp(milliseconds)),
        (touching(date), touching(milliseconds), Cause::Timestamp(date)),
    ] {
        let headers = signed(&sender, SECRET, BODY);
        assert_eq!(causes(&receiver, SECRET, &headers, BODY), std::slice::from_ref(&cause), "{cause:?}");
    }
}

#[test]
fn an_unproven_cause_is_reported_only_as_a_suspicion() {
    let verifier = Verifier::new(plain(), &SigningSecret::new(SECRET)).unwrap();
    let mut headers = signed(&plain(), SECRET, br#"{"b":1, "a":1}"#);
    let suspected = |headers: &HeaderMap, body: &[u8]| {
        let diagnosis = verifier.diagnose(headers, body);
        assert!(!diagnosis.is_proven(), "{diagnosis}");
        diagnosis.causes
    };
    assert_eq!(suspected(&headers, b"\x1f\x8b\x08\x00"), [Cause::BodyIsCompressed]);
    assert_eq!(suspected(&headers, br#"{"b":1, "a":2}"#), []);
    headers.insert("content-length", "14".parse().unwrap());
    assert_eq!(suspected(&headers, br#"{"a":1,"b":1}"#), [Cause::BodyHasOtherLength]);
    assert_eq!(suspected(&headers, br#"{"b":1, "a":2}"#), []);
    assert_eq!(suspected(&HeaderMap::new(), b""), []);
    // A delivery whose signature is valid but too old is the sender's problem.
    let stripe = SignatureScheme::stripe("S");
    let old = signed(&stripe, SECRET, BODY);
    let verifier = Verifier::new(stripe, &SigningSecret::new(SECRET)).unwrap();
    assert!(matches!(verifier.verify(&old, BODY), Err(VerifyError::TooOld { .. })));
    let diagnosis = verifier.diagnose(&old, BODY);
    assert!(diagnosis.is_proven() && diagnosis.causes.is_empty(), "{diagnosis:?}");
}

#[test]
fn the_scheme_of_a_captured_delivery_is_detected() {
    let others = |headers: &mut HeaderMap| {
        for (name, value) in [
            ("content-type", "application/json"),
            ("x-request-id", "req_1"),
            ("date", "Tue, 14 Nov 2023 22:13:20 GMT"),
            ("x-sent", "1700000001"),
            ("x-checksum", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        ] {
            headers.append(name, value.parse().unwrap());
        }
    };
    for scheme in schemes() {
        // `detect` does not try an id before a line ending.
        if scheme.to_string().contains("%0A") {
            continue;
        }
        let mut headers = signed(&scheme, &format!("whsec_{SECRET}"), BODY);
        others(&mut headers);
        let detected = detect(&headers, BODY, &SigningSecret::new(format!("whsec_{SECRET}")));
        // Headers arrive in lower case.
        let lower = |scheme: &SignatureScheme| scheme.to_string().to_lowercase();
        let found: Vec<String> = detected.iter().map(|found| lower(&found.scheme)).collect();
        assert_eq!(found, [lower(&scheme)]);
        let has_neither = !scheme.to_string().contains("timestamp")
            && !scheme.to_string().contains("standard")
            && !scheme.to_string().starts_with("stripe");
        assert_eq!(detected[0].is_open_to_replay(), has_neither, "{scheme}");
        assert_eq!(detected[0].to_string().contains("open to replay"), has_neither, "{scheme}");
        assert!(detect(&headers, b"{}", &SigningSecret::new(format!("whsec_{SECRET}"))).is_empty());
        assert!(detect(&headers, BODY, &SigningSecret::new("another secret of some length")).is_empty());
    }
    // A short secret is found, and the scheme shows that it is short.
    let short = plain().allow_short_secret();
    let detected = detect(&signed(&short, "short", BODY), BODY, &SigningSecret::new("short"));
    assert_eq!(
        detected[0].to_string(),
        "hex:signature allow-short-secret (open to replay: it signs neither an id nor a timestamp)"
    );
    let sha512 = SignatureScheme::builder("X").hash(Hash::Sha512).encoding(Encoding::Base64Url).build();
    let detected = detect(&signed(&sha512, SECRET, b"\xff"), b"\xff", &SigningSecret::new(SECRET));
    let encoding = if detected[0].scheme.to_string().starts_with("base64url:") { "base64url" } else { "base64" };
    assert_eq!(detected[0].scheme.to_string(), format!("{encoding}:x hash=sha512"));
    assert!(detect(&HeaderMap::new(), b"", &SigningSecret::new("")).is_empty());
}
