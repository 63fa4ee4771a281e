//! Refusals are logged with a hint for fixing them, and a stranger cannot fill the log with them.

use std::time::{Duration, SystemTime};

use hb_portal::SigningSecret;
use hb_portal::verify::{SignatureScheme, Signer, Verifier};
use hb_portal_tests::logs::Warnings;
use http::HeaderMap;
use serde_json::Value;

const SECRET: &str = "canary-secret-0123456789";

/// Returns the warnings that are logged while `run` runs.
fn during(run: impl FnOnce()) -> Vec<String> {
    let (warnings, guard) = Warnings::collect();
    run();
    drop(guard);
    let warnings = warnings.texts();
    assert!(warnings.iter().all(|text| !text.contains("canary")), "{warnings:?}");
    warnings
}

fn plain() -> SignatureScheme {
    SignatureScheme::hmac_sha256_hex("Signature")
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

fn signed(scheme: SignatureScheme, body: &[u8]) -> HeaderMap {
    Signer::new(scheme, &SigningSecret::new(SECRET)).unwrap().sign_at("x", at(0), body).unwrap()
}

#[test]
fn each_reason_is_logged_once_a_minute_with_a_hint() {
    let scheme = SignatureScheme::stripe("S");
    let verifier = Verifier::new(scheme.clone(), &SigningSecret::new(SECRET)).unwrap();
    let good = signed(scheme.clone(), b"{}");
    let mut odd = good.clone();
    odd.insert("s", "x".parse().unwrap());
    let broken = signed(scheme.clone(), b"[");
    for (headers, body, now, hint) in [
        (&HeaderMap::new(), "{}", 0, "the header s is missing: compare the scheme with the headers"),
        (&odd, "{}", 0, "the header s holds no signature"),
        (&good, "{}", 301, "the delivery is 301 s old, and 300 s are tolerated: check this machine's clock"),
        (&good, "canary", 0, "no signature matches: check that the secret is this endpoint's"),
        (&broken, "[", 0, "its body is not JSON, from line 1, column 1: check whether the sender sends JSON"),
    ] {
        // Clones share the record of what was logged. Time passes between the refusals.
        let of = |seconds: &[u64]| {
            during(|| {
                for seconds in seconds {
                    verifier.clone().receive_at::<Value>(headers, body, at(now + seconds)).unwrap_err();
                }
            })
        };
        let warnings = of(&[0, 0, 1, 2]);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains(hint), "{warnings:?}");
    }
    let warnings = during(|| {
        for seconds in [59, 60, 61, 119, 120] {
            verifier.receive_at::<Value>(&HeaderMap::new(), "{}", at(seconds)).unwrap_err();
        }
    });
    let skipped: Vec<bool> =
        ["skipped=4", "skipped=2"].iter().zip(&warnings).map(|(n, text)| text.contains(n)).collect();
    assert_eq!((warnings.len(), skipped), (2, vec![true, true]), "{warnings:?}");
    // Setting the clock back does not silence the log, and an accepted delivery is not logged.
    assert_eq!(during(|| drop(verifier.receive_at::<Value>(&HeaderMap::new(), "{}", at(1)))).len(), 1);
    let later = signed(scheme, b"{}");
    assert!(during(|| drop(verifier.receive_at::<Value>(&later, "{}", at(200)).unwrap())).is_empty());
    // `verify` leaves logging to its caller.
    assert!(during(|| drop(verifier.verify(&HeaderMap::new(), b"{}"))).is_empty());
}

#[test]
fn the_hint_is_the_cause_that_a_diagnosis_finds() {
    let verifier = Verifier::new(plain(), &SigningSecret::new(format!("{SECRET}\n"))).unwrap();
    let headers = signed(plain(), b"[1, 2]");
    let warnings = during(|| {
        for body in ["[1, 2]", "[1,2]"] {
            verifier.receive_at::<Value>(&headers, body, at(0)).unwrap_err();
        }
    });
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("the signing secret has white space around it: trim it"), "{warnings:?}");
}
