//! Input that strangers may send. It never causes a panic, is never accepted, and costs at most a limited time.

use std::time::{Duration, SystemTime};

use hb_portal::SigningSecret;
use hb_portal::verify::{Flaw, Part, Place, SignatureScheme, Signer, TimestampFormat, Verifier, VerifyError};
use hb_portal_tests::{
    properties,
    schemes::{HEADERS, schemes},
};
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BODY: &[u8] = br#"{"event":"reference.submitted","id":7}"#;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn verifier(scheme: &SignatureScheme) -> Verifier {
    Verifier::new(scheme.clone(), &SigningSecret::new(SECRET)).unwrap()
}

fn signed(scheme: &SignatureScheme) -> HeaderMap {
    let signer = Signer::new(scheme.clone(), &SigningSecret::new(SECRET)).unwrap();
    signer.sign_at("msg_1", now(), BODY).unwrap()
}

/// Returns the header that contains the signature.
fn signature_header(scheme: &SignatureScheme) -> HeaderName {
    let Err(VerifyError::HeaderMissing { header }) = verifier(scheme).verify_at(&HeaderMap::new(), b"", now()) else {
        panic!("the signature is not the first header that is checked");
    };
    header
}

#[test]
fn no_bit_of_body_timestamp_id_or_signature_can_change() {
    for scheme in schemes() {
        let (verifier, headers) = (verifier(&scheme), signed(&scheme));
        verifier.verify_at(&headers, BODY, now()).unwrap();
        for bit in 0..BODY.len() * 8 {
            let mut body = BODY.to_vec();
            body[bit / 8] ^= 1 << (bit % 8);
            verifier.verify_at(&headers, &body, now()).unwrap_err();
        }
        for (name, value) in &headers {
            for bit in 0..value.len() * 8 {
                let mut bytes = value.as_bytes().to_vec();
                bytes[bit / 8] ^= 1 << (bit % 8);
                // A value that HTTP does not allow in a header never arrives.
                let Ok(value) = HeaderValue::from_bytes(&bytes) else { continue };
                let mut headers = headers.clone();
                headers.insert(name, value);
                let result = verifier.clone().tolerance(Duration::MAX).verify_at(&headers, BODY, now());
                assert!(result.is_err(), "{scheme:?} {name} bit {bit}");
            }
        }
    }
}

#[test]
fn nothing_can_move_between_id_timestamp_and_body() {
    let scheme = SignatureScheme::standard_webhooks();
    let signer = Signer::new(scheme.clone(), &SigningSecret::new(SECRET)).unwrap();
    let verifier = verifier(&scheme).tolerance(Duration::MAX);
    let mut headers = signer.sign_at("a", now(), b"5.{}").unwrap();
    verifier.verify_at(&headers, b"5.{}", now()).unwrap();
    headers.insert("webhook-id", "a.1700000000".parse().unwrap());
    headers.insert("webhook-timestamp", "5".parse().unwrap());
    verifier.verify_at(&headers, b"{}", now()).unwrap_err();
}

/// If no literal separates two parts, the format of the timestamp does.
#[test]
fn no_character_can_move_between_adjacent_parts() {
    let place = || Place::header("T");
    let builder = || SignatureScheme::builder("S");
    let touching = |format| {
        [
            builder().signed([Part::Timestamp, Part::Body]).timestamp(place(), format).build(),
            builder().signed([Part::Body, Part::Timestamp]).timestamp(place(), format).build(),
        ]
    };
    let dated = builder().signed([Part::Id, Part::Timestamp, Part::Body]).id(Place::header("I"));
    let mut schemes = vec![dated.timestamp(place(), TimestampFormat::Rfc3339).build()];
    for format in [TimestampFormat::Seconds, TimestampFormat::Milliseconds, TimestampFormat::Rfc3339] {
        schemes.extend(touching(format));
    }
    for scheme in schemes {
        let (verifier, secret) = (verifier(&scheme).tolerance(Duration::MAX), SigningSecret::new(SECRET));
        // A body of digits, so that the timestamp has digits next to it, and an id that could be the beginning of a
        // year.
        let body = b"2023171717";
        let headers = Signer::new(scheme.clone(), &secret).unwrap().sign_at("20", now(), body).unwrap();
        verifier.verify_at(&headers, body, now()).unwrap();
        let text = |name| headers.get(name).map_or("", |value: &HeaderValue| value.to_str().unwrap());
        let body_is_first = scheme.to_string().contains("{body}{timestamp}");
        let whole = match body_is_first {
            true => format!("2023171717{}", text("T")),
            false => format!("{}{}2023171717", text("I"), text("T")),
        };
        // Try every way to divide the signed content into an id, a timestamp and a body.
        let mut accepted = 0;
        for first in 0..=whole.len() {
            for second in first..=whole.len() {
                let (id, timestamp, body) = match body_is_first {
                    true => ("", &whole[second..], &whole[..second]),
                    false => (&whole[..first], &whole[first..second], &whole[second..]),
                };
                let has_id = scheme.to_string().contains("{id}");
                if (body_is_first || !has_id) && first > 0 {
                    continue;
                }
                let mut headers = headers.clone();
                headers.insert("T", timestamp.parse().unwrap());
                if has_id {
                    headers.insert("I", id.parse().unwrap());
                }
                accepted += usize::from(verifier.verify_at(&headers, body.as_bytes(), now()).is_ok());
            }
        }
        assert_eq!(accepted, 1, "{scheme}");
    }
}

#[test]
fn a_header_that_is_repeated_folded_not_ascii_or_a_megabyte_long_is_refused() {
    for scheme in schemes() {
        let (verifier, good, name) = (verifier(&scheme), signed(&scheme), signature_header(&scheme));
        let value = good[&name].as_bytes().to_vec();
        let mut twice = good.clone();
        twice.append(&name, good[&name].clone());
        let refused = verifier.verify_at(&twice, BODY, now()).unwrap_err();
        assert_eq!(refused, VerifyError::Malformed { header: name.clone(), flaw: Flaw::Repeated });
        assert!(HeaderValue::from_bytes(&[&value[..], b"\r\n x"].concat()).is_err(), "HTTP accepts a folded header");
        for bytes in [
            [&value[..], b"\t "].concat(),
            [b"\t", &value[..]].concat(),
            [&value[..], b"\xff"].concat(),
            [b"\xc3\xa9", &value[..]].concat(),
        ] {
            let mut headers = good.clone();
            headers.insert(&name, HeaderValue::from_bytes(&bytes).unwrap());
            let _ = verifier.verify_at(&headers, BODY, now()).unwrap_err();
        }
        for filler in *b"a, A1" {
            let mut headers = good.clone();
            headers.insert(&name, HeaderValue::from_bytes(&vec![filler; 1024 * 1024]).unwrap());
            let refused = verifier.verify_at(&headers, BODY, now()).unwrap_err();
            assert_eq!(refused, VerifyError::Malformed { header: name.clone(), flaw: Flaw::TooLong });
        }
    }
}

#[test]
fn a_signature_counts_at_any_position_among_64_and_not_among_more() {
    for (scheme, separator, others) in [
        (
            SignatureScheme::standard_webhooks(),
            " ",
            [format!("v1,{}=", "A".repeat(43)), "v1a,AAAA".to_owned(), String::new()],
        ),
        (SignatureScheme::stripe("S"), ",", [format!("v1={}", "0".repeat(64)), "v0=00".to_owned(), String::new()]),
    ] {
        let (verifier, mut headers, name) = (verifier(&scheme), signed(&scheme), signature_header(&scheme));
        let correct = headers[&name].to_str().unwrap().to_owned();
        let correct: Vec<&str> = correct.split(separator).collect();
        for other in &others {
            for (count, place) in (0..64).map(|place| (64, place)).chain([(65, 0), (65, 64)]) {
                let mut list = vec![other.as_str(); count];
                let place = place.min(count - correct.len());
                list.splice(place..place + correct.len(), correct.iter().copied());
                headers.insert(&name, list.join(separator).parse().unwrap());
                let result = verifier.verify_at(&headers, BODY, now());
                match count {
                    64 => assert!(result.is_ok(), "{place} {list:?}"),
                    _ => assert_eq!(
                        result.unwrap_err(),
                        VerifyError::Malformed { header: name.clone(), flaw: Flaw::TooManyEntries }
                    ),
                }
            }
        }
    }
}

#[test]
fn a_list_of_ten_thousand_signatures_is_refused() {
    for (scheme, separator, entry) in [
        (SignatureScheme::standard_webhooks(), " ", format!("v1,{}", "A".repeat(43) + "=")),
        (SignatureScheme::standard_webhooks(), " ", "x".to_owned()),
        (SignatureScheme::stripe("S"), ",", format!("v1={}", "0".repeat(64))),
        (SignatureScheme::stripe("S"), ",", String::new()),
    ] {
        let (verifier, mut headers, name) = (verifier(&scheme), signed(&scheme), signature_header(&scheme));
        let list = |count| vec![entry.clone(); count].join(separator);
        let correct = headers[&name].to_str().unwrap().to_owned();
        // The correct signature next to as many others as are allowed, and after far too many.
        let allowed = format!("{correct}{separator}{}", list(64 - correct.split(separator).count()));
        headers.insert(&name, allowed.parse().unwrap());
        verifier.verify_at(&headers, BODY, now()).unwrap();
        headers.insert(&name, format!("{}{separator}{correct}", list(10_000)).parse().unwrap());
        let refused = verifier.verify_at(&headers, BODY, now()).unwrap_err();
        assert!(matches!(refused, VerifyError::Malformed { flaw: Flaw::TooLong | Flaw::TooManyEntries, .. }));
    }
}

/// A value as strangers and careless senders write it: characters of a signature, or anything that HTTP allows.
fn header_value() -> impl Strategy<Value = HeaderValue> {
    let bytes = prop_oneof![
        "[0-9a-f]{0,140}".prop_map(String::into_bytes),
        "(v1[,=]|sha256=|s=|t=|id=)?[0-9A-Za-z+/]{0,90}={0,2}([ ,;](v1[,=]|t=|s=|id=)[0-9A-Za-z+/]{0,90}={0,2}){0,4}"
            .prop_map(String::into_bytes),
        "t=[0-9]{0,22},v1=[0-9a-f]{64}".prop_map(String::into_bytes),
        "v1,[0-9A-Za-z+/]{43}=".prop_map(String::into_bytes),
        "[0-9]{0,22}".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..200),
    ];
    bytes.prop_filter_map("not allowed in HTTP", |bytes| HeaderValue::from_bytes(&bytes).ok())
}

fn header_map() -> impl Strategy<Value = HeaderMap> {
    let names = proptest::sample::select(HEADERS);
    proptest::collection::vec((names, header_value()), 0..12).prop_map(|lines| {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value);
        }
        headers
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300),
        r#"[\[{][ \t\n"\\/:,a-zé😀\]}]{0,80}"#.prop_map(String::into_bytes),
    ]
}

proptest! {
    #![proptest_config(properties(300, 1200))]

    #[test]
    fn input_from_a_sender_without_the_secret_is_refused_and_never_panics(
        headers in header_map(),
        body in body(),
        seconds in prop_oneof![Just(1_700_000_000_u64), any::<u32>().prop_map(u64::from)],
    ) {
        for scheme in schemes() {
            let verifier = verifier(&scheme).tolerance(Duration::MAX);
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            prop_assert!(verifier.verify_at(&headers, &body, at).is_err());
        }
    }

    #[test]
    fn signed_input_is_accepted_with_its_secret_and_refused_with_another(
        body in body(),
        id in "[!-\\-/-:<-~]{1,255}",
        seconds in 0_u64..=253_402_300_799,
    ) {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        for scheme in schemes() {
            let signer = Signer::new(scheme.clone(), &SigningSecret::new(SECRET)).unwrap();
            let headers = signer.sign_at(&id, at, &body).unwrap();
            prop_assert!(verifier(&scheme).verify_at(&headers, &body, at).is_ok());
            let other = SigningSecret::new("whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
            let refused = Verifier::new(scheme, &other).unwrap().verify_at(&headers, &body, at);
            prop_assert_eq!(refused.unwrap_err(), VerifyError::NoMatch);
        }
    }
}
