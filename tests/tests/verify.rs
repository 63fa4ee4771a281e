//! What a verifier accepts and refuses, and how it reports a refusal.

use std::time::{Duration, SystemTime};

use hb_portal::SigningSecret;
use hb_portal::replay::DeliveryKey;
use hb_portal::verify::{
    Encoding, Flaw, Hash, KeyFormat, Part, Place, SetupError, SignatureScheme, SignatureSchemeBuilder, Signer,
    TimestampFormat, Verifier, VerifyError,
};
use hb_portal_tests::schemes::{schemes, twitch};
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
fn a_timestamp_may_be_off_by_at_most_the_tolerance_in_both_directions() {
    let scheme = SignatureScheme::stripe("Stripe-Signature");
    let headers = signed(scheme.clone(), SECRET, b"{}");
    let verifier = Verifier::new(scheme, &secret()).unwrap();
    let short = verifier.clone().tolerance(Duration::from_secs(10));
    for (verifier, tolerance) in [(verifier, 300), (short, 10)] {
        for offset in [0, tolerance] {
            // Only whole seconds count, as in the report.
            let offset = Duration::from_secs(offset) + Duration::from_millis(999);
            verifier.verify_at(&headers, b"{}", at(NOW) + offset).unwrap();
            verifier.verify_at(&headers, b"{}", at(NOW) - offset).unwrap();
            verifier.check_headers_at(&headers, at(NOW) + offset).unwrap();
        }
        let off = Duration::from_secs(tolerance + 1);
        let tolerance = Duration::from_secs(tolerance);
        let old = verifier.verify_at(&headers, b"{}", at(NOW) + off).unwrap_err();
        assert_eq!(old, VerifyError::TooOld { age: off, tolerance });
        assert_eq!(verifier.check_headers_at(&headers, at(NOW) + off).unwrap_err(), old);
        let early = verifier.verify_at(&headers, b"{}", at(NOW) - off).unwrap_err();
        assert_eq!(early, VerifyError::InTheFuture { ahead: off, tolerance });
        let now = verifier.verify(&headers, b"{}").unwrap_err();
        assert!(matches!(now, VerifyError::TooOld { .. }), "a timestamp of 2023 is too old today");
    }
}

#[test]
fn during_a_rotation_each_secret_is_accepted_and_its_index_reported() {
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
fn the_delivery_key_depends_neither_on_the_secrets_and_their_order_nor_on_the_signature_used() {
    let (new, old) = (SigningSecret::new("the new signing secret"), SigningSecret::new("the old signing secret"));
    for scheme in [
        plain(),
        SignatureScheme::stripe("S"),
        SignatureScheme::builder("S")
            .signed([Part::Body, Part::literal("+"), Part::Timestamp])
            .timestamp(Place::header("T"), TimestampFormat::Milliseconds)
            .build(),
    ] {
        let verifier = |first, second: Option<_>| {
            let verifier = Verifier::new(scheme.clone(), first).unwrap();
            second.map_or(verifier.clone(), |second| verifier.also_accept(second).unwrap())
        };
        let signed = |secret: &SigningSecret, at: SystemTime, body: &[u8]| {
            Signer::new(scheme.clone(), secret).unwrap().sign_at("x", at, body).unwrap()
        };
        let key = |verifier: Verifier, headers: &HeaderMap, body| {
            verifier.tolerance(Duration::MAX).verify_at(headers, body, at(NOW)).unwrap().delivery_key()
        };
        let (by_new, by_old) = (signed(&new, at(NOW), b"{}"), signed(&old, at(NOW), b"{}"));
        let first = key(verifier(&old, None), &by_old, b"{}");
        // Before, during and after the rotation.
        for (verifier, headers) in [
            (verifier(&new, Some(&old)), &by_old),
            (verifier(&old, Some(&new)), &by_old),
            (verifier(&new, Some(&old)), &by_new),
            (verifier(&new, None), &by_new),
        ] {
            assert_eq!(key(verifier, headers, b"{}"), first);
        }
        let other = signed(&new, at(NOW), b"[]");
        assert_ne!(key(verifier(&new, None), &other, b"[]"), first);
        let later = signed(&new, at(NOW + 1), b"{}");
        let is_open_to_replay = scheme == plain();
        assert_eq!(key(verifier(&new, None), &later, b"{}") == first, is_open_to_replay);
    }
    // The SHA-256 of the signed content, from `printf '1700000000.{}' | sha256sum`.
    let headers = signed(SignatureScheme::stripe("S"), SECRET, b"{}");
    let key = Verifier::new(SignatureScheme::stripe("S"), &secret())
        .unwrap()
        .verify_at(&headers, b"{}", at(NOW))
        .unwrap()
        .delivery_key();
    assert_eq!(key.to_string(), "8b293ff5c72a43202d4e8fff985bd0938510a927a82446e1f8a2d93441d9cb1f");
}

#[test]
fn an_id_in_the_body_identifies_the_delivery_and_one_in_a_header_must_be_in_the_body_too() {
    let body = br#"{"event_id":"evt_1","event_type":"reference.submitted","data":{"event_id":"x"}}"#;
    let id = |place| SignatureScheme::builder("Signature").id(place).build();
    let in_body = Verifier::new(id(Place::member("event_id")), &secret()).unwrap();
    let headers = signed(plain(), SECRET, body);
    let verified = in_body.verify(&headers, body).unwrap();
    assert_eq!((verified.id(), verified.delivery_key()), (Some("evt_1"), DeliveryKey::from_id("evt_1")));
    // A delivery without an id is identified by the signed content.
    for body in [
        &b"{}"[..],
        b"not json",
        br#"{"event_id":"a","event_id":"b"}"#,
        br#"{"event_id":""}"#,
        br#"{"event_id":"a b"}"#,
    ] {
        let headers = signed(plain(), SECRET, body);
        let key = |scheme| Verifier::new(scheme, &secret()).unwrap().verify(&headers, body).unwrap().delivery_key();
        assert_eq!(in_body.verify(&headers, body).unwrap().id(), None);
        assert_eq!(key(id(Place::member("event_id"))), key(plain()));
    }

    let scheme = id(Place::header_and_member("X-Event-Id", "event_id"));
    let both = Verifier::new(scheme.clone(), &secret()).unwrap();
    let signer = Signer::new(scheme, &secret()).unwrap();
    let headers = signer.sign(body).unwrap();
    assert_eq!(headers["x-event-id"], "evt_1");
    assert_eq!(both.verify(&headers, body).unwrap().delivery_key(), DeliveryKey::from_id("evt_1"));
    let header: http::HeaderName = "x-event-id".parse().unwrap();
    for other in ["evt_2", "reference.submitted", "x"] {
        let mut headers = headers.clone();
        headers.insert(&header, other.parse().unwrap());
        let flaw = Flaw::IdNotInBody;
        assert_eq!(both.verify(&headers, body).unwrap_err(), VerifyError::Malformed { header: header.clone(), flaw });
    }
    let mut without = headers.clone();
    without.remove(&header);
    assert_eq!(both.verify(&without, body).unwrap_err(), VerifyError::HeaderMissing { header });
    assert_eq!(signer.sign(b"{}").unwrap_err(), SetupError::Id);
}

#[test]
fn a_signed_id_identifies_the_delivery_whenever_it_is_sent() {
    let scheme = SignatureScheme::standard_webhooks();
    let secret = SigningSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let signer = Signer::new(scheme.clone(), &secret).unwrap();
    let verifier = Verifier::new(scheme, &secret).unwrap();
    let key = |id, seconds| {
        let headers = signer.sign_at(id, at(seconds), b"{}").unwrap();
        verifier.verify_at(&headers, b"{}", at(seconds)).unwrap().delivery_key()
    };
    assert_eq!(key("msg_1", NOW), key("msg_1", NOW + 60));
    assert_eq!(key("msg_1", NOW), DeliveryKey::from_id("msg_1"));
    assert_ne!(key("msg_1", NOW), key("msg_2", NOW));
}

#[test]
fn a_guessable_secret_or_a_contradictory_scheme_is_refused_when_it_is_built() {
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
    let seconds = |builder: SignatureSchemeBuilder, place| builder.timestamp(place, TimestampFormat::Seconds);
    let timestamp = |place| seconds(header().signed([Part::Timestamp, Part::literal("."), Part::Body]), place);
    let parts = |parts: &[Part]| seconds(header().signed(parts.to_vec()).id(Place::header("I")), Place::header("T"));
    let dot = || Part::literal(".");
    for scheme in [
        header().prefix("v1,").separator(',').build(),
        header().prefix("\n").build(),
        header().prefix(" v1=").separator(',').build(),
        header().separator('a').build(),
        header().separator('=').build(),
        header().separator('-').build(),
        header().separator('é').build(),
        timestamp(Place::field("t")).build(),
        timestamp(Place::field("")).separator(',').build(),
        timestamp(Place::field("a,b")).separator(',').build(),
        timestamp(Place::field("v1")).prefix("v1=").separator(',').build(),
        timestamp(Place::header("signature")).build(),
        timestamp(Place::member("t")).build(),
        // Parts without a place, and places without a part.
        header().signed([]).build(),
        header().signed([Part::Body, dot(), Part::Body]).build(),
        header().signed([Part::Timestamp, dot(), Part::Body]).build(),
        header().signed([Part::Id, dot(), Part::Body]).build(),
        header().signed([Part::Id, dot(), Part::Body]).id(Place::member("id")).build(),
        seconds(header(), Place::header("T")).build(),
        header().id(Place::header("X-Id")).build(),
        header().id(Place::field("id")).separator(',').build(),
        header().id(Place::member("")).build(),
        header().id(Place::header_and_member("Signature", "id")).build(),
        header().signed([Part::Literal("x".repeat(129)), Part::Body]).build(),
        // Parts whose boundaries are ambiguous.
        parts(&[Part::Id, Part::Timestamp, dot(), Part::Body]).build(),
        parts(&[Part::Timestamp, dot(), Part::Id, Part::Body]).build(),
        parts(&[Part::Timestamp, dot(), Part::Body, Part::Id]).build(),
        parts(&[Part::Timestamp, Part::literal("0."), Part::Id, dot(), Part::Body]).build(),
        parts(&[Part::Id, Part::literal(".1"), Part::Timestamp, dot(), Part::Body]).build(),
        parts(&[Part::Id, Part::literal(""), Part::Timestamp, dot(), Part::Body]).build(),
        seconds(
            header().signed([Part::Id, dot(), Part::Timestamp, dot(), Part::Body]).id(Place::header("X-T")),
            Place::header("x-t"),
        )
        .build(),
    ] {
        assert!(matches!(refused(&scheme, SECRET), SetupError::Scheme(_)), "{scheme:?}");
    }
}

#[test]
fn a_short_secret_is_accepted_only_if_the_scheme_allows_it() {
    for scheme in [plain().allow_short_secret(), "hex:Signature allow-short-secret".parse().unwrap()] {
        let short = SigningSecret::new("short");
        let headers = Signer::new(scheme.clone(), &short).unwrap().sign(b"{}").unwrap();
        Verifier::new(scheme.clone(), &short).unwrap().verify(&headers, b"{}").unwrap();
        assert_eq!(Verifier::new(scheme, &SigningSecret::new("")).unwrap_err(), SetupError::SecretEmpty);
    }
}

#[test]
fn a_printed_scheme_parses_to_the_same_scheme() {
    let odd = SignatureScheme::builder("X-Sig")
        .prefix("{é%} ")
        .separator(' ')
        .signed([Part::literal("{id}%7B\n"), Part::Body])
        .id(Place::member("event id,%"))
        .key(KeyFormat::base64_after(""))
        .build();
    let both = SignatureScheme::builder("X-Sig").id(Place::header_and_member("X-Id", "a,b")).build();
    for scheme in schemes().into_iter().chain([both.clone(), SignatureScheme::github().allow_short_secret()]) {
        let text = scheme.to_string();
        assert_eq!(text.parse::<SignatureScheme>().unwrap_or_else(|error| panic!("{text}: {error}")), scheme, "{text}");
    }
    // A prefix that is not ASCII can be written, but is refused when it is read.
    assert!(matches!(odd.to_string().parse::<SignatureScheme>().unwrap_err(), SetupError::Scheme(_)), "{odd}");
    for (text, scheme) in [
        ("github", SignatureScheme::github()),
        ("standard-webhooks", SignatureScheme::standard_webhooks()),
        ("stripe:Stripe-Signature", SignatureScheme::stripe("Stripe-Signature")),
        ("hex:Signature", plain()),
        ("base64:X", SignatureScheme::hmac_sha256_base64("X")),
        ("hex:X-Sig id=header:X-Id,member:a,b", both),
    ] {
        assert_eq!((scheme.to_string().as_str(), text.parse::<SignatureScheme>().unwrap()), (text, scheme));
    }
    let twitch_text = "hex:Twitch-Eventsub-Message-Signature prefix=sha256= signed={id}{timestamp}{body} \
        timestamp=header:Twitch-Eventsub-Message-Timestamp time=rfc3339 id=header:Twitch-Eventsub-Message-Id";
    assert_eq!(twitch().to_string(), twitch_text);
    for text in [
        "",
        "hex",
        "sha1:X",
        "github:X",
        "hex:X hash=md5",
        "hex:X prefix",
        "hex:X separator=ab",
        "hex:X separator=",
        "hex:X signed={x}",
        "hex:X signed={body",
        "hex:X time=rfc3339",
        "hex:X id=cookie:a",
        "hex:X key=hex",
        "hex:X prefix=%",
        "hex:X prefix=%+1",
        "hex:X prefix=%FF",
        "hex:X other=value",
    ] {
        assert!(matches!(text.parse::<SignatureScheme>().unwrap_err(), SetupError::SchemeText(_)), "{text}");
    }
    assert_eq!("hex:a/b".parse::<SignatureScheme>().unwrap_err(), SetupError::HeaderName("a/b".to_owned()));
}

#[test]
fn a_space_after_a_separator_is_ignored() {
    let scheme = SignatureScheme::stripe("S");
    let mut headers = signed(scheme.clone(), SECRET, b"{}");
    let verifier = Verifier::new(scheme, &secret()).unwrap();
    for spaces in [", ", ",   "] {
        let spaced = headers["s"].to_str().unwrap().replace(',', spaces);
        headers.insert("s", spaced.parse().unwrap());
        assert_eq!(verifier.verify_at(&headers, b"{}", at(NOW)).unwrap().timestamp(), Some(at(NOW)));
    }
}

#[test]
fn the_error_names_a_missing_or_malformed_header() {
    let secret = SigningSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let scheme = SignatureScheme::standard_webhooks();
    let verifier = Verifier::new(scheme.clone(), &secret).unwrap();
    let good = Signer::new(scheme, &secret).unwrap().sign_at("msg_1", at(NOW), b"{}").unwrap();
    let refusal = |headers: &HeaderMap| verifier.verify_at(headers, b"{}", at(NOW)).unwrap_err();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut headers = good.clone();
        let value = headers.remove(name).unwrap();
        assert_eq!(refusal(&headers), VerifyError::HeaderMissing { header: name.parse().unwrap() });
        headers.append(name, value.clone());
        headers.append(name, value);
        assert_eq!(refusal(&headers), VerifyError::Malformed { header: name.parse().unwrap(), flaw: Flaw::Repeated });
    }
    let long = "x".repeat(256);
    for (name, values, flaw) in [
        (
            "webhook-timestamp",
            vec!["", "1.5", "-1", "+1700000000", "1700000000 ", "99999999999999999999999", "2023-11-14T22:13:20Z"],
            Flaw::Timestamp,
        ),
        ("webhook-id", vec!["", "a.b", "a b", "msg_\u{e9}", &long], Flaw::Id),
        ("webhook-signature", vec!["", "v1,", "v1", "v2,AAAA", "sha256=00"], Flaw::NoSignature),
    ] {
        for value in values {
            let mut headers = good.clone();
            headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            assert_eq!(refusal(&headers), VerifyError::Malformed { header: name.parse().unwrap(), flaw }, "{value:?}");
        }
    }
    // With two timestamps in one header, it is undefined which one counts.
    let stripe = SignatureScheme::stripe("S");
    let mut headers = signed(stripe.clone(), SECRET, b"{}");
    let twice = format!("t=1,{}", headers["s"].to_str().unwrap());
    headers.insert("s", twice.parse().unwrap());
    let refused = Verifier::new(stripe, &self::secret()).unwrap().verify_at(&headers, b"{}", at(NOW)).unwrap_err();
    assert_eq!(refused, VerifyError::Malformed { header: "s".parse().unwrap(), flaw: Flaw::Timestamp });
}

#[test]
fn every_part_of_a_scheme_counts() {
    let body = b"\xff\x00 not text";
    let scheme = |hash, encoding, joiner| {
        SignatureScheme::builder("X-Sig")
            .hash(hash)
            .encoding(encoding)
            .prefix("sig=")
            .separator(';')
            .signed([Part::Id, Part::literal(joiner), Part::Timestamp, Part::literal(":"), Part::Body])
            .id(Place::field("id"))
            .timestamp(Place::header("X-Time"), TimestampFormat::Seconds)
            .build()
    };
    let mut schemes = vec![plain()];
    let encodings = [Encoding::Hex, Encoding::HexUpper, Encoding::Base64, Encoding::Base64UrlUnpadded];
    for hash in [Hash::Sha256, Hash::Sha512] {
        schemes.extend(encodings.map(|encoding| scheme(hash, encoding, "-")));
    }
    schemes.push(scheme(Hash::Sha256, Encoding::Hex, "--"));
    for (index, signing) in schemes.iter().enumerate() {
        let headers = signed(signing.clone(), SECRET, body);
        for (other, verifying) in schemes.iter().enumerate() {
            let result = Verifier::new(verifying.clone(), &secret()).unwrap().verify_at(&headers, body, at(NOW));
            assert_eq!(result.is_ok(), index == other, "{signing:?} {verifying:?} {result:?}");
        }
    }
}

#[test]
fn an_id_that_would_corrupt_the_headers_is_not_signed() {
    let signer = Signer::new(SignatureScheme::standard_webhooks(), &SigningSecret::new("c2l4dGVlbiBieXRlcyBsb25n"));
    for id in ["", "a.b", "a\r\nb", "é"] {
        assert_eq!(signer.as_ref().unwrap().sign_at(id, at(NOW), b"").unwrap_err(), SetupError::Id);
    }
    let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    assert_eq!(signer.unwrap().sign_at("a", before, b"").unwrap_err(), SetupError::Timestamp);
}

#[test]
fn no_debug_or_error_text_holds_the_secret_the_signature_or_the_body() {
    let body = br#"{"canary":"body"}"#;
    let headers = signed(plain(), SECRET, body);
    let signature = headers["signature"].to_str().unwrap().to_owned();
    let verifier = Verifier::new(plain(), &secret()).unwrap();
    let verified = verifier.verify(&headers, body).unwrap();
    let mut shown = vec![format!("{verifier:?} {verified:?} {:?}", Signer::new(plain(), &secret()).unwrap())];
    let short = SetupError::SecretTooShort;
    shown.push(format!("{short} {short:?}"));
    for error in [
        verifier.verify(&headers, b"other").unwrap_err(),
        verifier.verify(&HeaderMap::new(), body).unwrap_err(),
        verifier.verify(&signed(plain(), "another secret of some length", body), body).unwrap_err(),
    ] {
        shown.push(format!("{error} {error:?}"));
    }
    for text in shown {
        for canary in [SECRET, "canary", &signature] {
            assert!(!text.contains(canary), "{text}");
        }
    }
}
