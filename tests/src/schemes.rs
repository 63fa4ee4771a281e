//! The signature schemes that are put to the test, and the headers that mean something to one of them.

use hb_portal::verify::{Encoding, Hash, KeyFormat, Place, SignatureScheme, Signed};

/// Headers that a scheme reads, and two that a diagnosis does.
pub const HEADERS: &[&str] = &[
    "signature",
    "x-hub-signature-256",
    "stripe-signature",
    "webhook-signature",
    "webhook-id",
    "webhook-timestamp",
    "x-sig",
    "content-length",
    "content-encoding",
];

/// Every ready scheme, and one of each further kind.
#[must_use]
pub fn schemes() -> Vec<SignatureScheme> {
    let fields = Signed::IdTimestampBody { id: Place::field("id"), timestamp: Place::field("t") };
    vec![
        SignatureScheme::hmac_sha256_hex("Signature"),
        SignatureScheme::hmac_sha256_base64("Signature"),
        SignatureScheme::github(),
        SignatureScheme::stripe("Stripe-Signature"),
        SignatureScheme::standard_webhooks(),
        SignatureScheme::builder("X-Sig").hash(Hash::Sha512).encoding(Encoding::HexUpper).build(),
        SignatureScheme::builder("X-Sig")
            .hash(Hash::Sha512)
            .encoding(Encoding::Base64)
            .prefix("s=")
            .separator(';')
            .signed(fields)
            .key(KeyFormat::base64_after("whsec_"))
            .build(),
    ]
}
