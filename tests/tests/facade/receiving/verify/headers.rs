//! Headers and schemes that do not match, and errors that name them without a secret.

use std::time::{Duration, SystemTime};

use hb_portal::SigningSecret;
use hb_portal::verify::{
    Encoding, Flaw, Hash, Part, Place, SetupError, SignatureScheme, Signer, TimestampFormat, Verifier, VerifyError,
};
use http::{HeaderMap, HeaderValue};

use super::{NOW, SECRET, at, plain, secret, signed};

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
