//! What a verifier accepts and refuses, and what it says about it.

use std::time::{Duration, SystemTime};

use hb_portal::SigningSecret;
use hb_portal::verify::{
    Encoding, Flaw, Hash, KeyFormat, Place, SetupError, SignError, SignatureScheme, Signed, Signer, Verifier,
    VerifyError,
};
use http::{HeaderMap, HeaderValue};

const SECRET: &str = "canary-secret-0123456789";
const NOW: u64 = 1_700_000_000;

fn secret() -> SigningSecret {
    SigningSecret::new(SECRET)
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn plain() -> SignatureScheme {
    SignatureScheme::hmac_sha256_hex("Signature")
}

fn signed(scheme: SignatureScheme, secret: &str, body: &[u8]) -> HeaderMap {
    Signer::new(scheme, &SigningSecret::new(secret)).unwrap().sign_at("msg_1", at(NOW), body).unwrap()
}

#[test]
fn a_timestamp_may_be_off_by_the_tolerance_in_both_directions_and_no_more() {
    let scheme = SignatureScheme::stripe("Stripe-Signature");
    let headers = signed(scheme.clone(), SECRET, b"{}");
    let verifier = Verifier::new(scheme, &secret()).unwrap();
    let short = verifier.clone().tolerance(Duration::from_secs(10));
    for (verifier, tolerance) in [(verifier, 300), (short, 10)] {
        for offset in [0, tolerance] {
            verifier.verify_at(&headers, b"{}", at(NOW + offset)).unwrap();
            verifier.verify_at(&headers, b"{}", at(NOW - offset)).unwrap();
        }
        let off = Duration::from_secs(tolerance + 1);
        let tolerance = Duration::from_secs(tolerance);
        let old = verifier.verify_at(&headers, b"{}", at(NOW) + off).unwrap_err();
        assert_eq!(old, VerifyError::TooOld { age: off, tolerance });
        let early = verifier.verify_at(&headers, b"{}", at(NOW) - off).unwrap_err();
        assert_eq!(early, VerifyError::InTheFuture { ahead: off, tolerance });
        let now = verifier.verify(&headers, b"{}").unwrap_err();
        assert!(matches!(now, VerifyError::TooOld { .. }), "the clock of today is later");
    }
}

#[test]
fn while_secrets_rotate_each_is_accepted_and_said_which() {
    let verifier = Verifier::new(plain(), &SigningSecret::new("the new signing secret"))
        .unwrap()
        .also_accept(&SigningSecret::new("the old signing secret"))
        .unwrap();
    for (index, secret) in ["the new signing secret", "the old signing secret"].into_iter().enumerate() {
        let verified = verifier.verify(&signed(plain(), secret, b"{}"), b"{}").unwrap();
        assert_eq!(verified.secret_index(), index);
    }
    assert_eq!(verifier.verify(&signed(plain(), SECRET, b"{}"), b"{}").unwrap_err(), VerifyError::NoMatch);
}

#[test]
fn the_delivery_key_cannot_be_changed_by_choosing_among_signatures() {
    // A sender that rotates signs with both; whoever replays can leave either out.
    let scheme = SignatureScheme::stripe("S");
    let (new, old) = ("the new signing secret", "the old signing secret");
    let verifier =
        Verifier::new(scheme.clone(), &SigningSecret::new(new)).unwrap().also_accept(&SigningSecret::new(old)).unwrap();
    let (by_new, by_old) = (signed(scheme.clone(), new, b"{}"), signed(scheme, old, b"{}"));
    let key = |headers: &HeaderMap| verifier.verify_at(headers, b"{}", at(NOW)).unwrap().delivery_key();
    assert_eq!(key(&by_new), key(&by_old));
    let other = signed(SignatureScheme::stripe("S"), new, b"[]");
    assert_ne!(key(&by_new), verifier.verify_at(&other, b"[]", at(NOW)).unwrap().delivery_key());
}

#[test]
fn where_the_id_is_signed_it_names_the_delivery_whenever_it_is_sent() {
    let scheme = SignatureScheme::standard_webhooks();
    let secret = SigningSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let signer = Signer::new(scheme.clone(), &secret).unwrap();
    let verifier = Verifier::new(scheme, &secret).unwrap();
    let key = |id, seconds| {
        let headers = signer.sign_at(id, at(seconds), b"{}").unwrap();
        verifier.verify_at(&headers, b"{}", at(seconds)).unwrap().delivery_key()
    };
    assert_eq!(key("msg_1", NOW), key("msg_1", NOW + 60));
    assert_ne!(key("msg_1", NOW), key("msg_2", NOW));
}

#[test]
fn a_secret_that_can_be_guessed_or_a_scheme_that_makes_no_sense_is_refused_at_build() {
    let refused = |scheme: &SignatureScheme, secret: &str| {
        let secret = SigningSecret::new(secret);
        let signer = Signer::new(scheme.clone(), &secret).unwrap_err();
        let also = Verifier::new(scheme.clone(), &SigningSecret::new("d2hzZWNfYmFzZTY0X2xvbmc="))
            .map(|verifier| verifier.also_accept(&secret).unwrap_err());
        let new = Verifier::new(scheme.clone(), &secret).unwrap_err();
        assert!(signer == new && also.map_or(true, |also| also == new));
        new
    };
    assert_eq!(refused(&plain(), ""), SetupError::SecretEmpty);
    assert_eq!(refused(&plain(), "thirteen-long"), SetupError::SecretTooShort);
    Verifier::new(plain(), &SigningSecret::new("fourteen-bytes")).unwrap();
    let standard = SignatureScheme::standard_webhooks();
    assert_eq!(refused(&standard, ""), SetupError::SecretEmpty);
    assert_eq!(refused(&standard, "whsec_"), SetupError::SecretTooShort);
    assert_eq!(refused(&standard, "whsec_AAAA"), SetupError::SecretTooShort);
    assert_eq!(refused(&standard, "whsec_not/base64!not/base64!"), SetupError::SecretNotBase64);
    assert_eq!(refused(&standard, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), SetupError::SecretNotBase64);

    assert_eq!(refused(&SignatureScheme::hmac_sha256_hex("a b"), SECRET), SetupError::HeaderName("a b".to_owned()));
    let header = || SignatureScheme::builder("Signature");
    let timestamp = |place| header().signed(Signed::TimestampBody { timestamp: place });
    for scheme in [
        header().prefix("v1,").separator(',').build(),
        header().prefix("\n").build(),
        header().separator('a').build(),
        header().separator('=').build(),
        header().separator('é').build(),
        timestamp(Place::field("t")).build(),
        timestamp(Place::field("")).separator(',').build(),
        timestamp(Place::field("a,b")).separator(',').build(),
        timestamp(Place::field("v1")).prefix("v1=").separator(',').build(),
        timestamp(Place::header("signature")).build(),
        header().signed(Signed::IdTimestampBody { id: Place::header("X-T"), timestamp: Place::header("x-t") }).build(),
    ] {
        assert!(matches!(refused(&scheme, SECRET), SetupError::Scheme(_)), "{scheme:?}");
    }
}

#[test]
fn what_is_missing_or_malformed_is_named() {
    let secret = SigningSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let scheme = SignatureScheme::standard_webhooks();
    let verifier = Verifier::new(scheme.clone(), &secret).unwrap();
    let good = Signer::new(scheme, &secret).unwrap().sign_at("msg_1", at(NOW), b"{}").unwrap();
    let said = |headers: &HeaderMap| verifier.verify_at(headers, b"{}", at(NOW)).unwrap_err();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut headers = good.clone();
        let value = headers.remove(name).unwrap();
        assert_eq!(said(&headers), VerifyError::HeaderMissing { header: name.parse().unwrap() });
        headers.append(name, value.clone());
        headers.append(name, value);
        assert_eq!(said(&headers), VerifyError::Malformed { header: name.parse().unwrap(), flaw: Flaw::Repeated });
    }
    let long = "x".repeat(256);
    for (name, values, flaw) in [
        (
            "webhook-timestamp",
            vec!["", "1.5", "-1", "+1700000000", "1700000000 ", "99999999999999999999999"],
            Flaw::Timestamp,
        ),
        ("webhook-id", vec!["", "a.b", "a b", "msg_\u{e9}", &long], Flaw::Id),
        ("webhook-signature", vec!["", "v1,", "v1", "v2,AAAA", "sha256=00"], Flaw::NoSignature),
    ] {
        for value in values {
            let mut headers = good.clone();
            headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            assert_eq!(said(&headers), VerifyError::Malformed { header: name.parse().unwrap(), flaw }, "{value:?}");
        }
    }
    // Two timestamps in one header: nobody can say which of them was meant.
    let stripe = SignatureScheme::stripe("S");
    let mut headers = signed(stripe.clone(), SECRET, b"{}");
    let twice = format!("t=1,{}", headers["s"].to_str().unwrap());
    headers.insert("s", twice.parse().unwrap());
    let said = Verifier::new(stripe, &self::secret()).unwrap().verify_at(&headers, b"{}", at(NOW)).unwrap_err();
    assert_eq!(said, VerifyError::Malformed { header: "s".parse().unwrap(), flaw: Flaw::Timestamp });
}

#[test]
fn a_body_that_was_parsed_and_written_anew_is_recognised_and_not_accepted() {
    let verifier = Verifier::new(plain(), &secret()).unwrap();
    // What was sent, and what arrived at the verifier.
    for (sent, arrived) in [
        (r#"{"url":"https:\/\/x.example","name":"Zo\u00eb"}"#, r#"{"url":"https://x.example","name":"Zoë"}"#),
        (r#"{"url":"https:\/\/x.example"}"#, r#"{"url":"https://x.example"}"#),
        (r#"{"a":1,"b":[true]}"#, "{\n  \"a\": 1,\n  \"b\": [\n    true\n  ]\n}\n"),
        (r#"{"a": 1, "b": "\u00e9"}"#, r#"{"a":1,"b":"é"}"#),
    ] {
        let headers = signed(plain(), SECRET, sent.as_bytes());
        verifier.verify(&headers, sent.as_bytes()).unwrap();
        assert_eq!(verifier.verify(&headers, arrived.as_bytes()).unwrap_err(), VerifyError::Reserialised, "{sent}");
    }
    // Whatever else was done to it, its length tells.
    let mut headers = signed(plain(), SECRET, br#"{"b":1, "a":1}"#);
    headers.insert("content-length", "14".parse().unwrap());
    assert_eq!(verifier.verify(&headers, br#"{"a":1,"b":1}"#).unwrap_err(), VerifyError::Reserialised);
    // A forgery is not called that.
    assert_eq!(verifier.verify(&headers, br#"{"b":1, "a":2}"#).unwrap_err(), VerifyError::NoMatch);
}

#[test]
fn white_space_around_the_secret_is_named_and_never_trimmed_silently() {
    let verifier = Verifier::new(plain(), &SigningSecret::new(format!("{SECRET}\n"))).unwrap();
    assert_eq!(verifier.verify(&signed(plain(), SECRET, b"{}"), b"{}").unwrap_err(), VerifyError::SecretHasWhiteSpace);
    let other = signed(plain(), "another secret of some length", b"{}");
    assert_eq!(verifier.verify(&other, b"{}").unwrap_err(), VerifyError::NoMatch);
    // White space that belongs to the secret is part of the key.
    verifier.verify(&signed(plain(), &format!("{SECRET}\n"), b"{}"), b"{}").unwrap();
}

#[test]
fn every_part_of_a_scheme_counts() {
    let body = b"\xff\x00 not text";
    let scheme = |hash, encoding| {
        SignatureScheme::builder("X-Sig")
            .hash(hash)
            .encoding(encoding)
            .prefix("sig=")
            .separator(';')
            .signed(Signed::IdTimestampBody { id: Place::field("id"), timestamp: Place::header("X-Time") })
            .key(KeyFormat::Bytes)
            .build()
    };
    let mut schemes = vec![plain()];
    for hash in [Hash::Sha256, Hash::Sha512] {
        schemes.extend([Encoding::Hex, Encoding::HexUpper, Encoding::Base64].map(|encoding| scheme(hash, encoding)));
    }
    for (index, signing) in schemes.iter().enumerate() {
        let headers = signed(signing.clone(), SECRET, body);
        for (other, verifying) in schemes.iter().enumerate() {
            let result = Verifier::new(verifying.clone(), &secret()).unwrap().verify_at(&headers, body, at(NOW));
            assert_eq!(result.is_ok(), index == other, "{signing:?} {verifying:?} {result:?}");
        }
    }
}

#[test]
fn an_id_that_would_break_the_headers_is_not_signed() {
    let signer = Signer::new(SignatureScheme::standard_webhooks(), &SigningSecret::new("c2l4dGVlbiBieXRlcyBsb25n"));
    for id in ["", "a.b", "a\r\nb", "é"] {
        assert_eq!(signer.as_ref().unwrap().sign_at(id, at(NOW), b"").unwrap_err(), SignError::Id);
    }
    let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    assert_eq!(signer.unwrap().sign_at("a", before, b"").unwrap_err(), SignError::Timestamp);
}

#[test]
fn nothing_that_is_said_holds_the_secret_the_signature_or_the_body() {
    let body = br#"{"canary":"body"}"#;
    let headers = signed(plain(), SECRET, body);
    let signature = headers["signature"].to_str().unwrap().to_owned();
    let verifier = Verifier::new(plain(), &secret()).unwrap();
    let verified = verifier.verify(&headers, body).unwrap();
    let mut said = vec![format!("{verifier:?} {verified:?} {:?}", Signer::new(plain(), &secret()).unwrap())];
    let short = SetupError::SecretTooShort;
    said.push(format!("{short} {short:?}"));
    for error in [
        verifier.verify(&headers, b"other").unwrap_err(),
        verifier.verify(&HeaderMap::new(), body).unwrap_err(),
        verifier.verify(&signed(plain(), "another secret of some length", body), body).unwrap_err(),
    ] {
        said.push(format!("{error} {error:?}"));
    }
    for text in said {
        for canary in [SECRET, "canary", &signature] {
            assert!(!text.contains(canary), "{text}");
        }
    }
}
