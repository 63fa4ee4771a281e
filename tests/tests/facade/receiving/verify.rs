//! A verifier: the deliveries that it accepts and refuses, and its reports of refusals.

mod deliveries;
mod headers;
mod setup;

use std::time::{Duration, SystemTime};

use hb_portal::SigningSecret;
use hb_portal::verify::{SignatureScheme, Signer};
use http::HeaderMap;

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
