//! The age of a delivery, the secret that signed it, and the key that identifies it.

use std::time::{Duration, SystemTime};

use hb_portal::SigningSecret;
use hb_portal::replay::DeliveryKey;
use hb_portal::verify::{
    Flaw, Part, Place, SetupError, SignatureScheme, Signer, TimestampFormat, Verifier, VerifyError,
};
use http::HeaderMap;

use super::{NOW, SECRET, at, plain, secret, signed};

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
