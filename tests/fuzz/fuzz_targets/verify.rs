//! Fuzzes headers and bodies for every scheme. Nothing panics, nothing passes without the secret, and no body, id or
//! timestamp that was signed can be changed. Run with `cargo +nightly fuzz run --fuzz-dir tests/fuzz verify`.

#![no_main]

use std::time::{Duration, SystemTime};

use arbitrary::Arbitrary;
use hb_portal::SigningSecret;
use hb_portal::verify::{Signer, Verifier};
use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;

#[path = "../../src/schemes.rs"]
mod schemes;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[derive(Debug, Arbitrary)]
struct Input {
    scheme: u8,
    seconds: u32,
    signed_body: Vec<u8>,
    body: Vec<u8>,
    /// Headers to replace, each with its new value.
    headers: Vec<(u8, Vec<u8>)>,
}

fuzz_target!(|input: Input| {
    let schemes = schemes::schemes();
    let scheme = schemes[usize::from(input.scheme) % schemes.len()].clone();
    let secret = SigningSecret::new(SECRET);
    let verifier = Verifier::new(scheme.clone(), &secret).unwrap().tolerance(Duration::MAX);
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(input.seconds));
    let signed = Signer::new(scheme, &secret).unwrap().sign_at("msg_1", at, &input.signed_body).unwrap();
    verifier.verify_at(&signed, &input.signed_body, at).unwrap();

    let mut strange = HeaderMap::new();
    let mut tampered = signed.clone();
    for (which, bytes) in &input.headers {
        let Ok(value) = HeaderValue::from_bytes(bytes) else { continue };
        let name = HeaderName::from_static(schemes::HEADERS[usize::from(*which) % schemes::HEADERS.len()]);
        strange.append(&name, value.clone());
        tampered.insert(name, value);
    }
    assert!(verifier.verify_at(&strange, &input.body, at).is_err(), "a delivery was accepted without the secret");
    if let Ok(verified) = verifier.verify_at(&tampered, &input.body, at) {
        assert_eq!(input.body, input.signed_body, "a changed body was accepted");
        assert!(verified.id().is_none_or(|id| id == "msg_1"), "a changed id was accepted");
        assert!(verified.timestamp().is_none_or(|timestamp| timestamp == at), "a changed timestamp was accepted");
    }
});
